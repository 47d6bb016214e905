package approval

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/hazard"
)

// A Subject is one of the things that a plan rests on.
type Subject string

// Subjects.
const (
	OfPlan      Subject = "plan"
	OfMovement  Subject = "movement"
	OfMap       Subject = "map"
	OfProfile   Subject = "profile"
	OfFindings  Subject = "findings"
	OfSpeeds    Subject = "speeds"
	OfRuns      Subject = "timed runs"
	OfTimetable Subject = "timetable"
)

// Subjects returns all that a plan rests on, in the order of reports.
func Subjects() []Subject {
	return []Subject{OfPlan, OfMovement, OfMap, OfProfile, OfFindings, OfSpeeds, OfRuns, OfTimetable}
}

// A Basis is what a plan rests on: enough of it to say later what has changed.
type Basis struct {
	// At is when it was so: of a submission, when the plan was made.
	At           time.Time        `json:"at"`
	PlanHash     string           `json:"plan_sha256"` // see PlanHash
	PlanMade     time.Time        `json:"plan_made"`
	MovementHash string           `json:"movement_sha256"`
	MapName      string           `json:"map_name"`
	MapHash      string           `json:"map_sha256"`
	DataDate     time.Time        `json:"data_date"`
	ProfileName  string           `json:"profile_name"`
	ProfileHash  string           `json:"profile_sha256"`
	Profile      []Setting        `json:"profile"`  // all that the profile says, by rising name
	Findings     []FindingOnBasis `json:"findings"` // current on this map, expired ones included, by rising id
	SpeedsName   string           `json:"speeds_name"`
	SpeedsHash   string           `json:"speeds_sha256"`
	RunsHash     string           `json:"runs_sha256,omitempty"`
	Runs         int              `json:"timed_runs"`
	Timetable    string           `json:"timetable,omitempty"`
	TimetableSum string           `json:"timetable_sha256,omitempty"`

	// Unseen are the subjects that were not shown, so that nothing can be said of
	// them. Nothing is recorded while there are any.
	Unseen []Subject `json:"-"`
}

// A Setting is one value of a risk profile, such as "level_crossing weight".
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// FindingOnBasis is a finding as far as it has to be told from others and found
// again.
type FindingOnBasis struct {
	ID       string     `json:"id"`
	Kind     string     `json:"kind"`
	Rating   uint8      `json:"rating"`
	Lat      float64    `json:"lat"`
	Lon      float64    `json:"lon"`
	Surveyor string     `json:"surveyor"` // call sign
	Date     hazard.Day `json:"date"`
	Expiry   hazard.Day `json:"expiry"`
	Until    time.Time  `json:"to,omitzero"` // end of a closure
}

// A Source is a file that a plan was made with, by name and SHA-256 in hex.
type Source struct {
	Name, Hash string
}

// Present is what there is now, from which a Basis is made. What is nil was not
// shown, and what is empty is known not to exist.
type Present struct {
	Plan     []byte  // the plan document as stored
	Movement *Source // the movement file
	Map      *Source
	DataDate time.Time // of Map
	Profile  *hazard.Profile
	Findings *[]hazard.Finding // current on this map, expired ones included
	Speeds   *Source
	Runs     *Source
	RunCount int
	// Timetable is that which the rail legs are held against.
	Timetable *Source
}

// PlanHash is the SHA-256, in hex, of a plan document without the blanks between
// its values.
func PlanHash(src []byte) (string, error) {
	var b bytes.Buffer
	if err := json.Compact(&b, src); err != nil {
		return "", &outrider.Error{Kind: outrider.Unreadable, Where: "plan", Cause: "not a JSON document: " + err.Error(), Remedy: "give a plan.json that this program wrote", Err: err}
	}
	sum := sha256.Sum256(b.Bytes())
	return hex.EncodeToString(sum[:]), nil
}

