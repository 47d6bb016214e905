package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/gtfs"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/yamldoc"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/pace"
)

// RiskFlags are the risk profile and the findings that a command computes with.
type RiskFlags struct {
	Profile  string `placeholder:"FILE" help:"Risk profile; the built-in one when left out."`
	Findings string `default:"findings.jsonl" placeholder:"FILE" help:"Journal of survey findings (${default}); may be missing."`
}

// freeFlow is the name on the command line for the map's own speeds.
const freeFlow = "free"

// LoadSpeeds reads speed factors: the built-in ones without a path.
func LoadSpeeds(path string) (*pace.Speeds, error) {
	switch path {
	case "":
		return pace.Builtin()
	case freeFlow:
		return pace.FreeFlow(), nil
	}
	src, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	return pace.Read(path, src)
}

// Risk is what RiskFlags lead to.
type Risk struct {
	Profile *hazard.Profile
	Journal *hazard.Journal
	Placed  []hazard.Placed
	// Strays are findings on record that do not lie on this map.
	Strays []hazard.Refusal
}

// Load reads profile and journal, and puts the findings on the map.
func (f RiskFlags) Load(m *network.Map, at time.Time) (*Risk, error) {
	r := &Risk{}
	var err error
	if r.Profile, err = LoadProfile(f.Profile); err != nil {
		return nil, err
	}
	if r.Journal, err = hazard.LoadJournal(f.Findings); err != nil {
		return nil, err
	}
	r.Placed, r.Strays = hazard.Snap(m, r.Journal.Current(), at)
	return r, nil
}

// LoadProfile reads a risk profile: the built-in one without a path.
func LoadProfile(path string) (*hazard.Profile, error) {
	if path == "" {
		return hazard.Builtin()
	}
	src, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	return hazard.ReadProfile(path, src)
}

// LoadMovement reads a movement file; hash is the SHA-256 of its bytes in hexadecimal
// digits.
func LoadMovement(path string) (mv *outrider.Movement, hash string, err error) {
	src, err := ReadFile(path)
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

// ReadFile reads a file that people write, of at most 8 MiB.
func ReadFile(path string) ([]byte, error) { return ReadUpTo(path, maxInput) }

// ReadUpTo reads a file of at most so many bytes.
func ReadUpTo(path string, most int64) ([]byte, error) {
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
			Kind: outrider.Invalid, Where: path, Cause: "the file has more than " + sizeOf(most),
			Remedy: "see that it is the file that was meant",
		}
	}
	return src, nil
}

// sizeOf writes a limit of so many bytes.
func sizeOf(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
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

// ParseTime reads a time with offset, or in the zone of this machine.
func ParseTime(flag, s string, now time.Time) (time.Time, error) {
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
	return time.Time{}, InvalidFlag(flag, fmt.Sprintf("%q is not a time", s), "write it as 2026-11-27T08:00 or 2026-11-27T08:00-05:00")
}
