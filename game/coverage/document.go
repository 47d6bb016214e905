package coverage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/internal/scan"
)

// A Document is an answer as it is written: one JSON object in the game's own
// names, which is its certificate. docs/format/coverage.md describes it.
type Document struct {
	Status      game.Status         `json:"status"`
	Value       float64             `json:"value"` // that of Upper
	Lower       float64             `json:"lower"`
	Upper       float64             `json:"upper"`
	Gap         float64             `json:"gap"`
	Of          uint64              `json:"of"` // what a chance of 1 is in parts: Whole
	Coverage    []DocumentCover     `json:"coverage"`
	Spare       uint64              `json:"spare"`
	AttackerMix []DocumentPick      `json:"attacker_mix"`
	AttackSet   []game.ID           `json:"attack_set"`
	Defender    *DocumentDefender   `json:"defender,omitempty"`    // where the game has payoffs of the defender's own
	PlannerMix  []DocumentPlacement `json:"planner_mix,omitempty"` // what is drawn from, where asked for
	Method      string              `json:"method"`
	Assumptions []string            `json:"assumptions"`
	Seconds     float64             `json:"seconds"`
	Hash        string              `json:"instance_sha256"`
	File        string              `json:"instance_file,omitempty"`
	Instance    json.RawMessage     `json:"instance,omitempty"`
}

// A DocumentCover is a target that is covered with a chance above 0.
type DocumentCover struct {
	Target game.ID `json:"target"`
	Parts  uint64  `json:"parts"`
}

// A DocumentPick is a target of the attacker's mix.
type DocumentPick struct {
	Target game.ID `json:"target"`
	Prob   float64 `json:"prob"`
}

// A DocumentDefender is what the coverage is to the defender.
type DocumentDefender struct {
	Target  game.ID `json:"target"`  // of the attack set, the one that suits the defender best
	Value   float64 `json:"value"`   // there
	Against float64 `json:"against"` // where it suits the defender least
	Limit   float64 `json:"limit"`   // no coverage gives more
}

// A DocumentPlacement is where posts stand, and how often.
type DocumentPlacement struct {
	Posts []game.ID `json:"posts"`
	Prob  float64   `json:"prob"` // a multiple of 1/Of
}

// NewDocument writes an answer in the game's own names.
func NewDocument(g *Game, s *Solution, seconds float64) *Document {
	d := &Document{
		Status: game.Bound, Value: s.Upper, Lower: s.Lower, Upper: s.Upper, Gap: g.Gap(s.Lower, s.Upper), Of: Whole, Spare: s.Spare,
		Coverage: []DocumentCover{}, AttackerMix: []DocumentPick{}, AttackSet: []game.ID{}, Method: "targets by what they pay, prefix sums",
		Assumptions: []string{"one attacker, who knows the chances but not the draw, strikes one target", "a post covers one target"},
		Seconds:     seconds, Hash: g.Digest(),
	}
	if d.Gap <= Tolerance {
		d.Status = game.Optimal
	}
	for i, p := range s.Parts {
		if p > 0 {
			d.Coverage = append(d.Coverage, DocumentCover{g.Targets[i], p})
		}
	}
	for _, a := range s.Attack {
		d.AttackerMix = append(d.AttackerMix, DocumentPick{g.Targets[a.Target], a.Prob})
	}
	for _, t := range s.AttackSet {
		d.AttackSet = append(d.AttackSet, g.Targets[t])
	}
	if g.DefenderOpen != nil {
		d.Defender = &DocumentDefender{Target: g.Targets[s.Target], Value: s.Defender, Against: s.Against, Limit: s.Limit}
	}
	return d
}

// List adds to the document what is drawn from.
func (d *Document) List(g *Game, placements []Placement) {
	for _, p := range placements {
		posts := make([]game.ID, len(p.Targets))
		for k, t := range p.Targets {
			posts[k] = g.Targets[t]
		}
		d.PlannerMix = append(d.PlannerMix, DocumentPlacement{posts, float64(p.Weight) / Whole})
	}
}

// Write writes the document as one line of JSON.
func (d *Document) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(d)
}

var documentKeys = map[string]bool{
	"status": true, "value": true, "lower": true, "upper": true, "gap": true, "of": true, "coverage": true, "spare": true, "attacker_mix": true,
	"attack_set": true, "defender": true, "planner_mix": true, "method": true, "assumptions": true, "seconds": true, "instance_sha256": true,
	"instance_file": true, "instance": true, "target": true, "parts": true, "prob": true, "against": true, "limit": true, "posts": true,
}

// ParseDocument reads an answer. It is strict: an unknown or repeated key is an
// *game.InputError. What the answer says is not judged; package check does that.
func ParseDocument(src []byte) (*Document, error) {
	const remedy = "give what outrider cover has written"
	s := scan.Scanner{Src: src}
	if s.Peek() != '{' {
		return nil, s.Fail("expected an object, found "+s.What(), remedy)
	}
	if err := knownKeys(&s, 0); err != nil {
		return nil, err
	}
	if err := s.End(); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.DisallowUnknownFields()
	d := &Document{}
	if err := dec.Decode(d); err != nil {
		place, cause := "", err.Error()
		if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			place, cause = mismatch.Field, "a "+mismatch.Value+" cannot stand here"
		}
		return nil, &game.InputError{Place: place, Cause: cause, Remedy: remedy}
	}
	return d, nil
}

// knownKeys passes over a value and refuses keys that are not known letter by
// letter: the decoder takes those in other letters for the same.
func knownKeys(s *scan.Scanner, depth int) error {
	if depth > scan.MostDepth {
		return s.Skip(depth)
	}
	switch s.Peek() {
	case '{':
		return s.Object("", func(key []byte) error {
			if !documentKeys[string(key)] {
				return s.Fail(fmt.Sprintf("the key %q is not known here", key), "give what outrider cover has written")
			}
			if depth == 0 && string(key) == "instance" {
				return scan.Within("instance", s.Skip(1))
			}
			return scan.Within(string(key), knownKeys(s, depth+1))
		})
	case '[':
		return s.List("", func(int) error { return knownKeys(s, depth+1) })
	}
	return s.Skip(depth)
}
