//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// closeBeforeRename is false where the lock must hold until the file has its
// final name.
const closeBeforeRename = false

// errNoLocks: the file system knows no locks.
var errNoLocks = errors.New("the file system has no file locks")

// claim locks f for as long as it is open. It reports false when the file has
// been taken for an abandoned one in the meantime.
func claim(f *os.File) (bool, error) {
	locked, err := tryLock(f)
	if errors.Is(err, errNoLocks) {
		return true, nil // nobody can take it for abandoned either
	}
	if err != nil || !locked {
		return false, err
	}
	now, err := os.Stat(f.Name())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	own, err := f.Stat()
	if err != nil {
		return false, err
	}
	return os.SameFile(own, now), nil
}

func tryLock(f *os.File) (bool, error) {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case errors.Is(err, syscall.ENOTSUP), errors.Is(err, syscall.ENOSYS), errors.Is(err, syscall.ENOLCK):
			return false, errNoLocks
		default:
			return false, &fs.PathError{Op: "lock", Path: f.Name(), Err: err}
		}
	}
}

// removeIfAbandoned removes the file at path unless its writer is alive or
// nothing tells whether it is.
func removeIfAbandoned(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0) // some file systems lock only what is open for writing
	if errors.Is(err, fs.ErrPermission) {
		return nil // another user's; not ours to clear
	}
	if err != nil {
		return err
	}
	locked, err := tryLock(f)
	switch {
	case errors.Is(err, errNoLocks):
		err = nil
	case err == nil && locked:
		err = os.Remove(path)
	}
	return errors.Join(err, f.Close())
}

// syncFolder makes a rename in dir last.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil // a file system that cannot sync folders
	}
	return errors.Join(err, d.Close())
}

// Lock keeps other processes that lock the same path from going on until unlock
// is called; it waits for one that holds the lock. It is for those who read a
// file, add to it and write it anew. The lock is on a file beside it, path.lock,
// which stays: removing it would let two processes hold locks on two files of
// one name. Errors are of the file system.
func Lock(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(&fs.PathError{Op: "lock", Path: f.Name(), Err: err}, f.Close())
	}
	return f.Close, nil // closing gives up the lock
}
