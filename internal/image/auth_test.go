// SPDX-License-Identifier: Apache-2.0

package image_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/rollcall-dev/rollcall/internal/image"
)

const (
	user     = "rollcall"
	password = "c4n4ry-password"
	token    = "c4n4ry-token"
)

var basic = "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))

// credential is for one host.
func credential(t *testing.T, host string) authn.Keychain {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"auths": map[string]any{host: map[string]string{"username": user, "password": password}}})
	if err != nil {
		t.Fatal(err)
	}
	keychain, err := image.ParseDockerConfig(raw)
	if err != nil {
		t.Fatal(err)
	}
	return keychain
}

// other is a host that is no registry, and keeps each request.
type other struct {
	*httptest.Server
	host     string
	mu       sync.Mutex
	requests []*http.Request
}

// newOther is reached as localhost where named, which is another host than 127.0.0.1.
func newOther(t *testing.T, handler http.HandlerFunc) *other {
	t.Helper()
	o := &other{}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.requests = append(o.requests, r)
		o.mu.Unlock()
		handler(w, r)
	}))
	t.Cleanup(o.Close)
	o.URL = strings.Replace(o.URL, "127.0.0.1", "localhost", 1)
	o.host = strings.TrimPrefix(o.URL, "http://")
	return o
}

func (o *other) taken() []*http.Request {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer func() { o.requests = nil }()
	return o.requests
}

// giveToken is a token server that wants the credential, and gives another token each time.
func giveToken(t *testing.T) http.HandlerFunc {
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != basic {
			t.Errorf("the token server got %q, want %q", got, basic)
		}
		n++
		_, _ = fmt.Fprintf(w, `{"token": "%s-%d", "refresh_token": "c4n4ry-refresh"}`, token, n)
	}
}

