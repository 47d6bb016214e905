package game_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/verify"
)

// TestExtremes gives chances, amounts and times of all sizes: an answer holds, or
// says what is wrong.
func TestExtremes(t *testing.T) {
	chances := []string{"0", "1e-12", "1e-10", "1e-8", "1e-6", "1e-4", "1e-3", "0.3", "0.5", "1", `"1/3"`}
	times := []string{"0", "1e-30", `"1/999999999989"`, "1e15", `"7/3"`, "0.1", "1"}
	amounts := []string{"0", "1e-300", "1e-9", "0.5", "3", "1e9"}
	limits := append([]string{"1e300"}, amounts...)
	replace := func(src string, key string, with []string, r *rand.Rand) string {
		return regexp.MustCompile(`"`+key+`":("[^"]*"|[0-9.]+)`).ReplaceAllStringFunc(src, func(string) string {
			return fmt.Sprintf(`"%s":%s`, key, with[r.IntN(len(with))])
		})
	}
	for _, kind := range conformanceKinds {
		t.Run(string(kind), func(t *testing.T) {
			answered := 0
			for seed := range uint64(150) {
				r := rand.New(rand.NewPCG(seed, 77))
				src := drawInstance(kind, r)
				some := chances
				if seed%2 == 0 {
					some = chances[4+r.IntN(3):]
				}
				if kind != game.EdgePostsDiscrete {
					src = replace(src, "p", some, r)
				}
				src = replace(src, "time", times, r)
				for _, key := range []string{"post_gain", "post_max", "budget", "mean_posts", "mean_time_budget", "route_time_cap"} {
					if kind != game.EdgePostsDiscrete {
						size := amounts
						switch key {
						case "post_max", "mean_posts", "route_time_cap":
							size = limits
						case "mean_time_budget": // odds are not so fine that times of 1e15 could add up to less
							size = limits[4:]
						}
						src = replace(src, key, size, r)
					}
				}
				src = replace(src, "post_effect", []string{"0", "1e-12", "1e-6", "0.5", "0.999999", "1"}, r)
				in, err := game.ParseInstance([]byte(src))
				if err != nil {
					t.Fatalf("seed %d: %v\n%s", seed, err, src)
				}
				result, err := game.Solve(context.Background(), in, game.Options{})
				if err != nil {
					if _, ok := errors.AsType[*game.InputError](err); !ok {
						t.Errorf("seed %d: %v\n%s", seed, err, src)
					}
					continue
				}
				answered++
				report, err := verify.Verify(in, game.NewDocument(in, result, 0))
				if err != nil || report.Verdict != verify.Confirmed {
					t.Errorf("seed %d: %v\n%s\n%+v\n%+v", seed, err, src, report, result)
				}
			}
			if answered < 75 {
				t.Errorf("%d answers", answered)
			}
		})
	}
}

// TestUnsound holds that what no game can be played on is refused, with the place:
// what callers fill in themselves may be wrong in ways that no file is.
func TestUnsound(t *testing.T) {
	zone := func(change func(z []game.Zone)) *game.Instance {
		in := &game.Instance{
			Kind: game.Zones, Nodes: []game.ID{{Text: "a"}, {Text: "b"}}, Edges: []game.ID{{Text: "e"}}, From: []uint32{0}, To: []uint32{1},
			Sources: []uint32{0}, Sinks: []uint32{1},
			Zones: []game.Zone{{ID: game.ID{Text: "x"}, P: 0.5, Nodes: []uint32{0}}, {ID: game.ID{Text: "y"}, P: 0.5, Edges: []uint32{0}}},
		}
		change(in.Zones)
		return in
	}
	for want, in := range map[string]*game.Instance{
		`zones[1].id: the id "x" comes twice`:            zone(func(z []game.Zone) { z[1].ID = z[0].ID }),
		`zones[1].id: an id without characters`:          zone(func(z []game.Zone) { z[1].ID = game.ID{} }),
		`zones[0].nodes: the node "a" comes twice`:       zone(func(z []game.Zone) { z[0].Nodes = []uint32{0, 1, 0} }),
		`zones[1].edges: the edge "e" comes twice`:       zone(func(z []game.Zone) { z[1].Edges = []uint32{0, 0} }),
		`zones[0].p: 1e-13 is too small a chance; write`: zone(func(z []game.Zone) { z[0].P = 1e-13 }),
	} {
		_, err := game.Solve(context.Background(), in, game.Options{})
		if _, ok := errors.AsType[*game.InputError](err); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestManyNodesByName holds that an answer with more nodes than fit a small object
// can be read again.
func TestManyNodesByName(t *testing.T) {
	const n = 1500
	var nodes, edges []string
	for v := range n {
		nodes = append(nodes, fmt.Sprint(v))
		if v > 0 {
			edges = append(edges, fmt.Sprintf(`{"id":"a%d","from":%d,"to":%d,"p":0.001},{"id":"b%d","from":%d,"to":%d,"p":0.002}`, v, v-1, v, v, v-1, v))
		}
	}
	in, doc, _ := answer(t, fmt.Sprintf(`{"kind":"multistage","directed":true,"source":0,"sink":%d,"nodes":[%s],"edges":[%s]}`, n-1, strings.Join(nodes, ","), strings.Join(edges, ",")))
	report, err := verify.Verify(in, doc)
	if err != nil || report.Verdict != verify.Confirmed {
		t.Errorf("%v %+v", err, report)
	}
}
