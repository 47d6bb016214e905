//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package hazard

import (
	"errors"
	"io/fs"
	"os"
)

// lock keeps other processes from adding to the journal at path until unlock is
// called. It does not wait: a lock that is held is an error.
func lock(path string) (unlock func() error, err error) {
	name := path + ".lock"
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, &JournalError{Path: path, Cause: "another process is adding findings", Remedy: "try again when it has ended; if there is none, delete " + name, Err: err}
	}
	if err != nil {
		return nil, &JournalError{Path: path, Cause: err.Error(), Remedy: "see that the folder is there and can be written to", Err: err}
	}
	return func() error { return errors.Join(f.Close(), os.Remove(name)) }, nil
}
