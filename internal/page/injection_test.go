// SPDX-License-Identifier: Apache-2.0

package page_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/net/html"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/page/browsertest"
	"github.com/rollcall-dev/rollcall/internal/page/pagetest"
	"github.com/rollcall-dev/rollcall/internal/page/view"
)

// run is what each script of the corpus does. The tests look for it in the document.
const run = "document.documentElement.dataset.pwned=1"

// corpus are texts that a tenant may write to have a script run in the browser of whoever looks.
var corpus = []string{
	`<script>` + run + `</script>`,
	`</title><script>` + run + `</script>`,
	`</textarea></select></option><script>` + run + `</script>`,
	`"><img src=x onerror="` + run + `">`,
	`'><svg onload='` + run + `'>`,
	`" onmouseover="` + run + `" autofocus onfocus="` + run + `" x="`,
	`' autofocus onfocus='` + run + `' x='`,
	"` onload=" + run + " `",
	`javascript:` + run,
	` javascript:` + run,
	"java\tscript:" + run,
	`data:text/html,<script>parent.` + run + `</script>`,
	`<iframe srcdoc="<script>parent.` + run + `</script>"></iframe>`,
	`<a href="javascript:` + run + `">x</a>`,
	`<style>@import "javascript:` + run + `"</style><link rel=stylesheet href=//evil.example/x.css>`,
	`<base href="https://evil.example/">`,
	`<meta http-equiv=refresh content="0;url=javascript:` + run + `">`,
	`<form action="https://evil.example/"><button autofocus>x</button></form>`,
	`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=` + run + `&gt;">`,
	`--><script>` + run + `</script><!--`,
	`]]><script>` + run + `</script>`,
	"<scr\x00ipt>" + run + "</script>",
	`{{.}}{{template "x"}}${` + run + `}`,
	`&lt;script&gt;` + run + `&lt;/script&gt;`,
	"\u202e<script>" + run + "</script>",
	`<object data="javascript:` + run + `"></object><embed src="javascript:` + run + `">`,
	`<template shadowrootmode="open"><img src=x onerror="` + run + `"></template>`,
}

// hostile returns records that hold a text wherever they hold one. The API server refuses most of them; the page does not rely on it.
func hostile(texts ...string) *still {
	s := newStill(pagetest.Story())
	for i, text := range texts {
		d := pagetest.MakeDeployment("prod", int64(60+i)).Version(text).Commit(text).Issues(text).Named(text).
			Answer(text, text).Change(func(d *v1alpha1.JiraDeployment) {
			d.Name, d.Namespace = text, text
			d.Spec.Environment = v1alpha1.Environment{ID: text, Name: text, Type: v1alpha1.EnvironmentType(text)}
			d.Spec.DisplayName, d.Spec.Description, d.Spec.URL, d.Spec.Site = text, text, text, text
			d.Spec.Pipeline = v1alpha1.Pipeline{ID: text, Name: text, URL: text}
			d.Spec.State = v1alpha1.DeploymentState(text)
			d.Status.UnknownIssueKeys = []string{text}
			d.Status.Conditions = append(d.Status.Conditions, metav1.Condition{Type: v1alpha1.ConditionStored, Status: metav1.ConditionFalse, Message: text})
			d.Status.History = []v1alpha1.Delivery{{State: text, Issues: text, Reason: text, Message: text}}
		}).Obj()
		known := d.DeepCopy()
		known.Name, known.Status.UnknownIssueKeys = "known"+text, nil
		s.snapshot.Deployments = append(s.snapshot.Deployments, d, known)
		b := pagetest.MakeBuild(int64(60+i), v1alpha1.BuildState(text), text)
		b.Name, b.Namespace, b.Spec.DisplayName, b.Spec.Description, b.Spec.Label, b.Spec.URL, b.Spec.PipelineID = text, text, text, text, text, text, text
		s.snapshot.Builds = append(s.snapshot.Builds, b)
		site := pagetest.MakeSite(text, text)
		site.Name, site.Spec.Host = text, text
		site.Status.Conditions = append(site.Status.Conditions, metav1.Condition{Type: v1alpha1.ConditionReadBackDiffers, Status: metav1.ConditionTrue, Message: text})
		s.snapshot.Sites = append(s.snapshot.Sites, site)
		s.snapshot.Notices = append(s.snapshot.Notices, text)
	}
	return s
}

// Unrecorded implements page.Explainer.
func (s *still) Unrecorded(context.Context) (view.Workloads, error) {
	w := view.Workloads{At: pagetest.Noon, Gaps: s.snapshot.Notices}
	for _, text := range s.snapshot.Notices {
		w.Add(view.Workload{Kind: text, Namespace: text, Name: text, Selected: true, Why: []string{text}})
	}
	return w, nil
}

