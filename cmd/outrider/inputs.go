package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/gtfs"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/yamldoc"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/pace"
	"github.com/outrider-project/outrider/plan"
)

// riskFlags are the risk profile and the findings that a command computes with.
type riskFlags struct {
	Profile  string `placeholder:"FILE" help:"Risk profile; the built-in one when left out."`
	Findings string `default:"findings.jsonl" placeholder:"FILE" help:"Journal of survey findings (${default}); may be missing."`
}

// planFlags are what a plan is made from besides the movement.
type planFlags struct {
	mapFlag
	riskFlags
	Speeds    string `placeholder:"FILE" help:"Speed factors by class of road and hour; the built-in ones when left out, free for the map's own speeds."`
	Runs      string `default:"runs.jsonl" placeholder:"FILE" help:"Journal of timed runs, made by survey add --drive (${default}); may be missing."`
	Timetable string `placeholder:"FILE" help:"GTFS timetable, a zip file, that legs by rail are held against."`
}

// mixFlags ask for routes to draw from.
type mixFlags struct {
	Mix   int     `default:"6" placeholder:"N" help:"Work out up to N routes to draw from on each leg by road (${default}); 0 for none."`
	Mean  float64 `default:"0" placeholder:"FACTOR" help:"Limit on the mean time of the routes to draw from, times the fastest; left out, what is worth its time."`
	Reach float64 `default:"100" placeholder:"METRES" help:"How far an attack on a place reaches, for the routes to draw from (${default})."`
	Area  float64 `default:"300" placeholder:"METRES" help:"Radius round start and destination in which posts are taken to keep attackers out, where the movement has no secured area (${default})."`
}

func (f mixFlags) options() plan.MixOptions {
	return plan.MixOptions{Routes: f.Mix, Reach: f.Reach, Area: f.Area, Mean: f.Mean}
}

// freeFlow is the name on the command line for the map's own speeds.
const freeFlow = "free"

// speeds returns the speed factors and the timed runs.
func (f planFlags) speeds() (*pace.Speeds, *pace.Runs, error) {
	s, err := loadSpeeds(f.Speeds)
	if err != nil {
		return nil, nil, err
	}
	runs, err := pace.LoadRuns(f.Runs)
	return s, runs, err
}

func loadSpeeds(path string) (*pace.Speeds, error) {
	switch path {
	case "":
		return pace.Builtin()
	case freeFlow:
		return pace.FreeFlow(), nil
	}
	src, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return pace.Read(path, src)
}

// timetable returns the timetable, nil if none was named.
func (f planFlags) timetable() (*gtfs.Feed, error) {
	if f.Timetable == "" {
		return nil, nil
	}
	src, err := readUpTo(f.Timetable, maxTimetable)
	if err != nil {
		return nil, err
	}
	feed, err := gtfs.Read(filepath.Base(f.Timetable), src)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Timetable, err)
	}
	return feed, nil
}

// maxTimetable bounds what is read of a timetable.
const maxTimetable = 256 << 20

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
	if head := src[:min(len(src), 400)]; bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) && bytes.Contains(head, []byte(`"outrider.plan/`)) {
		return nil, "", &outrider.Error{Kind: outrider.Invalid, Where: path, Cause: "this is a plan, not a movement file", Remedy: "name the movement file that it was made from"}
	}
	mv, err = exchange.ReadMovement(path, src)
	sum := sha256.Sum256(src)
	return mv, hex.EncodeToString(sum[:]), err
}

// maxInput bounds what is read of a file that people write.
const maxInput = 8 << 20

func readFile(path string) ([]byte, error) { return readUpTo(path, maxInput) }

func readUpTo(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	src, err := io.ReadAll(io.LimitReader(f, most+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if int64(len(src)) > most {
		return nil, &outrider.Error{
			Kind: outrider.Invalid, Where: path, Cause: fmt.Sprintf("the file has more than %d MiB", most>>20),
			Remedy: "see that it is the file that was meant",
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
	if _, ok := errors.AsType[*gtfs.Error](err); ok {
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
