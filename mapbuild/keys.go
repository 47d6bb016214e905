package mapbuild

// A key is a tag key that map building knows: those below, or, with the bit
// dynamicKey set, the number of a string (restriction and conditional keys).
type key uint32

const dynamicKey key = 1 << 31

// The keys that are kept, no others are. Keys that may hold personal data
// (operator, contact, phone, website and the like) must never be added.
const (
	keyNone key = iota
	keyHighway
	keyConstruction
	keyProposed
	keyRoute
	keyRailway
	keyNatural
	keyWater
	keyWaterway
	keyLanduse
	keyAeroway
	keyAmenity
	keyHealthcare
	keyOffice
	keyDiplomatic
	keyEmbassy
	keyConsulate
	keyEmergency
	keyName
	keyOfficialName
	keyRef
	keyArea
	keyAccess
	keyVehicle
	keyMotorVehicle
	keyMotorcar
	keyHgv
	keyBus
	keyPsv
	keyTouristBus
	keyCoach
	keyAccessForward
	keyAccessBackward
	keyVehicleForward
	keyVehicleBackward
	keyMotorVehicleForward
	keyMotorVehicleBackward
	keyMotorcarForward
	keyMotorcarBackward
	keyHgvForward
	keyHgvBackward
	keyBusForward
	keyBusBackward
	keyPsvForward
	keyPsvBackward
	keyTouristBusForward
	keyTouristBusBackward
	keyCoachForward
	keyCoachBackward
	keyEmergencyForward
	keyEmergencyBackward
	keyOneway
	keyOnewayVehicle
	keyOnewayMotorVehicle
	keyOnewayMotorcar
	keyOnewayHgv
	keyOnewayBus
	keyOnewayPsv
	keyOnewayTouristBus
	keyOnewayCoach
	keyOnewayEmergency
	keyJunction
	keyMaxspeed
	keyMaxspeedForward
	keyMaxspeedBackward
	keyMaxspeedType
	keySourceMaxspeed
	keyZoneMaxspeed
	keyMaxspeedAdvisory
	keySurface
	keyTracktype
	keySmoothness
	keyLanes
	keyLanesForward
	keyLanesBackward
	keyLanesBothWays
	keyWidth
	keyEstWidth
	keyMaxheight
	keyMaxheightPhysical
	keyMaxheightSigned
	keyMaxheightForward
	keyMaxheightBackward
	keyMaxweight
	keyMaxweightForward
	keyMaxweightBackward
	keyMaxweightSigned
	keyMaxwidth
	keyMaxwidthPhysical
	keyMaxwidthForward
	keyMaxwidthBackward
	keyMaxlength
	keyMaxlengthForward
	keyMaxlengthBackward
	keyMaxaxleload
	keyMaxaxleloadForward
	keyMaxaxleloadBackward
	keyMaxweightHgv
	keyMaxlengthHgv
	keyMaxheightHgv
	keyMaxwidthHgv
	keyBridge
	keyTunnel
	keyCovered
	keyIndoor
	keyLayer
	keyLevel
	keyFord
	keyToll
	keyLit
	keyNarrow
	keyIncline
	keyBarrier
	keyCrossing
	keyCrossingBarrier
	keyCrossingLight
	keyCrossingBell
	keyCrossingSupervision
	keyCrossingActivation
	keyTrafficSignals
	keyTrafficSignalsDirection
	keyDirection
	keyType
	keyExcept
	keyDayOn
	keyDayOff
	keyHourOn
	keyHourOff
	keyDuration
	keyService
	keyUsage
	keyPlace
	keyPopulation
	keyIata
	keyIcao
	keyAbandoned
	keyDisused
	keyRazed
	keyRemoved
	keyDemolished
	keyFoot
	keyBicycle
	keyFerry
	keyMotorroad
	keyLocked
	keyTracks
	keyHazard
	keyBridgeName
	keyTunnelName
	keyBoundary
	keyGauge
	keyElectrified
	keyVoltage
	keyFrequency
	keyCutting
	keyEmbankment
	keyRailwayPreferredDirection
	keyRailwayBidirectional
	keyRailwayRef
	keyUicRef
	keyRailwaySignalMain
	keyRailwaySignalCombined
	keyRailwaySignalDistant
	keyRailwaySignalShunting
	keyRailwaySignalDirection
	keyPublicTransport
	keyTrain
	keyLightRail
	keySubway
	keyTram
	keyMonorail
	keyFunicular
	keyStation
	keys // their number
)

