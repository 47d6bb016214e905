package geo

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// Letters of the Military Grid Reference System (NGA.STND.0037 2.0.0, 2014). I and
// O are never used.
const (
	mgrsBands = "CDEFGHJKLMNPQRSTUVWX" // 8° of latitude each from 80° S, X has 12°
	mgrsRows  = "ABCDEFGHJKLMNPQRSTUV" // 100 km of northing each, again every 2,000 km
	square    = 100_000                // side of a lettered square in metres
	period    = 20 * square            // northing after which rows begin again
)

// mgrsColumns holds the columns of zones 1, 2 and 3, and so on by turns, from
// easting 100,000.
var mgrsColumns = [3]string{"ABCDEFGH", "JKLMNPQR", "STUVWXYZ"}

// A polarGrid is how a half of a polar region is lettered: its columns from the
// given easting and its rows from the given northing, in metres.
type polarGrid struct {
	band          byte
	north         bool
	columns, rows string
	west, south   int
}

// polarGrids are in the order of their letters, A, B, Y and Z.
var polarGrids = [4]polarGrid{
	{'A', false, "JKLPQRSTUXYZ", "ABCDEFGHJKLMNPQRSTUVWXYZ", 800_000, 800_000},
	{'B', false, "ABCFGHJKLPQR", "ABCDEFGHJKLMNPQRSTUVWXYZ", 2_000_000, 800_000},
	{'Y', true, "RSTUXYZ", "ABCDEFGHJKLMNP", 1_300_000, 1_300_000},
	{'Z', true, "ABCFGHJ", "ABCDEFGHJKLMNP", 2_000_000, 1_300_000},
}

// FormatMGRS returns the MGRS reference of the grid square a point lies in, with
// the given number of digits per coordinate, which is brought into 1 (squares of
// 10 km) to 5 (of 1 m): "18SUJ2348306479", without spaces and without a leading
// zero of the zone. Digits are cut off, not rounded, as the standard demands:
// the reference names the square, not its nearest corner. The grid and the zone
// are those of ToUTM.
func FormatMGRS(p Point, digits int) string {
	p = onEarth(p)
	u := ToUTM(p)
	e, n := int(math.Floor(u.Easting)), int(math.Floor(u.Northing))
	var head string
	if u.Zone == 0 {
		g := polarGridOf(u)
		head = string([]byte{g.band, g.columns[(e-g.west)/square], g.rows[(n-g.south)/square]})
	} else {
		column := mgrsColumns[(u.Zone-1)%3][e/square-1]
		row := mgrsRows[(n/square+firstRow(u.Zone))%len(mgrsRows)]
		head = strconv.Itoa(u.Zone) + string([]byte{bandOf(p.Lat), column, row})
	}
	digits = min(max(digits, 1), 5)
	side := squareSide(digits)
	return fmt.Sprintf("%s%0*d%0*d", head, digits, e%square/side, digits, n%square/side)
}

// polarGridOf returns the half of the polar region a UPS position lies in.
func polarGridOf(u UTM) polarGrid {
	i := 0
	if u.North {
		i = 2
	}
	if u.Easting >= upsOrigin {
		i++
	}
	return polarGrids[i]
}

// bandOf returns the latitude band letter of a latitude in E7 units in [-80°, 84°).
func bandOf(lat int32) byte {
	return mgrsBands[min((int(lat)+80*E7)/(8*E7), len(mgrsBands)-1)]
}

// firstRow returns the row letter's index at the equator: A in odd zones, F in
// even ones.
func firstRow(zone int) int {
	if zone%2 == 0 {
		return 5
	}
	return 0
}

// squareSide returns the side in metres of a square with so many digits per
// coordinate.
func squareSide(digits int) int {
	side := square
	for range digits {
		side /= 10
	}
	return side
}

// ParseMGRS reads an MGRS reference with 0 to 5 digits per coordinate and
// returns the centre of the grid square it names and the square's side in
// metres, 100,000 to 1. The centre is the best guess for a place somewhere in the
// square: never further off than 0.72 sides, and FormatMGRS turns it into the
// same reference again, unless a border of zones cuts the square. For its
// south-west corner go half a side west and south on the grid.
//
// Spaces between the parts and lower case are taken, a leading zero of the zone
// too. A reference that runs on beyond the border of its zone, as maps with an
// overlapping grid print it, is taken; one whose square lies nowhere in its
// latitude band, or that no grid has, is not. Every error is a *PositionError.
func ParseMGRS(s string) (p Point, precisionMetres float64, err error) {
	r, err := readMGRS(s)
	if err != nil {
		return Point{}, 0, err
	}
	u, err := r.southWest()
	if err != nil {
		return Point{}, 0, err
	}
	side := float64(squareSide(r.digits))
	u.Easting += side / 2
	u.Northing += side / 2
	var lat, lon float64
	if u.Zone == 0 {
		lat, lon = fromStereographic(u.Easting-upsOrigin, u.Northing-upsOrigin, u.North)
	} else {
		lat, lon = u.zoneRadians()
	}
	return roundedPoint(lat, lon), side, nil
}

