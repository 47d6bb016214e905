package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/server"
)

// A place is the same for two findings if they are at most samePlace metres apart
// on one OSM way, or sameSpot on any: as in the journal of package hazard.
const (
	samePlace = 20.0
	sameSpot  = 5.0
)

// reach is how far in degrees of latitude, times ten million, findings are looked
// for that could be at the same place: a good 20 metres.
const reach = 2000

// found is what decides whether two findings are about the same.
type found struct {
	Kind string    `json:"kind"`
	Lat  float64   `json:"lat"`
	Lon  float64   `json:"lon"`
	Way  int64     `json:"way"`
	Date string    `json:"date"`
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

func readFound(line []byte) (found, error) {
	var f found
	bad := func(err error) error {
		return &outrider.Error{Kind: outrider.Invalid, Where: "finding", Cause: "it does not say what was found where and when", Remedy: "give kind, lat, lon and date", Err: err}
	}
	if err := json.Unmarshal(line, &f); err != nil {
		return f, bad(err)
	}
	if _, err := time.Parse(time.DateOnly, f.Date); err != nil {
		return f, bad(err)
	}
	if f.Kind == "" || math.Abs(f.Lat) > 90 || math.Abs(f.Lon) > 180 {
		return f, bad(nil)
	}
	return f, nil
}

func (f *found) point() geo.Point { return geo.PointFromDegrees(f.Lat, f.Lon) }

// same reports whether two findings of one kind and day are about one place.
// Closures by different events at one place stand side by side.
func (f *found) same(o *found) bool {
	if !f.From.IsZero() && !o.From.IsZero() && (!f.From.Before(o.To) || !o.From.Before(f.To)) {
		return false
	}
	limit := sameSpot
	if f.Way == o.Way && f.Way != 0 {
		limit = samePlace
	}
	return geo.Distance(f.point(), o.point()) <= limit
}

func readFinding(s scan) (server.StoredFinding, error) {
	var f server.StoredFinding
	var line []byte
	err := s(&f.ID, &line)
	f.Finding = line
	return f, err
}

// Findings returns the findings behind an id.
func (s *Store) Findings(ctx context.Context, after string, limit int) ([]server.StoredFinding, error) {
	return all(ctx, s.read, readFinding, `SELECT id, line FROM findings WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
}

// AddFinding adds a finding; server.ErrKnown if it is there,
// *server.OtherFindingError if another one of its kind, place and day is.
func (s *Store) AddFinding(ctx context.Context, act server.Act, f server.StoredFinding) error {
	what, err := readFound(f.Finding)
	if err != nil {
		return err
	}
	at := what.point()
	return s.change(ctx, act, func(tx *sql.Tx) error {
		there, err := exists(ctx, tx, `SELECT 1 FROM findings WHERE id = $1`, f.ID)
		if err != nil {
			return err
		}
		if there {
			return server.ErrKnown
		}
		near, err := all(ctx, tx, readFinding, `SELECT id, line FROM findings WHERE day = $1 AND kind = $2 AND lat BETWEEN $3 AND $4 ORDER BY id`,
			what.Date, what.Kind, int64(at.Lat)-reach, int64(at.Lat)+reach)
		if err != nil {
			return err
		}
		for _, n := range near {
			other, err := readFound(n.Finding)
			if err != nil {
				return err
			}
			if what.same(&other) {
				return &server.OtherFindingError{Theirs: n}
			}
		}
		_, err = run(ctx, tx, `INSERT INTO findings (id, kind, day, lat, lon, line) VALUES ($1, $2, $3, $4, $5, $6)`,
			f.ID, what.Kind, what.Date, int64(at.Lat), int64(at.Lon), []byte(f.Finding))
		return err
	})
}
