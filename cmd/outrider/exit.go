package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/osm"
)

// The exit codes. They are part of the interface: docs/cli.md lists them.
const (
	exitDone        = 0
	exitDefect      = 1
	exitUsage       = 2
	exitInvalid     = 3
	exitUnreadable  = 4
	exitWrongMap    = 5
	exitOffNetwork  = 6
	exitNoRoute     = 7
	exitNoRecord    = 8
	exitStale       = 9
	exitRefused     = 10
	exitDiffers     = 11
	exitInfeasible  = 12
	exitRefuted     = 13
	exitNotProven   = 14
	exitInterrupted = 130
)

// usageError is a command line that cannot be carried out.
func usageError(cause, remedy string) error {
	return &outrider.Error{Kind: outrider.Usage, Cause: cause, Remedy: remedy}
}

// exitCode is the only place where errors become exit codes.
func exitCode(err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, network.ErrVersion):
		return exitWrongMap
	case errors.Is(err, network.ErrOffNetwork), errors.Is(err, network.ErrNotFound), errors.Is(err, network.ErrAmbiguous):
		return exitOffNetwork
	case errors.Is(err, network.ErrNotAMap), errors.Is(err, network.ErrCorrupt), errors.Is(err, osm.ErrFormat), errors.Is(err, osm.ErrTruncated), errors.Is(err, osm.ErrCorrupt), errors.Is(err, osm.ErrUnsupported):
		return exitUnreadable
	}
	if invalidInput(err) {
		return exitInvalid
	}
	switch outrider.KindOf(err) {
	case outrider.Usage:
		return exitUsage
	case outrider.Invalid:
		return exitInvalid
	case outrider.Unreadable:
		return exitUnreadable
	case outrider.WrongMap:
		return exitWrongMap
	case outrider.OffNetwork:
		return exitOffNetwork
	case outrider.NoRoute:
		return exitNoRoute
	case outrider.Unsurveyed:
		return exitNoRecord
	case outrider.Interrupted:
		return exitInterrupted
	case outrider.Stale:
		return exitStale
	case outrider.Refused:
		return exitRefused
	case outrider.Differs:
		return exitDiffers
	case outrider.Infeasible:
		return exitInfeasible
	case outrider.Refuted:
		return exitRefuted
	case outrider.NotProven:
		return exitNotProven
	case outrider.Internal:
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return exitUnreadable
	}
	return exitDefect
}

// remedy says what to do about what the operating system refused.
func remedy(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "see that the name is right"
	case errors.Is(err, fs.ErrPermission):
		return "see that you may read or write it"
	case errors.Is(err, syscall.EISDIR):
		return "name a file in it"
	case errors.Is(err, syscall.ENOSPC):
		return "make room, or name a place on another disk"
	}
	return "see that it can be read or written"
}

// complain prints an error as a person can use it.
func complain(w io.Writer, err error) error {
	text := strings.TrimRight(err.Error(), "\n")
	if exitCode(err) == exitInterrupted {
		text = "interrupted; nothing was written"
	} else if _, ok := errors.AsType[*fs.PathError](err); ok && !strings.Contains(text, "; ") {
		text += "; " + remedy(err)
	}
	_, werr := fmt.Fprintf(w, "outrider: %s\n", text)
	return werr
}
