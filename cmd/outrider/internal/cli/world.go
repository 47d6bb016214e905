// Package cli is what every command needs: the world it may touch, the files it
// reads, the text it prints, its errors and their exit codes.
package cli

import (
	"io"
	"time"

	"github.com/outrider-project/outrider"
)

// World is what a command may touch besides the files it is given.
type World struct {
	Stdout, Stderr io.Writer
	Now            func() time.Time // the only clock
	ProgressMode   ProgressMode
	Colour         bool // whether Stdout takes colours
	// Program is the name and the version of the program, for what it writes.
	Program string
}

// Progress begins to show how far a job is, in the way that was asked for.
func (w *World) Progress() *Progress { return newProgress(w.Stderr, w.ProgressMode) }

// ProgramTitle is how the program calls itself in what it writes.
const ProgramTitle = "outrider"

// InvalidFlag is a flag whose value makes no sense.
func InvalidFlag(flag, cause, remedy string) error {
	return &outrider.Error{Kind: outrider.Usage, Where: flag, Cause: cause, Remedy: remedy}
}

// UsageError is a command line that cannot be carried out.
func UsageError(cause, remedy string) error {
	return &outrider.Error{Kind: outrider.Usage, Cause: cause, Remedy: remedy}
}
