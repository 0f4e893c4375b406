// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/commits/gittest"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// status answers everything in one way.
func status(code int, header ...string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte("the server's own words: s3cret"))
		return true
	}
}

// closedPort is an address where nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestWhyAGitServerGivesNoCommits(t *testing.T) {
	const id = "41ac7e7d9b0f6c2e8a1d3b5f7091a2b3c4d5e6f7"
	for name, tt := range map[string]struct {
		before                func(http.ResponseWriter, *http.Request) bool
		path, revision, paths string
		reason, message       string
		retryAfter, hold      time.Duration
	}{
		"no such repository":    {path: "/acme/none", reason: v1alpha1.ReasonUnauthorized, message: "no such repository, or the credential may not see it. If it is not public, name a Secret beside"},
		"it wants a credential": {before: status(401), reason: v1alpha1.ReasonUnauthorized, message: "wants a credential"},
		"it forbids it":         {before: status(403), reason: v1alpha1.ReasonUnauthorized, message: "forbids it"},
		"no such commit":        {revision: strings.Repeat("ab", 20), reason: v1alpha1.ReasonRevisionNotFound, message: "/acme/shop: "},
		"no such tag":           {revision: "v9.9", reason: v1alpha1.ReasonRevisionNotFound, message: `no tag and no branch "v9.9"`},
		"no revision at all":    {revision: "a..b", reason: v1alpha1.ReasonNoSource, message: "the revision is no commit id"},
		"no paths":              {paths: "../up", reason: v1alpha1.ReasonNoSource, message: "path"},
		"it redirects":          {before: status(302, "Location", "https://evil.example/acme/shop/info/refs"), reason: v1alpha1.ReasonUnreachable, message: "redirects are not followed"},
		"it is broken":          {before: status(500), reason: v1alpha1.ReasonUnreachable, message: "HTTP 500"},
		"it is busy":            {before: status(503, "Retry-After", "90"), reason: v1alpha1.ReasonUnreachable, message: "HTTP 503", retryAfter: 90 * time.Second, hold: 90 * time.Second},
		"it wants fewer requests, and does not say when": {before: status(429), reason: v1alpha1.ReasonUnreachable, message: "asks for fewer requests", hold: holdFor},
		"it is no Git server":                            {before: status(200), reason: v1alpha1.ReasonUnreachable, message: "no Git server"},
	} {
		t.Run(name, func(t *testing.T) {
			git := gitServer(t, gittest.Options{Before: tt.before})
			shop := repository(t, git, "acme/shop", "SHOP-1")
			w := newWorld(t, allows(git.URL+"/acme"))
			q := record.Question{Repository: shop.url, Revision: shop.last(), Paths: tt.paths}
			if tt.path != "" {
				q.Repository = git.URL + tt.path
			}
			if tt.revision != "" {
				q.Revision = tt.revision
			}
			got := w.outcome(q)
			if got.answer.Reason != tt.reason || !strings.Contains(got.answer.Message, tt.message) {
				t.Errorf("answer %s: %q, want %s: ...%s...", got.answer.Reason, got.answer.Message, tt.reason, tt.message)
			}
			if got.answer.RetryAfter != tt.retryAfter || got.hold != tt.hold {
				t.Errorf("retry after %s, host held for %s, want %s and %s", got.answer.RetryAfter, got.hold, tt.retryAfter, tt.hold)
			}
			if strings.Contains(got.why, "shop") {
				t.Errorf("what is told to everybody names a repository: %q", got.why)
			}
			want := v1alpha1.Source{Repository: q.Repository, Revision: q.Revision, From: v1alpha1.SourcePodTemplate}
			if diff := cmp.Diff(want, got.answer.Source); diff != "" {
				t.Errorf("what is known already (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		url := "http://" + closedPort(t)
		w := newWorld(t, allows(url))
		got := w.outcome(record.Question{Repository: url + "/acme/shop", Revision: id})
		if got.answer.Reason != v1alpha1.ReasonUnreachable || got.hold != holdFor || got.why != url+" is left alone for now: no connection can be made to the server." {
			t.Errorf("outcome %+v", got)
		}
	})
}

func TestWhyARegistrySaysNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		before          func(http.ResponseWriter, *http.Request) bool
		image           string
		reason, message string
		retryAfter      time.Duration
	}{
		"no such image":           {image: "acme/none:1.0", reason: v1alpha1.ReasonRevisionNotFound, message: "the registry has no such image"},
		"it wants a credential":   {before: status(401, "WWW-Authenticate", `Basic realm="x"`), reason: v1alpha1.ReasonUnauthorized, message: "name a Secret in spec.commits.registrySecretName of JiraSite acme"},
		"it is broken":            {before: status(500), reason: v1alpha1.ReasonUnreachable, message: "the registry cannot be reached (HTTP 500)"},
		"it wants fewer requests": {before: status(429, "Retry-After", "90"), reason: v1alpha1.ReasonUnreachable, message: "wants fewer requests", retryAfter: 90 * time.Second},
		"it answers something else": {
			before: status(200, "Content-Type", "application/vnd.oci.image.manifest.v1+json"), reason: v1alpha1.ReasonNoSource, message: "is no image", retryAfter: time.Hour,
		},
	} {
		t.Run(name, func(t *testing.T) {
			images := newRegistry(t)
			q := record.Question{Image: images.push(t, "acme/shop:1.0")}
			images.Before(tt.before)
			if tt.image != "" {
				q.Image = images.Host + "/" + tt.image
			}
			w := newWorld(t, func(c *v1alpha1.Commits) { c.Registries = []string{images.URL} })
			got := w.solve(q)
			if got.Reason != tt.reason || !strings.Contains(got.Message, tt.message) || got.RetryAfter != tt.retryAfter {
				t.Errorf("answer %s: %q, retry after %s; want %s: ...%s..., %s", got.Reason, got.Message, got.RetryAfter, tt.reason, tt.message, tt.retryAfter)
			}
			if got.Source.Image != q.Image {
				t.Errorf("the source names image %q, want %q", got.Source.Image, q.Image)
			}
		})
	}
}

func TestASiteThatChangedMeanwhile(t *testing.T) {
	w := newWorld(t, allows("https://git.example"))
	q := w.of(record.Question{Repository: "https://git.elsewhere.example/a/b", Revision: "main"})
	w.update(allows("https://git.elsewhere.example"))
	for name, q := range map[string]record.Question{"another generation": q, "another site": {Site: "gone", Generation: 1}} {
		got := w.resolver.solver.start(q).do(t.Context()).answer
		if got.Reason != v1alpha1.ReasonResolving || got.RetryAfter != siteRetry {
			t.Errorf("%s: answer %+v, want Resolving, and to ask again", name, got)
		}
	}
}
