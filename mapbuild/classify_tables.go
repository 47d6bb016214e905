package mapbuild

import "github.com/outrider-project/outrider/network"

// accessSystem says which access keys count on a carriageway and what holds
// without any.
type accessSystem uint8

const (
	onRoad   accessSystem = iota // open by default
	onFoot                       // closed; only keys that speak of motor vehicles count
	onFerry                      // closed; only keys that speak of vehicles count
	onBusway                     // open to buses and emergency vehicles
)

// firstKey returns the position in accessKeys of the first key that counts.
func (s accessSystem) firstKey() int {
	switch s {
	case onFoot:
		return 2 // motor_vehicle
	case onFerry:
		return 1 // vehicle
	case onRoad, onBusway:
	}
	return 0
}

// highwayClass is what a value of highway=* means.
type highwayClass struct {
	class  network.RoadClass
	link   bool
	access accessSystem
	drop   Reason
}

// highwayClasses knows every value of highway=* that is in no doubt. docs/network.md
// prints this table.
var highwayClasses = map[string]highwayClass{
	"motorway":       {class: network.Motorway},
	"motorway_link":  {class: network.Motorway, link: true},
	"trunk":          {class: network.Trunk},
	"trunk_link":     {class: network.Trunk, link: true},
	"primary":        {class: network.Primary},
	"primary_link":   {class: network.Primary, link: true},
	"secondary":      {class: network.Secondary},
	"secondary_link": {class: network.Secondary, link: true},
	"tertiary":       {class: network.Tertiary},
	"tertiary_link":  {class: network.Tertiary, link: true},
	"unclassified":   {class: network.Unclassified},
	"road":           {class: network.Unclassified},
	"minor":          {class: network.Unclassified},
	"residential":    {class: network.Residential},
	"living_street":  {class: network.LivingStreet},
	"service":        {class: network.Service},
	"track":          {class: network.Track},
	"unsurfaced":     {class: network.Track},
	"byway":          {class: network.Track},
	"busway":         {class: network.Busway, access: onBusway},
	"pedestrian":     {class: network.Pedestrian, access: onFoot},
	"footway":        {class: network.Pedestrian, access: onFoot},
	"cycleway":       {class: network.Pedestrian, access: onFoot},
	"path":           {class: network.Pedestrian, access: onFoot},
	"bridleway":      {class: network.Pedestrian, access: onFoot},

	"steps":       {drop: DropPath},
	"corridor":    {drop: DropPath},
	"via_ferrata": {drop: DropPath},
	"ladder":      {drop: DropPath},
	"sidewalk":    {drop: DropPath},
	"crossing":    {drop: DropPath},
	"trail":       {drop: DropPath},

	"construction": {drop: DropNotBuilt},
	"proposed":     {drop: DropNotBuilt},
	"planned":      {drop: DropNotBuilt},

	"abandoned":  {drop: DropGone},
	"disused":    {drop: DropGone},
	"razed":      {drop: DropGone},
	"demolished": {drop: DropGone},
	"dismantled": {drop: DropGone},
	"removed":    {drop: DropGone},
	"historic":   {drop: DropGone},
	"no":         {drop: DropGone},

	"platform":               {drop: DropNotCarriageway},
	"bus_stop":               {drop: DropNotCarriageway},
	"bus_guideway":           {drop: DropNotCarriageway},
	"services":               {drop: DropNotCarriageway},
	"rest_area":              {drop: DropNotCarriageway},
	"raceway":                {drop: DropNotCarriageway},
	"elevator":               {drop: DropNotCarriageway},
	"escape":                 {drop: DropNotCarriageway},
	"emergency_bay":          {drop: DropNotCarriageway},
	"traffic_island":         {drop: DropNotCarriageway},
	"turning_circle":         {drop: DropNotCarriageway},
	"turning_loop":           {drop: DropNotCarriageway},
	"traffic_signals":        {drop: DropNotCarriageway},
	"stop":                   {drop: DropNotCarriageway},
	"give_way":               {drop: DropNotCarriageway},
	"street_lamp":            {drop: DropNotCarriageway},
	"passing_place":          {drop: DropNotCarriageway},
	"milestone":              {drop: DropNotCarriageway},
	"toll_gantry":            {drop: DropNotCarriageway},
	"speed_camera":           {drop: DropNotCarriageway},
	"trailhead":              {drop: DropNotCarriageway},
	"motorway_junction":      {drop: DropNotCarriageway},
	"emergency_access_point": {drop: DropNotCarriageway},
}

