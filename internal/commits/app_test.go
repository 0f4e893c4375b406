// SPDX-License-Identifier: Apache-2.0

package commits_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/internal/commits"
	"github.com/rollcall-dev/rollcall/internal/commits/gittest"
)

var appKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// fakeGitHub gives tokens by GitHub's rules: RS256, of the app, made in the past, for ten minutes at most.
type fakeGitHub struct {
	t      *testing.T
	now    time.Time
	given  atomic.Int32
	status int
	answer string
}

func (g *fakeGitHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/api/v3/app/installations/4711/access_tokens":
		w.WriteHeader(http.StatusNotFound)
	case !g.signed(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")):
		w.WriteHeader(http.StatusUnauthorized)
	case r.Header.Get("User-Agent") == "" || r.Header.Get("Accept") != "application/vnd.github+json":
		w.WriteHeader(http.StatusForbidden)
	case string(body) != `{"permissions":{"contents":"read"}}`:
		w.WriteHeader(http.StatusUnprocessableEntity)
	case g.status != 0:
		w.WriteHeader(g.status)
		_, _ = io.WriteString(w, g.answer)
	default:
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"token": fmt.Sprintf("ghs_%d", g.given.Add(1)), "expires_at": g.now.Add(time.Hour).Format(time.RFC3339), "permissions": map[string]string{"contents": "read"},
		})
	}
}

func (g *fakeGitHub) signed(token string) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	var claims struct {
		Issuer      string `json:"iss"`
		Issued, Exp int64
		IssuedAt    int64 `json:"iat"`
	}
	var header struct{ Alg string }
	text, _ := base64.RawURLEncoding.DecodeString(parts[1])
	head, _ := base64.RawURLEncoding.DecodeString(parts[0])
	if json.Unmarshal(text, &claims) != nil || json.Unmarshal(head, &header) != nil {
		return false
	}
	return header.Alg == "RS256" && claims.Issuer == "Iv23.app" && claims.IssuedAt < g.now.Unix() && claims.Exp > g.now.Unix() &&
		claims.Exp <= g.now.Add(10*time.Minute).Unix() && rsa.VerifyPKCS1v15(&appKey().PublicKey, crypto.SHA256, sum[:], signature) == nil
}

func newApp(t *testing.T, g *fakeGitHub, change func(*commits.AppConfig)) (*commits.App, error) {
	t.Helper()
	g.t, g.now = t, time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	cfg := commits.AppConfig{
		ID: "Iv23.app", Installation: "4711", API: server.URL + "/api/v3/", Transport: &http.Transport{DisableKeepAlives: true},
		Now: func() time.Time { return g.now }, Loopback: true,
		PrivateKey: pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(appKey())}),
	}
	if change != nil {
		change(&cfg)
	}
	return commits.NewApp(cfg)
}

