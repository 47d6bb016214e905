package play

import _ "embed"

// SimulationSchema is the version of the document.
const SimulationSchema = "outrider.simulation/1"

// A Simulation is what a plan says was played, as JSON.
type Simulation struct {
	Schema     string         `json:"schema"`
	Plan       string         `json:"plan"`
	Movement   string         `json:"movement"`
	Movements  int            `json:"movements"`
	Campaigns  int            `json:"campaigns"`
	Seed       int64          `json:"seed"`
	Profile    string         `json:"profile_name"`
	Calibrated bool           `json:"profile_calibrated"`
	Legs       []SimulatedLeg `json:"legs"`
}

// A SimulatedLeg is a leg played.
type SimulatedLeg struct {
	Leg    int     `json:"leg"` // from 1
	Name   string  `json:"name"`
	Routes int     `json:"routes"`
	Places int     `json:"places"`
	Upper  float64 `json:"upper"` // as the plan has them proven
	Lower  float64 `json:"lower"`
	Usual  float64 `json:"usual"`
	// Bound is 1-(1-upper)^n for some n.
	Bound []CampaignBound `json:"at_least_one_bound"`
	Rows  []SimulatedRow  `json:"rows"`
	Notes []string        `json:"notes"`
}

// A CampaignBound is what the chance of at least one hit is at most in a campaign.
type CampaignBound struct {
	Movements int     `json:"movements"`
	Chance    float64 `json:"chance"`
}

// A SimulatedRow is one way of driving against one attacker.
type SimulatedRow struct {
	Driven   string `json:"driven"`   // usual, mix or never_twice
	Attacker string `json:"attacker"` // informed, watching, fixed or random
	// Expected is the exact rate of hits; nil where there is no closed form, and
	// then AtMost bounds it.
	Expected *float64 `json:"expected"`
	AtMost   float64  `json:"at_most"`
	Rate     float64  `json:"rate"`
	RateLow  float64  `json:"rate_low"` // of the 95 % interval
	RateHigh float64  `json:"rate_high"`
	// ToUsual is the rate over what the usual route gives to who knows it; 0 if
	// that is 0.
	ToUsual     float64  `json:"to_usual"`
	Hits        float64  `json:"hits"` // in a campaign, on average
	HitsLow     int      `json:"hits_low"`
	HitsHigh    int      `json:"hits_high"` // 9 of 10 campaigns lie between
	AnyExpected *float64 `json:"at_least_one_expected"`
	Any         float64  `json:"at_least_one"` // share of campaigns
	AnyLow      float64  `json:"at_least_one_low"`
	AnyHigh     float64  `json:"at_least_one_high"`
}

//go:embed simulation.schema.json
var simulationSchema string

// SimulationSchemaJSON returns the JSON Schema of simulations.
func SimulationSchemaJSON() []byte { return []byte(simulationSchema) }
