package game

import (
	"context"
	"errors"
	"fmt"
)

// Options steer Solve.
type Options struct {
	// Threads is how many goroutines may work at once; 1 when less.
	Threads int
	// Gap is the relative gap at which kinds that close it step by step may stop;
	// 0 asks for Tolerance.
	Gap float64
}

// ErrKind is wrapped by errors about a kind that is not known.
var ErrKind = errors.New("unknown kind of game")

// Solve answers an instance. It fails when the instance is unsound, and with the
// context's error when that ends first. An instance with source = sink has value
// 0 and the empty route; one without a route is Infeasible.
func Solve(ctx context.Context, in *Instance, opt Options) (*Result, error) {
	if err := in.Check(); err != nil {
		return nil, err
	}
	switch in.Kind {
	case Edge:
		return solveEdge(ctx, in, opt)
	case EdgeMeanTime:
		return solveMeanTime(ctx, in, opt)
	case EdgePostsLinear:
		return solvePostsLinear(ctx, in, opt)
	case EdgeEscortJoint:
		return solveEscort(ctx, in, opt)
	case EdgeRouteTimeCap:
		return solveRouteCap(ctx, in, opt)
	case Zones:
		return solveZones(ctx, in, opt)
	case EdgeMultiMovement:
		return solveMovements(ctx, in, opt)
	case EdgeAttackers:
		return solveAttackers(ctx, in, opt)
	case EdgePostsDiscrete:
		return solvePostsDiscrete(ctx, in, opt)
	case Multistage:
		return solveMultistage(ctx, in, opt)
	case SweepEulerian:
		return solveSweep(ctx, in, opt)
	}
	return nil, fmt.Errorf("%w %q", ErrKind, in.Kind)
}