func TestAnAppFetchesATokenOnceUntilItEnds(t *testing.T) {
	g := &fakeGitHub{}
	app, err := newApp(t, g, nil)
	must(t, err)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := app.Credential(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := g.given.Load(); n != 1 {
		t.Errorf("20 callers cost %d tokens, want 1", n)
	}
	g.now = g.now.Add(54 * time.Minute)
	_, err = app.Credential(t.Context())
	must(t, err)
	if n := g.given.Load(); n != 1 {
		t.Errorf("after 54 minutes there are %d tokens, want still 1", n)
	}
	g.now = g.now.Add(2 * time.Minute)
	_, err = app.Credential(t.Context())
	must(t, err)
	if n := g.given.Load(); n != 2 {
		t.Errorf("after 56 minutes there are %d tokens, want 2", n)
	}
}

func TestATokenThatIsRefusedIsNotUsedAgain(t *testing.T) {
	g := &fakeGitHub{}
	app, err := newApp(t, g, nil)
	must(t, err)
	l := newLab(t, gittest.Options{User: "x-access-token", Password: "ghs_2"}, commits.Limits{})
	ids := l.history("A")
	client := newClient(t, commits.Config{Credential: func(ctx context.Context, _ *url.URL) (commits.Credential, error) { return app.Credential(ctx) }})
	question := commits.Range{Repository: l.repo.URL, Head: ids["A"]}
	if _, err := client.Between(t.Context(), question); !errors.Is(err, commits.ErrUnauthorized) {
		t.Errorf("the first token: got %v, want %v", err, commits.ErrUnauthorized)
	}
	if _, err := client.Between(t.Context(), question); err != nil || g.given.Load() != 2 {
		t.Errorf("the second of %d tokens: %v", g.given.Load(), err)
	}
}

func TestAnAppThatGetsNoTokenSaysWhy(t *testing.T) {
	for name, tt := range map[string]struct {
		github *fakeGitHub
		change func(*commits.AppConfig)
		want   error
		word   string
	}{
		"another app":          {&fakeGitHub{}, func(c *commits.AppConfig) { c.ID = "Iv23.other" }, commits.ErrUnauthorized, "private key"},
		"a clock that is late": {&fakeGitHub{}, func(c *commits.AppConfig) { c.Now = func() time.Time { return time.Unix(1e9, 0) } }, commits.ErrUnauthorized, "clock"},
		"another installation": {&fakeGitHub{}, func(c *commits.AppConfig) { c.Installation = "1" }, commits.ErrUnauthorized, "installation"},
		"a lack of permission": {&fakeGitHub{status: 422}, nil, commits.ErrUnauthorized, "Contents: read"},
		"a suspended one":      {&fakeGitHub{status: 403}, nil, commits.ErrUnauthorized, "suspended"},
		"a server error":       {&fakeGitHub{status: 500}, nil, commits.ErrUnreachable, "500"},
		"a redirect":           {&fakeGitHub{status: 302}, nil, commits.ErrUnreachable, "302"},
		"no token":             {&fakeGitHub{status: 201, answer: `{"expires_at":"2026-11-26T10:00:00Z"}`}, nil, commits.ErrUnreachable, "without a token"},
		"a token of two lines": {&fakeGitHub{status: 201, answer: `{"token":"a\r\nb"}`}, nil, commits.ErrUnreachable, "without a token"},
		"a page":               {&fakeGitHub{status: 201, answer: `<html>`}, nil, commits.ErrUnreachable, "without a token"},
		"more than there is to read": {
			&fakeGitHub{status: 201, answer: `{"token":"` + strings.Repeat("a", 1<<20) + `"}`}, nil, commits.ErrUnreachable, "without a token",
		},
	} {
		t.Run(name, func(t *testing.T) {
			app, err := newApp(t, tt.github, tt.change)
			must(t, err)
			_, err = app.Credential(t.Context())
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.word) {
				t.Errorf("got %v, want %v with %q", err, tt.want, tt.word)
			}
		})
	}
}

func TestAnAppIsConfigured(t *testing.T) {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(appKey())
	must(t, err)
	g := &fakeGitHub{}
	app, err := newApp(t, g, func(c *commits.AppConfig) {
		c.PrivateKey = append([]byte("\n "), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})...)
	})
	must(t, err)
	_, err = app.Credential(t.Context())
	must(t, err)
	if text := fmt.Sprintf("%v %+v %#v", app, app, app); strings.Contains(text, "ghs_") || strings.Contains(text, appKey().D.String()) {
		t.Errorf("it prints %s", text)
	}
	for name, change := range map[string]func(*commits.AppConfig){
		"without a key":            func(c *commits.AppConfig) { c.PrivateKey = nil },
		"with a key that is none":  func(c *commits.AppConfig) { c.PrivateKey = []byte("-----BEGIN X-----\nYWJj\n-----END X-----\n") },
		"without an id":            func(c *commits.AppConfig) { c.ID = "" },
		"with a path as a number":  func(c *commits.AppConfig) { c.Installation = "../../user" },
		"with plain http":          func(c *commits.AppConfig) { c.Loopback = false },
		"with http elsewhere":      func(c *commits.AppConfig) { c.API = "http://github.example/api/v3" },
		"with a password in a URL": func(c *commits.AppConfig) { c.API = "https://a:" + secret + "@github.example" },
		"without a clock":          func(c *commits.AppConfig) { c.Now = nil },
		"without a transport":      func(c *commits.AppConfig) { c.Transport = nil },
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := newApp(t, &fakeGitHub{}, change); err == nil || strings.Contains(err.Error(), secret) {
				t.Errorf("got %v, want an error without the secret", err)
			}
		})
	}
}