// wantBearer lets the registry want a token that begins with prefix from a realm.
func (f *fakeRegistry) wantBearer(realm, prefix string) {
	f.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer "+prefix) {
			return false
		}
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm=%q,service="registry"`, realm))
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
}

func TestAPasswordIsSentToARegistryThatWantsOne(t *testing.T) {
	registry := newFakeRegistry(t)
	ref := registry.push(t, "acme/checkout:1.0", labelled(1))
	registry.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") == basic {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	source(t, registry.client(t, func(c *image.Config) { c.Keychain = credential(t, registry.Host) }), image.Reference{Image: ref})
	if n := len(registry.Taken()); n != 2 {
		t.Errorf("it took %d requests, want 2", n)
	}
	if _, err := registry.client(t).Source(t.Context(), image.Reference{Image: ref}); !errors.Is(err, image.ErrUnauthorized) {
		t.Errorf("without a credential: %v, want %v", err, image.ErrUnauthorized)
	}
}

func TestTokensCostOneRequestARepositoryAndOneARegistry(t *testing.T) {
	registry := newFakeRegistry(t)
	refs := fifty(t, registry, func(i int) remote.Taggable { return labelled(i) })
	tokens := newOther(t, giveToken(t))
	registry.wantBearer(tokens.URL+"/token", token)
	client := registry.client(t, func(c *image.Config) {
		c.Keychain, c.TokenServers, c.Limits.Concurrent = credential(t, registry.Host), []string{tokens.host}, 1
	})
	for _, ref := range refs {
		source(t, client, image.Reference{Image: ref})
	}
	if n := len(registry.Taken()); n != 101 {
		t.Errorf("fifty images took %d requests, want two each, and one that was refused", n)
	}
	asked := tokens.taken()
	if len(asked) != 50 || asked[7].URL.Query().Get("scope") != "repository:acme/service-7:pull" {
		t.Errorf("fifty images took %d tokens, the eighth for %s", len(asked), asked[7].URL.Query())
	}
}

func TestImagesOfOneRepositoryShareAToken(t *testing.T) {
	registry := newFakeRegistry(t)
	registry.push(t, "acme/checkout:1.0", labelled(1))
	tokens := newOther(t, giveToken(t))
	registry.wantBearer(tokens.URL, token)
	client := registry.client(t, func(c *image.Config) {
		c.Keychain, c.TokenServers, c.Limits.Concurrent = credential(t, registry.Host), []string{tokens.host}, 20
	})
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			_, err := client.Source(t.Context(), image.Reference{Image: fmt.Sprintf("%s/acme/checkout:1.%d", registry.Host, i)})
			if i > 0 && !errors.Is(err, image.ErrNotFound) || i == 0 && err != nil {
				t.Errorf("1.%d: %v", i, err)
			}
		})
	}
	all.Wait()
	if n := len(tokens.taken()); n != 1 {
		t.Errorf("it took %d tokens, want 1", n)
	}
}

func TestATokenThatEndedIsRenewedOnce(t *testing.T) {
	registry := newFakeRegistry(t)
	first, second := registry.push(t, "acme/checkout:1.0", labelled(1)), registry.push(t, "acme/checkout:1.1", labelled(2))
	tokens := newOther(t, giveToken(t))
	client := registry.client(t, func(c *image.Config) {
		c.Keychain, c.TokenServers = credential(t, registry.Host), []string{tokens.host}
	})
	registry.wantBearer(tokens.URL, token+"-1")
	source(t, client, image.Reference{Image: first})
	registry.wantBearer(tokens.URL, token+"-2")
	source(t, client, image.Reference{Image: second})
	registry.wantBearer(tokens.URL, "nothing that it gives")
	_, err := client.Source(t.Context(), image.Reference{Image: registry.Host + "/acme/checkout:1.2"})
	if n := len(tokens.taken()); !errors.Is(err, image.ErrUnauthorized) || n != 3 {
		t.Errorf("a token that is refused at once: %v after %d tokens, want %v after 3", err, n, image.ErrUnauthorized)
	}
}

func TestACredentialGoesToNoTokenServerThatIsNotListed(t *testing.T) {
	registry := newFakeRegistry(t)
	ref := registry.push(t, "acme/checkout:1.0", labelled(1))
	evil := newOther(t, giveToken(t))
	for realm, listed := range map[string][]string{
		evil.URL + "/token": nil,
		evil.URL:            {"auth.example.com", registry.Host},
		"http://" + user + ":" + password + "@" + registry.Host + "/token": nil,
		"https://169.254.169.254/latest/meta-data":                         nil,
		"http://10.0.0.1/token":                                            nil,
		"//" + evil.host + "/token":                                        nil,
		"/token":                                                           nil,
		"":                                                                 nil,
		"ftp://" + evil.host:                                               {evil.host},
	} {
		registry.wantBearer(realm, token)
		client := registry.client(t, func(c *image.Config) { c.Keychain, c.TokenServers = credential(t, registry.Host), listed })
		_, err := client.Source(t.Context(), image.Reference{Image: ref})
		if !errors.Is(err, image.ErrUnauthorized) {
			t.Errorf("realm %q: %v, want %v", realm, err, image.ErrUnauthorized)
		}
		noSecrets(t, err)
		if n := len(evil.taken()); n != 0 {
			t.Errorf("realm %q: it was asked %d times", realm, n)
		}
	}
}

func TestATokenServerThatRedirectsIsNotFollowed(t *testing.T) {
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		registry := newFakeRegistry(t)
		ref := registry.push(t, "acme/checkout:1.0", labelled(1))
		evil := newOther(t, giveToken(t))
		registry.Before(func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/token" {
				http.Redirect(w, r, evil.URL, status)
				return true
			}
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="%s/token"`, registry.URL))
			w.WriteHeader(http.StatusUnauthorized)
			return true
		})
		// Also where it redirects to another listed token server.
		client := registry.client(t, func(c *image.Config) {
			c.Keychain, c.TokenServers = credential(t, registry.Host), []string{evil.host}
		})
		_, err := client.Source(t.Context(), image.Reference{Image: ref})
		if n := len(evil.taken()); !errors.Is(err, image.ErrUnauthorized) || n != 0 {
			t.Errorf("HTTP %d: %v, and the other host was asked %d times", status, err, n)
		}
	}
}

