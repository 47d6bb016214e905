package yamldoc

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Parse reads a document without a schema. What is wrong comes back as *Errors.
func Parse(name string, src []byte) (*Document, error) {
	if p := checkBytes(src); p != nil {
		return nil, collect(name, []Problem{*p})
	}
	text := strings.TrimPrefix(string(src), "\ufeff")
	body, problems := syntax(text)
	if len(problems) > 0 {
		return nil, collect(name, problems)
	}
	r := reader{values: map[string]Position{}, keys: map[string]Position{}}
	doc := &Document{name: name, values: r.values, keys: r.keys}
	if body == nil {
		doc.values[""] = Position{1, 1}
		return doc, nil
	}
	doc.value = r.read(body, "")
	if len(r.problems) > 0 {
		return nil, collect(name, r.problems)
	}
	return doc, nil
}

// checkBytes finds what is wrong with a document before any of it is parsed.
func checkBytes(src []byte) *Problem {
	if len(src) > MaxBytes {
		return &Problem{
			Cause:  fmt.Sprintf("the document has %d bytes, more than the %d allowed", len(src), MaxBytes),
			Remedy: "make it smaller",
		}
	}
	marks := 0
	for _, c := range src {
		if strings.IndexByte("\n\r,:[]{}\"'&!*?", c) >= 0 {
			marks++
		}
	}
	if marks > MaxMarks {
		return &Problem{
			Cause:  fmt.Sprintf("the document has more than %d line ends, marks and brackets", MaxMarks),
			Remedy: "make it smaller",
		}
	}
	line, column := 1, 1
	indent := true
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return &Problem{
				Line: line, Column: column,
				Cause:  fmt.Sprintf("the byte 0x%02x is not valid UTF-8", src[i]),
				Remedy: "save the file in the encoding UTF-8",
			}
		case r == '\t' && indent:
			return &Problem{
				Line: line, Column: column,
				Cause:  "a tab is used as indentation",
				Remedy: "indent with spaces",
			}
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r >= 0x7f && r < 0xa0 && r != 0x85, r == 0x2028, r == 0x2029:
			return &Problem{
				Line: line, Column: column,
				Cause:  fmt.Sprintf("the control character U+%04X is not allowed", r),
				Remedy: "remove it",
			}
		}
		if r == '\n' {
			line, column, indent = line+1, 1, true
		} else {
			column++
			indent = indent && r == ' '
		}
		i += size
	}
	return nil
}

// syntax parses text and returns the body of its one document, nil if it is
// empty.
func syntax(text string) (body ast.Node, problems []Problem) {
	// The parser is third-party code that reads bytes from outside: should it
	// panic, the document is refused like any other it cannot read.
	defer func() {
		if r := recover(); r != nil {
			body = nil
			problems = []Problem{{
				Cause:  fmt.Sprintf("the YAML cannot be read (%v)", r),
				Remedy: "look for unbalanced quotes and brackets and for keys without a value",
			}}
		}
	}()
	tokens := lexer.Tokenize(text)
	if p := checkTokens(tokens); len(p) > 0 {
		return nil, p
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, []Problem{syntaxProblem(err)}
	}
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if _, ok := doc.Body.(*ast.CommentGroupNode); ok {
			continue
		}
		if body != nil {
			pos := doc.Body.GetToken().Position
			return nil, []Problem{{
				Line: pos.Line, Column: pos.Column,
				Cause:  "a second document begins here",
				Remedy: "keep one document per file",
			}}
		}
		body = doc.Body
	}
	return body, nil
}

// checkTokens refuses what this package does not take, and nesting so deep that
// a recursive parser would suffer from it.
func checkTokens(tokens token.Tokens) []Problem {
	var problems []Problem
	var columns []block // that are open
	flow := 0
	for i, t := range tokens {
		pos := t.Position
		refuse := func(cause, remedy string) {
			problems = append(problems, Problem{Line: pos.Line, Column: pos.Column, Cause: cause, Remedy: remedy})
		}
		switch t.Type {
		case token.AnchorType:
			refuse("anchors (&) are not allowed", "write the value where it is needed")
		case token.AliasType:
			refuse("aliases (*) are not allowed", "write the value where it is needed, or put a text that begins with * in quotes")
		case token.TagType:
			refuse("tags (!) are not allowed", "remove the tag, or put a text that begins with ! in quotes")
		case token.DirectiveType:
			refuse("directives (%) are not allowed", "remove the line")
		case token.MergeKeyType:
			refuse("merge keys (<<) are not allowed", "write the keys where they are needed")
		case token.MappingKeyType:
			refuse("keys marked with ? are not allowed", "write key: value")
		case token.InvalidType:
			refuse(strings.TrimSpace("the YAML is not valid "+t.Error), "look for unbalanced quotes and brackets")
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow = max(flow-1, 0)
		case token.SequenceEntryType:
			columns = open(columns, pos.Column, 0)
		case token.MappingValueType:
			if flow == 0 && i > 0 {
				columns = open(columns, tokens[i-1].Position.Column, 1)
			}
		default: // plain values, comments and the like
		}
		if n := len(columns); n > 0 && columns[n-1].keys > MaxKeys && t.Type == token.MappingValueType {
			refuse(fmt.Sprintf("there are more than %d keys in one block", MaxKeys), "make the document smaller")
			return problems
		}
		if flow+len(columns) > MaxDepth {
			refuse(fmt.Sprintf("maps and lists are nested more than %d deep", MaxDepth), "make the document flatter")
		}
		if len(problems) >= MaxProblems || (len(problems) > 0 && flow+len(columns) > MaxDepth) {
			return problems
		}
	}
	return problems
}

