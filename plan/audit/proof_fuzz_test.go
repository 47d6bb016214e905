package audit_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/plan/audit"
)

// FuzzReadProof reads proofs; what is read is written so that it is read again.
func FuzzReadProof(f *testing.F) {
	p := &outrider.Plan{Movement: "m", Made: time.Date(2026, 11, 24, 6, 30, 0, 0, time.UTC), Legs: make([]outrider.LegPlan, 2)}
	p.Legs[1].Mix = &outrider.RouteMix{Proof: []outrider.MixAttack{{Lat: 50, Lon: 10, Prob: 0.5, P: 0.1}, {Lat: 51, Lon: 11, Prob: 0.5, P: 0.2}}}
	var seed bytes.Buffer
	if err := audit.NewProof(p).Write(&seed); err != nil {
		f.Fatal(err)
	}
	if _, err := audit.ReadProof(seed.Bytes(), p); err != nil {
		f.Fatal(err)
	}
	f.Add(seed.Bytes())
	f.Add([]byte(`{"schema":"outrider.proof/1","movement":"m","made":"2026-11-24T06:30:00Z","map_sha256":"","legs":null}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		proof, err := audit.ReadProof(src, p)
		if err != nil {
			return
		}
		for _, l := range proof.Legs {
			if l.Leg < 1 || l.Leg > len(p.Legs) {
				t.Errorf("a leg %d was let in", l.Leg)
			}
		}
		var again bytes.Buffer
		if err := proof.Write(&again); err != nil {
			t.Fatal(err)
		}
		if _, err := audit.ReadProof(again.Bytes(), p); err != nil {
			t.Errorf("what was written is refused: %v\n%s", err, again.Bytes())
		}
	})
}
