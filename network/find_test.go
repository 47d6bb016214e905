package network

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/geo"
	"pgregory.net/rapid"
)

// townMap has one chain per street name, with the places that the streets are in.
func townMap() *Map {
	d := newDraft()
	m := &d.m
	for i, p := range []struct {
		name string
		kind PlaceKind
	}{{"Wilmington", City}, {"Newark", City}, {"Newark", Station}, {"Springfield", Village}, {"Springfield", Village}, {"Market Town", Town}, {"Košice-Západ", Suburb}} {
		m.Places = append(m.Places, Place{OSM: int64(i + 1), Point: geo.PointFromDegrees(39, -75), Name: d.text.Add(p.name), Kind: p.kind})
	}
	for i, s := range []struct {
		name  string
		place uint32
	}{
		{"Market Street", 0},
		{"Market Street", 1},
		{"Old Market Street", 0},
		{"Wilmington Road", None},
		{"Élysée Straße", 1},
		{"King's Highway", 0},
		{"Łódź Boulevard", None},
		{"Marketa Drive", None},
		{"5th Street", 0},
	} {
		c := d.chain(d.node(39.1, -75.5+float64(i)/100), d.node(39.2, -75.5+float64(i)/100))
		m.Interval[c].Name = d.text.Add(s.name)
		m.Streets = append(m.Streets, Street{Name: d.text.Add(s.name), Place: s.place, Chain: c, At: m.Length[c] / 2})
	}
	m.Havens = append(m.Havens,
		Haven{OSM: 50, Point: geo.PointFromDegrees(39.7, -75.6), Name: d.text.Add("Wilmington Hospital"), AccessChain: 3, AccessAt: 70, Kind: Hospital, Type: OSMWay},
		Haven{OSM: 51, Point: geo.PointFromDegrees(39.7, -75.7), AccessChain: None, Kind: FireStation})
	return d.done()
}

func ids(found []Found) []string {
	var out []string
	for _, f := range found {
		out = append(out, f.ID)
	}
	return out
}

func TestFind(t *testing.T) {
	m := townMap()
	for _, c := range []struct {
		query string
		want  string // ids, best first
	}{
		{"wilmington", "place/node/1 haven/way/50 street/3"},
		{"  WILMINGTON  ", "place/node/1 haven/way/50 street/3"},
		{"newark", "place/node/2 place/node/3"},
		{"market street", "street/1 street/0 street/2"},
		{"Market Street, Wilmington", "street/0 street/2"},
		{"Market St, Wilm", "street/0 street/2"},
		{"market", "place/node/6 street/1 street/0 street/7 street/2"},
		{"street market", "street/1 street/0 street/2"},
		{"elysee strasse", "street/4"},
		{"ÉLYSÉE STRASSE", "street/4"},
		{"E\u0301lyse\u0301e", "street/4"},
		{"kings highway", "street/5"},
		{"King’s Highway", "street/5"},
		{"Lodz", "street/6"},
		{"kosice zapad", "place/node/7"},
		{"5th", "street/8"},
		{"ilmington", ""},
		{"", ""},
		{" - ", ""},
		{"way/101", "way/101"},
		{"node/1", "node/1"},
		{"node/51", "haven/node/51"},
		{"way/50", "haven/way/50"},
		{"relation/50", ""},
		{"haven/way/50", "haven/way/50"},
		{"haven/node/50", ""},
		{"place/node/4", "place/node/4"},
		{"street/4", "street/4"},
		{"street/99", ""},
		{"39.7,-75.5", "39.7,-75.5"},
		{"39.7 N, 75.5 W", "39.7,-75.5"},
		{"39.7° S 75.5° E", "-39.7,75.5"},
		{"39.7 -75.5", "39.7,-75.5"},
		{"91,0", ""},
		{"0,nan", ""},
	} {
		if got := strings.Join(ids(m.Find(c.query, 100)), " "); got != c.want {
			t.Errorf("%q finds %q, want %q", c.query, got, c.want)
		}
	}
	if got := ids(m.Find("market", 2)); !slices.Equal(got, []string{"place/node/6", "street/1"}) {
		t.Errorf("two for market: %q", got)
	}
	if got := m.Find("market", 0); len(got) != 0 {
		t.Errorf("none for market: %v", got)
	}
	f := m.Find("Market Street, Wilmington", 1)[0]
	if f.Kind != "street" || f.Name != "Market Street, Wilmington" || f.Chain != 0 || f.At != m.Length[0]/2 || f.Point != m.PointAt(0, f.At) {
		t.Errorf("%+v", f)
	}
	if f := m.Find("node/51", 1)[0]; f.Name != "unnamed fire station" || f.Kind != "fire_station" || f.Chain != None {
		t.Errorf("%+v", f)
	}
	if f := m.Find("node/1", 1)[0]; f.Chain != 0 || f.At != 0 || f.Name != "Market Street" {
		t.Errorf("%+v", f)
	}
}

