//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
)

// closeBeforeRename is true where an open file cannot be renamed.
const closeBeforeRename = true

// claim has nothing to do: here an open file cannot be removed by others.
func claim(*os.File) (bool, error) { return true, nil }

// removeIfAbandoned tries to remove the file; the system refuses while its
// writer has it open.
func removeIfAbandoned(path string) error {
	err := os.Remove(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil //nolint:nilerr // in use, so not abandoned
	}
	return err
}

// syncFolder has nothing to do: folders cannot be synced here.
func syncFolder(string) error { return nil }

// Lock keeps other processes that lock the same path from going on until unlock
// is called. It does not wait: a lock that is held is an error that is
// fs.ErrExist, and so is one that a killed process left; path.lock can then be
// deleted by hand.
func Lock(path string) (unlock func() error, err error) {
	name := path + ".lock"
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	return func() error { return errors.Join(f.Close(), os.Remove(name)) }, nil
}
