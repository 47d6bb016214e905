package coverage

import (
	"crypto/sha256"
	_ "embed" // the schemas are part of the program
	"encoding/hex"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/internal/scan"
)

const (
	mostBytes = 2 << 30 // of a game
	longestID = 200     // characters
)

//go:embed coverage.schema.json
var gameSchema []byte

//go:embed answer.schema.json
var answerSchema []byte

// GameSchema returns the JSON Schema of a game.
func GameSchema() []byte { return append([]byte(nil), gameSchema...) }

// AnswerSchema returns the JSON Schema of an answer.
func AnswerSchema() []byte { return append([]byte(nil), answerSchema...) }

// ParseGame reads a game as docs/format/coverage.md has it. It is strict: an
// unknown or repeated key, a missing one, a value of another type or out of range,
// an id that comes twice are each an *game.InputError that says where. The time is
// linear in the length.
func ParseGame(src []byte) (*Game, error) {
	if len(src) > mostBytes {
		return nil, wrong("", "more than 2 GiB", "give fewer targets")
	}
	p := &parser{g: &Game{}, s: scan.Scanner{Src: src}, known: map[string]int{}}
	if err := p.parse(); err != nil {
		return nil, err
	}
	return p.g, p.g.Check()
}

type parser struct {
	s     scan.Scanner
	g     *Game
	known map[string]int // targets by the text of their id
	form  form           // of the first target
}

// form is which keys a target has.
type form uint8

const (
	chances  form = iota + 1 // p, p_with_post
	attacker                 // attacker_uncovered, attacker_covered
	both                     // and defender_uncovered, defender_covered
)

func (p *parser) parse() error {
	s := &p.s
	var hasPosts, hasTargets bool
	err := s.Object("a game of coverage is one JSON object", func(key []byte) error {
		var err error
		switch string(key) {
		case "posts":
			hasPosts = true
			err = p.posts()
		case "targets":
			hasTargets = true
			err = s.List("targets is a list of objects", p.target)
		default:
			return s.Fail(fmt.Sprintf("the key %q is not known here", key), "take it out; the keys are posts, targets")
		}
		return scan.Within(string(key), err)
	})
	if err != nil {
		return err
	}
	if err := s.End(); err != nil {
		return err
	}
	switch {
	case !hasPosts:
		return wrong("posts", "it is missing", "write how many targets can be covered at once")
	case !hasTargets:
		return wrong("targets", "it is missing", "list the targets")
	}
	return nil
}

func (p *parser) posts() error {
	tok, err := p.s.Number()
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(string(tok))
	if err != nil || n < 0 || n > MostPosts {
		return p.s.Fail(fmt.Sprintf("%.20s is no whole number from 0 to %d", tok, MostPosts), "write one without a point")
	}
	p.g.Posts = n
	return nil
}

// payoffKeys are the keys of payoffs in the order in which target keeps them.
var payoffKeys = [...]string{"attacker_covered", "attacker_uncovered", "defender_covered", "defender_uncovered", "p_with_post", "p"}

