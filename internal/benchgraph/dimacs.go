package benchgraph

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"
)

// mostNodes bounds how many nodes a short file may claim to have.
const mostNodes = 1 << 20

// ReadDIMACS reads a graph in the format of the 9th DIMACS Implementation
// Challenge: a .gr file, and the coordinates in the .co file beside it if there
// is one, which are checked and not kept. Arcs are sorted by tail and otherwise
// stay in the order of the file. Errors are *Error, with the line, and those of
// the file system. Cost: linear in the size of the files.
func ReadDIMACS(name string) (*Graph, error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	g, err := parseDIMACS(name, src)
	if err != nil {
		return nil, err
	}
	beside := strings.TrimSuffix(name, ".gr") + ".co"
	src, err = os.ReadFile(beside)
	if errors.Is(err, fs.ErrNotExist) {
		return g, nil
	}
	if err != nil {
		return nil, err
	}
	g.Located = true
	return g, checkCoordinates(beside, src, g.Nodes())
}

func parseDIMACS(name string, src []byte) (*Graph, error) {
	const form = "a .gr file has one line \"p sp NODES ARCS\" and then a line \"a TAIL HEAD WEIGHT\" for each arc"
	var nodes, arcs uint32
	headed := false
	var tail, head, weight []uint32
	err := linesOf(name, src, func(place string, f [][]byte) error {
		switch kind := string(f[0]); {
		case kind == "p":
			if headed || len(f) != 4 || string(f[1]) != "sp" || !numbers(f[2:], &nodes, &arcs) {
				return wrong(place, form, "%q is no head of a graph, or not the first", short(f))
			}
			headed = true
			if int64(nodes) > max(mostNodes, int64(len(src))) {
				return wrong(place, form, "%d nodes in a file of %d bytes", nodes, len(src))
			}
		case kind == "a" && !headed:
			return wrong(place, form, "an arc before the head of the graph")
		case kind == "a":
			var u, v, w uint32
			if len(f) != 4 || !numbers(f[1:], &u, &v, &w) {
				return wrong(place, form, "%q is no arc", short(f))
			}
			if u < 1 || v < 1 || u > nodes || v > nodes {
				return wrong(place, form, "an arc from %d to %d: nodes are numbered from 1 to %d", u, v, nodes)
			}
			tail, head, weight = append(tail, u-1), append(head, v-1), append(weight, w)
		default:
			return wrong(place, form, "%q is neither comment, head nor arc", short(f))
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case !headed:
		return nil, wrong(name, form, "there is no head of a graph in it")
	case int64(len(tail)) != int64(arcs):
		return nil, wrong(name, "get it again: it may be cut off", "it has %d arcs, its head says %d", len(tail), arcs)
	}
	g := FromArcs(int(nodes), tail, head, weight)
	g.First = 1
	return g, g.check(name)
}

// FromArcs makes a graph of n nodes from arcs in any order; parallel arcs stay in
// theirs. The ends must be below n. Cost: linear.
func FromArcs(n int, tail, head, weight []uint32) *Graph {
	g := &Graph{Weight: make([]uint32, len(head))}
	g.FirstOut, g.Head = make([]uint32, n+1), make([]uint32, len(head))
	for _, v := range tail {
		g.FirstOut[v+1]++
	}
	for v := range n {
		g.FirstOut[v+1] += g.FirstOut[v]
	}
	at := append([]uint32(nil), g.FirstOut...)
	for i, v := range tail {
		g.Head[at[v]], g.Weight[at[v]] = head[i], weight[i]
		at[v]++
	}
	return g
}

func checkCoordinates(name string, src []byte, nodes int) error {
	const form = "a .co file has a line \"p aux sp co NODES\" and then a line \"v NODE X Y\" for each node of the .gr file, or leave it out"
	seen := make([]bool, nodes)
	count := 0
	err := linesOf(name, src, func(place string, f [][]byte) error {
		switch string(f[0]) {
		case "p":
			var n uint32
			if len(f) != 5 || !numbers(f[4:], &n) || int64(n) != int64(nodes) {
				return wrong(place, form, "%q is no head for %d nodes", short(f), nodes)
			}
		case "v":
			var v uint32
			if len(f) != 4 || !numbers(f[1:2], &v) || !signed(f[2]) || !signed(f[3]) {
				return wrong(place, form, "%q is no coordinate", short(f))
			}
			if v < 1 || int64(v) > int64(nodes) || seen[v-1] {
				return wrong(place, form, "node %d is there twice, or not one of %d", v, nodes)
			}
			seen[v-1] = true
			count++
		default:
			return wrong(place, form, "%q is neither comment, head nor coordinate", short(f))
		}
		return nil
	})
	if err == nil && count != nodes {
		err = wrong(name, form, "it has %d coordinates for %d nodes", count, nodes)
	}
	return err
}

// linesOf calls each with the fields of every line that is neither empty nor a
// comment ("c …"), and its place.
func linesOf(name string, src []byte, each func(place string, fields [][]byte) error) error {
	n := 0
	for line := range bytes.Lines(src) {
		n++
		fields := bytes.Fields(line)
		if len(fields) == 0 || string(fields[0]) == "c" {
			continue
		}
		if err := each(name, fields); err != nil {
			// The place is made for the one line that needs it.
			if e, ok := errors.AsType[*Error](err); ok && e.Place == name {
				e.Place += ":" + strconv.Itoa(n)
			}
			return err
		}
	}
	return nil
}

// numbers reads one number from each field.
func numbers(fields [][]byte, into ...*uint32) bool {
	for i, p := range into {
		if len(fields[i]) == 0 || len(fields[i]) > 10 {
			return false
		}
		sum := uint64(0)
		for _, c := range fields[i] {
			if c < '0' || c > '9' {
				return false
			}
			sum = 10*sum + uint64(c-'0')
		}
		if sum > math.MaxUint32 {
			return false
		}
		*p = uint32(sum)
	}
	return true
}

func signed(field []byte) bool {
	_, err := strconv.ParseInt(string(field), 10, 64)
	return err == nil
}

// short is a line to be shown in a message.
func short(fields [][]byte) string {
	const most = 60
	line := bytes.Join(fields, []byte(" "))
	return string(line[:min(len(line), most)])
}
