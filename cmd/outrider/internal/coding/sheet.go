package coding

import (
	"bytes"
	"crypto/rand"
	"path/filepath"
	"strings"
	"time"

	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/codeword"
	"github.com/outrider-project/outrider/paper"
)

type sheetCmd struct {
	clock
	Net   string        `required:"" help:"Net on which it is used, such as Command 1."`
	From  string        `placeholder:"TIME" help:"When it becomes valid; now when left out."`
	Valid time.Duration `default:"24h" placeholder:"TIME" help:"How long it is valid, at most 72h (${default})."`
	Size  string        `enum:"a4,letter" default:"a4" help:"Paper: a4 or letter."`
	Out   string        `short:"o" required:"" placeholder:"FILE" help:"File to write: .pdf or .html."`
}

// Run writes a sheet that is drawn anew every time and kept nowhere else.
func (c *sheetCmd) Run(w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	from, err := cli.ParseTime("--from", c.From, now)
	if err != nil {
		return err
	}
	write := paper.WritePDF
	switch strings.ToLower(filepath.Ext(c.Out)) {
	case ".pdf":
	case ".html":
		write = paper.WriteHTML
	default:
		return cli.InvalidFlag("--out", "the name does not say whether it is a PDF or a page", "let it end in .pdf or .html")
	}
	if err := cli.Fresh(c.Out, "sheets are not made again; destroy the old one, or name another file"); err != nil {
		return err
	}
	s, err := codeword.NewSheet(c.Net, from, from.Add(c.Valid), rand.Reader)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := write(&out, *s.Document(paper.Size(c.Size))); err != nil {
		return err
	}
	if err := cli.WriteFile(c.Out, cli.SecretFile, out.Bytes()); err != nil {
		return err
	}
	t := cli.Text{W: w.Stdout}
	t.Line("sheet     %s, net %s, valid %s to %s", s.Number, s.Net, utc(s.From), utc(s.Until))
	t.Line("written   %s: it is kept nowhere else; everybody on the net gets the same", c.Out)
	t.Line("note      code words and this sheet conceal and authenticate; they encrypt nothing")
	return t.Err
}