// An mgrsReference is what a reference says, letter by letter, with the places
// in the text that a complaint would name.
type mgrsReference struct {
	text                string
	zone                int // 0 in the polar grid
	band, column, row   byte
	digits              int // per coordinate
	easting, northing   int // metres within the lettered square
	atZone, atBand      int // characters, counted from 1
	atColumn, atRow     int
	groups              []int // lengths of the groups of digits
	atDigits, lastDigit int
}

func (r *mgrsReference) wrong(at int, remedy, cause string, args ...any) error {
	return &PositionError{Text: r.text, At: at, Cause: fmt.Sprintf(cause, args...), Remedy: remedy}
}

const mgrsForm = "write it like 18SUJ2348306479: zone, band letter, two letters of the square, as many digits east as north"

// readMGRS takes a reference apart without looking at what it means.
func readMGRS(s string) (*mgrsReference, error) {
	r := &mgrsReference{text: s}
	if strings.TrimSpace(s) == "" {
		return nil, r.wrong(0, mgrsForm, "the grid reference is empty")
	}
	var zone, letters, digits []byte
	at, gap := 0, false
	for _, c := range s {
		at++
		letter := 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
		switch {
		case unicode.IsSpace(c):
			gap = true
			continue
		case letter && len(digits) > 0:
			return nil, r.wrong(at, mgrsForm, "letter %q after the digits", c)
		case letter && len(letters) == 3:
			return nil, r.wrong(at, mgrsForm, "a fourth letter %q", c)
		case letter:
			letters = append(letters, byte(unicode.ToUpper(c)))
			switch len(letters) {
			case 1:
				r.atBand = at
			case 2:
				r.atColumn = at
			default:
				r.atRow = at
			}
		case '0' <= c && c <= '9' && len(letters) == 0:
			if len(zone) == 2 || len(zone) > 0 && gap {
				return nil, r.wrong(at, mgrsForm, "the zone has one or two digits and then a letter, here comes %q", c)
			}
			if len(zone) == 0 {
				r.atZone = at
			}
			zone = append(zone, byte(c))
		case '0' <= c && c <= '9' && len(letters) < 3:
			return nil, r.wrong(at, mgrsForm, "digit %q where a letter of the 100 km square should be", c)
		case '0' <= c && c <= '9':
			if len(digits) == 10 {
				return nil, r.wrong(at, "give at most 5 digits east and 5 north, which is one metre", "more than 10 digits")
			}
			if len(digits) == 0 {
				r.atDigits = at
			}
			if len(digits) == 0 || gap {
				r.groups = append(r.groups, 0)
			}
			r.groups[len(r.groups)-1]++
			r.lastDigit = at
			digits = append(digits, byte(c))
		default:
			return nil, r.wrong(at, "use digits, the letters A to Z and spaces only", "character %q has no place in a grid reference", c)
		}
		gap = false
	}
	if len(letters) < 3 {
		return nil, r.wrong(at, mgrsForm, "the reference ends after %d of 3 letters", len(letters))
	}
	r.band, r.column, r.row = letters[0], letters[1], letters[2]
	for _, c := range zone {
		r.zone = r.zone*10 + int(c-'0')
	}
	if len(zone) > 0 && (r.zone < 1 || r.zone > 60) {
		return nil, r.wrong(r.atZone, "look the zone up in the margin of the map", "there is no zone %d: zones run from 1 to 60", r.zone)
	}
	return r, r.readDigits(digits)
}

// readDigits turns the digits into metres.
func (r *mgrsReference) readDigits(digits []byte) error {
	const evenly = "give as many digits east as north, with leading zeros"
	if len(r.groups) == 2 && r.groups[0] != r.groups[1] {
		return r.wrong(r.atDigits, evenly, "%d digits east and %d north", r.groups[0], r.groups[1])
	}
	if len(digits)%2 != 0 {
		return r.wrong(r.lastDigit, evenly, "an odd number of digits, %d", len(digits))
	}
	r.digits = len(digits) / 2
	for i := range r.digits {
		r.easting = r.easting*10 + int(digits[i]-'0')
		r.northing = r.northing*10 + int(digits[r.digits+i]-'0')
	}
	side := squareSide(r.digits)
	r.easting *= side
	r.northing *= side
	return nil
}

