package sheets

import (
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/plain"
)

// This file is the catalogue: every word that a document of an order says of its
// own is here, and nowhere else. Constants, so that one that is missing or takes
// other values than it is given does not pass the compiler and vet.

// Marks and small words.
const (
	wordUnknown  = "?"
	wordNoValue  = "–"
	wordDash     = "–"
	wordDot      = " · "
	wordNone     = "none"
	wordYes      = "yes"
	wordNegative = "no"
	wordThen     = ", then "
	wordBracket  = "(%s)"
	wordOf       = "%s of %s"
	wordAlone    = "nobody else"
	wordWithin   = " › "
	// wordUnnamed is how a plan begins what it calls a road without a name.
	wordUnnamed      = "unnamed "
	wordUnnamedHaven = "without name"
	wordMoreRoads    = ", %d more, "
	wordMetres       = "%g m"
	wordTonnes       = "%g t"
	wordWholeMetres  = "%.0f m"
	wordMinusPlus    = "−%.0f +%.0f"
	wordIDVersion    = "%s v%d"
	wordLegN         = "Leg %d"
	wordStepN        = "Step %d"
	wordSP           = "SP"
	wordRP           = "RP"
)

// Maps and strip maps.
const (
	wordEllipsis   = "…"
	wordN          = "N"
	wordNorth      = "north"
	wordMapOf      = "Map, %s"
	wordStripOf    = "Strip map, %s"
	wordStripPart  = ", part %d of %d"
	wordStripHalt  = ", halt of %.0f min"
	wordNotToScale = "read upwards – not to scale"
	wordRightOf    = "%s to the right"
	wordLeftOf     = "%s to the left"
)

// Titles and markings.
const (
	wordNotReleased         = "NOT RELEASED – DO NOT MOVE BY IT – NAMED READERS ONLY"
	wordCancelled           = "CANCELLED – DO NOT MOVE BY IT – NAMED READERS ONLY"
	wordIsOver              = "MOVEMENT IS OVER – NAMED READERS ONLY"
	wordMarking             = "MOVEMENT IN CONFIDENCE – NAMED READERS ONLY"
	wordOrderTitle          = "Movement order %s"
	wordWarningTitle        = "Warning order %s"
	wordFragmentTitle       = "Fragmentary order %s"
	wordDriverTitle         = "Driver's card %s, %s"
	wordPostTitle           = "Post card %s, %s"
	wordTrackingTitle       = "Tracking sheet %s"
	wordCommunicationsTitle = "Communications plan %s"
	wordMedicalTitle        = "Medical plan %s"
	wordChecklistTitle      = "Go or no-go %s"
	wordNotificationTitle   = "Movement notification %s"
)

// Head of an order and its paragraphs.
const (
	wordOrder          = "Order"
	wordVersion        = "Version"
	wordIssuer         = "Issued by"
	wordIssued         = "Issued"
	wordMovement       = "Movement"
	wordCover          = "Cover name"
	wordTimes          = "Times are in"
	wordPositions      = "Positions"
	wordMapData        = "Map data"
	wordStale          = "%s, STALE"
	wordInDegrees      = "latitude, longitude in degrees, WGS84"
	wordInUTM          = "UTM, WGS84"
	wordInMGRS         = "MGRS, WGS84"
	wordBeforeTrust    = "Know before you trust this order:"
	wordMoreWarnings   = "%s more with names in them: see the plan"
	wordWarningThing   = "warning"
	wordVehicleThing   = "vehicle"
	wordLegThing       = "leg"
	wordSituation      = "Situation"
	wordMission        = "Mission"
	wordExecution      = "Execution"
	wordAdministration = "Administration and logistics"
	wordCommand        = "Command and signal"
	wordSafety         = "Safety"
	wordAnnexA         = "A"
	wordOverview       = "Overview map"
	wordArea           = "Area"
	wordThreat         = "Expected against us"
	wordOwn            = "Own units near by"
	wordWeather        = "Weather"
	wordAttached       = "Attached, detached"
	wordMissionDefault = "Move %s and %s from %s to %s%s. The head leaves %s at the earliest and is to arrive %s."
	wordByWay          = " by way of %s"
	wordIntent         = "Commander's intent"
	wordOrganisation   = "Organisation and order of march"
	wordSchedule       = "Schedule"
	wordTasks          = "Tasks"
	wordPosts          = "Posts"
	wordActionsOn      = "Actions on"
	wordCoordination   = "Coordinating instructions"
	wordNoTasks        = "No tasks besides those of the order of march."
	wordOnAccident     = "Accident"
	wordOnBreakdown    = "Breakdown"
	wordOnObstacle     = "Obstacle"
	wordOnSeparation   = "Separation"
	wordOnAttack       = "Attack"
	wordOnMedical      = "Wounded or ill"
)

