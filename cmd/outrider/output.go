package main

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/term"

	"github.com/outrider-project/outrider"
)

// writeJSON writes v as one line, without escaping what HTML would need.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// thousands prints 1234567 as 1,234,567.
func thousands(n int) string {
	s := strconv.Itoa(n)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// terminalWidth is the width to print for: that of the terminal, within
// reason, or 100 columns.
func terminalWidth(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return min(max(width, 40), 160)
		}
	}
	return 100
}

// writable refuses, before any work is done, a file that could not be written in
// the end.
func writable(flag, path string) error {
	if path == "-" {
		return invalidFlag(flag, "- is no file", "name a file; what standard output can take is printed there without being asked for")
	}
	folder := filepath.Dir(path)
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &outrider.Error{Kind: outrider.Unreadable, Where: path, Cause: "there is no folder " + folder, Remedy: "make it, or name another", Err: err}
	case err != nil:
		return err
	case !info.IsDir():
		return &outrider.Error{Kind: outrider.Unreadable, Where: path, Cause: folder + " is a file, not a folder", Remedy: "name another place to write to"}
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return &outrider.Error{Kind: outrider.Unreadable, Where: path, Cause: "it is a folder", Remedy: "name a file in it"}
	}
	return nil
}

// sameFile reports whether two names lead to one file.
func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	if errX == nil && errY == nil {
		return os.SameFile(x, y)
	}
	return filepath.Clean(a) == filepath.Clean(b)
}
