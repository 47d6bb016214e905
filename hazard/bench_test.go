package hazard_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
)

var built struct {
	once sync.Once
	m    *network.Map
	err  error
}

func delaware(tb testing.TB) *network.Map {
	tb.Helper()
	path := testdata.Delaware(tb)
	built.once.Do(func() {
		built.m, _, built.err = mapbuild.Build(context.Background(), []string{path}, mapbuild.Options{})
	})
	if built.err != nil {
		tb.Fatal(built.err)
	}
	return built.m
}

func BenchmarkNewOnDelaware(b *testing.B) {
	m := delaware(b)
	b.ReportAllocs()
	var e *hazard.Exposure
	for b.Loop() {
		e = exposure(b, m, nil, hazard.Options{})
	}
	segments := 0
	for c := range network.ChainID(m.NumChains()) {
		segments += len(e.Segments(c.Arc(false)))
	}
	b.ReportMetric(float64(len(m.Hazards)), "hazards")
	b.ReportMetric(float64(segments), "segments")
}

func BenchmarkExplainOnDelaware(b *testing.B) {
	m := delaware(b)
	e := exposure(b, m, nil, hazard.Options{})
	l, err := m.Snap(geo.PointFromDegrees(39.7459, -75.5466), nil, 500)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := e.Explain(l.Chain.Arc(false), l.At, time.Unix(0, 0)); err != nil {
			b.Fatal(err)
		}
	}
}
