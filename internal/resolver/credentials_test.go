// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/commits"
	"github.com/rollcall-dev/rollcall/internal/commits/gittest"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// opens lists a place with a Secret.
func opens(url, secretName string) func(*v1alpha1.Commits) {
	return func(c *v1alpha1.Commits) {
		c.Repositories = append(c.Repositories, v1alpha1.CommitRepositories{URL: url, SecretName: secretName})
	}
}

func TestASecretOpensARepository(t *testing.T) {
	git := gitServer(t, gittest.Options{User: "rollcall", Password: "s3cret"})
	shop := repository(t, git, "acme/shop", "SHOP-1")
	q := record.Question{Repository: shop.url, Revision: shop.last()}
	for name, tt := range map[string]struct {
		secret  *corev1.Secret
		reason  string
		message string
	}{
		"user and password":               {secret("git", git.URL+"/acme", "username", "rollcall", "password", "s3cret\n"), v1alpha1.ReasonResolved, ""},
		"for the whole host":              {secret("git", "https://github.com, "+git.URL, "username", "rollcall", "password", "s3cret"), v1alpha1.ReasonResolved, ""},
		"a wrong password":                {secret("git", git.URL, "username", "rollcall", "password", "s3cret2"), v1alpha1.ReasonUnauthorized, "The credential is that of Secret git in namespace rollcall-system."},
		"no Secret":                       {secret("other", git.URL), v1alpha1.ReasonUnauthorized, "There is no Secret git in namespace rollcall-system: create it, with the keys username and password"},
		"no annotation":                   {secret("git", "", "username", "rollcall", "password", "s3cret"), v1alpha1.ReasonUnauthorized, "If it may be sent to " + git.URL + "/acme, set its annotation rollcall.dev/repositories to that."},
		"an annotation for a part of it":  {secret("git", git.URL+"/acme/shop", "username", "rollcall", "password", "s3cret"), v1alpha1.ReasonUnauthorized, "add that to its annotation rollcall.dev/repositories"},
		"an annotation for another port":  {secret("git", "http://127.0.0.1:1", "username", "rollcall", "password", "s3cret"), v1alpha1.ReasonUnauthorized, "is for other repositories"},
		"a user alone":                    {secret("git", git.URL, "username", "rollcall"), v1alpha1.ReasonUnauthorized, "Secret git in namespace rollcall-system has no key password, or an empty one"},
		"a GitHub App without a key":      {secret("git", git.URL, "githubAppID", "1", "githubAppInstallationID", "2"), v1alpha1.ReasonUnauthorized, "has no key githubAppPrivateKey"},
		"a GitHub App with a wrong key":   {secret("git", git.URL, "githubAppID", "1", "githubAppInstallationID", "2", "githubAppPrivateKey", "s3cret"), v1alpha1.ReasonUnauthorized, "is no PEM file"},
		"nothing that is known":           {secret("git", git.URL, "token", "s3cret"), v1alpha1.ReasonUnauthorized, "holds no credential: it needs the keys username and password; or bearerToken; or githubAppID"},
		"certificates that are none":      {secret("git", git.URL, "ca.crt", "bad", "username", "rollcall", "password", "s3cret"), v1alpha1.ReasonUnauthorized, "The certificates in key ca.crt of Secret git"},
		"certificates alone, and nothing": {secret("git", git.URL, "ca.crt", "fine"), v1alpha1.ReasonUnauthorized, "wants a credential"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, opens(git.URL+"/acme", "git"), tt.secret)
			got := w.solve(q)
			if got.Reason != tt.reason || !strings.Contains(got.Message, tt.message) {
				t.Errorf("answer %s: %q, want %s: ...%s...", got.Reason, got.Message, tt.reason, tt.message)
			}
		})
	}
	t.Run("a Secret for other sites", func(t *testing.T) {
		s := secret("git", git.URL, "username", "rollcall", "password", "s3cret")
		s.Annotations[v1alpha1.AnnotationSites] = "globex"
		got := newWorld(t, opens(git.URL, "git"), s).solve(q)
		if got.Reason != v1alpha1.ReasonUnauthorized || !strings.Contains(got.Message, "add that to its annotation rollcall.dev/sites") {
			t.Errorf("answer %s: %q", got.Reason, got.Message)
		}
	})
	t.Run("an API server that gives no Secret", func(t *testing.T) {
		w := newWorld(t, opens(git.URL, "git"), secret("git", git.URL))
		w.cfg.APIReader = noSecrets{}
		w.resolver.solver.clients = newClients(w.cfg)
		got := w.solve(q)
		if got.Reason != v1alpha1.ReasonUnreachable || !strings.Contains(got.Message, "cannot be read from the API server") {
			t.Errorf("answer %s: %q", got.Reason, got.Message)
		}
	})
}

