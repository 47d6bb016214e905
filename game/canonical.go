package game

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math"
	"strconv"
)

// Canonical writes the instance as text that does not depend on how it was
// written: one fact a line, numbers in their shortest form as float64, times as
// scaled, ids with the length of their text in front. docs/format/mix.md has the
// form. Lists keep their order, since answers count on it.
func (in *Instance) Canonical(w io.Writer) error {
	b := bufio.NewWriterSize(w, 1<<16)
	c := canon{b: b, in: in}
	c.text("outrider mix instance 1\nkind ").text(string(in.Kind)).text("\ndirected ").text(strconv.FormatBool(in.Directed)).end()
	for _, id := range in.Nodes {
		c.text("node ").id(id).end()
	}
	if in.TimeScale != nil {
		c.text("scale ").text(in.TimeScale.String()).end()
	}
	for e := range in.From {
		c.text("edge ").id(in.Edges[e]).whole(int64(in.From[e])).whole(int64(in.To[e]))
		for _, list := range [][]float64{in.P, in.PostGain, in.PostMax, in.PPost} {
			if list != nil {
				c.number(list[e])
			}
		}
		if in.Time != nil {
			c.whole(in.Time[e])
		}
		c.end()
	}
	c.list("source", in.Sources).list("sink", in.Sinks)
	if in.MeanTimeBudget != nil {
		c.text("mean_time_budget ").text(in.MeanTimeBudget.RatString()).end()
	}
	if in.RouteTimeCap != nil {
		c.text("route_time_cap ").text(in.RouteTimeCap.RatString()).end()
	}
	for _, z := range in.Zones {
		c.text("zone ").id(z.ID).number(z.P).end()
		c.list("nodes", z.Nodes).list("edges", z.Edges)
	}
	switch in.Kind {
	case EdgePostsLinear, EdgePostsDiscrete:
		c.text("budget").number(in.Budget).end()
	case EdgeAttackers:
		c.text("attackers").whole(int64(in.Attackers)).end()
	case EdgeEscortJoint:
		c.text("posts").number(in.MeanPosts).number(in.PostEffect).end()
	default:
	}
	for _, m := range in.Movements {
		c.text("movement").whole(int64(m.Count)).end()
		c.list("source", m.Sources).list("sink", m.Sinks)
	}
	return b.Flush()
}

// Digest returns the SHA-256 of the canonical form in hexadecimal digits. Hash
// holds it for an instance that was read.
func (in *Instance) Digest() string {
	h := sha256.New()
	_ = in.Canonical(h) // a hash takes all that is written to it
	return hex.EncodeToString(h.Sum(nil))
}

// canon writes facts; a bufio.Writer keeps the first error for Flush.
type canon struct {
	b       *bufio.Writer
	in      *Instance
	scratch [40]byte
}

func (c *canon) text(s string) *canon {
	_, _ = c.b.WriteString(s)
	return c
}

func (c *canon) end() { _ = c.b.WriteByte('\n') }

func (c *canon) whole(x int64) *canon {
	_ = c.b.WriteByte(' ')
	_, _ = c.b.Write(strconv.AppendInt(c.scratch[:0], x, 10))
	return c
}

func (c *canon) number(x float64) *canon {
	_ = c.b.WriteByte(' ')
	if x == 0 {
		x = math.Abs(x) // -0 is 0
	}
	_, _ = c.b.Write(strconv.AppendFloat(c.scratch[:0], x, 'g', -1, 64))
	return c
}

func (c *canon) id(id ID) *canon {
	mark := "s"
	if id.Number {
		mark = "n"
	}
	return c.text(mark).text(strconv.Itoa(len(id.Text))).text(":").text(id.Text)
}

func (c *canon) list(name string, of []uint32) *canon {
	c.text(name)
	for _, x := range of {
		c.whole(int64(x))
	}
	c.end()
	return c
}
