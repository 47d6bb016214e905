package roles_test

import (
	"testing"

	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

// A role file needs as many signatures of its own roots as it says, besides those
// that a device knows or has followed.
func TestItsOwnRootsMustSign(t *testing.T) {
	u := newUnit(t)
	f := u.file(1, nil, 0, 1, 2)
	f.Threshold = 3
	u.signed(t, f, 0, 1)
	_, err := f.Found(u.cards(0, 1))
	wants(t, err, "2 of 3 roots have signed it, and 3 must")
	u.signed(t, f, 2)
	_, err = f.Found(u.cards(0, 1))
	wants(t, err, "")

	first := u.signed(t, u.file(1, nil, 0, 1, 2), 0, 1)
	pin, err := first.Found(u.cards(0, 1))
	wants(t, err, "")
	stricter := u.file(2, first, 0, 1, 2)
	stricter.Threshold = 3
	u.signed(t, stricter, 0, 1)
	_, err = pin.Follow(stricter)
	wants(t, err, "2 of 3 roots have signed it, and 3 must")
}

// A signature given with keys whose period is over, by a program that does not ask.
func TestRootsHaveTheirPeriod(t *testing.T) {
	u := newUnit(t)
	f := u.file(1, nil, 0, 1)
	f.Made, f.Expires = noon+31*day, noon+40*day
	f.Holdings = []roles.Holding{}
	wants(t, f.Sign(u.roots[0]), "sign with keys of that time")
	for _, root := range u.roots[:2] {
		f.Signatures = append(f.Signatures, roles.Signature{Root: root.Card.ID(), Signature: root.Sign(f.Row())})
	}
	_, err := f.Found(u.cards(0, 1))
	wants(t, err, "of 2 known roots 0 have signed it")
}

// A root's signature stands in the file once, and devices have no keys of a lesser
// suite than the file asks for.
func TestWhatNoProgramWrites(t *testing.T) {
	u := newUnit(t)
	f := u.signed(t, u.file(1, nil, 0, 1), 0, 1)
	f.Signatures = append(f.Signatures, f.Signatures[0])
	src, err := f.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	_, err = roles.Read(src)
	wants(t, err, "a root has signed it twice")

	classic, err := keys.New(keys.Wish{CallSign: "R 7", Suite: keys.Classic, NotBefore: noon, NotAfter: noon + day}, zeros{})
	if err != nil {
		t.Fatal(err)
	}
	weak := u.file(1, nil, 0, 1)
	weak.Devices = append(weak.Devices, classic.Card)
	wants(t, weak.Sign(u.roots[0]), "the card of R 7 is for x25519, less than mlkem768x25519")
}

// zeros is randomness that is none.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
