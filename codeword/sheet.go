package codeword

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/paper"
)

// MaxSheet is the longest time for which an authentication sheet is valid: a
// table that is in use for longer is one that was copied.
const MaxSheet = 72 * time.Hour

// sheetRows are the letters of challenges and replies, without I and O, which
// are read as one and zero. Columns are the digits.
const (
	sheetRows    = "ABCDEFGHJKLMNPQRSTUVWXYZ"
	sheetColumns = "0123456789"
)

// A Sheet is a table of challenges and replies: whoever is challenged with a
// letter and a digit answers with the two letters at that place.
type Sheet struct {
	Net     string // on which it is used
	Number  string // names the sheet: six letters
	From    time.Time
	Until   time.Time
	replies [len(sheetRows)][len(sheetColumns)]string
}

// NewSheet draws a sheet. Every reply is any of the 576 pairs of letters with the
// same chance, whatever the others are, so that who has no sheet is right one
// time in 576. random must be a source that nobody can foretell, such as
// crypto/rand.Reader. Errors are *outrider.Error.
func NewSheet(net string, from, until time.Time, random io.Reader) (*Sheet, error) {
	s := &Sheet{Net: oneLine(net), From: from.UTC().Truncate(time.Second), Until: until.UTC().Truncate(time.Second)}
	bad := func(cause, remedy string) error {
		return &outrider.Error{Kind: outrider.Invalid, Where: "authentication sheet", Cause: cause, Remedy: remedy}
	}
	switch {
	case !isText(s.Net, 40):
		return nil, bad("it does not say on which net it is used, in at most 40 characters", "name the net")
	case !s.From.Before(s.Until):
		return nil, bad("it ends before it begins", "give a later end")
	case s.Until.Sub(s.From) > MaxSheet:
		return nil, bad(fmt.Sprintf("it is valid for more than %d hours", MaxSheet/time.Hour), "make one for each day")
	}
	letters := func(n int) (string, error) {
		var b strings.Builder
		for range n {
			i, err := uniform(random, len(sheetRows))
			if err != nil {
				return "", err
			}
			b.WriteByte(sheetRows[i])
		}
		return b.String(), nil
	}
	var err error
	if s.Number, err = letters(6); err != nil {
		return nil, err
	}
	for i := range s.replies {
		for j := range s.replies[i] {
			if s.replies[i][j], err = letters(2); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// Reply returns the answer to a challenge such as "K7"; false if there is no
// such place.
func (s *Sheet) Reply(challenge string) (string, bool) {
	challenge = strings.ToUpper(challenge)
	if len(challenge) != 2 {
		return "", false
	}
	i, j := strings.IndexByte(sheetRows, challenge[0]), strings.IndexByte(sheetColumns, challenge[1])
	if i < 0 || j < 0 {
		return "", false
	}
	return s.replies[i][j], true
}

// Document returns the sheet as two pages to print: the table, and how it is used
// and what it is not. It is the same for all who are on the net.
func (s *Sheet) Document(size paper.Size) *paper.Document {
	d := &paper.Document{
		Title:   "Voice authentication, net " + s.Net,
		Marking: "AUTHENTICATION SHEET " + s.Number + " - DESTROY AFTER " + dtg(s.Until),
		Foot:    "Sheet " + s.Number + ", valid " + dtg(s.From) + " to " + dtg(s.Until),
		Size:    size,
	}
	table := paper.Table{Caption: "Challenge: a letter and a digit. Reply: the two letters at that place. Cross out what was used.", Columns: []paper.Column{{Head: "", Share: 1}}}
	for _, c := range sheetColumns {
		table.Columns = append(table.Columns, paper.Column{Head: string(c), Share: 1})
	}
	for i, letter := range sheetRows {
		table.Rows = append(table.Rows, append([]string{string(letter)}, s.replies[i][:]...))
	}
	d.Blocks = []paper.Block{
		paper.Fields{Items: []paper.Field{{Label: "Net", Text: s.Net}, {Label: "Sheet", Text: s.Number}, {Label: "Valid from", Text: dtg(s.From)}, {Label: "Valid until", Text: dtg(s.Until)}, {Label: "Copy number"}, {Label: "Held by (call sign)"}}},
		table,
		paper.PageBreak{},
		paper.Heading{Level: 1, Text: "How it is used"},
		paper.List{Ordered: true, Items: []string{
			"Challenge: \"AUTHENTICATE KILO SEVEN\". Choose any place that is not crossed out; go through the table in no order.",
			"Reply within five seconds: \"I AUTHENTICATE\" and the two letters in row K, column 7, spelt. Who needs longer, or is wrong, is challenged once more at another place, then treated as unknown.",
			"The one who was challenged may challenge back, at a place of his own choice. Do so whenever an order would bring you to change the route, to halt or to let somebody in.",
			"Both sides cross out the place. Everybody who hears it on the net does, too: a place serves once.",
			"At the end of its time the sheet is destroyed by whoever holds it, and that is reported. A sheet that is missing is reported at once; from then on it proves nothing, and the next one is used.",
		}},
		paper.Heading{Level: 1, Text: "What it is, and what it is not"},
		paper.Paragraph{Strong: true, Text: "This sheet and code words are concealment and authentication. They are no encryption: whoever listens hears every word."},
		paper.List{Items: []string{
			fmt.Sprintf("A right reply says that the speaker holds this sheet, or heard this very place used before. Who has no sheet and guesses is right once in %d times.", len(sheetRows)*len(sheetRows)),
			"It does not say that the speaker is free: there is a duress word for that, and it is not on this sheet.",
			"It does not protect what is said before or after. A recording of a challenge and its reply is worth nothing only because the place is crossed out.",
			"A photograph of it is as good as the sheet. It is valid for hours and not for days for that reason.",
			"Code words hide meaning from who overhears one message. Who listens for long, and sees what happens after each word, learns what it stands for.",
			"Nothing here keeps secret that a net is in use, how much is said on it, or from where.",
		}},
	}
	return d
}

// dtg writes a time as date-time group in UTC: 241130ZNOV26.
func dtg(t time.Time) string { return strings.ToUpper(t.UTC().Format("021504ZJan06")) }
