package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/outrider-project/outrider/cmd/outrider/internal/bench"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/cmd/outrider/internal/coding"
	"github.com/outrider-project/outrider/cmd/outrider/internal/drawing"
	"github.com/outrider-project/outrider/cmd/outrider/internal/exporting"
	"github.com/outrider-project/outrider/cmd/outrider/internal/mixing"
	"github.com/outrider-project/outrider/cmd/outrider/internal/ordering"
	"github.com/outrider-project/outrider/cmd/outrider/internal/sealing"
	"github.com/outrider-project/outrider/cmd/outrider/internal/serving"
	"github.com/outrider-project/outrider/cmd/outrider/internal/storing"
)

// commandLine is the grammar of the command line.
type commandLine struct {
	Progress cli.ProgressMode `enum:"auto,bar,plain,json,none" default:"auto" help:"How to show progress on standard error: auto, bar, plain, json or none."`
	NoColour bool             `name:"no-colour" aliases:"no-color" help:"No colours in the terminal; nor with $$NO_COLOR set."`

	Map       mapCmd             `cmd:"" help:"Make map files from OpenStreetMap extracts, and look into them."`
	Plan      planCmd            `cmd:"" help:"Work out a movement: routes, hazards, march table, safe havens."`
	Route     routeCmd           `cmd:"" help:"Fastest ways between places as the roads are now, and what a closure adds."`
	Survey    surveyCmd          `cmd:"" help:"Forms for route reconnaissance, and the findings that come back."`
	Compare   compareCmd         `cmd:"" help:"What differs between two plans, or between a plan and the same movement planned anew."`
	Approval  approvalCmd        `cmd:"" help:"Who let a plan go ahead, and whether it still is what was approved."`
	Order     ordering.Cmd       `cmd:"" help:"The documents of a movement order: five paragraphs, cards, plans, checklists."`
	Export    exporting.Cmd      `cmd:"" help:"A plan for other programs: GPX, KML, GeoJSON, calendar, TAK, CSV; in code words or, said so, in clear."`
	Codewords coding.Cmd         `cmd:"" help:"Words that things are called by, and sheets for voice authentication."`
	Simulate  mixing.SimulateCmd `cmd:"" help:"Play the mix of routes of a plan against attackers, movement after movement."`
	Mix       mixing.MixCmd      `cmd:"" help:"Mixes of routes for a bare instance, with the proof of what they are worth."`
	Cover     mixing.CoverCmd    `cmd:"" help:"With what chance each target gets a post, with the proof of what that is worth."`
	Verify    mixing.VerifyCmd   `cmd:"" help:"Recompute what a plan says of its mixes of routes, or what an answer of mix claims."`
	Risk      riskCmd            `cmd:"" help:"Risk profile, and why the exposure of a place is what it is."`
	Speeds    speedsCmd          `cmd:"" help:"Print the built-in speed factors, or check a file of your own."`
	Grid      gridCmd            `cmd:"" help:"Write positions as degrees, UTM and MGRS."`
	Light     lightCmd           `cmd:"" help:"When it is light at a place."`
	Schema    schemaCmd          `cmd:"" help:"Print the JSON Schema of a file: movement, profile, speeds, plan, proof, simulation, instance or result."`
	Bench     bench.Cmd          `cmd:"" help:"Measure the routing engine, and mixes of routes."`
	Draw      drawing.Cmd        `cmd:"" help:"Draws that nobody can bend: commit, release, verify."`
	Sealing   sealing.Cmd        `embed:""`
	Serve     serving.ServeCmd   `cmd:"" help:"Plan on a map in a browser, on this machine or over TLS on a network."`
	Storing   storing.Cmd        `embed:""`
	Version   versionCmd         `cmd:"" help:"Print the version of the program."`
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var grammar commandLine
	helped := false
	parser, err := kong.New(
		&grammar,
		kong.Name("outrider"),
		kong.Description("Outrider plans, rehearses and runs protected movements."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(stdout, stderr),
		// The parser ends the process only to show help; it goes on parsing
		// when it may not, and what it then says does not matter.
		kong.Exit(func(int) { helped = true }),
	)
	if err != nil {
		_ = cli.Complain(stderr, err)
		return cli.ExitDefect
	}
	switch {
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "help": // as some other programs have it
		args = append(slices.Clone(args[1:]), "--help")
	}
	parsed, err := parser.Parse(shield(args))
	if helped {
		return cli.ExitDone
	}
	if err != nil {
		_ = cli.Complain(stderr, cli.UsageError(plainWords(err.Error()), parted(err)+"see outrider "+helpPath(err)+"--help"))
		return cli.ExitUsage
	}
	w := &cli.World{
		Stdout: stdout, Stderr: stderr, Now: time.Now,
		ProgressMode: grammar.Progress, Program: cli.ProgramTitle + " " + version(),
		// By convention NO_COLOR counts when it is set to anything but nothing.
		Colour: !grammar.NoColour && os.Getenv("NO_COLOR") == "" && cli.IsTerminal(stdout),
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(w); err != nil {
		_ = cli.Complain(stderr, err)
		return cli.ExitCode(err)
	}
	return cli.ExitDone
}

// shield puts a blank before arguments that begin with a minus and a digit: they
// are coordinates in the south, "-33.92,18.42", and no flags. Whoever reads a
// place leaves blanks out.
//
// Half of one, -33.92 beside another number, is shielded too, so that the
// complaint is about a position.
func shield(args []string) []string {
	out := slices.Clone(args)
	for i, arg := range args {
		if len(arg) < 2 || arg[0] != '-' || arg[1] < '0' || arg[1] > '9' {
			continue
		}
		half := loneNumber(arg) && (i > 0 && loneNumber(args[i-1]) || i+1 < len(args) && loneNumber(args[i+1]))
		if strings.Contains(arg, ",") || half {
			out[i] = " " + arg
		}
	}
	return out
}

// parted is what else to do about an argument too many of a command that takes a
// list: the parser wants a list in one piece.
func parted(err error) string {
	var parse *kong.ParseError
	if !errors.As(err, &parse) || parse.Context == nil || !strings.HasPrefix(err.Error(), "unexpected argument") {
		return ""
	}
	node := parse.Context.Selected()
	if node == nil || len(node.Positional) == 0 {
		return ""
	}
	last := node.Positional[len(node.Positional)-1]
	if !last.IsCumulative() {
		return ""
	}
	return "name each " + last.Name + " one behind the other, with the flags before or after them; "
}

// plainWords puts what the parser says of a value into words for whoever typed it.
func plainWords(s string) string {
	s = strings.Replace(s, `expected string value but got "EOL" (<EOL>)`, "its value is missing", 1)
	for kind, name := range map[string]string{"int": "whole number", "float": "number"} {
		if head, got, ok := strings.Cut(s, "expected a valid 64 bit "+kind+" but got "); ok {
			return head + got + " is no " + name
		}
	}
	return s
}

// helpPath names the command whose help explains a parse error, with a space
// behind it.
func helpPath(err error) string {
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil {
		if node := parse.Context.Selected(); node != nil {
			path := ""
			for n := node; n != nil && n.Parent != nil; n = n.Parent {
				path = n.Name + " " + path
			}
			return path
		}
	}
	return ""
}

type versionCmd struct{}

func (versionCmd) Run(w *cli.World) error {
	_, err := fmt.Fprintf(w.Stdout, "outrider %s\n", version())
	return err
}

// version is what the build recorded: the tag or the commit, and whether the
// tree was clean.
func version() string {
	if buildVersion != "" {
		return buildVersion
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// buildVersion is set by the linker in make build.
var buildVersion string
