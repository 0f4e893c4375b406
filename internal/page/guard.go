// SPDX-License-Identifier: Apache-2.0

package page

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// policy is what the browser may do with the page: what is embedded here, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// headers go with every answer.
var headers = map[string]string{
	"Content-Security-Policy":      policy,
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), geolocation=(), microphone=()",
	"Cache-Control":                "no-store",
}

// guard refuses what does not come from the page itself or from its user.
//
//	Host            must be the page's own address: a name that somebody points at 127.0.0.1 (DNS rebinding) is refused
//	Sec-Fetch-Site  must say that no other page asks, where the browser sends it
//	Origin          the same, for browsers that do not
//	method          GET and HEAD
func guard(address string, next http.Handler) http.Handler {
	hosts := []string{address}
	if _, port, err := net.SplitHostPort(address); err == nil {
		hosts = append(hosts, "localhost:"+port)
		if port == "80" { // a browser leaves it out
			hosts = append(hosts, strings.TrimSuffix(address, ":80"), "localhost")
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		switch {
		case !slices.Contains(hosts, r.Host):
			http.Error(w, "This page answers at http://"+address+"/ alone.", http.StatusMisdirectedRequest)
		case foreign(r, hosts):
			http.Error(w, "Another page asked for this one. Open http://"+address+"/ yourself.", http.StatusForbidden)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "This page only reads.", http.StatusMethodNotAllowed)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// foreign says that another page makes the request.
func foreign(r *http.Request, hosts []string) bool {
	switch site := r.Header.Get("Sec-Fetch-Site"); site {
	case "", "none", "same-origin":
	default:
		return true
	}
	origin := r.Header.Get("Origin")
	return origin != "" && !slices.ContainsFunc(hosts, func(host string) bool { return origin == "http://"+host })
}
