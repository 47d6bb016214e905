package sealing

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/internal/callsign"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/seal"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

type rolesCmd struct {
	New    rolesNewCmd    `cmd:"" help:"Make a role file, or with --previous its next version; roots sign it afterwards."`
	Sign   rolesSignCmd   `cmd:"" help:"Sign a role file as a root, after looking at what it says."`
	Verify rolesVerifyCmd `cmd:"" help:"Check the signatures of a role file against roots that you know."`
	Accept rolesAcceptCmd `cmd:"" help:"Accept a first role file for an identity; later versions are followed by themselves."`
	Show   rolesShowCmd   `cmd:"" help:"Show what a role file says."`
}

type rolesNewCmd struct {
	clock
	Out        string   `short:"o" required:"" placeholder:"FILE" help:"Role file to write."`
	Previous   string   `placeholder:"FILE" help:"Version before; what is not changed is taken from it."`
	Unit       string   `placeholder:"NAME" help:"Name of the unit."`
	Root       []string `placeholder:"CARD" help:"Card of a root; once for each. With --previous they replace those before."`
	Threshold  int      `placeholder:"N" help:"How many roots must sign; 2 when left out."`
	Device     []string `placeholder:"CARD" help:"Card of a device to add; once for each."`
	DropDevice []string `placeholder:"PRINT" help:"Fingerprint of a device to leave out, or a call sign for all its devices; once for each."`
	Hold       []string `sep:"none" placeholder:"ROLE=SIGN[,FROM,TO]" help:"Who holds a role, from when to when; from now to the expiry when left out; once for each."`
	End        []string `placeholder:"ROLE=SIGN" help:"End a holding now; once for each."`
	Right      []string `sep:"none" placeholder:"ROLE=KIND,KIND" help:"What a role may issue, in place of what it may; nothing behind the = takes all away; once for each."`
	Days       int      `default:"90" placeholder:"N" help:"In force for so many days (${default})."`
	Suite      string   `enum:",mlkem768x25519,x25519" default:"" help:"The least algorithms: mlkem768x25519 when left out, or x25519."`
}

// Run carries the command out.
func (c *rolesNewCmd) Run(w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	if err := cli.Apart(c.Out, slices.Concat(c.Root, c.Device, []string{c.Previous})...); err != nil {
		return err
	}
	f := &roles.File{Format: roles.Format, Version: 1, Suite: keys.Hybrid, Threshold: roles.MinRoots, Roots: []keys.Card{}, Devices: []keys.Card{}, Holdings: []roles.Holding{}, Rights: []roles.Right{}}
	if c.Previous != "" {
		before, err := readAs(c.Previous, roles.Read)
		if err != nil {
			return err
		}
		if now < before.Made {
			return inFile(c.Previous, refused("role file", "it was made "+before.Made.String()+", later than the clock says now", "set the clock right: a version is made after the one before"))
		}
		hash := before.Hash()
		f = before
		f.Version, f.Previous = f.Version+1, hash
	}
	f.Signatures = []roles.Signature{}
	f.Made, f.Expires = now, now.Add(time.Duration(c.Days)*day)
	if err := c.apply(f, w); err != nil {
		return err
	}
	src, err := f.Marshal()
	if err != nil {
		return err
	}
	// What is written must be what can be read.
	if _, err := roles.Read(src); err != nil {
		return inFile("", err)
	}
	if err := cli.WriteFile(c.Out, cli.PublicFile, src); err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	describeRoles(t, f)
	t.Line("file      %s: to be signed by %d of its roots", c.Out, f.Threshold)
	return t.Err
}

// apply changes a role file as the flags say.
func (c *rolesNewCmd) apply(f *roles.File, w *cli.World) error {
	if c.Unit != "" {
		if f.Version > 1 && c.Unit != f.Unit {
			return cli.InvalidFlag("--unit", "the version before is of "+plain.Text(f.Unit)+", and devices follow no other unit", "leave it out, or make a role file without --previous")
		}
		f.Unit = c.Unit
	}
	if c.Threshold != 0 {
		f.Threshold = c.Threshold
	}
	if c.Suite != "" {
		suite, err := keys.ParseSuite(c.Suite)
		if err != nil {
			return err
		}
		f.Suite = suite
	}
	roots, err := readCards(c.Root)
	if err != nil {
		return err
	}
	if len(roots) > 0 {
		f.Roots = roots
	}
	if err := c.devices(f); err != nil {
		return err
	}
	if err := c.holdings(f, w); err != nil {
		return err
	}
	return c.rights(f)
}

