package audit

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/game/reach"
	"github.com/outrider-project/outrider/geo"
)

// ProofSchema names the form of a proof.
const ProofSchema = "outrider.proof/1"

// A Proof holds the attackers' mixes of a plan: where who knows the mix of routes
// waits best, and how often. It proves the lower bounds. It is the narrowest
// information there is about a movement and belongs on no order.
type Proof struct {
	Schema   string     `json:"schema"`
	Movement string     `json:"movement"`
	Made     time.Time  `json:"made"` // when the plan was
	MapHash  string     `json:"map_sha256"`
	Legs     []ProofLeg `json:"legs"`
}

// A ProofLeg is the attacker's mix on a leg.
type ProofLeg struct {
	Leg    int                  `json:"leg"` // from 1
	Attack []outrider.MixAttack `json:"attack"`
}

//go:embed proof.schema.json
var proofSchema string

// ProofSchemaJSON returns the JSON Schema of proofs.
func ProofSchemaJSON() []byte { return []byte(proofSchema) }

// NewProof takes the proof out of a plan that was just made; a plan that was read
// has none.
func NewProof(p *outrider.Plan) *Proof {
	out := &Proof{Schema: ProofSchema, Movement: p.Movement, Made: p.Made, MapHash: p.Inputs.MapHash, Legs: []ProofLeg{}}
	for i := range p.Legs {
		if mix := p.Legs[i].Mix; mix != nil {
			out.Legs = append(out.Legs, ProofLeg{i + 1, append([]outrider.MixAttack{}, mix.Proof...)})
		}
	}
	return out
}

// Write writes a proof as JSON.
func (x *Proof) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(x)
}

// ReadProof reads the proof of a plan.
func ReadProof(src []byte, p *outrider.Plan) (*Proof, error) {
	out := &Proof{}
	if err := json.Unmarshal(src, out); err != nil {
		return nil, fmt.Errorf("it is no proof (%w)", err)
	}
	switch {
	case out.Schema != ProofSchema:
		return nil, fmt.Errorf("its form is %.40q, not %q", out.Schema, ProofSchema)
	case out.Movement != p.Movement || !out.Made.Equal(p.Made) || out.MapHash != p.Inputs.MapHash:
		return nil, errors.New("it belongs to another plan")
	}
	for _, l := range out.Legs {
		if l.Leg < 1 || l.Leg > len(p.Legs) {
			return nil, fmt.Errorf("it has a leg %d, and the plan has %d", l.Leg, len(p.Legs))
		}
		for i, a := range l.Attack {
			if !(a.Lat >= -90 && a.Lat <= 90 && a.Lon >= -180 && a.Lon <= 180) {
				return nil, fmt.Errorf("attack %d of leg %d is nowhere on earth", i+1, l.Leg)
			}
		}
	}
	return out, nil
}

// attack returns the attacker's mix on a leg, by index.
func (x *Proof) attack(leg int) ([]reach.Attack, bool) {
	if x == nil {
		return nil, false
	}
	i := slices.IndexFunc(x.Legs, func(l ProofLeg) bool { return l.Leg == leg+1 })
	if i < 0 || len(x.Legs[i].Attack) == 0 {
		return nil, false
	}
	var out []reach.Attack
	for _, a := range x.Legs[i].Attack {
		out = append(out, reach.Attack{At: geo.PointFromDegrees(a.Lat, a.Lon), Prob: a.Prob, P: a.P})
	}
	return out, true
}