// Basis returns what a plan p, stored as x.Plan, would rest on if it were made of
// what there is at that time.
func (x Present) Basis(p *outrider.Plan, at time.Time) (Basis, error) {
	hash, err := PlanHash(x.Plan)
	if err != nil {
		return Basis{}, err
	}
	b := Basis{At: at.UTC().Truncate(time.Second), PlanHash: hash, PlanMade: p.Made.UTC()}
	unseen := func(s Subject) { b.Unseen = append(b.Unseen, s) }
	if x.Movement != nil {
		b.MovementHash = x.Movement.Hash
	} else {
		unseen(OfMovement)
	}
	if x.Map != nil {
		b.MapName, b.MapHash, b.DataDate = x.Map.Name, x.Map.Hash, x.DataDate.UTC()
	} else {
		unseen(OfMap)
	}
	if x.Profile != nil {
		b.ProfileName, b.ProfileHash = x.Profile.Name, x.Profile.Hash()
		if b.Profile, err = settingsOf(x.Profile); err != nil {
			return Basis{}, err
		}
	} else {
		unseen(OfProfile)
	}
	if x.Findings != nil {
		b.Findings = onBasis(*x.Findings)
	} else {
		unseen(OfFindings)
	}
	if x.Speeds != nil {
		b.SpeedsName, b.SpeedsHash = x.Speeds.Name, x.Speeds.Hash
	} else {
		unseen(OfSpeeds)
	}
	if x.Runs != nil {
		b.RunsHash, b.Runs = x.Runs.Hash, x.RunCount
	} else {
		unseen(OfRuns)
	}
	if x.Timetable != nil {
		b.Timetable, b.TimetableSum = x.Timetable.Name, x.Timetable.Hash
	} else {
		unseen(OfTimetable)
	}
	return b, nil
}

func onBasis(findings []hazard.Finding) []FindingOnBasis {
	list := make([]FindingOnBasis, 0, len(findings))
	for i := range findings {
		f := &findings[i]
		list = append(list, FindingOnBasis{
			ID: f.ID, Kind: f.Kind.String(), Rating: f.Rating, Lat: f.Lat, Lon: f.Lon,
			Surveyor: f.Surveyor, Date: f.Date, Expiry: f.Expiry, Until: f.To.UTC(),
		})
	}
	slices.SortFunc(list, func(a, b FindingOnBasis) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// asMade returns the basis that a plan says it was made on. What the plan does
// not hold, such as the values of the profile, is taken from now where the
// hashes agree, and left out where they do not.
func asMade(p *outrider.Plan, now *Basis) Basis {
	in := &p.Inputs
	then := Basis{
		At: p.Made.UTC(), PlanHash: now.PlanHash, PlanMade: p.Made.UTC(), MovementHash: in.MovementHash,
		MapName: in.MapName, MapHash: in.MapHash, DataDate: in.DataDate.UTC(),
		ProfileName: in.ProfileName, ProfileHash: in.ProfileHash,
		SpeedsName: in.SpeedsName, SpeedsHash: in.SpeedsHash, RunsHash: in.RunsHash, Runs: in.Runs,
		Timetable: in.Timetable, TimetableSum: in.TimetableHash,
	}
	if then.ProfileHash == now.ProfileHash {
		then.Profile = now.Profile
	}
	for _, id := range in.FindingIDs {
		f := FindingOnBasis{ID: id}
		if i, ok := slices.BinarySearchFunc(now.Findings, id, func(f FindingOnBasis, id string) int { return cmp.Compare(f.ID, id) }); ok {
			f = now.Findings[i]
		}
		then.Findings = append(then.Findings, f)
	}
	return then
}

// settingsOf takes a profile apart into named values: those of a kind are named
// by it, "level_crossing weight". Names of people and things are left out, since
// they change no plan.
func settingsOf(p *hazard.Profile) ([]Setting, error) {
	src, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("profile %s: %w", p.Name, err)
	}
	d := json.NewDecoder(bytes.NewReader(src))
	d.UseNumber()
	var root map[string]any
	if err := d.Decode(&root); err != nil {
		return nil, fmt.Errorf("profile %s: %w", p.Name, err)
	}
	var list []Setting
	for key, v := range root {
		switch kinds, ok := v.(map[string]any); {
		case key == "name" || key == "author":
		case key == "kinds" && ok:
			for kind, w := range kinds {
				list = flatten(list, kind, w)
			}
		default:
			list = flatten(list, key, v)
		}
	}
	slices.SortFunc(list, func(a, b Setting) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

// flatten appends the values in v, each under the way that leads to it.
func flatten(list []Setting, name string, v any) []Setting {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			if key != "comment" {
				list = flatten(list, name+" "+key, inner)
			}
		}
	case []any:
		for i, inner := range v {
			list = flatten(list, name+" "+strconv.Itoa(i+1), inner)
		}
	case nil:
	default:
		list = append(list, Setting{name, fmt.Sprint(v)})
	}
	return list
}
