package paper_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/paper"
)

func htmlOf(tb testing.TB, doc paper.Document) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := paper.WriteHTML(&b, doc); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// A parsed page is what a reader of HTML makes of it.
type parsed struct {
	texts    []string // of every element that has any, line by line
	style    string
	elements map[string]int
	values   []string // of all attributes
}

// parse reads the page as the well-formed XML that it is.
func parse(page []byte) (parsed, error) {
	out := parsed{elements: map[string]int{}}
	d := xml.NewDecoder(bytes.NewReader(page))
	d.Strict = true
	var path []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			path = append(path, token.Name.Local)
			out.elements[token.Name.Local]++
			for _, a := range token.Attr {
				out.values = append(out.values, a.Name.Local+"="+a.Value)
			}
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if len(path) > 0 && path[len(path)-1] == "style" {
				out.style += string(token)
			} else if s := strings.TrimSpace(string(token)); s != "" {
				out.texts = append(out.texts, s)
			}
		}
	}
}

func TestHTMLHasEveryText(t *testing.T) {
	for name, doc := range samples() {
		page, err := parse(htmlOf(t, doc))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		there := map[string]int{}
		for _, text := range page.texts {
			there[text]++
		}
		for _, text := range append(textsOf(doc), doc.Title, doc.Foot, doc.Marking) {
			for line := range strings.SplitSeq(text, "\n") {
				if line = strings.TrimSpace(line); line != "" && there[line] == 0 {
					t.Errorf("%s lacks %q", name, line)
				}
			}
		}
		if there[doc.Marking] != 2 {
			t.Errorf("%s has the marking %d times", name, there[doc.Marking])
		}
		for _, element := range []string{"script", "img", "link", "a", "iframe", "image", "use", "form"} {
			if page.elements[element] > 0 {
				t.Errorf("%s has a %s", name, element)
			}
		}
		if strings.Contains(page.style, "url(") || strings.Contains(page.style, "@import") {
			t.Errorf("%s fetches something", name)
		}
	}
}

// hostile tries to be more than text.
const hostile = `</style></title><script>alert(1)</script>"' onload='x' & \22 } body{display:none} <!-- ]]> {{.}} ${x}` + "\x00\x1b\u202e"

func TestHostileTextsStayTexts(t *testing.T) {
	want := strings.TrimRight(hostile, "\x00\x1b\u202e")
	at := paper.Point{X: 1, Y: 1}
	doc := paper.Document{
		Title: hostile, Marking: hostile, Foot: hostile, Size: paper.A4,
		Blocks: []paper.Block{
			paper.Heading{Level: 1, Number: hostile, Text: hostile},
			paper.Paragraph{Text: hostile},
			paper.List{Items: []string{hostile}},
			paper.Table{Caption: hostile, Columns: []paper.Column{{Head: hostile}}, Rows: [][]string{{hostile}}},
			paper.Fields{Items: []paper.Field{{hostile, hostile}}},
			paper.Checklist{Items: []paper.Check{{hostile, hostile}}},
			paper.Drawing{Caption: hostile, Width: 10, Height: 10, Shapes: []paper.Shape{paper.Label{At: at, Text: hostile, Size: 1}}},
		},
	}
	page, err := parse(htmlOf(t, doc))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, text := range page.texts {
		if text == want {
			n++
		} else if text != "" {
			t.Errorf("a text became %q", text)
		}
	}
	if n != 18 {
		t.Errorf("%d of 18 texts", n)
	}
	if page.elements["script"] > 0 {
		t.Error("a script")
	}
	for _, value := range page.values {
		if strings.HasPrefix(value, "on") {
			t.Errorf("attribute %s", value)
		}
	}
	if strings.ContainsAny(page.style, "<>'&$") {
		t.Error("a text stands in the style as it was given")
	}
	// Every string of the style ends where it was meant to.
	contents := regexp.MustCompile(`content: "([^"]*)"`).FindAllStringSubmatch(page.style, -1)
	if len(contents) == 0 {
		t.Fatal("no strings in the style")
	}
	for _, m := range contents {
		if rest := regexp.MustCompile(`\\[0-9a-f]{6} `).ReplaceAllString(m[1], ""); strings.ContainsAny(rest, "\\{}\n") {
			t.Errorf("%q", m[1])
		}
	}
}

// Other scripts are kept, control characters and turned directions are not.
func TestHTMLKeepsCharacters(t *testing.T) {
	doc := paper.Document{Size: paper.A4, Blocks: []paper.Block{paper.Paragraph{Text: "東京 سلام 😀 ẵ\nsecond\r\nthird\x07\u202e"}}}
	page := string(htmlOf(t, doc))
	if want := "<p dir=\"auto\">東京 سلام 😀 ẵ<br/>second<br/>third</p>"; !strings.Contains(page, want) {
		t.Errorf("%q is not in %s", want, page[strings.Index(page, "<body"):])
	}
}

// Programs that read HTML read it.
func TestHTMLIsReadByXmllint(t *testing.T) {
	xmllint := testdata.Tool(t, "xmllint", "libxml2-utils")
	for name, doc := range samples() {
		file := filepath.Join(t.TempDir(), "page.html")
		if err := os.WriteFile(file, htmlOf(t, doc), 0o600); err != nil {
			t.Fatal(err)
		}
		// The reader of libxml2 is of HTML 4 and warns of every newer element: only
		// what it reads counts here.
		cmd := exec.Command(xmllint, "--html", "--nonet", "--recover", "--xpath", "string(/html/body)", file)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		found := count(string(out))
		for word, n := range count(textsOf(doc)...) {
			if found[word] == 0 && !strings.Contains(string(out), word) {
				t.Errorf("%s: %q is there %d times, want %d", name, word, found[word], n)
			}
		}
	}
}
