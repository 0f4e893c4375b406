// SPDX-License-Identifier: Apache-2.0

package image_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rollcall-dev/rollcall/internal/image"
)

// noSecrets fails where an error, printed in whatever way, holds a canary or a credential.
func noSecrets(t *testing.T, err error) {
	t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%q"} {
		for at := err; at != nil; at = errors.Unwrap(at) {
			text := fmt.Sprintf(verb, at)
			for _, secret := range []string{"c4n4ry", basic, strings.TrimPrefix(basic, "Basic "), user + ":"} {
				if strings.Contains(text, secret) {
					t.Errorf("the error holds %q: %s", secret, text)
				}
			}
		}
	}
}

// canaries answers with canaries wherever an answer has room for them.
func canaries(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "https://x:c4n4ry@"+r.Host+"/?token=c4n4ry")
		w.Header().Set("Content-Type", "application/vnd.c4n4ry")
		w.Header().Set("Docker-Content-Digest", "sha256:c4n4ry")
		w.Header().Set("Retry-After", "c4n4ry")
		w.Header().Set("WWW-Authenticate", `Bearer realm="https://c4n4ry.example/`+r.Header.Get("Authorization")+`",error="c4n4ry"`)
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"errors": [{"code": "c4n4ry", "message": "c4n4ry %s", "detail": "c4n4ry"}]}`, r.Header.Get("Authorization"))
	}
}

func TestNoStatusBringsASecretIntoAnError(t *testing.T) {
	for status := 200; status < 600; status++ {
		registry := newFakeRegistry(t)
		registry.always(canaries(status))
		client := registry.client(t, func(c *image.Config) { c.Keychain = credential(t, registry.Host) })
		for _, ref := range []string{"/acme/web:1.0", "/acme/web@sha256:" + strings.Repeat("ab", 32)} {
			_, err := client.Source(t.Context(), image.Reference{Image: registry.Host + ref})
			if err == nil && status >= 300 {
				t.Errorf("HTTP %d is no error", status)
			}
			noSecrets(t, err)
		}
	}
}

func TestNoTokenServerBringsASecretIntoAnError(t *testing.T) {
	for status := 200; status < 600; status++ {
		registry := newFakeRegistry(t)
		tokens := newOther(t, canaries(status))
		registry.wantBearer(tokens.URL+"/?secret=c4n4ry", token)
		client := registry.client(t, func(c *image.Config) {
			c.Keychain, c.TokenServers = credential(t, registry.Host), []string{tokens.host}
		})
		_, err := client.Source(t.Context(), image.Reference{Image: registry.Host + "/acme/web:1.0"})
		if err == nil {
			t.Errorf("HTTP %d without a token is no error", status)
		}
		noSecrets(t, err)
	}
}

func TestConnectionsThatFailSayWhyInOurWords(t *testing.T) {
	for says, err := range map[string]error{
		"the connection failed": errors.New("proxy http://rollcall:c4n4ry@proxy:3128 said c4n4ry"),
	} {
		registry := newFakeRegistry(t)
		client := registry.client(t, func(c *image.Config) {
			c.Keychain, c.Transport = credential(t, registry.Host), failing{err}
		})
		_, got := client.Source(t.Context(), image.Reference{Image: registry.Host + "/acme/web:1.0"})
		if !errors.Is(got, image.ErrUnreachable) || !strings.Contains(got.Error(), says) {
			t.Errorf("%v, want that %s", got, says)
		}
		noSecrets(t, got)
	}
}

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestAClientPrintsWithoutItsCredentials(t *testing.T) {
	registry := newFakeRegistry(t)
	keychain := credential(t, registry.Host)
	client := registry.client(t, func(c *image.Config) { c.Keychain = keychain })
	_, _ = client.Source(t.Context(), image.Reference{Image: registry.Host + "/acme/web:1.0"})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, thing := range []any{keychain, client, image.Config{Keychain: keychain}} {
			if text := fmt.Sprintf(verb, thing); strings.Contains(text, "c4n4ry") || strings.Contains(text, fmt.Sprintf("%x", password)) {
				t.Errorf("%T prints its password with %s", thing, verb)
			}
		}
	}
}
