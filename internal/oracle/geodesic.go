package oracle

import "math"

// distance returns the metres between two places (degrees) on WGS84 by Vincenty's
// inverse formula (T. Vincenty, "Direct and inverse solutions of geodesics on the
// ellipsoid with application of nested equations", Survey Review 23, 1975). It is
// not made for places nearly opposite on the earth; segments are short.
func distance(p, q [2]float64) float64 {
	const a, f = 6378137.0, 1 / 298.257223563
	const b = a * (1 - f)
	if p == q {
		return 0
	}
	rad := math.Pi / 180
	l := (q[1] - p[1]) * rad
	u1 := math.Atan((1 - f) * math.Tan(p[0]*rad))
	u2 := math.Atan((1 - f) * math.Tan(q[0]*rad))
	s1, c1 := math.Sincos(u1)
	s2, c2 := math.Sincos(u2)
	lambda := l
	var sinS, cosS, sigma, cos2A, cos2M float64
	for range 100 {
		sl, cl := math.Sincos(lambda)
		sinS = math.Hypot(c2*sl, c1*s2-s1*c2*cl)
		if sinS == 0 {
			return 0
		}
		cosS = s1*s2 + c1*c2*cl
		sigma = math.Atan2(sinS, cosS)
		sinA := c1 * c2 * sl / sinS
		cos2A = 1 - sinA*sinA
		cos2M = 0
		if cos2A > 0 {
			cos2M = cosS - 2*s1*s2/cos2A
		}
		c := f / 16 * cos2A * (4 + f*(4-3*cos2A))
		next := l + (1-c)*f*sinA*(sigma+c*sinS*(cos2M+c*cosS*(2*cos2M*cos2M-1)))
		done := math.Abs(next-lambda) < 1e-14
		lambda = next
		if done {
			break
		}
	}
	uu := cos2A * (a*a - b*b) / (b * b)
	ca := 1 + uu/16384*(4096+uu*(-768+uu*(320-175*uu)))
	cb := uu / 1024 * (256 + uu*(-128+uu*(74-47*uu)))
	d := cb * sinS * (cos2M + cb/4*(cosS*(2*cos2M*cos2M-1)-cb/6*cos2M*(4*sinS*sinS-3)*(4*cos2M*cos2M-3)))
	return b * ca * (sigma - d)
}
