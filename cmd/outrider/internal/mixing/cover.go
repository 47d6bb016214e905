package mixing

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/game/coverage"
	"github.com/outrider-project/outrider/game/coverage/check"
	"github.com/outrider-project/outrider/game/verify"
)

// CoverCmd answers a game of coverage: with what chance each target gets a post.
type CoverCmd struct {
	Game       string `arg:"" help:"Targets and posts, JSON; - reads standard input."`
	Placements bool   `help:"List where posts stand together, with the odds to draw it: what outrider draw takes."`
	Embed      string `enum:"auto,always,never" default:"auto" help:"Put the game into the answer: auto (up to 1 MiB, or from standard input), always or never."`
}

// mostPlaced bounds the names in a list of placements.
const mostPlaced = 10_000_000

// Run answers the game.
func (c *CoverCmd) Run(w *cli.World) error {
	src, err := readWhole(c.Game, os.Stdin)
	if err != nil {
		return err
	}
	g, err := coverage.ParseGame(src)
	if err != nil {
		return inputError(c.Game, err)
	}
	start := w.Now()
	s, err := coverage.Solve(g)
	if err != nil {
		return inputError(c.Game, err)
	}
	doc := coverage.NewDocument(g, s, w.Now().Sub(start).Seconds())
	if c.Placements {
		if len(doc.Coverage)*g.Posts > mostPlaced {
			return cli.InvalidFlag("--placements", fmt.Sprintf("%d targets with a chance and %d posts make too long a list", len(doc.Coverage), g.Posts), "leave it out, and draw with package coverage")
		}
		doc.List(g, coverage.Placements(s.Parts))
	}
	if c.Game != "-" {
		doc.File = c.Game
	}
	if c.Embed == "always" || c.Embed == "auto" && (c.Game == "-" || len(src) <= mostEmbedded) {
		var compact bytes.Buffer
		if err := json.Compact(&compact, src); err != nil {
			return inputError(c.Game, err)
		}
		doc.Instance = compact.Bytes()
	}
	return doc.Write(w.Stdout)
}

// isCoverage reports whether a file begins like an answer of outrider cover.
func isCoverage(src []byte) bool {
	return bytes.Contains(src[:min(len(src), 400)], []byte(`"of":1000000000000,`))
}

// coverage recomputes what an answer of outrider cover claims.
func (c *VerifyCmd) coverage(src []byte) (*verify.Report, error) {
	doc, err := coverage.ParseDocument(src)
	if err != nil {
		return nil, inputError(c.File, err)
	}
	name, from := c.Instance, []byte(nil)
	switch {
	case name != "":
	case len(doc.Instance) > 0:
		name, from = c.File+": instance", doc.Instance
	case doc.File == "":
		return nil, &outrider.Error{Kind: outrider.Invalid, Where: c.File, Cause: "it neither holds its game nor names a file", Remedy: "name the game with --instance"}
	default:
		name = doc.File
		if _, err := os.Stat(name); err != nil && !filepath.IsAbs(name) && c.File != "-" {
			name = filepath.Join(filepath.Dir(c.File), name)
		}
	}
	if from == nil {
		if from, err = os.ReadFile(name); err != nil {
			return nil, err
		}
	}
	g, err := coverage.ParseGame(from)
	if err != nil {
		return nil, inputError(name, err)
	}
	report, err := check.Check(g, doc)
	if err != nil {
		return nil, inputError(c.File, err)
	}
	return report, nil
}