func (c *rolesNewCmd) devices(f *roles.File) error {
	for _, drop := range c.DropDevice {
		n := len(f.Devices)
		f.Devices = slices.DeleteFunc(f.Devices, func(d keys.Card) bool {
			return strings.ReplaceAll(d.Fingerprint(), " ", "") == strings.ReplaceAll(drop, " ", "") || callsign.Valid(drop) && callsign.Same(d.CallSign, drop)
		})
		if len(f.Devices) == n {
			return cli.InvalidFlag("--drop-device", plain.Text(drop)+" is no device of the role file", "see roles show")
		}
	}
	added, err := readCards(c.Device)
	if err != nil {
		return err
	}
	f.Devices = append(f.Devices, added...)
	return nil
}

func (c *rolesNewCmd) holdings(f *roles.File, w *cli.World) error {
	for _, end := range c.End {
		role, sign, _ := strings.Cut(end, "=")
		found := false
		for i := range f.Holdings {
			h := &f.Holdings[i]
			if h.Role == role && callsign.Same(h.CallSign, sign) && h.To > f.Made {
				h.To, found = f.Made, true
			}
		}
		// What would end before it begins has never been.
		f.Holdings = slices.DeleteFunc(f.Holdings, func(h roles.Holding) bool { return h.To <= h.From })
		if !found {
			return cli.InvalidFlag("--end", plain.Text(end)+" is no holding that goes on", "see roles show")
		}
	}
	for _, hold := range c.Hold {
		role, rest, ok := strings.Cut(hold, "=")
		parts := strings.Split(rest, ",")
		if !ok || len(parts) != 1 && len(parts) != 3 {
			return cli.InvalidFlag("--hold", plain.Text(hold)+" does not say who", "write ROLE=SIGN or ROLE=SIGN,FROM,TO, such as driver=R2,2026-11-24T06:00Z,2026-11-25T06:00Z")
		}
		h := roles.Holding{Role: role, CallSign: parts[0], From: f.Made, To: f.Expires}
		if len(parts) == 3 {
			var err error
			if h.From, err = parseInstant("--hold", parts[1], f.Made, w); err != nil {
				return err
			}
			if h.To, err = parseInstant("--hold", parts[2], f.Expires, w); err != nil {
				return err
			}
		}
		f.Holdings = append(f.Holdings, h)
	}
	return nil
}

func (c *rolesNewCmd) rights(f *roles.File) error {
	for _, right := range c.Right {
		role, rest, ok := strings.Cut(right, "=")
		if !ok {
			return cli.InvalidFlag("--right", plain.Text(right)+" does not say what", "write ROLE=KIND,KIND")
		}
		f.Rights = slices.DeleteFunc(f.Rights, func(r roles.Right) bool { return r.Role == role })
		if rest == "" {
			continue
		}
		r := roles.Right{Role: role}
		for name := range strings.SplitSeq(rest, ",") {
			kind, err := parseKind("--right", name)
			if err != nil {
				return err
			}
			r.Kinds = append(r.Kinds, kind)
		}
		f.Rights = append(f.Rights, r)
	}
	return nil
}

func describeRoles(t *cli.Text, f *roles.File) {
	t.Line("unit      %s, version %d, hash %.16s", plain.Text(f.Unit), f.Version, f.Hash())
	t.Line("in force  %s to %s; %s at least", minute(f.Made), minute(f.Expires), f.Suite)
	for i := range f.Roots {
		id, signed := f.Roots[i].ID(), "has not signed"
		if slices.ContainsFunc(f.Signatures, func(s roles.Signature) bool { return s.Root == id }) {
			signed = "has signed"
		}
		t.Line("root      %s, %s, %s", f.Roots[i].CallSign, f.Roots[i].Fingerprint(), signed)
	}
	for i := range f.Devices {
		d := &f.Devices[i]
		t.Line("device    %s, %s, to %s", d.CallSign, d.Fingerprint(), minute(d.NotAfter))
	}
	for _, h := range f.Holdings {
		t.Line("holds     %s: %s, %s to %s", h.CallSign, h.Role, minute(h.From), minute(h.To))
	}
	for _, r := range f.Rights {
		var names []string
		for _, k := range r.Kinds {
			names = append(names, string(k))
		}
		t.Line("issues    %s: %s", r.Role, strings.Join(names, ", "))
	}
}

