package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"strings"
)

// contentPolicy lets the page use what comes from this server and nothing else.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; worker-src 'self'; manifest-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// documentPolicy is for documents that bring their own style and pictures and may
// be shown in a frame of the page. Nothing in them runs; only the styles that are
// in them when they leave the server apply, each named by its hash.
func documentPolicy(html []byte) string {
	styles := ""
	for rest := html; ; {
		_, after, found := bytes.Cut(rest, []byte("<style"))
		if !found {
			break
		}
		_, after, found = bytes.Cut(after, []byte(">"))
		if !found {
			break
		}
		style, after, found := bytes.Cut(after, []byte("</style>"))
		if !found {
			break
		}
		sum := sha256.Sum256(style)
		styles += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		rest = after
	}
	if styles == "" {
		styles = " 'none'"
	}
	return "default-src 'none'; style-src" + styles + "; img-src data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
}

// contentTag is an entity tag that names content.
func contentTag(src []byte) string {
	sum := sha256.Sum256(src)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}

// permissions turns off what the page does not use.
const permissions = "accelerometer=(), autoplay=(), bluetooth=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), " +
	"geolocation=(), gyroscope=(), hid=(), identity-credentials-get=(), idle-detection=(), magnetometer=(), microphone=(), midi=(), " +
	"payment=(), picture-in-picture=(), screen-wake-lock=(), serial=(), storage-access=(), usb=(), web-share=(), xr-spatial-tracking=(), " +
	"publickey-credentials-create=(self), publickey-credentials-get=(self)"

// withHeaders sets what every answer carries.
func (s *Server) withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", permissions)
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cache-Control", "no-store")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// withHost answers under the name of this server only: a page of another name
// that resolves to this address gets nothing (DNS rebinding). Numbers for this
// machine lead to the name, since passkeys belong to names.
func (s *Server) withHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.EqualFold(r.Host, s.authority) {
			next.ServeHTTP(w, r)
			return
		}
		if (r.Method == http.MethodGet || r.Method == http.MethodHead) && s.loopback && isLoopback(r.Host) && r.URL.Path == "/" {
			http.Redirect(w, r, s.origin+"/", http.StatusTemporaryRedirect)
			return
		}
		writeProblem(w, problem(http.StatusMisdirectedRequest, "this server does not go by that name", "use "+s.origin))
	})
}

func isLoopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}

// crossSite reports whether a request that changes something comes from a page of
// elsewhere. Browsers say where requests come from; programs that are no browsers
// say nothing and carry no cookie by themselves.
func (s *Server) crossSite(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return false
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return true
	}
	origin := r.Header.Get("Origin")
	return origin != "" && origin != s.origin
}