// Column.
const (
	wordOrderOfMarch = "Order of march"
	wordPackets      = "Serials and packets"
	wordNo           = "No."
	wordCallSign     = "Call sign"
	wordCallSigns    = "Call signs"
	wordRole         = "Role"
	wordClass        = "Class"
	wordSerial       = "Part"
	wordPacket       = "Packet"
	wordCrew         = "Crew"
	wordAfterHead    = "After head"
	wordCarries      = "Carries"
	wordVehicle      = "Vehicle"
	wordVehicles     = "Vehicles"
	wordFirst        = "First"
	wordLast         = "Last"
	wordRoadSpace    = "Road space"
	wordHeadAfter    = "Head after"
	wordTailAfter    = "Tail after"
	wordPassTime     = "Time of passage"
	wordMarchSpeed   = "March speed"
	wordCatchUp      = "Catch-up speed"
	wordGap          = "Gap at march speed"
	wordSizes        = "Greatest sizes"
	wordSizesOf      = "height %s, width %s, length %s, mass %s, turning circle %s"
	wordUnknownDims  = "Sizes not known, and not checked against limits: %s."
	wordNoVehicles   = "The plan names no vehicles."
)

// Legs.
const (
	wordLeg          = "Leg"
	wordBy           = "By"
	wordFromPlace    = "From"
	wordToPlace      = "To"
	wordLeaves       = "Leaves"
	wordTakes        = "Takes"
	wordArrives      = "Arrives"
	wordStaysUntil   = "Stays until"
	wordItinerary    = "Itinerary"
	wordLight        = "Light"
	wordFirstLight   = "First light"
	wordSunrise      = "Sunrise"
	wordSunset       = "Sunset"
	wordLastLight    = "Last light"
	wordArrivesIn    = "Arrives in"
	wordPolar        = " (polar %s)"
	wordStartPoint   = "Start point (SP)"
	wordReleasePoint = "Release point (RP)"
	wordOnRoad       = ", on %s"
	wordHeadLeaves   = "Head leaves"
	wordAtLatest     = ", at the latest %s"
	wordHeadArrives  = "Head arrives"
	wordSpread       = "; by the spread of speeds %s to %s"
	wordAskedBetween = "; asked for between %s and %s"
	wordRoute        = "Route"
	wordRouteOf      = "%s, %s, %s of driving, %s of halts"
	wordRouteShort   = "%s, %s"
	wordInDark       = "Driven in the dark"
	wordTurnBack     = "Latest turn-back"
	wordTurnPlace    = "%s at %s %s, %s (%s); back from there %s, on %s"
	wordBackBy       = "; back by %s (%s)"
	wordNeverBack    = "NONE: the column cannot be back by %s (%s)"
	wordAlwaysBack   = "from anywhere on the leg; back by %s (%s)"
	wordNotWorkedOut = "? – worked out for the primary route only"
	wordEqualTime    = "As far on as back"
	wordNoReturn     = "Point of no return"
	wordFuelNever    = "NONE: the fuel takes some vehicle back from nowhere on the leg"
	wordStays        = "Stays"
	wordStaysOf      = "%s to %s%s"
	wordStaysAt      = " at %s"
	wordMarchTable   = "March table, %s"
	wordMark         = "Mark"
	wordPoint        = "Point"
	wordPosition     = "Position"
	wordBetween      = "Since"
	wordHead         = "Head"
	wordTail         = "Tail"
	wordEarlyLate    = "± min"
	wordHalt         = "Halt"
	wordDaylight     = "daylight"
	wordTwilight     = "twilight"
	wordDark         = "dark"
	wordDarkMark     = " (dark)"
	wordRoadsOf      = "Roads, %s"
	wordTurn         = "Turn"
	wordRoad         = "Road"
	wordFor          = "For"
	wordPrivate      = " (private)"
	wordNoSteps      = "The plan names no roads."
	wordMustPass     = "Every route must pass"
	wordExtent       = "Extent"
	wordHazardsOf    = "Hazards in order of passage, %s"
	wordHazard       = "Hazard"
	wordSeveral      = "%d, the last at %s"
	wordDetail       = "Detail"
	wordSource       = "Source"
	wordFromMap      = "map"
	wordFromSurvey   = "survey"
	wordNoHazards    = "The plan has no hazard on this leg."
	wordDecisionsOf  = "Decision points, %s"
	wordDecideBy     = "Decide by"
	wordToRoute      = "To route"
	wordAt           = "At"
	wordOver         = "Over"
	wordRejoins      = "Rejoins at"
	wordRejoin       = "%s %s, %s"
	wordCosts        = "Costs"
	wordPart         = "the routes part"
	wordNoDecisions  = "No decision points: the plan has no other route for this leg."
	wordKind         = "Kind"
	wordName         = "Name"
	wordDrive        = "Drive"
	wordDistance     = "Distance"
	wordSurveyed     = "Surveyed"
	wordVerified     = "verified"
	wordUnverified   = "unverified"
	wordFromSheet    = "venue sheet"
	wordStraight     = "%s straight"
	wordHavensOf     = "Safe havens, %s"
	wordNoHavens     = "No safe haven is known near this route."
	wordBreakOutsOf  = "Break-out routes, %s; not surveyed unless it says so"
	wordFromPoint    = "From"
	wordSide         = "Side"
	wordThrough      = "through"
	wordShortOf      = "short of"
	wordLeavesAt     = "Leaves at"
	wordToHaven      = "To"
	wordNoneInReach  = "none in reach"
)

