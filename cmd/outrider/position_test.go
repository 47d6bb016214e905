package main

import "testing"

// TestPositionFault tells what is meant as a position from names.
func TestPositionFault(t *testing.T) {
	for _, s := range []string{
		"95,10", "39,190", "-91,10", "39.7N 75.5", "39,7,-75,5", "18S 453234 4398765", "61 north 400000 400000", "18SVJ123", "99SVJ5323498765",
		"39°99'00\"N 75°00'00\"W", "UPS N 9 9", " 95 , 10 ",
	} {
		if positionFault(s) == nil {
			t.Errorf("%q passes for a name", s)
		}
	}
	for _, s := range []string{
		"", "3rd", "3rd Street", "13", "US 13", "12 The Green", "5 Mile", "way/123", "haven/node/5", "Dover", "A 4, exit 7", "10th & 5th", "18S",
		"39.7,-75.5", "18SVJ5323498765", "39.7N 75.5W", "-33.92,18.42",
	} {
		if err := positionFault(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
}
