// SPDX-License-Identifier: Apache-2.0

package image_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/rollcall-dev/rollcall/internal/image"
)

func TestWhichCredentialIsForAnImage(t *testing.T) {
	var auths []string
	for _, key := range []string{
		"https://index.docker.io/v1/", "ghcr.io", "ghcr.io/acme", "ghcr.io/acme/checkout", "https://quay.io", "*.azurecr.io", "one.azurecr.io",
		"registry.example.com:5000", "https://registry.example.com/v2/team", "*.*.example.org",
	} {
		auths = append(auths, fmt.Sprintf("%q: {\"auth\": %q}", key, base64.StdEncoding.EncodeToString([]byte(userOf(key)+":secret"))))
	}
	keychain, err := image.ParseDockerConfig([]byte(`{"auths": {` + strings.Join(auths, ",") + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]string{
		"index.docker.io/library/nginx":           "https://index.docker.io/v1/",
		"ghcr.io/other/web":                       "ghcr.io",
		"ghcr.io/acme-evil/web":                   "ghcr.io",
		"ghcr.io/acme/web":                        "ghcr.io/acme",
		"ghcr.io/acme/checkout":                   "ghcr.io/acme/checkout",
		"ghcr.io/acme/checkout/api":               "ghcr.io/acme/checkout",
		"ghcr.io/acme/checkout2":                  "ghcr.io/acme",
		"quay.io/acme/web":                        "https://quay.io",
		"one.azurecr.io/web":                      "one.azurecr.io",
		"two.azurecr.io/web":                      "*.azurecr.io",
		"registry.example.com:5000/web":           "registry.example.com:5000",
		"registry.example.com/team/web":           "https://registry.example.com/v2/team",
		"a.b.example.org/web":                     "*.*.example.org",
		"registry.example.com/web":                "",
		"registry.example.com:5001/web":           "",
		"ghcr.io.evil.com/acme/web":               "",
		"ghcr.io:8443/acme/web":                   "",
		"a.b.azurecr.io/web":                      "",
		"azurecr.io/web":                          "",
		"example.org/a.b.example.org/web":         "",
		"evil.com/ghcr.io/acme/web":               "",
		"169.254.169.254/latest":                  "",
		"index.docker.io.evil.com/library/nginx":  "",
		"registry.example.com.:5000/library/team": "",
	} {
		repository, err := name.NewRepository(ref)
		if err != nil {
			t.Fatal(err)
		}
		auth, err := keychain.Resolve(repository)
		if err != nil {
			t.Fatal(err)
		}
		got, err := auth.Authorization()
		if err != nil {
			t.Fatal(err)
		}
		if got.Username != userOf(want) || want == "" && auth != authn.Anonymous {
			t.Errorf("%s gets the credential %q, want %q", ref, got.Username, want)
		}
	}
}

// userOf is the user in the entry of a key; a user has no colon.
func userOf(key string) string { return strings.ReplaceAll(key, ":", "|") }

func TestDockerConfigsThatAreRefused(t *testing.T) {
	for raw, says := range map[string]string{
		``:                       "no JSON",
		`c4n4ry`:                 "no JSON",
		`{"auths": "c4n4ry"}`:    "no JSON",
		`{}`:                     `no "auths"`,
		`{"ghcr.io": {}}`:        `no "auths"`, // the older format
		`{"credsStore": "pass"}`: `no "auths"`,
		`{"auths": {"ghcr.io": {"auth": "c4n4ry!"}}}`:                                      "ghcr.io",
		`{"auths": {"ghcr.io": {"auth": "YzRuNHJ5"}}}`:                                     "ghcr.io", // no colon
		`{"auths": {"ghcr.io": {"username": "c4n4ry"}}}`:                                   "ghcr.io",
		`{"auths": {"ghcr.io": {"identitytoken": "c4n4ry"}}}`:                              "ghcr.io",
		`{"auths": {"ghcr.io": {"username": ["c4n4ry"]}}}`:                                 "ghcr.io",
		`{"auths": {"https://me:c4n4ry@ghcr.io": {"username": "", "password": "c4n4ry"}}}`: "ghcr.io",
	} {
		_, err := image.ParseDockerConfig([]byte(raw))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want it to speak of %s", raw, err, says)
		}
		noSecrets(t, err)
	}
}