const wordDecisionsNone = "Decision points: ? – the plan gives none for this route, though the leg has others. The commander decides, with the map."

const wordDecisionsNotWorked = "Decision points: ? – none were worked out for this route. The commander decides, with the map."

// Venues and administration.
const (
	wordVenueSheet    = "Venue: %s"
	wordPlace         = "Place"
	wordArrival       = "Arrival"
	wordDeparture     = "Departure"
	wordStaging       = "Staging"
	wordOtherEntrance = "Alternate entrance"
	wordLandingZone   = "Landing zone"
	wordTelephones    = "Office telephones"
	wordSheetVerified = "Sheet verified"
	wordVerifiedBy    = "%s by %s"
	wordApproach      = ", approach from %s"
	wordFuel          = "Fuel"
	wordFuelReach     = "least range, reserve taken off: %s"
	wordRations       = "Rations and water"
	wordDress         = "Dress and equipment"
	wordRecovery      = "Recovery"
	wordAccommodation = "Accommodation"
	wordHaltNeeds     = "Halts needed"
	wordWhy           = "For"
	wordMinutes       = "Minutes"
	wordMet           = "Met by"
	wordNotMet        = "NOT MET"
	wordMetAt         = "%s at %s %s"
	wordHaltAdded     = ", put in by the planner"
)

// Rail.
const (
	wordTrain           = "Train"
	wordTrainOf         = "%s, %.0f m, at most %s, %s"
	wordBoards          = "Boards, alights in"
	wordStock           = "Stock"
	wordSeats           = " (%s seats)"
	wordRendezvous      = "Rendezvous of column and train, %s"
	wordColumn          = "Column"
	wordBehind          = "Behind"
	wordNoWay           = "no way by road"
	wordConflicts       = "Other trains, %s"
	wordBetweenStations = "Between"
	wordEvacuation      = "Evacuation of tunnels and bridges, %s"
	wordAccessBefore    = "Access before"
	wordAccessAfter     = "Access after"
	wordWalk            = "Walk"
	wordHolds           = "Tracks to hold the train in, %s"
	wordClear           = "Clear length"
	wordEntered         = "Entered"
	wordAhead           = "ahead"
	wordBackwards       = "by setting back"
	wordByTrainOnly     = "By train: the vehicles do not drive this leg."
	wordFollowTrain     = "The column follows the train on the road, from rendezvous to rendezvous. The commander names the roads."
	wordTrainUnit       = "Train %s"
)

