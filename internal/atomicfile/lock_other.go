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
