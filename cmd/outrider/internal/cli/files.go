package cli

import (
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/atomicfile"
)

// Permission bits: what is secret is for its owner only.
const (
	SecretFile fs.FileMode = 0o600
	PublicFile fs.FileMode = 0o644
)

// WriteFile replaces a file whole.
func WriteFile(path string, perm fs.FileMode, src []byte) error {
	return atomicfile.Write(path, perm, func(w io.Writer) error {
		_, err := w.Write(src)
		return err
	})
}

// Fresh refuses to write over a file whose content would be lost.
func Fresh(path, what string) error {
	if err := Writable("", path); err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return &outrider.Error{Kind: outrider.Refused, Where: path, Cause: "there is one already", Remedy: what}
	}
	return nil
}

// Apart refuses to write over a file that a step reads.
func Apart(out string, read ...string) error {
	if err := Writable("--out", out); err != nil {
		return err
	}
	for _, path := range read {
		if path != "" && SameFile(out, path) {
			return InvalidFlag("--out", out+" is read in this step", "name another file")
		}
	}
	return nil
}

// FileName makes a call sign fit for a file name.
func FileName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, name)
}