// Command, communications, acknowledgement.
const (
	wordCommandChain       = "Chain of command"
	wordCommander          = "Commander"
	wordSuccession         = "Succession"
	wordControl            = "Control room"
	wordTelephone          = ", telephone "
	wordCommunications     = "Communications"
	wordNets               = "Nets, in the order in which they are tried"
	wordLevel              = "Level"
	wordNet                = "Net"
	wordMeans              = "Means"
	wordChannel            = "Channel"
	wordChannelOf          = "channel %s"
	wordFrequency          = "Frequency"
	wordUsers              = "Users"
	wordCheckIn            = "Check in"
	wordCheckInPoints      = "head at every point of the march table; every vehicle at every arrival"
	wordCheckInEvery       = "every %d minutes, and at every point of the march table"
	wordDuress             = "Duress word"
	wordDuressAt           = "see %s; it is not written here"
	wordLostCommunications = "Lost communications"
	wordReports            = "Reports"
	wordDue                = "Head due"
	wordNoReports          = "The plan has no march table."
	wordCodeWords          = "Code words"
	wordCodeWord           = "Code word"
	wordMeaning            = "Meaning"
	wordUntil              = "Valid until"
	wordStandsFor          = "%s: %s"
	wordNoWordsUsed        = "None are used."
	wordNoCodeWords        = "None: this order speaks in clear."
	wordAcknowledgement    = "Acknowledgement"
	wordAckBy              = "Acknowledge by"
	wordAckTo              = "Acknowledge to"
	wordAckFrom            = "Wanted from"
	wordAckAll             = "everybody who gets a part of this order"
	wordPrimaryNet         = "Primary net"
)

// Posts and tasks.
const (
	wordUnit         = "Who"
	wordTask         = "Task"
	wordPost         = "Post"
	wordPostMark     = "P%d"
	wordFrom         = "From"
	wordTo           = "To"
	wordWith         = "With"
	wordWithdrawal   = "Withdrawal"
	wordColumnPasses = "The column passes, if the head leaves at the earliest"
	wordNotPassing   = "When the column passes: ? – no route of this order comes near the post, or its position is not known."
)

// Cards.
const (
	wordInColumn      = "In column"
	wordVehicleOf     = "%s (%s)"
	wordNth           = "%d of %d"
	wordBehindVehicle = ", behind %s"
	wordAheadOf       = ", ahead of %s"
	wordSpeeds        = "Speeds and gap"
	wordSpeedsOf      = "march %s, catch up at most %s, keep %s"
	wordSpeedsShort   = "%s, catch up %s"
	wordOwnTimes      = "those of your vehicle, if the head leaves at the earliest; decision times are the head's"
	wordYouLeave      = "You leave"
	wordYouArrive     = "You arrive"
	wordYourWay       = "Your way"
	wordPointOrTurn   = "Point or turn"
	wordDecideTo      = "DECIDE: %s, at %s"
	wordYourDecisions = "Be ready to change over"
	wordSafeHavens    = "Safe havens"
	wordTime          = "Time"
)

// Warning order.
const (
	wordFollows        = "Follows with the order."
	wordWarningMission = "%s prepare to move %s on %s. Route and destination follow with the order."
	wordEarliestMove   = "Earliest move"
	wordReady          = "Ready to move from"
	wordOrdersAt       = "Orders are given"
	wordRehearsalAt    = "Rehearsal"
	wordMeetingAt      = "%s, at %s"
	wordExpect         = "Expect"
	wordExpectOf       = "%s by road, %s at the wheel"
	wordUntilAbout     = "Until about"
	wordTakePart       = "Who takes part"
	wordPrepare        = "Prepare"
)

// Medical plan.
const (
	wordMedicalPlan    = "Medical"
	wordMedic          = "Medic"
	wordMedicalVehicle = "Medical vehicle"
	wordHospitals      = "Hospitals"
	wordTrauma         = "Trauma"
	wordTelephoneHead  = "Telephone"
	wordNoHospitals    = "Hospitals: ? – the plan knows none near these routes."
	wordLandingZones   = "Where a helicopter can land"
	wordNoLanding      = "Landing zones: ? – none is known."
	wordCasualtyReport = "Casualty report"
)

