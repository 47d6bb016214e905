//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package hazard

import (
	"errors"
	"os"
	"syscall"
)

// lock keeps other processes from adding to the journal at path until unlock is
// called; it waits for one that holds it. The lock file stays: removing it would
// let two processes hold locks on two files of one name.
func lock(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, &JournalError{Path: path, Cause: err.Error(), Remedy: "see that the folder is there and can be written to", Err: err}
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(&JournalError{Path: path, Cause: "the journal cannot be locked: " + err.Error(), Remedy: "keep it on a file system that supports locks", Err: err}, f.Close())
	}
	return f.Close, nil // closing gives up the lock
}
