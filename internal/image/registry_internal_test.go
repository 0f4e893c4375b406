// SPDX-License-Identifier: Apache-2.0

package image

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
)

func TestWhereARegistryMayTakeCredentials(t *testing.T) {
	for _, tc := range []struct {
		registry, realm string
		want            bool
	}{
		{"ghcr.io", "https://ghcr.io/token", true},
		{dockerHub, "https://auth.docker.io/token", true},
		{"registry.gitlab.com", "https://gitlab.com/jwt/auth", true},
		{"registry.example.co.uk", "https://gitlab.example.co.uk/jwt/auth", true},
		{"registry.example.com:5000", "https://registry.example.com:5000/token", true},
		{"registry.example.com:5000", "https://auth.example.com/token", true},
		{"acme.azurecr.io", "https://acme.azurecr.io/oauth2/token", true},
		{"europe-docker.pkg.dev", "https://europe-docker.pkg.dev/v2/token", true},
		{"rg.fr-par.scw.cloud", "https://api.scaleway.com/token", true}, // listed below

		{"ghcr.io", "http://ghcr.io/token", false},
		{"ghcr.io", "https://ghcr.io:8443/token", false},
		{"ghcr.io", "https://user:password@ghcr.io/token", false},
		{"ghcr.io", "https://ghcr.io.evil.com/token", false},
		{"ghcr.io", "https://evil-ghcr.io/token", false},
		{"ghcr.io", "https://auth.docker.io/token", false},
		{"ghcr.io", "https://api.scaleway.com:444/token", false},
		{"registry.example.co.uk", "https://evil.co.uk/token", false},
		{"acme.github.io", "https://evil.github.io/token", false}, // a public suffix
		{"10.0.0.1", "https://6.6.0.1/token", false},
		{"10.0.0.1:5000", "https://10.0.0.1/token", false},
		{"registry.infra.svc.cluster.local", "https://evil.tenant.svc.cluster.local/token", false},
		{"registry.corp", "https://evil.corp/token", false},
		{"registry", "https://evil/token", false},
		{"registry", "https://registry/token", true},
	} {
		r := &registry{host: tc.registry, scheme: "https"}
		r.guard = &guard{registry: r, tokenServers: map[string]bool{"api.scaleway.com": true}}
		realm, err := url.Parse(tc.realm)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.tokenServer(realm); got != tc.want {
			t.Errorf("credentials of %s may go to %s: %t, want %t", tc.registry, tc.realm, got, tc.want)
		}
	}
}

func TestHowARegistryIsListed(t *testing.T) {
	for entry, want := range map[string]struct{ scheme, host, path string }{
		"ghcr.io":                            {"https", "ghcr.io", ""},
		"https://ghcr.io/":                   {"https", "ghcr.io", ""},
		"ghcr.io/acme":                       {"https", "ghcr.io", "acme"},
		"ghcr.io/acme/checkout":              {"https", "ghcr.io", "acme/checkout"},
		"docker.io":                          {"https", dockerHub, ""},
		"registry-1.docker.io/acme":          {"https", dockerHub, "acme"},
		"https://index.docker.io":            {"https", dockerHub, ""},
		"registry.example.com:5000":          {"https", "registry.example.com:5000", ""},
		"http://127.0.0.1:5000":              {"http", "127.0.0.1:5000", ""},
		"http://localhost:5000":              {"http", "localhost:5000", ""},
		"http://[::1]:5000":                  {"http", "[::1]:5000", ""},
		"":                                   {},
		"http://registry.example.com":        {},
		"http://127.0.0.1.nip.io:5000":       {},
		"ftp://ghcr.io":                      {},
		"GHCR.io":                            {},
		"user:c4n4ry@ghcr.io":                {},
		"https://user:c4n4ry@ghcr.io/acme":   {},
		"ghcr.io/../acme":                    {},
		"ghcr.io/acme?x=1":                   {},
		"ghcr.io#x":                          {},
		"*.azurecr.io":                       {},
		"gh cr.io":                           {},
		"ghcr.io/*":                          {},
		strings.Repeat("a", 70) + ".example": {"https", strings.Repeat("a", 70) + ".example", ""},
	} {
		scheme, host, path, err := parseListed(entry)
		if scheme != want.scheme || host != want.host || path != want.path || (err == nil) != (want.host != "") {
			t.Errorf("%q lists %q %q %q (%v), want %v", entry, scheme, host, path, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "c4n4ry") {
			t.Errorf("the error holds a password: %v", err)
		}
	}
}

func TestAPathIsListedByWholeParts(t *testing.T) {
	r := &registry{host: "ghcr.io", paths: []string{"acme", "shop/web"}}
	for repository, want := range map[string]bool{
		"acme/checkout": true, "acme/a/b": true, "shop/web": true, "shop/web/api": true,
		"acme-evil/checkout": false, "shop": false, "shop/website": false, "evil/acme": false,
	} {
		parsed, err := name.NewRepository("ghcr.io/" + repository)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.lists(parsed); got != want {
			t.Errorf("%s is listed: %t, want %t", repository, got, want)
		}
	}
}