// Checklist, notification, tracking sheet.
const (
	wordGoMeaning     = "Every box must be ticked for a go. One that is not is a no-go, or the commander's decision, written down below."
	wordWarningsTaken = "Warnings of the plan, read and accepted"
	wordDecision      = "Decision"
	wordGo            = "Go"
	wordNoGo          = "No-go, because"
	wordDecidedBy     = "Decided by (call sign)"
	wordDecidedAt     = "At"
	wordNotifyTo      = "To"
	wordNotifyFrom    = "From"
	wordNotifyAsk     = "Questions to"
	wordRequest       = "Request"
	wordRequestNone   = "For your information; nothing is asked of you."
	wordSpaceAndTime  = "%s, takes %s to pass"
	wordReceived      = "Received"
	wordReceivedBy    = "Office"
	wordReceivedAt    = "At"
	wordReference     = "Reference"
	wordColumnOf      = "%s, %s to pass"
	wordSheetOpened   = "Sheet opened (by, at)"
	wordSheetClosed   = "Sheet closed (by, at)"
	wordHeadDue       = "Due"
	wordHeadActual    = "Head was"
	wordTailActual    = "Tail was"
	wordRemarks       = "Remarks"
	wordRollCall      = "Roll call at arrival"
	wordHandover      = "Handover between control rooms"
	wordHandedBy      = "Handed over by"
	wordTakenBy       = "Taken over by"
	wordAtTime        = "At"
	wordState         = "State of the movement"
	wordDecided       = "Decided"
)

// Fragmentary order.
const (
	wordPrevious    = "previous plan" // in errors
	wordVersionFrom = "%d, in place of %d"
	wordSupersedes  = "This order takes the place of version %d from now on. Mark your copy of that, or destroy it and ask for the new one."
	wordAllElse     = "All else"
	wordUnchanged   = "Whatever is not named here is as in version %d."
	wordHeadOfOrder = "Head of the order"
	wordIsNew       = " (new)"
	wordIsGone      = " (gone)"
	wordAnew        = "%s, in place of the one before:"
	wordRowThing    = "row"
	wordThisTable   = "This table"
	wordText        = "Text"
	wordWhat        = "What"
	wordWas         = "Was"
	wordIs          = "Is"
)

// Notes to whoever issues the order.
const (
	noteNothingChanged = "nothing differs from the version before: no fragmentary order was made"
	noteNotDrawn       = "by the primary, though there is a mix to draw from: %s; name the routes drawn by number of leg and letter, such as --route %d=A"
	noteLate           = "%s by %s: the tail arrives %s after the leg that follows is to leave"
	noteAfterAsked     = "%s by %s: the head arrives %s after the latest time that was asked for; plan the leg to leave earlier"
	noteMissing        = "%s; keys of the order file: %s"
	noteNoID           = "no name of the order"
	noteNoCommander    = "no commander"
	noteNoSuccession   = "no succession of command"
	noteNoControl      = "no control room"
	noteNoCrews        = "no crews, so cards are addressed to vehicles"
	noteNoNets         = "no nets"
	noteNoDuress       = "no reference to a duress word"
	noteNoMedic        = "no medic"
)

// Items of the go or no-go checklist.
const (
	checkOrder     = "The order is the current version; everybody asked has acknowledged it."
	checkRollCall  = "Everybody is present, rested and fit; commander and succession are known to all."
	checkVehicles  = "%s checked: tyres, lights, fluids, recovery gear, fire extinguisher, first-aid kit."
	checkFuel      = "Fuel for the whole movement, and a reserve."
	checkRadio     = "Radio check on every net, from primary to emergency."
	checkDuress    = "Duress word known by heart to those who need it."
	checkPosts     = "Posts are manned and have reported."
	checkMedic     = "Medic and medical vehicle present, stores complete."
	checkHospitals = "Hospitals called: open, and they take trauma."
	checkRoute     = "Route driven or looked at within the last day; survey findings are in the plan."
	checkClosures  = "Closures, road works and events asked for today."
	checkWeather   = "Weather and light are as the order takes them to be."
	checkTrain     = "Train confirmed by the railway: time, track, stock."
	checkVenues    = "Venues confirm arrival, departure and who holds the keys."
	checkCards     = "Driver's, dash and post cards are handed out; older versions are taken in."
)

