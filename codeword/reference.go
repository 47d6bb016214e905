package codeword

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/outrider-project/outrider"
)

// References says which typed things free texts may refer to.
type References struct {
	known []Thing
}

// ReferencesOf returns the references that texts about a plan may make: to what
// Things lists, to its safe havens and other named places as {{place:…}}, and to
// its roads as {{road:…}}. Critical points are not among them: their names are
// those of roads.
func ReferencesOf(p *outrider.Plan) *References {
	n := &Naming{words: map[Thing]string{}, neutral: map[Thing]string{}, known: Things(p)}
	for _, t := range n.known {
		n.words[t] = t.Name // so that number leaves it alone
	}
	second := secondNames(p)
	for t := range second {
		n.words[t] = t.Name
	}
	n.number(p)
	r := &References{known: n.known}
	for t := range second {
		r.add(t.Kind, t.Name)
	}
	slices.SortFunc(r.known, func(a, b Thing) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Name, b.Name))
	})
	for i := range p.Legs {
		r.add(outrider.ThingRoad, p.Legs[i].From.Road)
		r.add(outrider.ThingRoad, p.Legs[i].To.Road)
		for _, route := range routesOf(&p.Legs[i]) {
			for k := range route.Steps {
				r.add(outrider.ThingRoad, route.Steps[k].Road)
			}
		}
	}
	return r
}

func (r *References) add(kind outrider.Thing, name string) {
	if t := (Thing{kind, oneLine(name)}); t.Name != "" && !slices.Contains(r.known, t) {
		r.known = append(r.known, t)
	}
}

// Render writes a free text with each reference {{kind:name}} replaced by what
// the naming calls the thing. kind is movement, place, leg, route, venue, area or
// road; name is as in the plan, in any mixture of capitals. A reference to what
// the plan does not have, an unknown kind and an open bracket are errors that
// name it; where names the text. In a naming that is not clear, a text that holds
// a name of the plan outside of a reference is refused, too.
func (r *References) Render(where, text string, n outrider.Naming) (string, error) {
	bad := func(cause, remedy string) error {
		return &outrider.Error{Kind: outrider.Invalid, Where: where, Cause: cause, Remedy: remedy}
	}
	var out, plainText strings.Builder
	for rest := text; ; {
		before, after, opened := strings.Cut(rest, "{{")
		if strings.Contains(before, "}}") {
			return "", bad(fmt.Sprintf("the text has }} without {{ before it, in %.40q", before), "write a reference as {{place:name}}")
		}
		out.WriteString(before)
		plainText.WriteString(before + "\x00")
		if !opened {
			break
		}
		inside, behind, closed := strings.Cut(after, "}}")
		if !closed || strings.Contains(inside, "{{") {
			return "", bad(fmt.Sprintf("the reference {{%.40s is not closed", after), "end it with }}")
		}
		t, err := r.find(inside)
		if err != nil {
			return "", bad(err.Error(), "write it as in the plan: "+r.examples())
		}
		out.WriteString(n.Call(t.Kind, t.Name))
		rest = behind
	}
	if !n.Clear() {
		if t, found := r.leak(plainText.String()); found {
			return "", bad(fmt.Sprintf("the text names %s in clear", t), fmt.Sprintf("write {{%s:%s}}", t.Kind, t.Name))
		}
	}
	return out.String(), nil
}

func (r *References) find(inside string) (Thing, error) {
	kind, name, ok := strings.Cut(inside, ":")
	kind, name = strings.TrimSpace(kind), oneLine(name)
	if !ok || name == "" {
		return Thing{}, fmt.Errorf("the reference {{%.60s}} is not of the form {{kind:name}}", inside)
	}
	t := Thing{outrider.Thing(kind), name}
	if t.Kind != outrider.ThingRoad && (t.Kind == Duress || !hasWord(t.Kind)) {
		return Thing{}, fmt.Errorf("the reference {{%.60s}} is to a %q, of which there is none", inside, kind)
	}
	for _, k := range r.known {
		if k.Kind == t.Kind && strings.EqualFold(k.Name, t.Name) {
			return k, nil
		}
	}
	return Thing{}, fmt.Errorf("the plan has no %s, which {{%.60s}} refers to", t, inside)
}

// examples writes a few references that there are.
func (r *References) examples() string {
	var some []string
	for _, t := range r.known {
		if t.Kind == outrider.ThingPlace && len(some) < 3 {
			some = append(some, fmt.Sprintf("{{%s:%s}}", t.Kind, t.Name))
		}
	}
	if len(some) == 0 {
		return "{{place:name}}"
	}
	return strings.Join(some, ", ")
}

// seen is a text as a reader sees it, in small letters: without characters that are
// not shown, blanks and ends of lines one blank each.
func seen(s string) string {
	shown := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.Is(unicode.Pd, r): // hyphens and dashes of all kinds
			return '-'
		}
		return r
	}, strings.ToLower(s))
	return strings.Join(strings.FieldsFunc(shown, unicode.IsSpace), " ")
}

// leak finds a name that stands in a text as a word or words of its own, however
// it is written: over the end of a line, with more blanks, or with characters in it
// that nobody sees. Route names such as primary are words of every text and names of
// fewer than three letters stand in any; they are passed over.
func (r *References) leak(text string) (Thing, bool) {
	text = seen(text)
	for _, t := range r.known {
		name := seen(t.Name)
		if t.Kind == outrider.ThingRoute || len(letterRuns(name)) == 0 || utf8.RuneCountInString(name) < 3 {
			continue
		}
		for from := 0; ; {
			i := strings.Index(text[from:], name)
			if i < 0 {
				break
			}
			i += from
			before, _ := utf8.DecodeLastRuneInString(text[:i])
			after, _ := utf8.DecodeRuneInString(text[i+len(name):])
			if !unicode.IsLetter(before) && !unicode.IsLetter(after) {
				return t, true
			}
			from = i + 1
		}
	}
	return Thing{}, false
}
