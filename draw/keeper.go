package draw

import (
	"bytes"
	"fmt"
	"io"
)

// Formats of a keeper's files.
const (
	FormatAnchor = "outrider.draw.anchor/1"
	FormatKeeper = "outrider.draw.keeper/1"
)

const maxLinks = 10_000

// An Anchor begins a keeper's hash chain. Where no beacon can be had, a keeper
// outside the units of the parties reveals one link for each slot. The keeper
// knows all links beforehand: such a draw is known to the keeper, if the parties
// tell their secrets, and its record says so.
type Anchor struct {
	Format    string `json:"format"`
	Card      Card   `json:"card"`
	Movement  string `json:"movement"`
	Leg       uint64 `json:"leg"`
	Number    uint64 `json:"number"` // of the draw that the chain is for; it serves no other
	Links     uint64 `json:"links"`  // one for each slot
	Anchor    Hash   `json:"anchor"`
	Signature Bytes  `json:"signature"`
}

// A KeeperChain is the keeper's secret.
type KeeperChain struct {
	Format string `json:"format"`
	Anchor Anchor `json:"anchor"`
	Last   Bytes  `json:"last"` // the last link, 32 bytes; the others follow from it
}

// NewKeeperChain makes a chain of links for one draw: 32 bytes are read from
// random.
func NewKeeperChain(id *Identity, movement string, leg, number, links uint64, random io.Reader) (*KeeperChain, error) {
	if links == 0 || links > maxLinks {
		return nil, invalid("links", fmt.Sprintf("there are %d", links), fmt.Sprintf("a chain has 1 to %d, one for each slot", maxLinks))
	}
	if err := checkText("movement", movement, maxPurpose); err != nil {
		return nil, err
	}
	k := &KeeperChain{Format: FormatKeeper, Last: make(Bytes, 32)}
	if _, err := io.ReadFull(random, k.Last); err != nil {
		return nil, fmt.Errorf("draw the last link: %w", err)
	}
	k.Anchor = Anchor{Format: FormatAnchor, Card: id.Card, Movement: movement, Leg: leg, Number: number, Links: links}
	copy(k.Anchor.Anchor[:], k.link(0))
	k.Anchor.Signature = id.sign(k.Anchor.canonical())
	return k, nil
}

// ReadKeeperChain reads a keeper's secret.
func ReadKeeperChain(src []byte) (*KeeperChain, error) {
	var k KeeperChain
	if err := unmarshal("keeper's chain", src, &k); err != nil {
		return nil, err
	}
	if err := checkFormat("keeper's chain", k.Format, FormatKeeper); err != nil {
		return nil, err
	}
	if err := k.Anchor.Check(); err != nil {
		return nil, err
	}
	if len(k.Last) != 32 || !bytes.Equal(k.link(0), k.Anchor.Anchor[:]) {
		return nil, invalid("keeper's chain", "its last link does not lead to its anchor", "use the file as it was made")
	}
	return &k, nil
}

// ReadAnchor reads an anchor and checks it.
func ReadAnchor(src []byte) (*Anchor, error) {
	var a Anchor
	if err := unmarshal("anchor", src, &a); err != nil {
		return nil, err
	}
	return &a, a.Check()
}

// before returns link i-1, made from link i.
func before(i uint64, link []byte) []byte {
	h := encode(tagLink).number(i).bytes(link).sum()
	return h[:]
}

// link returns link i, by hashing back from the last one.
func (k *KeeperChain) link(i uint64) []byte {
	x := []byte(k.Last)
	for n := k.Anchor.Links; n > i; n-- {
		x = before(n, x)
	}
	return x
}

// Link returns the link of slot i, counted from 1. The keeper gives it out when
// the slot comes, and not before.
func (k *KeeperChain) Link(i uint64) (Bytes, error) {
	if i == 0 || i > k.Anchor.Links {
		return nil, invalid("slot", fmt.Sprintf("%d is not from 1 to %d", i, k.Anchor.Links), "name a slot of this chain")
	}
	return k.link(i), nil
}

func (a *Anchor) canonical() *encoder {
	return encode(tagKeeper).text(a.Movement).number(a.Leg).number(a.Number).number(a.Links).hash(a.Anchor)
}

// Check refuses an anchor that its keeper has not signed.
func (a *Anchor) Check() error {
	if err := checkFormat("anchor", a.Format, FormatAnchor); err != nil {
		return err
	}
	if err := a.Card.Check(); err != nil {
		return err
	}
	if a.Links == 0 || a.Links > maxLinks || !a.Card.verify(a.canonical(), a.Signature) {
		return invalid("anchor", "it is not signed by "+a.Card.Name, "get it from the keeper again")
	}
	return nil
}

// check refuses an anchor that was made for another draw, or whose keeper is not
// outside.
func (a *Anchor) check(o *Opening) error {
	if err := a.Check(); err != nil {
		return err
	}
	if o.Kind != KindSlots || o.Beacon != nil {
		return refused("keeper", "a keeper decides slots where there is no beacon", "leave the anchor out")
	}
	if a.Movement != o.Movement || a.Leg != o.Leg || a.Number != o.Number {
		return refused("keeper", fmt.Sprintf("the anchor is for draw %d of %s leg %d", a.Number, a.Movement, a.Leg), fmt.Sprintf("have one made for draw %d of %s leg %d", o.Number, o.Movement, o.Leg))
	}
	for i := range o.Parties {
		p := &o.Parties[i]
		if bare(p.Unit) == bare(a.Card.Unit) || bare(p.Name) == bare(a.Card.Name) || bytes.Equal(p.Signing, a.Card.Signing) {
			return refused("keeper", a.Card.Name+" is of the unit of "+p.Name, "choose a keeper outside the units that take part")
		}
	}
	return nil
}
