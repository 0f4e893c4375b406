// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/build"
)

// keysFrom returns the keys with the numbers of a range.
func keysFrom(first, last int) []string {
	var keys []string
	for n := first; n <= last; n++ {
		keys = append(keys, fmt.Sprintf("SHOP-%d", n))
	}
	return keys
}

func TestTheKeysOfABuild(t *testing.T) {
	rec := func(keys string) *buildRecord { return recorded(makeBuild("web").Keys(keys)) }
	site := func() *siteBuilder { return makeSite("acme").KeyAnnotations("acme.example/ticket").KeyLabels("ticket") }
	ofPay := v1alpha1.EnvironmentRule{ID: "pay", Type: "testing", Namespaces: []string{"ci"}, Projects: []string{"PAY"}}
	for name, tt := range map[string]struct {
		site *siteBuilder
		run  *watching
		want []string
	}{
		"a list on the run":                         {site(), watch(makeBuild("web").Keys("SHOP-2, PAY-1, SHOP-2")), []string{"SHOP-2", "PAY-1"}},
		"a list, which nothing is read beside":      {site(), watch(makeBuild("web").Keys("SHOP-2").Text("SHOP-3").Annotation(v1alpha1.AnnotationBranch, "SHOP-4")), []string{"SHOP-2"}},
		"texts, in their order":                     {site(), watch(makeBuild("web").Text("feature/SHOP-7-x").Text("PAY-1: fix SHOP-7").Text("SHOP-3")), []string{"SHOP-7", "PAY-1", "SHOP-3"}},
		"annotations of the run before its texts":   {site(), watch(makeBuild("web").Text("SHOP-7").Annotation(v1alpha1.AnnotationCommitMessage, "SHOP-8")), []string{"SHOP-8", "SHOP-7"}},
		"the site's own annotation":                 {site(), watch(makeBuild("web").Annotation("acme.example/ticket", "SHOP-9")), []string{"SHOP-9"}},
		"the site's own label":                      {site(), watch(makeBuild("web").Label("ticket", "SHOP-9")), []string{"SHOP-9"}},
		"a revert is no evidence":                   {site(), watch(makeBuild("web").Text("SHOP-1 now").Text(`Revert "SHOP-2 fix"`)), []string{"SHOP-1"}},
		"of the site's projects alone":              {site().Projects("SHOP"), watch(makeBuild("web").Text("PAY-1 and shop-2")), []string{"SHOP-2"}},
		"a list, of the site's projects alone":      {site().Projects("SHOP"), watch(makeBuild("web").Keys("PAY-1,SHOP-2")), []string{"SHOP-2"}},
		"of the projects that the namespace may":    {site().Rules(ofPay), watch(makeBuild("web").Text("SHOP-2 PAY-1")), []string{"PAY-1"}},
		"what only looks like a key":                {site(), watch(makeBuild("web").Text("UTF-8 SHA-256 SHOP-1")), []string{"SHOP-1"}},
		"they follow the run":                       {site(), watch(makeBuild("web").Keys("SHOP-2")).Record(rec("SHOP-1")), []string{"SHOP-2"}},
		"they stay where the run names none now":    {site(), watch(makeBuild("web")).Record(rec("SHOP-1")), []string{"SHOP-1"}},
		"they stay where the run is gone":           {site(), miss(rec("SHOP-1,SHOP-2")), []string{"SHOP-1", "SHOP-2"}},
		"they stay where it is not understood":      {site(), watch(makeBuild("web").NotUnderstood("too large")).Record(rec("SHOP-1")), []string{"SHOP-1"}},
		"a person corrects the record":              {site(), watch(makeBuild("web").Keys("SHOP-1")).Record(rec("SHOP-1").Annotation(v1alpha1.AnnotationIssueKeys, "PAY-7")), []string{"PAY-7"}},
		"a person corrects that of a run that went": {site(), miss(rec("SHOP-1").Annotation(v1alpha1.AnnotationIssueKeys, "PAY-7")), []string{"PAY-7"}},
		"a correction that names nothing":           {site(), watch(makeBuild("web").Keys("SHOP-1")).Record(rec("SHOP-1").Annotation(v1alpha1.AnnotationIssueKeys, "none")), []string{"SHOP-1"}},
		"100, which is what Jira takes":             {site(), watch(makeBuild("web").Keys(strings.Join(keysFrom(1, 100), ","))), keysFrom(1, 100)},
		"the first 100 of 112":                      {site(), watch(makeBuild("web").Keys(strings.Join(keysFrom(1, 112), ","))), keysFrom(1, 100)},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.run.Written(t, tt.site).Spec.IssueKeys); diff != "" {
				t.Errorf("issue keys (-want +got):\n%s", diff)
			}
		})
	}
}