type rolesSignCmd struct {
	secretFlags
	File     string `arg:"" help:"Role file; the signature is added to it."`
	Key      string `required:"" placeholder:"KEY" help:"Identity of the root."`
	Previous string `placeholder:"FILE" help:"Version before, to sign as a root of it that is none any more."`
}

// Run carries the command out.
func (c *rolesSignCmd) Run(ctx context.Context, w *cli.World) error {
	f, err := readAs(c.File, roles.Read)
	if err != nil {
		return err
	}
	id, err := c.readIdentity(ctx, w, c.Key)
	if err != nil {
		return err
	}
	if c.Previous == "" {
		err = f.Sign(id)
	} else {
		var before *roles.File
		if before, err = readAs(c.Previous, roles.Read); err == nil {
			err = f.SignOver(id, before)
		}
	}
	if err == nil {
		err = remembering(c.Key, id, func(seen *seal.Seen) error { return seen.Vouch(f) })
	}
	if err != nil {
		return inFile(c.File, err)
	}
	if err := write(c.File, cli.PublicFile, f.Marshal); err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	describeRoles(t, f)
	t.Line("signed    by %s: %d of %d signatures", id.Card.Who(), len(f.Signatures), f.Threshold)
	return t.Err
}

type rolesVerifyCmd struct {
	clock
	File string   `arg:"" help:"Role file."`
	Root []string `required:"" placeholder:"CARD" help:"Card of a root whose fingerprint you have compared; at least two."`
}

// Run carries the command out.
func (c *rolesVerifyCmd) Run(w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	f, err := readAs(c.File, roles.Read)
	if err != nil {
		return err
	}
	cards, err := readCards(c.Root)
	if err != nil {
		return err
	}
	if _, err := f.Found(cards); err != nil {
		return inFile(c.File, err)
	}
	if err := f.InForce(now); err != nil {
		return inFile(c.File, err)
	}
	t := &cli.Text{W: w.Stdout}
	t.Line("holds     %s, version %d: signed by %s, in force to %s", plain.Text(f.Unit), f.Version, cli.CountOf(len(cards), "known root"), minute(f.Expires))
	return t.Err
}

type rolesAcceptCmd struct {
	secretFlags
	clock
	File     string   `arg:"" help:"Role file."`
	Identity string   `required:"" placeholder:"KEY" help:"Identity whose device is to follow it."`
	Root     []string `placeholder:"CARD" help:"Card of a root whose fingerprint you have compared; at least two. Not needed for a later version."`
}

// Run carries the command out.
func (c *rolesAcceptCmd) Run(ctx context.Context, w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	f, err := readAs(c.File, roles.Read)
	if err != nil {
		return err
	}
	cards, err := readCards(c.Root)
	if err != nil {
		return err
	}
	id, err := c.readIdentity(ctx, w, c.Identity)
	if err != nil {
		return err
	}
	err = remembering(c.Identity, id, func(seen *seal.Seen) error {
		if err := seen.Tick(now); err != nil {
			return err
		}
		if seen.Pin != nil {
			return seen.Follow(f, now)
		}
		return seen.Found(f, cards, now)
	})
	if err != nil {
		return inFile(c.File, err)
	}
	t := &cli.Text{W: w.Stdout}
	t.Line("accepted  %s, version %d, for %s", plain.Text(f.Unit), f.Version, id.Card.Who())
	if f.Device(id.Card.Signing) == nil {
		t.Line("note      %s is no device of it", id.Card.Who())
	}
	return t.Err
}

type rolesShowCmd struct {
	File string `arg:"" help:"Role file."`
}

// Run carries the command out.
func (c *rolesShowCmd) Run(w *cli.World) error {
	f, err := readAs(c.File, roles.Read)
	if err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	describeRoles(t, f)
	if err := f.Signed(); err != nil {
		t.Line("note      not enough of its roots have signed it")
	} else {
		t.Line("note      its roots have signed it; whether they are to be trusted, roles verify says")
	}
	return t.Err
}
