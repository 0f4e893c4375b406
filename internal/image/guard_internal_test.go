// SPDX-License-Identifier: Apache-2.0

package image

import (
	"net/http"
	"strings"
	"testing"
)

// The guard holds by itself, whatever the library above it sends.
func TestWhereARequestMayGo(t *testing.T) {
	const manifest, blob = "https://ghcr.io/v2/acme/web/manifests/1.0", "https://ghcr.io/v2/acme/web/blobs/sha256:ab"
	const secret = "Basic c2VjcmV0"
	for _, tc := range []struct {
		method, url, authorization string
		after                      []string // the requests that redirected to it
		refused                    string
	}{
		{"GET", manifest, secret, nil, ""},
		{"GET", "https://ghcr.io/token", secret, nil, ""},
		{"GET", "https://auth.example.com/token", secret, nil, ""},
		{"GET", "https://store.example.com/x", "", []string{blob}, ""},
		{"GET", "https://store.example.com/x", "", []string{manifest, blob}, ""},
		{"HEAD", "https://store.example.com/x", "", []string{manifest}, ""},
		{"GET", blob, secret, []string{manifest}, ""},

		{"GET", "https://evil.com/token", secret, nil, "a token server that is not listed"},
		{"GET", "https://evil.com/token", "", nil, "a token server that is not listed"},
		{"GET", "http://auth.example.com/token", secret, nil, "a token server that is not listed"},
		{"GET", "https://user:secret@ghcr.io/", "", nil, "a URL with a password"},
		{"GET", "https://user:secret@store.example.com/", "", []string{blob}, "a URL with a password"},
		{"GET", "https://store.example.com/x", secret, []string{blob}, "it redirects a credential"},
		{"GET", "https://ghcr.io.evil.com/x", secret, []string{manifest}, "it redirects a credential"},
		{"GET", "https://ghcr.io:8443/x", secret, []string{manifest}, "it redirects a credential"},
		{"GET", "https://auth.example.com/x", secret, []string{manifest}, "it redirects a credential"},
		{"POST", "https://store.example.com/x", "", []string{blob}, "it redirects a credential"},
		{"GET", "http://store.example.com/x", "", []string{blob}, "from https to another scheme"},
		{"GET", "https://store.example.com/x", "", []string{"https://ghcr.io/token"}, "that may carry a credential"},
		{"GET", "https://ghcr.io/v2/", "", []string{"https://ghcr.io/v2/"}, "that may carry a credential"},
		{"GET", "https://ghcr.io/token", "", []string{"https://auth.example.com/v2/x/blobs/y"}, "that may carry a credential"},
		{"GET", blob, "", []string{blob, blob, blob, blob, blob}, ""},
		{"GET", blob, "", []string{blob, blob, blob, blob, blob, blob}, "without end"},
	} {
		r := &registry{host: "ghcr.io", scheme: "https"}
		r.guard = &guard{registry: r, tokenServers: map[string]bool{"auth.example.com": true}}
		var req *http.Request
		for _, url := range append(tc.after, tc.url) {
			next, err := http.NewRequestWithContext(t.Context(), tc.method, url, nil)
			if err != nil {
				t.Fatal(err)
			}
			if req != nil {
				next.Response = &http.Response{Request: req}
			}
			req = next
		}
		if tc.authorization != "" {
			req.Header.Set("Authorization", tc.authorization)
		}
		err := r.guard.admit(req)
		if (err == nil) != (tc.refused == "") || err != nil && !strings.Contains(err.Error(), tc.refused) {
			t.Errorf("%s %s after %v: %v, want %q", tc.method, tc.url, tc.after, err, tc.refused)
		}
	}
}