func TestABuildSaysHowManyKeysItDropped(t *testing.T) {
	run := func() *buildBuilder { return makeBuild("web").Keys(strings.Join(keysFrom(1, 112), ",")) }
	site := makeSite("acme")
	plan := watch(run()).Plan(t, site.Compiled(t))
	if got := plan.Create.Spec.DroppedIssueKeys; got != 12 {
		t.Errorf("%d keys are dropped, want 12", got)
	}
	want := []BuildEvent{{v1alpha1.EventIssueKeysTruncated, "12 issue keys are left out: Jira takes at most 100 for a build."}}
	if diff := cmp.Diff(want, plan.Events); diff != "" {
		t.Errorf("Events (-want +got):\n%s", diff)
	}
	rec := recorded(run()).State(v1alpha1.BuildSuccessful, at(5))
	if plan := watch(run().State(build.Successful, at(5))).Record(rec).Plan(t, site.Compiled(t)); plan.Update != nil || plan.Events != nil {
		t.Errorf("it is said once more: %+v", plan)
	}
	if plan := miss(rec).Plan(t, site.Compiled(t)); plan.Update != nil {
		t.Errorf("once the run is gone, %d keys are dropped, want 12 as before", plan.Update.Spec.DroppedIssueKeys)
	}
	fewer := watch(makeBuild("web").Keys("SHOP-1").State(build.Successful, at(5))).Record(rec).Written(t, site)
	if got := fewer.Spec.DroppedIssueKeys; got != 0 {
		t.Errorf("%d keys are dropped of one", got)
	}
}

const shopCommit = "41ac7e7f1aaa0123456789abcdef0123456789ab"

// commitsOf is a repository of which a question is answered with an answer, and that notes the questions.
type commitsOf struct {
	answer Answer
	asked  []Question
}

func (c *commitsOf) Ask(q Question) Answer {
	c.asked = append(c.asked, q)
	return c.answer
}

// resolved answers that two commits name issues.
func resolved(keys ...string) Answer {
	return Answer{Reason: v1alpha1.ReasonResolved, Source: v1alpha1.Source{
		Repository: shopURL, Revision: shopCommit, From: v1alpha1.SourcePodTemplate, Range: v1alpha1.RangeAhead, Base: "e7f1aaa", Commits: 2, IssueKeys: keys,
	}}
}

