package mapbuild_test

import (
	"context"
	"slices"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
)

// TestOrderOfStates builds a town with one worker and with several: its order for
// routing has every state once, and is the same.
func TestOrderOfStates(t *testing.T) {
	path := testdata.Extract(t, "monaco.osm.pbf")
	var first []network.StateID
	for _, workers := range []int{1, 3} {
		m, _, err := mapbuild.Build(context.Background(), []string{path}, mapbuild.Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Check(); err != nil || len(m.StateOrder) != len(m.StateArc) || len(m.StateOrder) == 0 {
			t.Fatalf("an order of %d states of %d, %v", len(m.StateOrder), len(m.StateArc), err)
		}
		if first == nil {
			first = m.StateOrder
		} else if !slices.Equal(first, m.StateOrder) {
			t.Errorf("%d workers find another order than one", workers)
		}
	}
}
