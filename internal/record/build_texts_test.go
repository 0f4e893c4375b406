// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/build"
)

func TestTheURLOfARepository(t *testing.T) {
	for text, want := range map[string]string{
		"https://github.com/acme/shop":                   "https://github.com/acme/shop",
		"https://github.com/acme/shop.git":               "https://github.com/acme/shop",
		"https://github.com/acme/shop.git/":              "https://github.com/acme/shop",
		" https://github.com/acme/shop/\n":               "https://github.com/acme/shop",
		"https://GitHub.com/Acme/Shop":                   "https://github.com/Acme/Shop",
		"HTTPS://github.com/acme/shop":                   "https://github.com/acme/shop",
		"http://git.example:8080/acme/shop":              "http://git.example:8080/acme/shop",
		"https://git.example:8443/acme/shop.git":         "https://git.example:8443/acme/shop",
		"https://me:hunter2@github.com/acme/shop.git":    "https://github.com/acme/shop",
		"https://x-access-token:ghp_1@github.com/acme/a": "https://github.com/acme/a",
		"https://github.com/acme/shop?token=ghp_1#x":     "https://github.com/acme/shop",
		"git@github.com:acme/shop.git":                   "https://github.com/acme/shop",
		"acme-ci@git.example:group/sub/shop":             "https://git.example/group/sub/shop",
		"ssh://git@github.com/acme/shop.git":             "https://github.com/acme/shop",
		"ssh://git@git.example:7999/acme/shop.git":       "https://git.example/acme/shop",
		"ssh://me:hunter2@git.example/acme/shop":         "https://git.example/acme/shop",
		"git://git.example:9418/acme/shop.git":           "https://git.example/acme/shop",
		"git+ssh://git@git.example/acme/shop":            "https://git.example/acme/shop",

		"":                                                 "",
		"acme/shop":                                        "",
		"github.com/acme/shop":                             "",
		"/srv/git/shop.git":                                "",
		"file:///srv/git/shop.git":                         "",
		"javascript:alert(1)":                              "",
		"javascript://git.example/%0aalert":                "",
		"data:text/html,x":                                 "",
		"ftp://git.example/shop":                           "",
		"https://":                                         "",
		"https:///acme/shop":                               "",
		"https://git.example/../../evil":                   "",
		"https://git.example/%2e%2e/evil":                  "",
		"https://git.example/a\u200bb":                     "",
		"https://git.example/a\u202egpj":                   "",
		"https://git.example/%e2%80%aegpj":                 "",
		"https://a b/shop":                                 "",
		"https://%zz/shop":                                 "",
		"git@github.com:/acme/shop":                        "",
		"git@evil.example/@github.com:x":                   "",
		"https://git.example/" + strings.Repeat("a", 2000): "",
	} {
		if got := repositoryURL(text); got != want {
			t.Errorf("repositoryURL(%q) = %q, want %q", text, got, want)
		}
		if want != "" && repositoryURL(want) != want {
			t.Errorf("repositoryURL(%q) = %q, want the same", want, repositoryURL(want))
		}
	}
}

