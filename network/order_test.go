package network

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// orderBytes returns where the order for routing lies in a map file.
func orderBytes(file []byte) []byte {
	count := int(binary.LittleEndian.Uint32(file[28:]))
	for i := range count {
		e := file[headerSize+i*entrySize:]
		if string(bytes.TrimRight(e[:nameSize], "\x00")) == orderSection {
			from, n := binary.LittleEndian.Uint64(e[24:]), binary.LittleEndian.Uint64(e[32:])
			return file[from : from+n]
		}
	}
	return nil
}

// spoiltOrders returns a good map file with orders that are none: a state twice,
// one that does not exist.
func spoiltOrders(good []byte) [][]byte {
	twice, beyond := bytes.Clone(good), bytes.Clone(good)
	at := orderBytes(twice)
	copy(at[4:8], at[:4])
	at = orderBytes(beyond)
	binary.LittleEndian.PutUint32(at[8:], uint32(len(at)/4))
	return [][]byte{twice, beyond}
}

// TestOrderIsChecked opens files whose order for routing is damaged in a way that
// checksums do not show.
func TestOrderIsChecked(t *testing.T) {
	good := encode(t, randomMap(newRand(41), 20))
	for i, says := range []string{"a second time at item 1", "at item 2"} {
		b := aligned(spoiltOrders(good)[i])
		reseal(b)
		_, err := parse(b)
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), orderSection) {
			t.Errorf("want an error that says %q, got %v", says, err)
		}
	}
}

// A map of format 1.1 has no order for routing, and is read without one.
func TestMapOfTheSecondMinorHasNoOrder(t *testing.T) {
	m := randomMap(newRand(42), 20)
	good := encode(t, m)
	old, err := parse(aligned(ofMinor(good, minorRail)))
	if err != nil {
		t.Fatal(err)
	}
	if old.StateOrder != nil || !reflect.DeepEqual(old.Rail.Length, m.Rail.Length) || len(m.StateOrder) == 0 {
		t.Error("a map of format 1.1 has an order, or other railways")
	}
	use(t, old)

	// A file of minor 2 must have the section; it may be empty.
	b := aligned(ofMinor(good, minorRail))
	b[20] = minorOrder
	reseal(b)
	if _, err := parse(b); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), `section "state.order" is missing`) {
		t.Errorf("a file of minor 2 without the section: %v", err)
	}
	m.StateOrder = nil
	if without, err := parse(aligned(encode(t, m))); err != nil || without.StateOrder != nil {
		t.Errorf("a map made without an order: %v", err)
	}
}