// accessKeys lists per class its access keys from the widest to the most
// specific, each with its forms for the way's direction and against it.
var accessKeys = [4][][3]key{
	network.Car: {
		{keyAccess, keyAccessForward, keyAccessBackward},
		{keyVehicle, keyVehicleForward, keyVehicleBackward},
		{keyMotorVehicle, keyMotorVehicleForward, keyMotorVehicleBackward},
		{keyMotorcar, keyMotorcarForward, keyMotorcarBackward},
	},
	network.Truck: {
		{keyAccess, keyAccessForward, keyAccessBackward},
		{keyVehicle, keyVehicleForward, keyVehicleBackward},
		{keyMotorVehicle, keyMotorVehicleForward, keyMotorVehicleBackward},
		{keyHgv, keyHgvForward, keyHgvBackward},
	},
	network.Bus: {
		{keyAccess, keyAccessForward, keyAccessBackward},
		{keyVehicle, keyVehicleForward, keyVehicleBackward},
		{keyMotorVehicle, keyMotorVehicleForward, keyMotorVehicleBackward},
		{keyPsv, keyPsvForward, keyPsvBackward},
		{keyBus, keyBusForward, keyBusBackward},
		{keyTouristBus, keyTouristBusForward, keyTouristBusBackward},
		{keyCoach, keyCoachForward, keyCoachBackward},
	},
	network.Emergency: {
		{keyAccess, keyAccessForward, keyAccessBackward},
		{keyVehicle, keyVehicleForward, keyVehicleBackward},
		{keyMotorVehicle, keyMotorVehicleForward, keyMotorVehicleBackward},
		{keyEmergency, keyEmergencyForward, keyEmergencyBackward},
	},
}

// accessMeaning is what a value of an access key says.
type accessMeaning uint8

const (
	unsaid accessMeaning = iota // not a value that is known
	open
	destination
	private
	forbidden
	emergencyOnly
	busOnly
)

var accessValues = map[string]accessMeaning{
	"yes": open, "permissive": open, "designated": open, "official": open, "public": open, "allowed": open,
	"destination": destination, "customers": destination, "customer": destination, "delivery": destination,
	"deliveries": destination, "visitors": destination, "local": destination, "discouraged": destination,
	"unsuitable": destination,
	"private":    private, "permit": private, "residents": private, "resident": private, "employees": private,
	"staff": private, "members": private, "restricted": private, "military": private, "agricultural": private,
	"forestry": private, "agricultural;forestry": private, "forestry;agricultural": private,
	"no": forbidden, "none": forbidden, "use_sidepath": forbidden, "prohibited": forbidden,
	"emergency": emergencyOnly,
	"bus":       busOnly, "psv": busOnly,
}

// onewayKeys lists per class the keys that overrule oneway, the most specific last.
var onewayKeys = [4][]key{
	network.Car:       {keyOnewayVehicle, keyOnewayMotorVehicle, keyOnewayMotorcar},
	network.Truck:     {keyOnewayVehicle, keyOnewayMotorVehicle, keyOnewayHgv},
	network.Bus:       {keyOnewayVehicle, keyOnewayMotorVehicle, keyOnewayPsv, keyOnewayBus, keyOnewayTouristBus, keyOnewayCoach},
	network.Emergency: {keyOnewayVehicle, keyOnewayMotorVehicle, keyOnewayEmergency},
}

var onewayValues = map[string]oneway{
	"yes": onewayForward, "true": onewayForward, "1": onewayForward,
	"-1": onewayBackward, "reverse": onewayBackward,
	"no": onewayNo, "false": onewayNo, "0": onewayNo,
	"reversible": onewayNo, "alternating": onewayNo,
}

// barrierKind says what a barrier does to vehicles when no access key says more.
type barrierKind uint8

const (
	impassable barrierKind = iota
	passable
	busTrap // stops what is narrower than a bus or a lorry
)

var barriers = map[string]barrierKind{
	"toll_booth": passable, "border_control": passable, "cattle_grid": passable, "entrance": passable,
	"height_restrictor": passable, "width_restrictor": passable, "coupure": passable, "gate": passable, "lift_gate": passable,
	"swing_gate": passable, "sliding_gate": passable, "sally_port": passable, "hampshire_gate": passable, "bump_gate": passable,
	"checkpoint": passable, "security_control": passable, "chain": passable, "rope": passable, "barrier_board": passable,
	"spikes": passable, "door": passable, "guard_house": passable, "rumble_strip": passable, "traffic_island": passable,
	"bus_trap": busTrap, "sump_buster": busTrap,
	"bollard": impassable, "block": impassable, "jersey_barrier": impassable, "debris": impassable, "log": impassable,
	"wall": impassable, "fence": impassable, "hedge": impassable, "guard_rail": impassable, "retaining_wall": impassable,
	"city_wall": impassable, "ditch": impassable, "planter": impassable, "cycle_barrier": impassable,
	"motorcycle_barrier": impassable, "stile": impassable, "horse_stile": impassable, "turnstile": impassable,
	"full-height_turnstile": impassable, "kissing_gate": impassable, "wicket_gate": impassable, "bar": impassable,
	"yes": impassable, "barrier": impassable, "tree": impassable, "rock": impassable, "boulder": impassable,
}