func TestWhatABuildRefersTo(t *testing.T) {
	commit := func(id string) *v1alpha1.BuildCommit { return &v1alpha1.BuildCommit{ID: id, RepositoryURL: shopURL} }
	ref := func(name string) *v1alpha1.BuildRef { return &v1alpha1.BuildRef{Name: name, URL: shopURL} }
	for name, tt := range map[string]struct {
		repository, revision, ref string
		want                      []v1alpha1.BuildReference
	}{
		"commit and branch":                    {shopURL, shopCommit, "main", []v1alpha1.BuildReference{{Commit: commit(shopCommit), Ref: ref("main")}}},
		"a commit":                             {"git@github.com:acme/shop.git", shopCommit, "", []v1alpha1.BuildReference{{Commit: commit(shopCommit)}}},
		"a branch":                             {shopURL, "", "feature/SHOP-1", []v1alpha1.BuildReference{{Ref: ref("feature/SHOP-1")}}},
		"a branch that Jira does not take":     {shopURL, "", strings.Repeat("b", 300), []v1alpha1.BuildReference{{Ref: ref(strings.Repeat("b", 255))}}},
		"a commit that is none":                {shopURL, strings.Repeat("c", 256), "main", []v1alpha1.BuildReference{{Ref: ref("main")}}},
		"a repository alone":                   {shopURL, "", "", nil},
		"a commit and a branch of nobody":      {"", shopCommit, "main", nil},
		"a repository that people cannot open": {"file:///src", shopCommit, "main", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := watch(makeBuild("web").Keys("SHOP-1").Of(tt.repository, tt.revision, tt.ref)).Written(t, makeSite("acme"))
			if diff := cmp.Diff(tt.want, got.Spec.References); diff != "" {
				t.Errorf("references (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheTestsOfABuild(t *testing.T) {
	keyed := func() *buildBuilder { return makeBuild("web").Keys("SHOP-1") }
	got := watch(keyed().Tests(build.Tests{Total: 120, Passed: 118, Failed: 1, Skipped: 1})).Written(t, makeSite("acme"))
	want := &v1alpha1.BuildTests{Total: new(int64(120)), Passed: new(int64(118)), Failed: new(int64(1)), Skipped: new(int64(1))}
	if diff := cmp.Diff(want, got.Spec.Tests); diff != "" {
		t.Errorf("tests (-want +got):\n%s", diff)
	}
	if got := watch(keyed().Tests(build.Tests{})).Written(t, makeSite("acme")).Spec.Tests; got == nil || got.Total == nil || *got.Total != 0 {
		t.Errorf("no tests are %v, want counts of 0", got)
	}
	if got := watch(keyed()).Written(t, makeSite("acme")).Spec.Tests; got != nil {
		t.Errorf("tests that nobody counted are %v", got)
	}
}

func TestTheImagesOfABuild(t *testing.T) {
	var digests []string
	for i := range 21 {
		digests = append(digests, fmt.Sprintf("sha256:%064x", i))
	}
	keyed := func(state build.State) *buildBuilder { return makeBuild("web").Keys("SHOP-1").State(state, at(5)) }
	for name, tt := range map[string]struct {
		run  *watching
		want []string
	}{
		"of a success":                     {watch(keyed(build.Successful).Images(digests[:2]...)), digests[:2]},
		"the first 20":                     {watch(keyed(build.Successful).Images(digests...)), digests[:20]},
		"none of a failure":                {watch(keyed(build.Failed).Images(digests[:2]...)), nil},
		"none of a build that runs":        {watch(keyed(build.InProgress).Images(digests[:2]...)), nil},
		"they stay once the run is gone":   {miss(recorded(keyed(build.Successful).Images(digests[:2]...))), digests[:2]},
		"none of one that failed first":    {watch(keyed(build.Successful).Images(digests[:2]...)).Record(recorded(keyed(build.Failed))), nil},
		"those of a success that is known": {watch(keyed(build.Successful).Images(digests[:2]...)).Record(recorded(keyed(build.InProgress))), digests[:2]},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.run.Written(t, makeSite("acme")).Spec.Images); diff != "" {
				t.Errorf("images (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhereABuildLeads(t *testing.T) {
	const template, ofTool, own = "https://ci.example/{{ .Namespace }}/{{ .Kind }}/{{ .Name }}?of={{ .Version }}&key={{ .IssueKey }}&at={{ .Cluster }}", "https://tekton.example/web", "https://mine.example/7"
	keyed := func() *buildBuilder { return makeBuild("web").Keys("SHOP-1").Of("", "", "main") }
	const made = "https://ci.example/ci/Job/web?of=main&key=SHOP-1&at=eu-1"
	for name, tt := range map[string]struct {
		site *siteBuilder
		run  *buildBuilder
		want string
	}{
		"nobody says":                      {makeSite("acme"), keyed(), ""},
		"the site's template":              {makeSite("acme").BuildURL(template), keyed(), made},
		"the tool's page goes first":       {makeSite("acme").BuildURL(template), keyed().URL(ofTool), ofTool},
		"the run's own goes before it":     {makeSite("acme").BuildURL(template), keyed().URL(ofTool).Annotation(v1alpha1.AnnotationURL, own), own},
		"a script is no link":              {makeSite("acme"), keyed().URL("javascript:alert(1)"), ""},
		"a bad one of its own, the tool's": {makeSite("acme"), keyed().URL(ofTool).Annotation(v1alpha1.AnnotationURL, "https://me:x@mine.example"), ofTool},
		"a deployment's template":          {makeSite("acme").URL(template), keyed(), ""},
		"a template that yields no URL":    {makeSite("acme").BuildURL("{{ .Name }}"), keyed(), ""},
		"a template of the commit": {asksForCommits().BuildURL("https://ci.example/?of={{ .Repository }}&at={{ .Commit }}"), keyed().Of(shopURL, shopCommit, ""),
			"https://ci.example/?of=https%3A%2F%2Fgithub.com%2Facme%2Fshop&at=" + shopCommit},
	} {
		t.Run(name, func(t *testing.T) {
			site, _ := Compile(tt.site.Obj())
			plan := watch(tt.run).Plan(t, site)
			if got := plan.Create.Spec.URL; got != tt.want {
				t.Errorf("it leads to %q, want %q", got, tt.want)
			}
		})
	}
}

func TestALinkThatIsIgnoredIsSaidOnce(t *testing.T) {
	run := makeBuild("web").Keys("SHOP-1").Annotation(v1alpha1.AnnotationURL, "javascript:alert(1)")
	site := makeSite("acme").Compiled(t)
	want := []BuildEvent{{v1alpha1.EventLinkIgnored, `rollcall.dev/url is not used: "javascript:alert(1)" is no http or https URL. The record links to the first issue.`}}
	if diff := cmp.Diff(want, watch(run).Plan(t, site).Events); diff != "" {
		t.Errorf("Events (-want +got):\n%s", diff)
	}
	if got := watch(run.State(build.Successful, at(5))).Record(recorded(run)).Plan(t, site).Events; got != nil {
		t.Errorf("it is said once more: %v", got)
	}
}

// Whoever counts tests writes the counts at the end of the run, or at its beginning with a mistake.
func TestTestsThatAreNotUnderstoodAreSaidOnce(t *testing.T) {
	run := func(state build.State) *buildBuilder {
		return makeBuild("web").Keys("SHOP-1").State(state, at(5)).TestsProblem("The annotation is wrong.")
	}
	want := []BuildEvent{{v1alpha1.EventTestsNotUnderstood, "The build is reported without its tests: The annotation is wrong."}}
	rec := func(state build.State) *buildRecord {
		return recorded(makeBuild("web").Keys("SHOP-1").State(state, at(5)))
	}
	for name, tt := range map[string]struct {
		run  *watching
		want []BuildEvent
	}{
		"a run that goes on":               {watch(run(build.InProgress)), nil},
		"a run that ends":                  {watch(run(build.Failed)).Record(rec(build.InProgress)), want},
		"a run that ended before it":       {watch(run(build.Successful)), want},
		"a run that goes away":             {watch(run(build.InProgress)).Gone().Record(rec(build.InProgress)), want},
		"a run that ended, once more":      {watch(run(build.Failed).Of("", "", "main")).Record(rec(build.Failed)), nil},
		"one of which nobody knew the end": {watch(run(build.Failed)).Record(rec(build.Unknown)), nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.run.Plan(t, makeSite("acme").Compiled(t)).Events); diff != "" {
				t.Errorf("Events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheTextsOfABuild(t *testing.T) {
	keyed := func() *buildBuilder { return makeBuild("web").Keys("SHOP-1") }
	long := strings.Repeat("x", 300)
	source := func(r *buildRecord) *buildRecord {
		return r.Change(func(b *v1alpha1.JiraBuild) { s := resolved("SHOP-1").Source; b.Spec.Source = &s })
	}
	for name, tt := range map[string]struct {
		site               *siteBuilder
		run                *watching
		label, description string
	}{
		"a run":                           {makeSite("acme"), watch(keyed()), "", "Job ci/web"},
		"a branch":                        {makeSite("acme"), watch(keyed().Of(shopURL, shopCommit, "main")), "main", "Job ci/web, main"},
		"a commit":                        {makeSite("acme"), watch(keyed().Of(shopURL, shopCommit, "")), "41ac7e7", "Job ci/web"},
		"why it failed":                   {makeSite("acme"), watch(keyed().State(build.Failed, at(5)).Message("A pod ran out of memory.")), "", "Job ci/web. A pod ran out of memory."},
		"why it waits":                    {makeSite("acme"), watch(keyed().State(build.Pending, at(0)).Message("It is suspended.")), "", "Job ci/web. It is suspended."},
		"nothing beside a success":        {makeSite("acme"), watch(keyed().State(build.Successful, at(5)).Message("All is well.")), "", "Job ci/web"},
		"commits that are known":          {asksForCommits(), watch(keyed().Of(shopURL, shopCommit, "main")).Record(source(recorded(keyed()))), "main", "Job ci/web, main, 2 commits, e7f1aaa...41ac7e7"},
		"not why it failed, once unknown": {makeSite("acme"), watch(keyed().Message("It waits for a node.")).Gone(), "", "Job ci/web"},
		"cut to what Jira takes":          {makeSite("acme"), watch(keyed().Of("", "", long).State(build.Failed, at(5)).Message(long)), long[:255], ("Job ci/web, " + long)[:255]},
	} {
		t.Run(name, func(t *testing.T) {
			got := tt.run.Written(t, tt.site).Spec
			if got.Label != tt.label || got.Description != tt.description {
				t.Errorf("label %q, description %q; want %q, %q", got.Label, got.Description, tt.label, tt.description)
			}
		})
	}
}

// Whatever is written in the description is a request to Jira: how far a run is changes it no more than it changes the state.
func TestProgressIsNoRequest(t *testing.T) {
	run := func(completed int) *buildBuilder {
		o := &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"startTime": "2026-03-01T09:01:00Z", "conditions": []any{map[string]any{
			"type": "Succeeded", "status": "Unknown", "reason": "Running", "message": fmt.Sprintf("Tasks Completed: %d, Incomplete: 7", completed),
		}}}}}
		o.SetGroupVersionKind(build.TektonPipelineRun)
		o.SetNamespace("ci")
		o.SetName("web")
		o.SetUID("uid")
		o.SetLabels(map[string]string{v1alpha1.LabelBuild: "true"})
		o.SetAnnotations(map[string]string{v1alpha1.AnnotationIssueKeys: "SHOP-1"})
		return &buildBuilder{build.FromPipelineRun(o)}
	}
	rec := recorded(run(2))
	if rec.r.Spec.State != v1alpha1.BuildInProgress {
		t.Fatalf("the run is %s", rec.r.Spec.State)
	}
	if plan := watch(run(3)).Record(rec).Plan(t, makeSite("acme").Compiled(t)); plan.Update != nil {
		t.Errorf("the record is written anew, with the description %q", plan.Update.Spec.Description)
	}
}

func TestABuildIsDescribedAnewOnceItsRunIsUnderstood(t *testing.T) {
	rec := recorded(makeBuild("web").Keys("SHOP-1").Of(shopURL, shopCommit, "main").Tests(build.Tests{Total: 1, Passed: 1}))
	site := makeSite("acme").Compiled(t)
	if plan := watch(makeBuild("web").State(build.Unknown, time.Time{}).NotUnderstood("it is too large")).Record(rec).Plan(t, site); plan.Update != nil {
		t.Errorf("what is known of the build is forgotten: %s", cmp.Diff(rec.r.Spec, plan.Update.Spec))
	}
	plan := watch(makeBuild("web").Keys("SHOP-1").Of(shopURL, shopCommit, "release")).Record(rec).Plan(t, site)
	if plan.Update == nil || plan.Update.Spec.Label != "release" || plan.Update.Spec.Tests != nil {
		t.Errorf("the record does not follow its run: %+v", plan.Update)
	}
}

func TestWhatABuildSaysOfItsSource(t *testing.T) {
	for name, tt := range map[string]struct {
		source v1alpha1.Source
		want   string
	}{
		"asked": {v1alpha1.Source{Repository: shopURL, Revision: shopCommit}, "Registry and repository are being asked which commits the build is of."},
		"the first": {
			v1alpha1.Source{Repository: shopURL, Revision: shopCommit, Range: v1alpha1.RangeHeadOnly, Commits: 1},
			"Of " + shopURL + " only the commit counts that is built, " + shopCommit[:7] + ". It names no issue. No successful build before it is known.",
		},
		"nothing new": {
			v1alpha1.Source{Repository: shopURL, Revision: shopCommit, Range: v1alpha1.RangeSame},
			shopCommit[:7] + " of " + shopURL + " is the commit of the last successful build: nothing is new.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := SourceCondition(&v1alpha1.JiraBuild{Spec: v1alpha1.JiraBuildSpec{Source: &tt.source}}); got.Message != tt.want {
				t.Errorf("it says %q, want %q", got.Message, tt.want)
			}
		})
	}
}
