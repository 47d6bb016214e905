package server

import (
	"bytes"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// unbuilt is the page of a program that was built without one.
const unbuilt = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Outrider</title>
<h1>The page was not built</h1>
<p>The API answers, see <a href="/openapi.json">/openapi.json</a>. To build the page: <code>make page</code>, then build the program again.</p>
</html>
`

// static answers what is no operation: the page and its files, the description of
// the API, and nothing.
func (s *Server) static(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", s.openly(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n")) // nobody listens any more if this fails
	}))
	mux.HandleFunc("GET /openapi.json", s.openly(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
		_, _ = w.Write(s.document)
	}))
	mux.HandleFunc("/{file...}", s.openly(func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("file")
		if name == "" {
			name = "index.html"
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			writeProblem(w, missing()) // nor is there such an operation
			return
		}
		s.file(w, r, name)
	}))
}

// openly paces what needs no session.
func (s *Server) openly(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := s.paced(w, "address "+address(r), paceOfAddress, s.now()); err != nil {
			writeProblem(w, problemOf(err))
			return
		}
		next(w, r)
	}
}

// file serves a file of the page. Files under assets carry a hash in their names.
func (s *Server) file(w http.ResponseWriter, r *http.Request, name string) {
	if !fs.ValidPath(name) || strings.HasPrefix(path.Base(name), ".") {
		writeProblem(w, missing())
		return
	}
	src, err := fs.ReadFile(s.page, name)
	if err != nil {
		if name != "index.html" {
			writeProblem(w, missing())
			return
		}
		src = []byte(unbuilt)
	}
	h := w.Header()
	if t := typeOf(name); t != "" {
		h.Set("Content-Type", t)
	}
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if tag := contentTag(src); tag != "" {
		h.Set("ETag", tag)
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(src))
}

// typeOf gives the media type by the end of a name, without asking the machine:
// its table may say anything.
func typeOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".woff":
		return "font/woff"
	case ".wasm":
		return "application/wasm"
	}
	return mime.TypeByExtension(path.Ext(name))
}
