package main

import (
	"fmt"

	"github.com/outrider-project/outrider/pace"
)

// speedsCmd prints or checks speed factors.
type speedsCmd struct {
	File string `arg:"" optional:"" help:"File of speed factors to check; the built-in one is printed when left out."`
}

func (c *speedsCmd) Run(w *world) error {
	if c.File == "" {
		_, err := w.stdout.Write(pace.BuiltinSource())
		return err
	}
	s, err := loadSpeeds(c.File)
	if err != nil {
		return err
	}
	state := "uncalibrated"
	if s.Calibrated {
		state = "calibrated"
	}
	_, err = fmt.Fprintf(w.stdout, "%s: speeds %q, %s, sha256 %s\n", c.File, s.Name, state, s.Hash())
	return err
}
