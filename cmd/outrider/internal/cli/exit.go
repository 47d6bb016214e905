package cli

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
	ExitDone        = 0
	ExitDefect      = 1
	ExitUsage       = 2
	ExitInvalid     = 3
	ExitUnreadable  = 4
	ExitWrongMap    = 5
	ExitOffNetwork  = 6
	ExitNoRoute     = 7
	ExitNoRecord    = 8
	ExitStale       = 9
	ExitRefused     = 10
	ExitDiffers     = 11
	ExitInfeasible  = 12
	ExitRefuted     = 13
	ExitNotProven   = 14
	ExitInterrupted = 130
)

// ExitCode is the only place where errors become exit codes.
func ExitCode(err error) int {
	switch {
	case err == nil:
		return ExitDone
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	case errors.Is(err, network.ErrVersion):
		return ExitWrongMap
	case errors.Is(err, network.ErrOffNetwork), errors.Is(err, network.ErrNotFound), errors.Is(err, network.ErrAmbiguous):
		return ExitOffNetwork
	case errors.Is(err, network.ErrNotAMap), errors.Is(err, network.ErrCorrupt), errors.Is(err, osm.ErrFormat), errors.Is(err, osm.ErrTruncated), errors.Is(err, osm.ErrCorrupt), errors.Is(err, osm.ErrUnsupported):
		return ExitUnreadable
	}
	if invalidInput(err) {
		return ExitInvalid
	}
	switch outrider.KindOf(err) {
	case outrider.Usage:
		return ExitUsage
	case outrider.Invalid:
		return ExitInvalid
	case outrider.Unreadable:
		return ExitUnreadable
	case outrider.WrongMap:
		return ExitWrongMap
	case outrider.OffNetwork:
		return ExitOffNetwork
	case outrider.NoRoute:
		return ExitNoRoute
	case outrider.Unsurveyed:
		return ExitNoRecord
	case outrider.Interrupted:
		return ExitInterrupted
	case outrider.Stale:
		return ExitStale
	case outrider.Refused:
		return ExitRefused
	case outrider.Differs:
		return ExitDiffers
	case outrider.Infeasible:
		return ExitInfeasible
	case outrider.Refuted:
		return ExitRefuted
	case outrider.NotProven:
		return ExitNotProven
	case outrider.Internal:
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return ExitUnreadable
	}
	return ExitDefect
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

// Complain prints an error as a person can use it.
func Complain(w io.Writer, err error) error {
	text := strings.TrimRight(err.Error(), "\n")
	if ExitCode(err) == ExitInterrupted {
		text = "interrupted; nothing was written"
	} else if _, ok := errors.AsType[*fs.PathError](err); ok && !strings.Contains(text, "; ") {
		text += "; " + remedy(err)
	}
	_, werr := fmt.Fprintf(w, "outrider: %s\n", text)
	return werr
}
