// Package web is the page: TypeScript under page, built by make page into dist,
// which becomes part of the program.
package web

import (
	"embed"
	"io/fs"
)

// The file .keep is always there, so that the program builds without the page.
//
//go:embed all:dist
var dist embed.FS

// Files returns the built page. It has no index.html if the page was not built.
func Files() fs.FS {
	// The name is valid, which is all that Sub looks at.
	files, _ := fs.Sub(dist, "dist")
	return files
}