// TestEveryIDIsFound feeds what Find gives back to Resolve.
func TestEveryIDIsFound(t *testing.T) {
	for _, m := range []*Map{townMap(), randomMap(newRand(41), 60)} {
		for i := range m.Streets {
			f := m.foundStreet(i)
			if got, err := m.Resolve(f.ID); err != nil || got != f {
				t.Errorf("%s is %+v, %v; want %+v", f.ID, got, err, f)
			}
			if names := ids(m.Find(f.Name, 1000)); !slices.Contains(names, f.ID) {
				t.Errorf("%q does not find %s but %v", f.Name, f.ID, names)
			}
		}
		for i := range m.Havens {
			f := m.foundHaven(i)
			if got, err := m.Resolve(f.ID); err != nil || got != f {
				t.Errorf("%s is %+v, %v; want %+v", f.ID, got, err, f)
			}
		}
		for i := range m.Interval {
			id := fmt.Sprintf("way/%d", m.Interval[i].Way)
			got, err := m.Resolve(id)
			if err != nil || got.ID != id || m.IntervalAt(got.Chain, got.At).Way != m.Interval[i].Way {
				t.Errorf("%s is %+v, %v", id, got, err)
			}
		}
	}
}

func TestResolve(t *testing.T) {
	m := townMap()
	for query, want := range map[string]string{
		"Wilmington": "place/node/1", "Newark": "place/node/2", "wilmington hospital": "haven/way/50", "lodz": "street/6",
		"Market Street, Newark": "street/1", "39.7,-75.5": "39.7,-75.5",
		"39°42'00\"N 75°30'00\"W": "39.7,-75.5", "39 42.0 N, 75 30.0 W": "39.7,-75.5",
	} {
		if got, err := m.Resolve(query); err != nil || got.ID != want {
			t.Errorf("%q is %+v, %v; want %s", query, got, err, want)
		}
	}
	_, err := m.Resolve("market street")
	if !errors.Is(err, ErrAmbiguous) || !strings.Contains(err.Error(), "Market Street, Newark (street, street/1); Market Street, Wilmington (street, street/0)") {
		t.Errorf("market street: %v", err)
	}
	if _, err := m.Resolve("springfield"); !errors.Is(err, ErrAmbiguous) || !strings.Contains(err.Error(), "place/node/4") || !strings.Contains(err.Error(), "place/node/5") {
		t.Errorf("springfield: %v", err)
	}
	if _, err := m.Resolve("mark"); !errors.Is(err, ErrAmbiguous) || strings.Contains(err.Error(), "more") {
		t.Errorf("a beginning of five names: %v", err)
	}
	if _, err := m.Resolve("Atlantis"); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "outrider map find") {
		t.Errorf("Atlantis: %v", err)
	}
}

// TestAnyQueryIsAnswered: no text makes a search fail in another way than by
// finding nothing.
func TestAnyQueryIsAnswered(t *testing.T) {
	m := townMap()
	rapid.Check(t, func(t *rapid.T) {
		q := rapid.OneOf(rapid.String(), rapid.StringMatching(`(way|node|relation|street|(haven|place)/(way|node)|x)/-?[0-9]{0,20}`),
			rapid.StringMatching(`[-+]?[0-9]{0,3}(\.[0-9]{0,12})?(e[0-9]+)?°? ?[NSns]?[, ]+[-+]?[0-9.]{0,5} ?[EWew]?`)).Draw(t, "q")
		found := m.Find(q, 5)
		got, err := m.Resolve(q)
		switch {
		case err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrAmbiguous):
			t.Fatal(err)
		case err == nil && got != found[0], errors.Is(err, ErrNotFound) != (len(found) == 0):
			t.Fatalf("%q resolves to %+v, %v but finds %+v", q, got, err, found)
		}
		for _, f := range found {
			if !onEarth(f.Point) {
				t.Fatalf("%q finds %+v", q, f)
			}
		}
	})
}

// TestFoldIsIdempotent: a folded name is its own folded form, in lower case,
// with single spaces.
func TestFoldIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		once := fold(nil, s)
		if twice := fold(nil, string(once)); string(once) != string(twice) {
			t.Fatalf("%q folds to %q, that to %q", s, once, twice)
		}
		if strings.TrimSpace(string(once)) != string(once) || strings.Contains(string(once), "  ") {
			t.Fatalf("%q folds to %q", s, once)
		}
		if upper := fold(nil, strings.ToUpper("a"+s)); len(s) > 0 && !strings.HasPrefix(string(upper), "a") {
			t.Fatalf("%q folds to %q", "A"+s, upper)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	m := randomMap(newRand(9), 20000)
	for b.Loop() {
		if len(m.Find("market street, dover", 20)) == 0 {
			b.Fatal("nothing found")
		}
	}
}