func (p *parser) target(int) error {
	s := &p.s
	if len(p.g.Targets) == MostTargets {
		return s.Fail(fmt.Sprintf("more than %d targets", MostTargets), "give fewer targets")
	}
	var id game.ID
	var value [len(payoffKeys)]float64
	var has [len(payoffKeys)]bool
	err := s.Object("a target is an object", func(key []byte) error {
		if string(key) == "id" {
			var err error
			id, err = p.id()
			return scan.Within("id", err)
		}
		for k, name := range payoffKeys {
			if string(key) == name {
				var err error
				has[k] = true
				value[k], err = p.payoff(k >= 4)
				return scan.Within(name, err)
			}
		}
		return s.Fail(fmt.Sprintf("the key %q is not known here", key), "take it out; the keys of a target are id, p, p_with_post, or id, attacker_uncovered, attacker_covered, defender_uncovered, defender_covered")
	})
	if err != nil {
		return err
	}
	missing := func(name string) error { return scan.Within(name, s.Fail("it is missing", "add it")) }
	if id.Text == "" {
		return missing("id")
	}
	var f form
	switch {
	case has[4] || has[5]:
		if !has[5] {
			return missing("p")
		}
		if has[0] || has[1] || has[2] || has[3] {
			return s.Fail("it has p and payoffs", "write p and p_with_post, or payoffs of both sides")
		}
		f = chances
		value[0], value[1] = value[4], value[5]
	case !has[1]:
		return missing("attacker_uncovered")
	case !has[0]:
		return missing("attacker_covered")
	case has[2] != has[3]:
		if has[2] {
			return missing("defender_uncovered")
		}
		return missing("defender_covered")
	case has[2]:
		f = both
	default:
		f = attacker
	}
	if p.form == 0 {
		p.form = f
	}
	if f != p.form {
		return s.Fail("it has other keys than the first target", "give all targets the same keys")
	}
	g := p.g
	g.Targets = append(g.Targets, id)
	g.Covered, g.Open = append(g.Covered, value[0]), append(g.Open, value[1])
	if f == both {
		g.DefenderCovered, g.DefenderOpen = append(g.DefenderCovered, value[2]), append(g.DefenderOpen, value[3])
	}
	return nil
}

// payoff reads a payoff, or a chance from 0 to 1.
func (p *parser) payoff(chance bool) (float64, error) {
	tok, err := p.s.Quantity()
	if err != nil {
		return 0, err
	}
	x := scan.Float(tok)
	switch {
	case x == 0: // -0 as well
		return 0, nil
	case chance && !(x >= Least && x <= 1):
		return 0, p.s.Fail(fmt.Sprintf("%.40s is not 0, or from %g to 1", tok, Least), "write a chance")
	case !sound(x):
		return 0, p.s.Fail(fmt.Sprintf("%.40s is too large or too small", tok), fmt.Sprintf("write 0, or a number of size %g to %g", Least, Most))
	}
	return x, nil
}

func (p *parser) id() (game.ID, error) {
	s := &p.s
	var text []byte
	var err error
	number := false
	switch c := s.Peek(); {
	case c == '"':
		text, err = s.Text()
	case c == '-' || c >= '0' && c <= '9':
		number = true
		text, err = s.Number()
	default:
		err = s.Fail("expected an id, found "+s.What(), "an id is a text or a number")
	}
	if err != nil {
		return game.ID{}, err
	}
	id := game.ID{Text: string(text), Number: number}
	switch other, twice := p.known[id.Text]; {
	case id.Text == "":
		err = s.Fail("an id without characters", "give it a name")
	case utf8.RuneCount(text) > longestID:
		err = s.Fail(fmt.Sprintf("an id of more than %d characters", longestID), "give it a shorter name")
	case twice:
		err = s.Fail(fmt.Sprintf("the id %s comes twice; it is also that of target number %d", id, other), "give one of them another id")
	}
	p.known[id.Text] = len(p.g.Targets)
	return id, err
}

// Digest returns the SHA-256 of the game in canonical form, hex; it does not depend
// on spaces, the order of keys or the spelling of numbers. docs/format/coverage.md
// states the form.
func (g *Game) Digest() string {
	h := sha256.New()
	line := append([]byte("outrider coverage 1\nposts "), strconv.Itoa(g.Posts)...)
	line = append(line, '\n')
	for i, id := range g.Targets {
		kind := byte('s')
		if id.Number {
			kind = 'n'
		}
		line = append(append(line, "target "...), kind)
		line = append(append(strconv.AppendInt(line, int64(len(id.Text)), 10), ':'), id.Text...)
		for _, x := range g.payoffs(i) {
			line = strconv.AppendFloat(append(line, ' '), x, 'g', -1, 64)
		}
		line = append(line, '\n')
		h.Write(line) // never fails
		line = line[:0]
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Gap is the distance of two bounds in units of a game; 0 where they meet.
func (g *Game) Gap(lower, upper float64) float64 {
	if unit := g.Unit(upper); unit > 0 && lower < upper {
		return (upper - lower) / unit
	}
	return 0
}
