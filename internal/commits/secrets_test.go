// SPDX-License-Identifier: Apache-2.0

package commits_test

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/rollcall-dev/rollcall/internal/commits"
)

// tripper answers each request, or fails it.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Whatever a Git server, a proxy or a library says of a credential: no error holds it, however it is printed.
func TestNoErrorShowsACredential(t *testing.T) {
	const canary = "c4n4ry-of-git"
	basic := base64.StdEncoding.EncodeToString([]byte("me:" + canary))
	fails := func(err error) tripper { return func(*http.Request) (*http.Response, error) { return nil, err } }
	tests := map[string]tripper{
		"a proxy's URL":                  fails(errors.New("proxyconnect tcp: http://me:" + canary + "@proxy:3128: refused")),
		"a redirect's URL":               fails(&url.Error{Op: "Get", URL: "https://git.example/?token=" + canary, Err: errors.New(canary)}),
		"a name that is not found":       fails(&net.DNSError{Err: "no such host", Name: canary + ".example", IsNotFound: true}),
		"a certificate of that name":     fails(x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{canary}}, Host: canary}),
		"an authority that is not known": fails(fmt.Errorf("tls: %w", x509.UnknownAuthorityError{Cert: &x509.Certificate{}})),
	}
	for _, status := range []int{200, 301, 307, 400, 401, 403, 404, 429, 500, 503} {
		tests[fmt.Sprint("HTTP ", status)] = func(r *http.Request) (*http.Response, error) {
			said := canary + " " + r.Header.Get("Authorization")
			return &http.Response{
				StatusCode: status, Status: said, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
				Header: http.Header{
					"Location": {"https://me:" + canary + "@elsewhere.example/"}, "Content-Type": {said}, "Retry-After": {said},
					"Www-Authenticate": {`Basic realm="` + said + `"`}, "Server": {said},
				},
				Body: io.NopCloser(strings.NewReader("001e# service=git-upload-pack\n0000 " + said)),
			}, nil
		}
	}
	for name, answer := range tests {
		for kind, credential := range map[string]commits.Credential{"a password": commits.Basic("me", canary), "a token": commits.Bearer(canary)} {
			t.Run(name+" with "+kind, func(t *testing.T) {
				client, err := commits.New(commits.Config{
					Transport:  answer,
					Credential: func(context.Context, *url.URL) (commits.Credential, error) { return credential, nil },
				})
				if err != nil {
					t.Fatal(err)
				}
				_, err = client.Between(t.Context(), commits.Range{Repository: "https://git.example/acme/shop", Head: strings.Repeat("ab", 20)})
				if err == nil {
					t.Fatal("it is no error")
				}
				for _, verb := range []string{"%v", "%+v", "%#v", "%q"} {
					for _, thing := range []any{err, errors.Unwrap(err), client, credential} {
						if text := fmt.Sprintf(verb, thing); strings.Contains(text, "c4n4ry") || strings.Contains(text, basic) {
							t.Errorf("%s of %T holds the credential: %s", verb, thing, text)
						}
					}
				}
			})
		}
	}
}