// southWest returns the south-west corner of the square a reference names.
func (r *mgrsReference) southWest() (UTM, error) {
	if r.zone == 0 {
		return r.polar()
	}
	band := strings.IndexByte(mgrsBands, r.band)
	if band < 0 {
		return UTM{}, r.wrong(r.atBand, "bands have the letters C to X without I and O; A, B, Y and Z are polar and go without a zone",
			"there is no latitude band %c in zone %d", r.band, r.zone)
	}
	if r.band == 'X' && (r.zone == 32 || r.zone == 34 || r.zone == 36) {
		return UTM{}, r.wrong(r.atZone, fmt.Sprintf("use %dX or %dX", r.zone-1, r.zone+1),
			"there is no grid zone %dX: its neighbours are wider around Svalbard", r.zone)
	}
	columns := mgrsColumns[(r.zone-1)%3]
	column := strings.IndexByte(columns, r.column)
	if column < 0 {
		return UTM{}, r.wrong(r.atColumn, "columns of this zone have the letters "+spell(columns)+"; check zone and letter",
			"there is no column %c in zone %d", r.column, r.zone)
	}
	row := strings.IndexByte(mgrsRows, r.row)
	if row < 0 {
		return UTM{}, r.wrong(r.atRow, "rows have the letters A to V without I and O", "there is no row %c", r.row)
	}
	row = (row - firstRow(r.zone) + len(mgrsRows)) % len(mgrsRows)
	u := UTM{Zone: r.zone, North: r.band >= 'N', Easting: float64((column+1)*square + r.easting)}
	// Rows repeat every 2,000 km, bands are at most 1,340 km high: at most one of
	// the repetitions touches the band.
	south := float64(-80+8*band) * degree
	north := south + 8*degree
	if r.band == 'X' {
		north += 4 * degree
	}
	for n := row*square + r.northing; n < utmNorthing; n += period {
		u.Northing = float64(n)
		if low, high := u.latitudes(squareSide(r.digits)); low < north+unit && high > south-unit {
			return u, nil
		}
	}
	return UTM{}, r.wrong(r.atColumn, "check the band letter and the letters of the square, they must be of one map",
		"square %c%c of zone %d does not reach into band %c at these digits", r.column, r.row, r.zone, r.band)
}

// latitudes returns the range of latitude, in radians, of the grid square with
// the given south-west corner. A line of northing curves one way on each side
// of the central meridian, which is a border of squares: the corners have it all.
func (u UTM) latitudes(side int) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for corner := range 4 {
		v := u
		v.Easting += float64(corner & 1 * side)
		v.Northing += float64(corner >> 1 * side)
		lat, _ := v.zoneRadians()
		low, high = min(low, lat), max(high, lat)
	}
	return low, high
}

// polar returns the south-west corner of a square of the polar grid.
func (r *mgrsReference) polar() (UTM, error) {
	i := strings.IndexByte("ABYZ", r.band)
	if i < 0 {
		return UTM{}, r.wrong(r.atBand, "put the zone (1 to 60) before the band letter; only the polar letters A, B, Y and Z go without",
			"no zone before band %c", r.band)
	}
	g := polarGrids[i]
	column := strings.IndexByte(g.columns, r.column)
	if column < 0 {
		return UTM{}, r.wrong(r.atColumn, fmt.Sprintf("columns of %c have the letters %s", g.band, spell(g.columns)),
			"there is no column %c in polar region %c", r.column, g.band)
	}
	row := strings.IndexByte(g.rows, r.row)
	if row < 0 {
		return UTM{}, r.wrong(r.atRow, fmt.Sprintf("rows of %c have the letters %s", g.band, spell(g.rows)),
			"there is no row %c in polar region %c", r.row, g.band)
	}
	u := UTM{
		North:    g.north,
		Easting:  float64(g.west + column*square + r.easting),
		Northing: float64(g.south + row*square + r.northing),
	}
	// The corner next to the pole; the axes are borders of squares.
	near, side := u, float64(squareSide(r.digits))
	if near.Easting < upsOrigin {
		near.Easting += side
	}
	if near.Northing < upsOrigin {
		near.Northing += side
	}
	if _, _, err := near.radians(); err != nil {
		return UTM{}, r.wrong(r.atColumn, "use a UTM zone there, or check the letters of the square",
			"square %c%c of polar region %c lies outside of the polar grid at these digits", r.column, r.row, g.band)
	}
	return u, nil
}

// spell puts spaces between letters.
func spell(letters string) string { return strings.Join(strings.Split(letters, ""), " ") }
