package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/yamldoc"
	"github.com/outrider-project/outrider/network"
)

// riskFlags are the risk profile and the findings that a command computes with.
type riskFlags struct {
	Profile  string `placeholder:"FILE" help:"Risk profile; the built-in one when left out."`
	Findings string `default:"findings.jsonl" placeholder:"FILE" help:"Journal of survey findings; may be missing."`
}

// risk is what riskFlags lead to.
type risk struct {
	profile *hazard.Profile
	journal *hazard.Journal
	placed  []hazard.Placed
	// Strays are findings on record that do not lie on this map.
	strays []hazard.Refusal
}

func (f riskFlags) load(m *network.Map, at time.Time) (*risk, error) {
	r := &risk{}
	var err error
	if r.profile, err = loadProfile(f.Profile); err != nil {
		return nil, err
	}
	if r.journal, err = hazard.LoadJournal(f.Findings); err != nil {
		return nil, err
	}
	r.placed, r.strays = hazard.Snap(m, r.journal.Current(), at)
	return r, nil
}

func loadProfile(path string) (*hazard.Profile, error) {
	if path == "" {
		return hazard.Builtin()
	}
	src, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return hazard.ReadProfile(path, src)
}

func loadMovement(path string) (mv *outrider.Movement, hash string, err error) {
	src, err := readFile(path)
	if err != nil {
		return nil, "", err
	}
	mv, err = exchange.ReadMovement(path, src)
	sum := sha256.Sum256(src)
	return mv, hex.EncodeToString(sum[:]), err
}

// maxInput bounds what is read of a file that people write.
const maxInput = 8 << 20

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	src, err := io.ReadAll(io.LimitReader(f, maxInput+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(src) > maxInput {
		return nil, &outrider.Error{
			Kind: outrider.Invalid, Where: path, Cause: fmt.Sprintf("the file has more than %d bytes", maxInput),
			Remedy: "give the file that was meant",
		}
	}
	return src, nil
}

// invalidInput reports whether err says that a file that people write does not
// say what it must.
func invalidInput(err error) bool {
	if _, ok := errors.AsType[*yamldoc.Errors](err); ok {
		return true
	}
	if _, ok := errors.AsType[*hazard.RowError](err); ok {
		return true
	}
	journal, ok := errors.AsType[*hazard.JournalError](err)
	return ok && journal.Err == nil
}

// parseTime reads a time with offset, or in the zone of this machine.
func parseTime(flag, s string, now time.Time) (time.Time, error) {
	if s == "" {
		return now, nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(form, s); err == nil {
			return t, nil
		}
	}
	for _, form := range []string{"2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(form, s, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, invalidFlag(flag, fmt.Sprintf("%q is not a time", s), "write it as 2026-11-27T08:00 or 2026-11-27T08:00-05:00")
}

// formFormat tells the format of a survey form from the file's name.
func formFormat(path string) (hazard.Format, error) {
	switch {
	case strings.HasSuffix(strings.ToLower(path), ".csv"):
		return hazard.CSV, nil
	case strings.HasSuffix(strings.ToLower(path), ".geojson"), strings.HasSuffix(strings.ToLower(path), ".json"):
		return hazard.GeoJSON, nil
	}
	return "", &outrider.Error{
		Kind: outrider.Usage, Where: path, Cause: "the name does not say what kind of form it is",
		Remedy: "let it end in .csv or .geojson",
	}
}
