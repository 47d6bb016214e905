// Package callsign says what a call sign of a person or crew is on record. The
// form is narrow on purpose: a name does not fit into it.
package callsign

import (
	"regexp"
	"strings"
)

var form = regexp.MustCompile(`^[A-Z]{1,12}[ -]?[0-9]{1,3}[A-Z]?$`)

// Valid reports whether s is a call sign as records take it, such as R2 or
// SIERRA 4: capital letters and a number, never a name.
func Valid(s string) bool { return form.MatchString(s) }

// Same reports whether two call signs are those of one person or crew: SIERRA 4,
// SIERRA-4 and SIERRA4 are.
func Same(a, b string) bool { return bare(a) == bare(b) }

func bare(s string) string { return strings.NewReplacer(" ", "", "-", "").Replace(s) }
