package callsign_test

import (
	"testing"

	"github.com/outrider-project/outrider/internal/callsign"
)

func TestValid(t *testing.T) {
	for s, want := range map[string]bool{
		"R2": true, "SIERRA 4": true, "TOW-12B": true, "ABCDEFGHIJKL 123": true,
		"": false, "SIERRA": false, "JOHN SMITH": false, "R 2 4": false, "r2": false, "R2\n": false, "ÄRGER 1": false, "ABCDEFGHIJKLM 1": false, "R1234": false, "R２": false,
	} {
		if callsign.Valid(s) != want {
			t.Errorf("%q: %v, want %v", s, !want, want)
		}
	}
}

func TestSame(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"SIERRA 4", "SIERRA 4", true},
		{"SIERRA 4", "SIERRA-4", true},
		{"SIERRA4", "SIERRA-4", true},
		{"SIERRA 4", "SIERRA 41", false},
		{"SIERRA 4", "SIERRA 4A", false},
		{"TANGO 4", "SIERRA 4", false},
	} {
		if callsign.Same(test.a, test.b) != test.want || callsign.Same(test.b, test.a) != test.want {
			t.Errorf("%q and %q: %v, want %v", test.a, test.b, !test.want, test.want)
		}
	}
}