type noSecrets struct{ client.Reader }

func (noSecrets) Get(context.Context, client.ObjectKey, client.Object, ...client.GetOption) error {
	return apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, "git", errors.New("s3cret"))
}

func TestABearerToken(t *testing.T) {
	var seen []string
	git := gitServer(t, gittest.Options{Before: func(_ http.ResponseWriter, r *http.Request) bool {
		seen = append(seen, r.Header.Get("Authorization"))
		return false
	}})
	shop := repository(t, git, "acme/shop", "SHOP-1")
	w := newWorld(t, opens(git.URL, "git"), secret("git", git.URL, "bearerToken", "s3cret"))
	if got := w.solve(record.Question{Repository: shop.url, Revision: shop.last()}); got.Reason != v1alpha1.ReasonResolved {
		t.Errorf("answer %s: %s", got.Reason, got.Message)
	}
	if len(seen) == 0 || strings.Join(seen, ",") != strings.Repeat(",Bearer s3cret", len(seen))[1:] {
		t.Errorf("requests carry %q", seen)
	}
}

func TestAGitHubApp(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pemKey := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	tokens := 0
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if tokens++; r.URL.Path != "/app/installations/22/access_tokens" {
			t.Errorf("request for %s", r.URL.Path)
		}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"token": "s3cret", "expires_at": "2026-11-26T13:00:00Z"}`)
	}))
	defer api.Close()
	git := gitServer(t, gittest.Options{User: "x-access-token", Password: "s3cret"})
	shop := repository(t, git, "acme/shop", "SHOP-1", "SHOP-2")
	w := newWorld(t, opens(git.URL, "git"), secret("git", git.URL, "githubAppID", "11", "githubAppInstallationID", "22", "githubAppPrivateKey", pemKey, "githubAppBaseURL", api.URL))
	for _, id := range shop.ids {
		if got := w.solve(record.Question{Repository: shop.url, Revision: id}); got.Reason != v1alpha1.ReasonResolved {
			t.Errorf("answer %s: %s", got.Reason, got.Message)
		}
	}
	if tokens != 1 {
		t.Errorf("%d tokens were asked for, want 1", tokens)
	}
}

func TestACertificateOfTheSecret(t *testing.T) {
	git := gitServer(t, gittest.Options{})
	shop := repository(t, git, "acme/shop", "SHOP-1")
	tls := httptest.NewUnstartedServer(http.HandlerFunc(git.ServeHTTP))
	tls.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of a client that does not trust it
	tls.StartTLS()
	defer tls.Close()
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: tls.Certificate().Raw}))
	q := record.Question{Repository: tls.URL + "/acme/shop", Revision: shop.last()}
	for name, tt := range map[string]struct {
		secret *corev1.Secret
		reason string
	}{
		"is trusted":              {secret("git", tls.URL, "ca.crt", ca), v1alpha1.ReasonResolved},
		"is not trusted, without": {secret("git", tls.URL, "username", "u", "password", "p"), v1alpha1.ReasonUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, opens(tls.URL, "git"), tt.secret)
			w.cfg.Transport = func(caPEM []byte) (http.RoundTripper, error) { return jira.NewTransport(caPEM) }
			w.resolver.solver.clients = newClients(w.cfg)
			if got := w.solve(q); got.Reason != tt.reason {
				t.Errorf("answer %s: %s, want %s", got.Reason, got.Message, tt.reason)
			}
		})
	}
}

// What a workload or an image says never chooses where a credential goes. The host that all of this leads to sees no request.
func TestACredentialGoesWhereItIsListed(t *testing.T) {
	evil := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the other host gets %s %s with %q", r.Method, r.URL.Path, r.Header.Get("Authorization"))
	}))
	defer evil.Close()
	evilHost := strings.TrimPrefix(evil.URL, "http://")
	var asked []string
	git := gitServer(t, gittest.Options{User: "rollcall", Password: "s3cret", Before: func(w http.ResponseWriter, r *http.Request) bool {
		asked = append(asked, r.URL.Path)
		if strings.HasPrefix(r.URL.Path, "/acme/moved") {
			http.Redirect(w, r, evil.URL+r.URL.Path, http.StatusFound)
			return true
		}
		return false
	}})
	repository(t, git, "acme/shop", "SHOP-1")
	host := strings.TrimPrefix(git.URL, "http://")
	w := newWorld(t, opens(git.URL+"/acme", "git"), secret("git", git.URL, "username", "rollcall", "password", "s3cret"))
	for name, tt := range map[string]struct {
		repository, reason string
		asked              bool
	}{
		"another host":                     {evil.URL + "/acme/shop", v1alpha1.ReasonRepositoryNotListed, false},
		"the host as a user":               {"http://" + host + "@" + evilHost + "/acme/shop", v1alpha1.ReasonNoSource, false},
		"a user before the host":           {"http://s3cret@" + host + "/acme/shop", v1alpha1.ReasonNoSource, false},
		"a way up":                         {git.URL + "/acme/../other/shop", v1alpha1.ReasonNoSource, false},
		"a way up, escaped":                {git.URL + "/acme/%2e%2e/other/shop", v1alpha1.ReasonNoSource, false},
		"an escaped slash":                 {git.URL + "/acme%2fshop", v1alpha1.ReasonNoSource, false},
		"a folder that begins alike":       {git.URL + "/acme-evil/shop", v1alpha1.ReasonRepositoryNotListed, false},
		"the host's other folders":         {git.URL + "/other/shop", v1alpha1.ReasonRepositoryNotListed, false},
		"a host that begins alike":         {"https://github.com.evil.example/acme/shop", v1alpha1.ReasonRepositoryNotListed, false},
		"https instead of http":            {"https://" + host + "/acme/shop", v1alpha1.ReasonRepositoryNotListed, false},
		"a query":                          {git.URL + "/acme/shop?x=" + evil.URL, v1alpha1.ReasonNoSource, false},
		"a backslash":                      {"http://" + evilHost + `\@` + host + "/acme/shop", v1alpha1.ReasonNoSource, false},
		"a redirect of the host that is":   {git.URL + "/acme/moved", v1alpha1.ReasonUnreachable, true},
		"a command's transport":            {"ext::sh -c s3cret", v1alpha1.ReasonNoSource, false},
		"a file":                           {"file:///etc/passwd", v1alpha1.ReasonNoSource, false},
		"the short form of ssh to another": {"git@evil.example:acme/shop", v1alpha1.ReasonRepositoryNotListed, false},
	} {
		t.Run(name, func(t *testing.T) {
			w.t, asked = t, nil
			got := w.solve(record.Question{Repository: tt.repository, Revision: "main"})
			if got.Reason != tt.reason {
				t.Errorf("answer %s: %q, want %s", got.Reason, got.Message, tt.reason)
			}
			if got.Reason == v1alpha1.ReasonRepositoryNotListed && !strings.Contains(got.Message, "to spec.commits.repositories of JiraSite acme") {
				t.Errorf("the message does not say what to do: %q", got.Message)
			}
			if (len(asked) > 0) != tt.asked {
				t.Errorf("the listed host was asked for %q", asked)
			}
		})
	}
	t.Run("and the port of another host", func(t *testing.T) {
		for _, place := range []string{"https://github.com:8443/acme/shop", "https://github.com.evil.example/acme/shop", "https://GITHUB.com./acme/shop"} {
			u, err := url.Parse(place)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := below("https://github.com/acme", commits.Bearer("s3cret"))(t.Context(), u); !errors.Is(err, commits.ErrUnauthorized) {
				t.Errorf("a credential for https://github.com/acme is given to %s", place)
			}
		}
	})
}

// Of two entries that hold a repository the longer one counts, with its Secret and no other.
func TestTheLongerEntryHasTheCredential(t *testing.T) {
	var users []string
	git := gitServer(t, gittest.Options{Before: func(_ http.ResponseWriter, r *http.Request) bool {
		user, _, _ := r.BasicAuth()
		users = append(users, user)
		return false
	}})
	shop := repository(t, git, "acme/shop", "SHOP-1")
	other := repository(t, git, "other/shop", "SHOP-1")
	w := newWorld(t, func(c *v1alpha1.Commits) {
		opens(git.URL, "wide")(c)
		opens(git.URL+"/acme", "narrow")(c)
	}, secret("wide", git.URL, "username", "wide", "password", "s3cret"), secret("narrow", git.URL, "username", "narrow", "password", "s3cret"))
	for _, tt := range []struct {
		repo
		user string
	}{{shop, "narrow"}, {other, "wide"}} {
		users = nil
		if got := w.solve(record.Question{Repository: tt.url, Revision: tt.last()}); got.Reason != v1alpha1.ReasonResolved {
			t.Errorf("answer %s: %s", got.Reason, got.Message)
		}
		for _, user := range users {
			if user != tt.user {
				t.Errorf("%s is asked as %q, want %q", tt.url, user, tt.user)
			}
		}
	}
}

func TestASecretForRegistries(t *testing.T) {
	images := newRegistry(t)
	ref := images.push(t, "acme/shop:1.0")
	images.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if user, password, _ := r.BasicAuth(); user == "rollcall" && password == "s3cret" {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	config := func(host, password string) string {
		return fmt.Sprintf(`{"auths": {%q: {"username": "rollcall", "password": %q}}}`, host, password)
	}
	for name, tt := range map[string]struct {
		secret          *corev1.Secret
		reason, message string
	}{
		"is used":              {secret("pull", "", corev1.DockerConfigJsonKey, config(images.Host, "s3cret")), v1alpha1.ReasonNoSource, "Neither the pod template nor image"},
		"is refused":           {secret("pull", "", corev1.DockerConfigJsonKey, config(images.Host, "s3cret2")), v1alpha1.ReasonUnauthorized, "The credentials are those of Secret pull in namespace rollcall-system."},
		"is for another":       {secret("pull", "", corev1.DockerConfigJsonKey, config("ghcr.io", "s3cret")), v1alpha1.ReasonUnauthorized, "Secret pull"},
		"is not there":         {secret("other", ""), v1alpha1.ReasonUnauthorized, "There is no Secret pull in namespace rollcall-system"},
		"has not the key":      {secret("pull", "", "config.json", "{}"), v1alpha1.ReasonUnauthorized, "has no key .dockerconfigjson"},
		"is no dockerconfig":   {secret("pull", "", corev1.DockerConfigJsonKey, "s3cret"), v1alpha1.ReasonUnauthorized, "Key .dockerconfigjson of Secret pull in namespace rollcall-system cannot be used"},
		"has bad certificates": {secret("pull", "", corev1.DockerConfigJsonKey, config(images.Host, "s3cret"), "ca.crt", "bad"), v1alpha1.ReasonUnauthorized, "The certificates in key ca.crt"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *v1alpha1.Commits) { c.Registries, c.RegistrySecretName = []string{images.URL}, "pull" }, tt.secret)
			got := w.solve(record.Question{Image: ref})
			if got.Reason != tt.reason || !strings.Contains(got.Message, tt.message) {
				t.Errorf("answer %s: %q, want %s: ...%s...", got.Reason, got.Message, tt.reason, tt.message)
			}
			elsewhere := w.solve(record.Question{Image: "ghcr.io/acme/shop:1.0"})
			if elsewhere.Reason != v1alpha1.ReasonNoSource || !strings.Contains(elsewhere.Message, "spec.commits.registries") {
				t.Errorf("an image of no listed registry: %s: %q", elsewhere.Reason, elsewhere.Message)
			}
		})
	}
}
