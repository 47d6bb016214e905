// Package atomicfile replaces files as a whole: whoever reads the path sees the
// old content or the new, never a part, even when the program is killed or the
// machine loses power in the middle.
package atomicfile

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// tempMark is what every temporary file's name has between the name of the file
// it is for and its random end.
const tempMark = ".outrider-tmp-"

const bufferSize = 1 << 18

// Write replaces the file at path with what fill writes. The bytes go to a
// temporary file ".NAME.outrider-tmp-RANDOM" in the same folder, which is synced
// and then renamed over path; the folder is synced last. When fill or anything
// else fails the temporary file is removed and path is untouched. The permission
// bits apply to the new file, less the umask.
//
// A process killed in the middle leaves its temporary file behind. The next
// Write of the same path removes such files: on Unix a live writer is told from
// a dead one by the advisory lock it holds on its file, so writers that work at
// the same time do not disturb each other; the last rename wins. On a file system
// without locks such files stay.
//
// A symbolic link at path is followed. A path that names something other than a
// regular file, such as a folder or a device, is refused.
func Write(path string, perm fs.FileMode, fill func(io.Writer) error) (err error) {
	target, err := resolve(path)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	dir, base := filepath.Split(target)
	if dir == "" {
		dir = "."
	}
	if err := removeStale(dir, base); err != nil {
		return fmt.Errorf("write %s: clear what an earlier run left: %w", path, err)
	}
	f, err := create(dir, base, perm)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	open, placed := true, false
	defer func() {
		if open {
			err = errors.Join(err, f.Close())
		}
		if !placed {
			if rmErr := os.Remove(f.Name()); rmErr != nil && !errors.Is(rmErr, fs.ErrNotExist) {
				err = errors.Join(err, rmErr)
			}
		}
	}()
	w := bufio.NewWriterSize(f, bufferSize)
	if err := fill(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if closeBeforeRename {
		open = false
		if err := f.Close(); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	if err := os.Rename(f.Name(), target); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	placed = true
	if err := syncFolder(dir); err != nil {
		return fmt.Errorf("write %s: sync its folder: %w", path, err)
	}
	return nil
}

// resolve follows a symbolic link at path and refuses what a rename must not
// replace.
func resolve(path string) (string, error) {
	target := path
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if target, err = filepath.EvalSymlinks(path); err != nil {
			return "", err
		}
	}
	info, err := os.Stat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if b := filepath.Base(target); b == "." || b == ".." || os.IsPathSeparator(target[len(target)-1]) {
			return "", errors.New("the path names a folder; name a file in it")
		}
		return target, nil
	case err != nil:
		return "", err
	case info.IsDir():
		return "", errors.New("it is a folder; name a file in it")
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("it is not a regular file (%s) and would be replaced by one; name another path", info.Mode().Type())
	}
	return target, nil
}

// create makes and locks a new temporary file for base in dir.
func create(dir, base string, perm fs.FileMode) (*os.File, error) {
	for {
		name := filepath.Join(dir, "."+base+tempMark+rand.Text()[:16])
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		ours, err := claim(f)
		if err != nil {
			return nil, errors.Join(err, f.Close(), os.Remove(name))
		}
		if ours {
			return f, nil
		}
		// Another writer took the file for a dead one's before it was locked.
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
}

// removeStale removes the temporary files for base whose writers are gone.
func removeStale(dir, base string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil // a folder that may be written to but not listed
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), "."+base+tempMark)
		if !ok || rest == "" || strings.ContainsRune(rest, '.') || !e.Type().IsRegular() {
			continue
		}
		if err := removeIfAbandoned(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