var keyNames = [keys]string{
	keyHighway:                   "highway",
	keyConstruction:              "construction",
	keyProposed:                  "proposed",
	keyRoute:                     "route",
	keyRailway:                   "railway",
	keyNatural:                   "natural",
	keyWater:                     "water",
	keyWaterway:                  "waterway",
	keyLanduse:                   "landuse",
	keyAeroway:                   "aeroway",
	keyAmenity:                   "amenity",
	keyHealthcare:                "healthcare",
	keyOffice:                    "office",
	keyDiplomatic:                "diplomatic",
	keyEmbassy:                   "embassy",
	keyConsulate:                 "consulate",
	keyEmergency:                 "emergency",
	keyName:                      "name",
	keyOfficialName:              "official_name",
	keyRef:                       "ref",
	keyArea:                      "area",
	keyAccess:                    "access",
	keyVehicle:                   "vehicle",
	keyMotorVehicle:              "motor_vehicle",
	keyMotorcar:                  "motorcar",
	keyHgv:                       "hgv",
	keyBus:                       "bus",
	keyPsv:                       "psv",
	keyTouristBus:                "tourist_bus",
	keyCoach:                     "coach",
	keyAccessForward:             "access:forward",
	keyAccessBackward:            "access:backward",
	keyVehicleForward:            "vehicle:forward",
	keyVehicleBackward:           "vehicle:backward",
	keyMotorVehicleForward:       "motor_vehicle:forward",
	keyMotorVehicleBackward:      "motor_vehicle:backward",
	keyMotorcarForward:           "motorcar:forward",
	keyMotorcarBackward:          "motorcar:backward",
	keyHgvForward:                "hgv:forward",
	keyHgvBackward:               "hgv:backward",
	keyBusForward:                "bus:forward",
	keyBusBackward:               "bus:backward",
	keyPsvForward:                "psv:forward",
	keyPsvBackward:               "psv:backward",
	keyTouristBusForward:         "tourist_bus:forward",
	keyTouristBusBackward:        "tourist_bus:backward",
	keyCoachForward:              "coach:forward",
	keyCoachBackward:             "coach:backward",
	keyEmergencyForward:          "emergency:forward",
	keyEmergencyBackward:         "emergency:backward",
	keyOneway:                    "oneway",
	keyOnewayVehicle:             "oneway:vehicle",
	keyOnewayMotorVehicle:        "oneway:motor_vehicle",
	keyOnewayMotorcar:            "oneway:motorcar",
	keyOnewayHgv:                 "oneway:hgv",
	keyOnewayBus:                 "oneway:bus",
	keyOnewayPsv:                 "oneway:psv",
	keyOnewayTouristBus:          "oneway:tourist_bus",
	keyOnewayCoach:               "oneway:coach",
	keyOnewayEmergency:           "oneway:emergency",
	keyJunction:                  "junction",
	keyMaxspeed:                  "maxspeed",
	keyMaxspeedForward:           "maxspeed:forward",
	keyMaxspeedBackward:          "maxspeed:backward",
	keyMaxspeedType:              "maxspeed:type",
	keySourceMaxspeed:            "source:maxspeed",
	keyZoneMaxspeed:              "zone:maxspeed",
	keyMaxspeedAdvisory:          "maxspeed:advisory",
	keySurface:                   "surface",
	keyTracktype:                 "tracktype",
	keySmoothness:                "smoothness",
	keyLanes:                     "lanes",
	keyLanesForward:              "lanes:forward",
	keyLanesBackward:             "lanes:backward",
	keyLanesBothWays:             "lanes:both_ways",
	keyWidth:                     "width",
	keyEstWidth:                  "est_width",
	keyMaxheight:                 "maxheight",
	keyMaxheightPhysical:         "maxheight:physical",
	keyMaxheightSigned:           "maxheight:signed",
	keyMaxheightForward:          "maxheight:forward",
	keyMaxheightBackward:         "maxheight:backward",
	keyMaxweight:                 "maxweight",
	keyMaxweightForward:          "maxweight:forward",
	keyMaxweightBackward:         "maxweight:backward",
	keyMaxweightSigned:           "maxweight:signed",
	keyMaxwidth:                  "maxwidth",
	keyMaxwidthPhysical:          "maxwidth:physical",
	keyMaxwidthForward:           "maxwidth:forward",
	keyMaxwidthBackward:          "maxwidth:backward",
	keyMaxlength:                 "maxlength",
	keyMaxlengthForward:          "maxlength:forward",
	keyMaxlengthBackward:         "maxlength:backward",
	keyMaxaxleload:               "maxaxleload",
	keyMaxaxleloadForward:        "maxaxleload:forward",
	keyMaxaxleloadBackward:       "maxaxleload:backward",
	keyMaxweightHgv:              "maxweight:hgv",
	keyMaxlengthHgv:              "maxlength:hgv",
	keyMaxheightHgv:              "maxheight:hgv",
	keyMaxwidthHgv:               "maxwidth:hgv",
	keyBridge:                    "bridge",
	keyTunnel:                    "tunnel",
	keyCovered:                   "covered",
	keyIndoor:                    "indoor",
	keyLayer:                     "layer",
	keyLevel:                     "level",
	keyFord:                      "ford",
	keyToll:                      "toll",
	keyLit:                       "lit",
	keyNarrow:                    "narrow",
	keyIncline:                   "incline",
	keyBarrier:                   "barrier",
	keyCrossing:                  "crossing",
	keyCrossingBarrier:           "crossing:barrier",
	keyCrossingLight:             "crossing:light",
	keyCrossingBell:              "crossing:bell",
	keyCrossingSupervision:       "crossing:supervision",
	keyCrossingActivation:        "crossing:activation",
	keyTrafficSignals:            "traffic_signals",
	keyTrafficSignalsDirection:   "traffic_signals:direction",
	keyDirection:                 "direction",
	keyType:                      "type",
	keyExcept:                    "except",
	keyDayOn:                     "day_on",
	keyDayOff:                    "day_off",
	keyHourOn:                    "hour_on",
	keyHourOff:                   "hour_off",
	keyDuration:                  "duration",
	keyService:                   "service",
	keyUsage:                     "usage",
	keyPlace:                     "place",
	keyPopulation:                "population",
	keyIata:                      "iata",
	keyIcao:                      "icao",
	keyAbandoned:                 "abandoned",
	keyDisused:                   "disused",
	keyRazed:                     "razed",
	keyRemoved:                   "removed",
	keyDemolished:                "demolished",
	keyFoot:                      "foot",
	keyBicycle:                   "bicycle",
	keyFerry:                     "ferry",
	keyMotorroad:                 "motorroad",
	keyLocked:                    "locked",
	keyTracks:                    "tracks",
	keyHazard:                    "hazard",
	keyBridgeName:                "bridge:name",
	keyTunnelName:                "tunnel:name",
	keyBoundary:                  "boundary",
	keyGauge:                     "gauge",
	keyElectrified:               "electrified",
	keyVoltage:                   "voltage",
	keyFrequency:                 "frequency",
	keyCutting:                   "cutting",
	keyEmbankment:                "embankment",
	keyRailwayPreferredDirection: "railway:preferred_direction",
	keyRailwayBidirectional:      "railway:bidirectional",
	keyRailwayRef:                "railway:ref",
	keyUicRef:                    "uic_ref",
	keyRailwaySignalMain:         "railway:signal:main",
	keyRailwaySignalCombined:     "railway:signal:combined",
	keyRailwaySignalDistant:      "railway:signal:distant",
	keyRailwaySignalShunting:     "railway:signal:shunting",
	keyRailwaySignalDirection:    "railway:signal:direction",
	keyPublicTransport:           "public_transport",
	keyTrain:                     "train",
	keyLightRail:                 "light_rail",
	keySubway:                    "subway",
	keyTram:                      "tram",
	keyMonorail:                  "monorail",
	keyFunicular:                 "funicular",
	keyStation:                   "station",
}