// A block is a list or a set of keys below one another, or a list right below
// the key it belongs to.
type block struct {
	column, keys int
}

// open notes that a block has an item or a key at the column.
func open(blocks []block, column, keys int) []block {
	n := len(blocks)
	for n > 0 && blocks[n-1].column > column {
		n--
	}
	blocks = blocks[:n]
	if n > 0 && blocks[n-1].column == column {
		blocks[n-1].keys += keys
		return blocks
	}
	return append(blocks, block{column, keys})
}

func syntaxProblem(err error) Problem {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) && syntax.Token != nil {
		pos := syntax.Token.Position
		return Problem{
			Line: pos.Line, Column: pos.Column,
			Cause:  "the YAML is not valid: " + syntax.Message,
			Remedy: "look for wrong indentation, a missing colon or unbalanced quotes and brackets",
		}
	}
	return Problem{Cause: "the YAML is not valid: " + err.Error(), Remedy: "look for wrong indentation or unbalanced quotes"}
}

// A reader turns a syntax tree into plain values and notes where they stand.
type reader struct {
	values, keys map[string]Position
	problems     []Problem
}

func (r *reader) refuse(n ast.Node, pointer, cause, remedy string) {
	pos := position(n)
	r.problems = append(r.problems, Problem{Line: pos.Line, Column: pos.Column, Path: path(pointer), Cause: cause, Remedy: remedy})
}

func position(n ast.Node) Position {
	// A map's own token is the colon after its first key.
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return position(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return position(n.Key)
	case *ast.LiteralNode:
		return tokenPosition(n.Start)
	}
	return tokenPosition(n.GetToken())
}

func tokenPosition(t *token.Token) Position {
	if t == nil || t.Position == nil {
		return Position{1, 1}
	}
	return Position{t.Position.Line, t.Position.Column}
}

// read returns the value of a node and notes its place, and those of all in it.
func (r *reader) read(n ast.Node, pointer string) any {
	r.values[pointer] = position(n)
	switch n := n.(type) {
	case *ast.MappingNode:
		return r.mapping(n.Values, pointer)
	case *ast.MappingValueNode:
		return r.mapping([]*ast.MappingValueNode{n}, pointer)
	case *ast.SequenceNode:
		list := make([]any, 0, len(n.Values))
		for i, v := range n.Values {
			list = append(list, r.read(v, pointer+"/"+strconv.Itoa(i)))
		}
		return list
	case *ast.StringNode:
		if n.Token.Type == token.StringType && exponent.MatchString(n.Value) {
			return r.number(n, pointer)
		}
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.BoolNode:
		return n.Value
	case *ast.NullNode:
		return nil
	case *ast.IntegerNode:
		return n.Value
	case *ast.FloatNode:
		return r.finite(n, pointer, n.Value)
	case *ast.InfinityNode, *ast.NanNode:
		r.refuse(n, pointer, "infinity and not-a-number are not allowed", "write a finite number")
	default:
		r.refuse(n, pointer, "this form of YAML is not allowed here", "write a plain value, a list or keys with values")
	}
	return nil
}

// exponent matches the numbers of YAML 1.2 that the parser takes for texts.
var exponent = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$`)

func (r *reader) number(n *ast.StringNode, pointer string) any {
	v, err := strconv.ParseFloat(n.Value, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		r.refuse(n, pointer, "the number cannot be read", "write it in another form")
		return nil
	}
	return r.finite(n, pointer, v)
}

func (r *reader) finite(n ast.Node, pointer string, v float64) any {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		r.refuse(n, pointer, "the number is too large", "write a finite number")
		return nil
	}
	return v
}

func (r *reader) mapping(entries []*ast.MappingValueNode, pointer string) any {
	m := make(map[string]any, len(entries))
	for _, e := range entries {
		key, ok := keyText(e.Key)
		if !ok {
			r.refuse(e.Key, pointer, "a key must be a plain word", "write key: value")
			continue
		}
		child := pointer + "/" + escape(key)
		if first, twice := r.keys[child]; twice {
			r.refuse(e.Key, child, fmt.Sprintf("the key %q is there twice, first on line %d", key, first.Line), "remove one of them")
			continue
		}
		r.keys[child] = position(e.Key)
		m[key] = r.read(e.Value, child)
		if e.Value.Type() == ast.NullType {
			r.values[child] = position(e.Key)
		}
	}
	return m
}

// keyText returns a key as it is written, numbers included.
func keyText(k ast.MapKeyNode) (string, bool) {
	switch k := k.(type) {
	case *ast.StringNode:
		return k.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		return k.GetToken().Value, true
	}
	return "", false
}

// collect makes one error of problems, in the order of the document.
func collect(name string, problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Cause, b.Cause))
	})
	problems = slices.Compact(problems)
	e := &Errors{Name: name, Items: problems}
	if len(problems) > MaxProblems {
		e.Items, e.More = problems[:MaxProblems], len(problems)-MaxProblems
	}
	return e
}