// Steps that hold where the order file has none of its own.
var (
	defaultSafety = []string{
		"Seat belts are worn; nobody leaves a vehicle on the carriageway but on order.",
		"Traffic law holds unless control says otherwise, and says by what right.",
		"A driver who is tired says so and is relieved.",
	}
	defaultCoordination = []string{
		"The head keeps the march speed; nobody goes faster than the catch-up speed to close up.",
		"Each driver keeps the vehicle behind in sight and waits at turns until it has seen the turn.",
		"Times are for a head that leaves at the earliest; if it leaves later, all times move by as much.",
		"Nothing of this order is said in clear on an open net.",
	}
	defaultPreparation = []string{
		"Check vehicles, fuel, recovery gear and first-aid kits.",
		"Check radios and spare batteries on every net.",
		"Rest drivers; name reliefs.",
		"Come to orders with a map, a watch set to the time of the order, and something to write with.",
	}
	defaultAccident = []string{
		"Stop only the vehicle concerned and the one behind it; the column goes on to the next halt or safe place.",
		"Secure the place, treat the injured, report: where, who, what, whether the vehicle drives.",
		"Recovery and medic go back on order of the commander.",
	}
	defaultBreakdown = []string{
		"Pull off the carriageway, hazard lights on, report.",
		"The vehicle behind stays; the column goes on.",
		"What is not running in five minutes is recovered or left on order of the commander; load and people change over.",
	}
	defaultObstacle = []string{
		"Scout reports and looks for the way round; the head stops short, with room to turn.",
		"The commander decides: wait, change over at the next decision point, or turn back.",
		"No vehicle stands closer than ten metres to the one ahead.",
	}
	defaultSeparation = []string{
		"Whoever has lost the vehicle ahead reports, and goes on along the route to the next point of the march table.",
		"The head slows down, and waits at the next halt or safe place.",
		"Not together after ten minutes: each part goes to the release point by itself and reports to control.",
	}
	defaultAttack = []string{
		"Drive on and out of it, by the break-out route that is nearest; do not stop for damage.",
		"Report: attack, where, whether still driving.",
		"Not able to drive: get out on the far side, into cover; the vehicle behind picks up.",
		"Gather at the safe haven that the commander names; roll call, treat the wounded, report.",
	}
	defaultMedical = []string{
		"Report at once: where, how many, what, whether the vehicle can go on.",
		"Medic treats; the commander decides on the hospital or a halt.",
		"Control calls the hospital ahead, and says who stays with the wounded.",
	}
	defaultLost = []string{
		"Try each net in the order of the plan, three times each, a minute apart.",
		"Drive on by the order; at the next point of the march table try again, by telephone too.",
		"Nothing from control for two points in a row: the senior call sign present commands.",
		"Nobody at all: go to the next safe haven on the list, stay there and call control by any telephone.",
	}
	postLost = []string{
		"Try each net in the order of the plan, three times each, a minute apart.",
		"Stay at the post and go on with the task; try again at every check-in, by telephone too.",
		"Nobody at all by the end of your time: withdraw as ordered, and call control by any telephone.",
	}
	postAttack = []string{
		"Report at once: what, where, in which direction.",
		"Warn the column off if it has not passed.",
		"Do not follow anybody; stay at the post or withdraw as ordered.",
	}
	casualtyLines = []string{"Where", "How many, how urgent", "What happened", "What was done", "Pick-up place and how to know it", "Sent to", "Sent at, by"}
)

// duty returns what a duty is called.
func duty(d string) string { return plain.Text(d) }

// levelName returns what a level of a communications plan is called.
func levelName(level string) string { return plain.Capital(level) }

// mode returns what documents call a mode of moving.
func mode(m outrider.Mode) string {
	if m == outrider.ByRail {
		return "rail"
	}
	return "road"
}

// kindName returns how people call a kind of hazard or safe haven.
func kindName(kind string) string {
	switch kind {
	case "ferry":
		return "Ferry"
	case "narrow_way":
		return "Narrow road"
	case "barrier":
		return "Barrier or gate"
	case "works":
		return "Road works"
	case "cut_edge":
		return "Only link"
	case "no_exit":
		return "Stretch without exit"
	case "fuel":
		return "Filling station"
	case "":
		return wordUnknown
	}
	return plain.Capital(plain.Text(strings.ReplaceAll(kind, "_", " ")))
}