func TestTheCommitsOfABuild(t *testing.T) {
	of := func(b *buildBuilder) *buildBuilder { return b.Of(shopURL+".git", shopCommit, "main") }
	waiting := &v1alpha1.Source{Repository: shopURL, Revision: shopCommit, From: v1alpha1.SourceRun}
	rec := func() *buildRecord {
		return recorded(of(makeBuild("web")).Keys("SHOP-1")).Change(func(b *v1alpha1.JiraBuild) { b.Spec.Source = waiting.DeepCopy() })
	}
	known := func() *buildRecord {
		return rec().Change(func(b *v1alpha1.JiraBuild) {
			source := resolved("SHOP-2").Source
			source.From, b.Spec.Source = v1alpha1.SourceRun, &source
		})
	}
	slow := Answer{Reason: v1alpha1.ReasonResolving}
	failed := Answer{Reason: v1alpha1.ReasonUnreachable, Message: "The host does not answer.", RetryAfter: time.Minute}
	for name, tt := range map[string]struct {
		site        *siteBuilder
		run         *watching
		answer      Answer
		wantKeys    []string
		wantProblem string
		wantSource  bool
		wantAsked   int
		wantAfter   time.Duration
	}{
		"they are known at once":                  {asksForCommits(), watch(of(makeBuild("web"))), resolved("SHOP-12", "PAY-3"), []string{"SHOP-12", "PAY-3"}, "", true, 1, 0},
		"beside what the run names":               {asksForCommits(), watch(of(makeBuild("web")).Text("SHOP-1")), resolved("SHOP-12", "SHOP-1"), []string{"SHOP-1", "SHOP-12"}, "", true, 1, 0},
		"of the site's projects alone":            {asksForCommits().Projects("PAY"), watch(of(makeBuild("web"))), resolved("SHOP-12", "PAY-3"), []string{"PAY-3"}, "", true, 1, 0},
		"a list, which they are not read beside":  {asksForCommits(), watch(of(makeBuild("web")).Keys("SHOP-1")), resolved("SHOP-12"), []string{"SHOP-1"}, "", true, 1, 0},
		"they are not known yet":                  {asksForCommits(), watch(of(makeBuild("web"))), slow, nil, "", true, 1, 0},
		"they come later":                         {asksForCommits(), watch(of(makeBuild("web")).Text("SHOP-1")).Record(rec()), resolved("SHOP-12"), []string{"SHOP-1", "SHOP-12"}, "", true, 1, 0},
		"they come after the run is gone":         {asksForCommits(), miss(rec().State(v1alpha1.BuildSuccessful, at(5))), resolved("SHOP-12"), []string{"SHOP-1", "SHOP-12"}, "", true, 1, 24*time.Hour - 595*time.Minute},
		"they are asked for once":                 {asksForCommits(), watch(of(makeBuild("web")).Text("SHOP-1")).Record(known()), slow, []string{"SHOP-1", "SHOP-2"}, "", true, 0, 0},
		"they cannot be had, and that is said":    {asksForCommits(), watch(of(makeBuild("web")).Text("SHOP-1")), failed, []string{"SHOP-1"}, "Unreachable: The host does not answer.", true, 1, time.Minute},
		"they could not be had, and can":          {asksForCommits(), watch(of(makeBuild("web"))).Record(rec().Annotation(v1alpha1.AnnotationSourceProblem, "Unreachable: x")), resolved("SHOP-12"), []string{"SHOP-12"}, "", true, 1, 0},
		"a problem stays while it is asked anew":  {asksForCommits(), watch(of(makeBuild("web")).Text("SHOP-1")).Record(rec().Annotation(v1alpha1.AnnotationSourceProblem, "Unreachable: x")), slow, []string{"SHOP-1"}, "Unreachable: x", true, 1, 0},
		"a site that does not ask":                {makeSite("acme"), watch(of(makeBuild("web")).Text("SHOP-1")), resolved("SHOP-12"), []string{"SHOP-1"}, "", false, 0, 0},
		"a run of no repository":                  {asksForCommits(), watch(makeBuild("web").Of("", shopCommit, "").Text("SHOP-1")), resolved("SHOP-12"), []string{"SHOP-1"}, "", false, 0, 0},
		"a run of no revision":                    {asksForCommits(), watch(makeBuild("web").Of(shopURL, "", "main").Text("SHOP-1")), resolved("SHOP-12"), []string{"SHOP-1"}, "", false, 0, 0},
		"a run of a revision that is none":        {asksForCommits(), watch(makeBuild("web").Of(shopURL, strings.Repeat("a", 257), "main").Text("SHOP-1")), resolved("SHOP-12"), []string{"SHOP-1"}, "", false, 0, 0},
		"a run of a repository that is none":      {asksForCommits(), watch(makeBuild("web").Of("file:///src", shopCommit, "").Text("SHOP-1")), resolved("SHOP-12"), []string{"SHOP-1"}, "", false, 0, 0},
		"a record from before the site asked":     {asksForCommits(), watch(of(makeBuild("web")).Text("SHOP-1")).Record(recorded(makeBuild("web").Keys("SHOP-1"))), resolved("SHOP-12"), []string{"SHOP-1", "SHOP-12"}, "", true, 1, 0},
		"a person's correction stays as it is":    {asksForCommits(), watch(of(makeBuild("web"))).Record(rec().Annotation(v1alpha1.AnnotationIssueKeys, "PAY-7")), resolved("SHOP-12"), []string{"PAY-7"}, "", true, 1, 0},
		"100 keys, of which the run's come first": {asksForCommits(), watch(of(makeBuild("web")).Text("SHOP-500")), resolved(keysFrom(1, 120)...), append([]string{"SHOP-500"}, keysFrom(1, 99)...), "", true, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			repository := &commitsOf{answer: tt.answer}
			run := tt.run.Asks(repository.Ask)
			plan := run.Plan(t, tt.site.Compiled(t))
			got := run.Written(t, tt.site)
			if diff := cmp.Diff(tt.wantKeys, got.Spec.IssueKeys); diff != "" {
				t.Errorf("issue keys (-want +got):\n%s", diff)
			}
			if got := got.Annotations[v1alpha1.AnnotationSourceProblem]; got != tt.wantProblem {
				t.Errorf("the problem is %q, want %q", got, tt.wantProblem)
			}
			source := got.Spec.Source
			if (source != nil) != tt.wantSource {
				t.Errorf("the source is %+v, want one is %t", source, tt.wantSource)
			}
			if source != nil && (source.Repository != shopURL || source.Revision != shopCommit || source.From != v1alpha1.SourceRun || source.Image != "") {
				t.Errorf("the source is %+v, want the run's", source)
			}
			if asked := len(repository.asked); asked != 2*tt.wantAsked { // Written plans once more
				t.Errorf("the repository was asked %d times in two plans, want %d each", asked, tt.wantAsked)
			}
			if plan.RequeueAfter != tt.wantAfter || plan.Unkeyed {
				t.Errorf("again after %v, unkeyed %t; want %v, false", plan.RequeueAfter, plan.Unkeyed, tt.wantAfter)
			}
		})
	}
}

