package order_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/approval"
	"github.com/outrider-project/outrider/compare"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/order"
)

// oddValue is what a hand or another program may have put into a document.
func oddValue(r *rand.Rand) any {
	all := []any{
		nil, "", hostile, "\u202eabc\u2066", "ä", true, 0.0, -1.0, 7.0, 1e12, -1e300, math.MaxFloat64,
		[]any{},
		map[string]any{},
		[]any{nil},
		"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-24T06:30:00-05:00", "rail", "mi", "utm", "mgrs", "Asia/Kathmandu", "Nowhere/None",
	}
	return all[r.IntN(len(all))]
}

// odd changes a few values somewhere in a document, or takes them away.
func odd(r *rand.Rand, root any, changes int) {
	for range changes {
		at := root
		for at != nil {
			switch v := at.(type) {
			case map[string]any:
				keys := make([]string, 0, len(v))
				for k := range v {
					keys = append(keys, k)
				}
				slices.Sort(keys)
				if len(keys) == 0 {
					at = nil
					break
				}
				k := keys[r.IntN(len(keys))]
				switch inner := v[k].(type) {
				case map[string]any, []any:
					if at = inner; r.IntN(12) > 0 {
						continue
					}
				default:
				}
				if at = nil; r.IntN(4) == 0 {
					delete(v, k)
				} else {
					v[k] = oddValue(r)
				}
			case []any:
				if len(v) == 0 {
					at = nil
					break
				}
				k := r.IntN(len(v))
				switch inner := v[k].(type) {
				case map[string]any, []any:
					if at = inner; r.IntN(12) > 0 {
						continue
					}
				default:
				}
				at, v[k] = nil, oddValue(r)
			default:
				at = nil
			}
		}
	}
}

// use does with a plan that was read all that programs do with one.
func use(t *testing.T, p, base *outrider.Plan) {
	t.Helper()
	writers := map[string]func(io.Writer, *outrider.Plan) error{
		"JSON": exchange.WriteJSON, "GPX": exchange.WriteGPX, "KML": exchange.WriteKML, "GeoJSON": exchange.WriteGeoJSON,
		"report": func(w io.Writer, p *outrider.Plan) error { return order.WriteReport(w, p, nil) },
		"text": func(w io.Writer, p *outrider.Plan) error {
			return order.WriteText(w, p, order.Style{Width: 60, All: true})
		},
	}
	var doc []byte
	for name, write := range writers {
		var b bytes.Buffer
		if err := write(&b, p); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		switch name {
		case "JSON":
			doc = b.Bytes()
		case "GeoJSON":
			if !json.Valid(b.Bytes()) {
				t.Fatal("GeoJSON that is no JSON")
			}
		case "text":
			noSteering(t, name, b.String())
		default:
			wellFormed(t, name, b.Bytes())
			noSteering(t, name, b.String())
		}
	}
	again, err := exchange.ReadPlan("again", doc)
	if err != nil {
		t.Fatalf("what was written cannot be read: %v", err)
	}
	if r := compare.Plans(p, again); !r.Same {
		src, err := json.Marshal(r)
		t.Fatalf("read back, it differs: %s %v", src, err)
	}
	for _, r := range []compare.Report{compare.Plans(p, base), compare.Plans(base, p)} {
		if err := r.WriteText(io.Discard, compare.Style{}); err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
	}
	now, err := approval.Present{Plan: doc, Movement: &approval.Source{}, Map: &approval.Source{}}.Basis(p, p.Made)
	if err != nil {
		t.Fatal(err)
	}
	record, err := approval.Parse("approval.jsonl", nil)
	if err != nil {
		t.Fatal(err)
	}
	s := approval.Situation{Plan: p, Now: now, At: p.Made}
	record.Status(s)
	record.Checklist(p, p.Made)
	if _, err := record.Next(approval.Act{Action: approval.Submit, By: "OPS 1"}, s); err == nil {
		t.Fatal("a plan was submitted though most of what it rests on was not shown")
	}
}

// noSteering refuses characters that steer a terminal or turn the direction of
// writing.
func noSteering(t *testing.T, name, src string) {
	t.Helper()
	i := strings.IndexFunc(src, func(c rune) bool {
		return c < 0x20 && c != '\n' && c != '\t' || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069
	})
	if i >= 0 {
		t.Fatalf("%s: %q steers", name, src[max(i-40, 0):min(i+20, len(src))])
	}
}

func wellFormed(t *testing.T, name string, src []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(src))
	for {
		switch _, err := d.Token(); {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			t.Fatalf("%s is not well-formed: %v", name, err)
		}
	}
}

// FuzzOddPlans changes plan documents at random and does with those that can
// still be read all that is done with plans.
func FuzzOddPlans(f *testing.F) {
	for seed := range uint64(150) {
		f.Add(seed, uint8(seed%9))
	}
	base := day("any")
	base.Legs[0].Mix = mixed("any", 3).Legs[0].Mix
	for i := range base.Legs {
		for j := range base.Legs[i].Routes { // short, so that what matters is hit
			r := &base.Legs[i].Routes[j]
			r.Points, r.Times, r.Odometer = r.Points[:4], r.Times[:4], r.Odometer[:4]
		}
	}
	base.Made = base.Made.Truncate(time.Second)
	var b bytes.Buffer
	if err := exchange.WriteJSON(&b, base); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, seed uint64, changes uint8) {
		var root any
		if err := json.Unmarshal(b.Bytes(), &root); err != nil {
			t.Fatal(err)
		}
		odd(rand.New(rand.NewPCG(seed, 1)), root, int(changes%16))
		src, err := json.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		p, err := exchange.ReadPlan("odd", src)
		if err != nil {
			if changes%16 == 0 || outrider.KindOf(err) != outrider.Invalid {
				t.Fatalf("no error of a plan: %v", err)
			}
			return
		}
		use(t, p, base)
	})
}

// TestHostileTexts puts a text that would break a page and steer a terminal into
// every text of a plan.
func TestHostileTexts(t *testing.T) {
	base := day("any")
	base.Legs[0].Mix = mixed("any", 3).Legs[0].Mix
	var b bytes.Buffer
	if err := exchange.WriteJSON(&b, base); err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(b.Bytes(), &root); err != nil {
		t.Fatal(err)
	}
	n := 0
	var spoil func(v any) any
	spoil = func(v any) any {
		switch v := v.(type) {
		case string:
			if _, err := time.Parse(time.RFC3339, v); err == nil {
				return v
			}
			n++
			return v + "\u202e\u2066" + hostile
		case map[string]any:
			for k, inner := range v {
				if k != "schema" && k != "mode" {
					v[k] = spoil(inner)
				}
			}
		case []any:
			for i := range v {
				v[i] = spoil(v[i])
			}
		}
		return v
	}
	spoil(root)
	if n < 200 {
		t.Fatalf("%d texts were spoilt", n)
	}
	src, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	p, err := exchange.ReadPlan("hostile", src)
	if err != nil {
		t.Fatal(err)
	}
	use(t, p, base)
}
