package mapbuild

import (
	"testing"

	"github.com/outrider-project/outrider/network"
)

// A fresh extract must not make an old one beside it look fresh.
func TestAMapIsAsOldAsItsOldestExtract(t *testing.T) {
	for _, c := range []struct {
		dates []int64
		want  int64
	}{
		{[]int64{1700}, 1700}, {[]int64{1700, 1600, 1800}, 1600}, {[]int64{1700, 0}, 0},
	} {
		var sources []network.Source
		for _, date := range c.dates {
			sources = append(sources, network.Source{Date: date})
		}
		if got := dataDate(sources); got != c.want {
			t.Errorf("extracts of %v make a map of %d, want %d", c.dates, got, c.want)
		}
	}
}