func TestSinceWhichBuildCommitsCount(t *testing.T) {
	// at makes the record of a build of a branch that succeeded, so many hours after the workloads of the tests were made.
	of := func(hour int, branch, commit string) *buildRecord {
		run := makeBuild(fmt.Sprintf("web-%d", hour)).Keys("SHOP-1").Created(at(60*hour)).Of(shopURL, commit, branch)
		return recorded(run).State(v1alpha1.BuildSuccessful, at(60*hour+1)).Change(func(b *v1alpha1.JiraBuild) {
			b.Spec.Source = &v1alpha1.Source{Repository: shopURL, Revision: commit, From: v1alpha1.SourceRun, Range: v1alpha1.RangeHeadOnly}
		})
	}
	run := func(branch string) *watching {
		return watch(makeBuild("web-5").Text("SHOP-9").Created(at(300)).Of(shopURL, shopCommit, branch))
	}
	change := func(r *buildRecord, change func(*v1alpha1.JiraBuildSpec)) *buildRecord {
		return r.Change(func(b *v1alpha1.JiraBuild) { change(&b.Spec) })
	}
	for name, tt := range map[string]struct {
		run  *watching
		want string
	}{
		"no build before it":                {run("main"), ""},
		"the last success of its branch":    {run("main").Pipeline(of(1, "main", "c1"), of(3, "main", "c3"), of(2, "main", "c2")), "c3"},
		"not that of another branch":        {run("main").Pipeline(of(1, "main", "c1"), of(3, "feature/x", "c3")), "c1"},
		"of another branch alone":           {run("main").Pipeline(of(3, "feature/x", "c3")), ""},
		"none of a branch, as this one":     {run("").Pipeline(of(1, "", "c1"), of(3, "main", "c3")), "c1"},
		"not one that failed":               {run("main").Pipeline(of(1, "main", "c1"), of(3, "main", "c3").State(v1alpha1.BuildFailed, at(181))), "c1"},
		"not a later one":                   {run("main").Pipeline(of(1, "main", "c1"), of(7, "main", "c7")), "c1"},
		"not one whose commits are unknown": {run("main").Pipeline(of(1, "main", "c1"), change(of(3, "main", "c3"), func(s *v1alpha1.JiraBuildSpec) { s.Source.Range = "" })), "c1"},
		"not one of no source":              {run("main").Pipeline(of(1, "main", "c1"), change(of(3, "main", "c3"), func(s *v1alpha1.JiraBuildSpec) { s.Source = nil })), "c1"},
		"not one of another repository":     {run("main").Pipeline(of(1, "main", "c1"), change(of(3, "main", "c3"), func(s *v1alpha1.JiraBuildSpec) { s.Source.Repository = "https://github.com/acme/pay" })), "c1"},
	} {
		t.Run(name, func(t *testing.T) {
			repository := &commitsOf{answer: Answer{Reason: v1alpha1.ReasonResolving}}
			site := asksForCommits().Projects("SHOP", "PAY")
			compiled := site.Compiled(t)
			tt.run.Asks(repository.Ask).Plan(t, compiled)
			want := Question{Site: "acme", Repository: shopURL, Revision: shopCommit, Projects: "PAY,SHOP", Base: tt.want}
			if tt.want != "" {
				want.BaseRepository = shopURL
			}
			if diff := cmp.Diff([]Question{want}, repository.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}

			// Once there is a record, the question is the same: another one would have another answer.
			first := tt.run.Written(t, site)
			again := *tt.run
			again.o.Record, again.o.Pipeline = first, append(slices.Clone(again.o.Pipeline), first)
			repository.asked = nil
			again.Plan(t, compiled)
			if diff := cmp.Diff([]Question{want}, repository.asked); diff != "" {
				t.Errorf("asked once there is a record (-want +got):\n%s", diff)
			}
		})
	}
}