// targets are the pages that show hostile records, and addresses that hold the text themselves.
func targets(s *still, text string) []string {
	all := []string{"/", "/services", "/timeline", "/undelivered", "/undelivered?workloads"}
	for _, d := range s.snapshot.Deployments[12:] {
		all = append(all, "/records/deployment/"+url.PathEscape(d.Namespace)+"/"+url.PathEscape(d.Name))
	}
	q := "?issue=" + url.QueryEscape(text) + "&environment=" + url.QueryEscape(text) + "&since=" + url.QueryEscape(text) + "&state=" + url.QueryEscape(text) + "&page=" + url.QueryEscape(text)
	return append(all, "/"+q, "/timeline"+q, "/undelivered"+q)
}

// addresses are the attributes that may hold an address.
var addresses = map[string]bool{"href": true, "src": true, "action": true, "formaction": true, "data": true, "srcdoc": true, "xlink:href": true}

// problems returns what of a document could run, load or lead where a tenant wants.
func problems(t *testing.T, text string) []string {
	t.Helper()
	document, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for n := range document.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script", "link", "meta", "style", "img", "iframe", "object", "embed", "base", "template", "math", "textarea":
			if !ours[tag(n)] {
				found = append(found, tag(n))
			}
		}
		for _, a := range n.Attr {
			safe := strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "//") || strings.HasPrefix(a.Val, "?") || strings.HasPrefix(a.Val, "#") ||
				strings.HasPrefix(a.Val, "https://acme.atlassian.net")
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || addresses[a.Key] && !safe {
				found = append(found, tag(n))
			}
		}
	}
	return found
}

// ours are the elements of the layout that load something.
var ours = map[string]bool{
	`<script src="/static/page.js" defer="">`: true, `<link rel="stylesheet" href="/static/page.css">`: true,
	`<link rel="icon" href="/static/icon.svg" type="image/svg+xml">`: true, `<meta charset="utf-8">`: true,
	`<meta name="viewport" content="width=device-width, initial-scale=1">`: true, `<meta name="color-scheme" content="light dark">`: true,
}

func tag(n *html.Node) string {
	s := "<" + n.Data
	for _, a := range n.Attr {
		s += " " + a.Key + `="` + a.Val + `"`
	}
	return s + ">"
}

func TestNoTextBecomesMarkup(t *testing.T) {
	if len(problems(t, `<p onclick=x>`+corpus[0]+`<a href="javascript:x">`)) != 3 {
		t.Fatal("the check does not find what it is for")
	}
	for _, text := range corpus {
		t.Run(text, func(t *testing.T) {
			g := NewWithT(t)
			s := hostile(text)
			for _, target := range targets(s, text) {
				w := get(t, s, target, nil)
				g.Expect(problems(t, w.Body.String())).To(BeEmpty(), target)
				g.Expect(w.Body.String()).NotTo(ContainSubstring("ZgotmplZ"), "a link that is none is left out before")
			}
			body := get(t, s, "/undelivered", nil).Body.String()
			g.Expect(strings.Count(html.UnescapeString(body), strings.ReplaceAll(text, "\x00", "\ufffd"))).To(BeNumerically(">=", 5), "the text is shown, as text")
		})
	}
}

// In a browser no script of the corpus runs, and the policy has nothing to forbid.
func TestNoScriptRunsInABrowser(t *testing.T) {
	chromium, err := browsertest.Find()
	if err != nil {
		t.Skip(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	const violation = "Content Security Policy"
	for name, c := range map[string]struct {
		policy       string
		runs, refuse bool
	}{
		"a page that escapes nothing":                  {"", true, false},
		"a page that escapes nothing, with our policy": {get(t, newStill(pagetest.Story()), "/", nil).Header().Get("Content-Security-Policy"), false, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			naive := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				if c.policy != "" {
					w.Header().Set("Content-Security-Policy", c.policy)
				}
				_, _ = w.Write([]byte("<!doctype html><p>" + corpus[0]))
			}))
			defer naive.Close()
			dom, console, err := chromium.DOM(ctx, naive.URL)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(strings.Contains(dom, "data-pwned")).To(Equal(c.runs), dom)
			g.Expect(strings.Contains(console, violation)).To(Equal(c.refuse), console)
		})
	}
	address := strings.TrimSuffix(serve(t, hostile(corpus...)), "/")
	for _, target := range []string{"/", "/undelivered?workloads"} {
		t.Run(target, func(t *testing.T) {
			g := NewWithT(t)
			dom, console, err := chromium.DOM(ctx, address+target)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(dom).To(ContainSubstring(`<html lang="en" class="js">`), "our own script runs, and nothing changed its element")
			g.Expect(console).NotTo(ContainSubstring(violation))
		})
	}
}