// redirectTo lets the registry redirect whatever path holds part to a store that has what the registry has.
func (f *fakeRegistry) redirectTo(t *testing.T, host, part string) *other {
	t.Helper()
	behind, err := url.Parse(f.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(behind)
		r.Out.Header.Set("X-Stored", "yes")
	}}
	store := newOther(t, proxy.ServeHTTP)
	to := strings.Replace(store.URL, "localhost", host, 1)
	f.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("X-Stored") != "" || !strings.Contains(r.URL.Path, part) {
			return false
		}
		http.Redirect(w, r, to+r.URL.Path+"?X-Amz-Signature=c4n4ry-signature", http.StatusTemporaryRedirect)
		return true
	})
	return store
}

func TestRedirectsAreFollowedWithoutACredential(t *testing.T) {
	for _, host := range []string{"localhost", "127.0.0.1"} { // another host, and another port of the same
		for _, part := range []string{"/blobs/", "/manifests/"} {
			registry := newFakeRegistry(t)
			ref := registry.push(t, "acme/checkout:1.0", labelled(1))
			store := registry.redirectTo(t, host, part)
			client := registry.client(t, func(c *image.Config) { c.Keychain = credential(t, registry.Host) })
			source(t, client, image.Reference{Image: ref})
			asked := store.taken()
			if len(asked) != 1 || asked[0].Header.Get("Authorization") != "" {
				t.Errorf("%s%s: the store got %v, want one request without a credential", host, part, asked)
			}
			if sent := registry.Taken(); sent[0].Authorization != basic {
				t.Errorf("the registry itself got %q", sent[0].Authorization)
			}
		}
	}
}

func TestAHostBehindARedirectIsGivenNothingEvenWhenItAsks(t *testing.T) {
	registry := newFakeRegistry(t)
	ref := registry.push(t, "acme/checkout:1.0", labelled(1))
	store := newOther(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token"`, r.Host))
		w.WriteHeader(http.StatusUnauthorized)
	})
	registry.always(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, store.URL+r.URL.Path, http.StatusFound)
	})
	client := registry.client(t, func(c *image.Config) { c.Keychain = credential(t, registry.Host) })
	_, err := client.Source(t.Context(), image.Reference{Image: ref})
	if asked := store.taken(); !errors.Is(err, image.ErrUnauthorized) || len(asked) != 1 || asked[0].Header.Get("Authorization") != "" {
		t.Errorf("%v, and the store got %d requests", err, len(asked))
	}
}

func TestRedirectsThatAreRefused(t *testing.T) {
	registry := newFakeRegistry(t)
	ref := registry.push(t, "acme/checkout:1.0", labelled(1))
	for to, path := range map[string]string{
		"without end":             registry.URL + "/v2/acme/checkout/manifests/1.0",
		"with a password":         "http://" + user + ":" + password + "@localhost:1/",
		"to another scheme":       "ftp://localhost/x",
		"to an address of a LAN":  "http://10.0.0.1/x",
		"to the cloud's metadata": "http://169.254.169.254/latest/meta-data",
		"to nowhere":              "http://%zz/",
		"without a location":      "",
	} {
		registry.always(func(w http.ResponseWriter, _ *http.Request) {
			if path != "" {
				w.Header().Set("Location", path)
			}
			w.WriteHeader(http.StatusFound)
		})
		registry.Taken()
		_, err := registry.client(t).Source(t.Context(), image.Reference{Image: ref})
		if err == nil {
			t.Errorf("%s: it was followed", to)
		}
		noSecrets(t, err)
		if n := len(registry.Taken()); n > 6 {
			t.Errorf("%s: it took %d requests", to, n)
		}
	}
}
