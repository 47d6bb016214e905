package outrider

// RouteMix is what a leg's route is drawn from, so that who knows the mix, but
// not the draw, can make the least of it. docs/route-mixes.md says what the
// numbers mean and what they do not.
//
// Values are chances with the exposures of the plan: an attacker who knows the mix
// picks one place and waits there; his success is the odds that the route drawn
// comes within Reach of it, times the exposure there. With a profile that is not
// calibrated only their ratios mean something.
type RouteMix struct {
	Reach     float64    `json:"reach_m"`    // how far an attack reaches
	Step      float64    `json:"step_m"`     // how far any point may be from the nearest place looked at
	MaxDetour float64    `json:"max_detour"` // of every route, times the fastest
	Areas     []MixArea  `json:"areas"`      // where nothing can be attacked
	Routes    []MixRoute `json:"routes"`     // most likely first
	Sum       int64      `json:"weights_sum"`
	// Upper is the most that an attack anywhere is worth against the mix; Lower what
	// the best of all mixes of routes within the limit could not get below.
	Upper float64 `json:"upper"`
	Lower float64 `json:"lower"`
	// BestKnown is what the best mix found is worth before it was cut down to a
	// handful of routes.
	BestKnown float64 `json:"best_known"`
	Usual     float64 `json:"usual"`  // what the fastest route is worth to who knows it
	Single    float64 `json:"single"` // what the best single route is worth
	SingleS   float64 `json:"single_s"`
	// Ratio is Upper to Usual; Low and High are the least and the greatest it
	// becomes when all exposures are half or double, within the profile's limits.
	Ratio     float64 `json:"ratio"`
	RatioLow  float64 `json:"ratio_low"`
	RatioHigh float64 `json:"ratio_high"`
	MeanS     float64 `json:"mean_s"` // driving time on average over the mix
	FastestS  float64 `json:"fastest_s"`

	Places   []MixPlace  `json:"places"`   // where the mix is attacked best, the best first
	Frontier []MixPoint  `json:"frontier"` // value against mean time
	Radii    []MixRadius `json:"radii"`    // other sizes of the areas
	Door     float64     `json:"door"`     // the value without any area round start and destination
	// Proof is the attacker's mix that proves Lower, in plans just made. It is the
	// narrowest information there is of a movement: plan.json does not hold it, and no
	// order may.
	Proof  []MixAttack `json:"-"`
	Method string      `json:"method"`
	Notes  []string    `json:"notes"`
}

// MixArea is ground round a start or destination, or a secured area of the
// movement, where nothing can be attacked.
type MixArea struct {
	Name    string  `json:"name"`
	Lat     float64 `json:"lat"`
	Lon     float64 `json:"lon"`
	Radius  float64 `json:"radius_m"`
	Assumed bool    `json:"assumed"` // not in the movement: without it every route meets an attack at the door
}

// MixRoute is a route and its odds.
type MixRoute struct {
	Weight int64     `json:"weight"` // of Sum, for draws
	Prob   float64   `json:"odds"`   // Weight over Sum
	Worst  float64   `json:"worst"`  // what it is worth to who knows that it is driven
	States []int     `json:"states"` // of the map's road network, in order of driving
	Route  RoutePlan `json:"route"`
}

// MixPlace is a place at which an attack is worth much.
type MixPlace struct {
	Lat    float64 `json:"lat"`
	Lon    float64 `json:"lon"`
	Road   string  `json:"road"`
	P      float64 `json:"p"`         // exposure within reach of it
	Passed float64 `json:"passed"`    // odds that the route drawn comes within reach
	Value  float64 `json:"value"`     // P times Passed
	By     []int   `json:"passed_by"` // routes of the mix that do, by index
	Usual  bool    `json:"usual"`     // the usual route, the fastest, does too
	Binds  bool    `json:"binds"`     // to lower the value, something must change here
	Post   float64 `json:"post"`      // BestKnown with a post here, worked out anew; 0 if it was not
}

// MixPoint is a point of the trade of value against time.
type MixPoint struct {
	MeanS float64 `json:"mean_s"`
	Upper float64 `json:"upper"`
	Lower float64 `json:"lower"`
}

// MixRadius is what the value is with areas of another size.
type MixRadius struct {
	Factor float64 `json:"factor"` // times the radius of the areas
	Upper  float64 `json:"upper"`
	Lower  float64 `json:"lower"`
}

// MixAttack is a place of the attacker's mix and its odds.
type MixAttack struct {
	Lat  float64 `json:"lat"`
	Lon  float64 `json:"lon"`
	Prob float64 `json:"odds"`
	P    float64 `json:"p"`
}