// speedRule gives for a class of carriageway the free-flow speed in km/h
// without a legal limit, and the most that is driven whatever the limit.
type speedRule struct{ usual, most float64 }

var classSpeeds = [network.RoadClasses]speedRule{
	network.Motorway:     {100, 130},
	network.Trunk:        {85, 110},
	network.Primary:      {65, 100},
	network.Secondary:    {55, 90},
	network.Tertiary:     {45, 80},
	network.Unclassified: {40, 70},
	network.Residential:  {30, 50},
	network.LivingStreet: {10, 15},
	network.Service:      {15, 30},
	network.Track:        {15, 25},
	network.Pedestrian:   {8, 8},
	network.Busway:       {40, 50},
	network.Ferry:        {15, 60},
}

// linkSpeeds replaces classSpeeds for link roads.
var linkSpeeds = [network.Tertiary + 1]speedRule{
	network.Motorway:  {60, 80},
	network.Trunk:     {50, 80},
	network.Primary:   {45, 70},
	network.Secondary: {40, 60},
	network.Tertiary:  {35, 50},
}

// surfaceRule is the group of a surface and the most that is driven on it.
type surfaceRule struct {
	group network.Surface
	most  float64
}

// noCap is a speed nobody is held back by.
const noCap = 1000

var surfaces = map[string]surfaceRule{
	"paved": {network.Paved, noCap}, "asphalt": {network.Paved, noCap}, "concrete": {network.Paved, noCap},
	"chipseal": {network.Paved, noCap}, "concrete:plates": {network.Paved, 80}, "concrete:lanes": {network.Paved, 50},
	"paving_stones": {network.Paved, 50}, "bricks": {network.Paved, 50}, "brick": {network.Paved, 50},
	"metal": {network.Paved, 50}, "metal_grid": {network.Paved, 30}, "wood": {network.Paved, 30}, "tartan": {network.Paved, 30},
	"sett": {network.Rough, 40}, "cobblestone": {network.Rough, 30}, "cobblestone:flattened": {network.Rough, 40},
	"unhewn_cobblestone": {network.Rough, 20}, "compacted": {network.Rough, 60}, "fine_gravel": {network.Rough, 50},
	"grass_paver": {network.Rough, 20},
	"unpaved":     {network.Unpaved, 40}, "gravel": {network.Unpaved, 40}, "pebblestone": {network.Unpaved, 30},
	"dirt": {network.Unpaved, 25}, "earth": {network.Unpaved, 25}, "ground": {network.Unpaved, 25}, "soil": {network.Unpaved, 25},
	"clay": {network.Unpaved, 25}, "grass": {network.Unpaved, 15}, "mud": {network.Unpaved, 10}, "sand": {network.Unpaved, 15},
	"woodchips": {network.Unpaved, 15}, "rock": {network.Unpaved, 10}, "ice": {network.Unpaved, 20}, "snow": {network.Unpaved, 20},
	"salt": {network.Unpaved, 40}, "shells": {network.Unpaved, 40},
}

var tracktypes = map[string]float64{"grade1": 60, "grade2": 40, "grade3": 30, "grade4": 20, "grade5": 10}

var smoothnesses = map[string]float64{"bad": 40, "very_bad": 20, "horrible": 10, "very_horrible": 5}

// zoneSpeeds are the speeds in km/h of implicit limits: country and zone, or the
// zone for all countries not listed.
var zoneSpeeds = map[string]float64{
	"urban": 50, "rural": 90, "trunk": 100, "motorway": 120, "living_street": 10, "walk": 7, "school": 30, "bicycle_road": 30,
	"DE:rural": 100, "AT:rural": 100, "CH:rural": 80, "LI:rural": 80, "NO:rural": 80, "FR:rural": 80, "NL:rural": 80, "SE:rural": 70,
	"DK:rural": 80, "FI:rural": 80, "BE:rural": 70, "IE:rural": 80, "MC:urban": 50,
	"DE:motorway": noCap, "AT:motorway": 130, "FR:motorway": 130, "IT:motorway": 130, "NO:motorway": 100,
	"DE:living_street": 7, "AT:living_street": 7,
	"GB:nsl_single": 60 * kmPerMile, "GB:nsl_dual": 70 * kmPerMile, "GB:nsl_restricted": 30 * kmPerMile,
	"GB:motorway": 70 * kmPerMile, "GB:rural": 60 * kmPerMile, "GB:urban": 30 * kmPerMile,
	"UK:nsl_single": 60 * kmPerMile, "UK:nsl_dual": 70 * kmPerMile, "UK:nsl_restricted": 30 * kmPerMile,
	"UK:motorway": 70 * kmPerMile, "UK:rural": 60 * kmPerMile, "UK:urban": 30 * kmPerMile,
	"US:urban": 25 * kmPerMile, "US:rural": 55 * kmPerMile, "US:motorway": 65 * kmPerMile,
}

const (
	kmPerMile    = 1.609344
	kmPerSeaMile = 1.852
)
