package mapbuild

import (
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/network"
)

// BenchmarkHazardsDelaware measures each part of finding hazards, havens, places
// and outlines on a network that is ready.
func BenchmarkHazardsDelaware(b *testing.B) {
	ctx := b.Context()
	c, err := collect(ctx, []string{testdata.Delaware(b)}, maxWorkers(), &reporter{})
	if err != nil {
		b.Fatal(err)
	}
	d := &draft{c: c, m: &network.Map{}, notes: make(map[string]int)}
	d.classifyWays(&Report{})
	if err := d.makeChains(); err != nil {
		b.Fatal(err)
	}
	if err := d.makeTurns(ctx); err != nil {
		b.Fatal(err)
	}
	d.m.IndexChains()
	ways := d.intervalWays()
	run := func(name string, part func() error) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := part(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	finds := func(part func() ([]find, error)) func() error {
		return func() error {
			_, err := part()
			return err
		}
	}
	run("tags", finds(func() ([]find, error) { return d.tagFinds(ctx, ways) }))
	run("works", finds(func() ([]find, error) { return d.worksFinds(ctx, ways) }))
	run("crossings", finds(func() ([]find, error) { return d.crossingFinds(ctx, ways) }))
	run("curves", finds(func() ([]find, error) { return d.curveFinds(ctx, ways) }))
	run("cut-edges", func() error {
		cutEdges(len(d.m.NodePoint), d.m.Tail, d.m.Head, d.m.Length, cutEdgeLeast)
		return nil
	})
	run("all-hazards", func() error { return d.addHazards(ctx) })
	run("havens", func() error { return d.addHavens(ctx) })
	run("places", func() error { return d.addPlaces(ctx) })
	run("outlines", func() error { return d.addOutlines(ctx) })
}
