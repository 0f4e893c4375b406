// SPDX-License-Identifier: Apache-2.0

package view_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/page/pagetest"
	"github.com/rollcall-dev/rollcall/internal/page/view"
)

// board returns the story with further records.
func board(more ...*pagetest.Deployment) *view.Board {
	r := pagetest.Story()
	for _, d := range more {
		r.Deployments = append(r.Deployments, d.Obj())
	}
	return view.New(r, pagetest.Noon)
}

// alone returns a board of nothing but these.
func alone(deployments ...*pagetest.Deployment) *view.Board {
	r := view.Records{Sites: []*v1alpha1.JiraSite{pagetest.MakeSite(v1alpha1.ReasonReady, "")}}
	for _, d := range deployments {
		r.Deployments = append(r.Deployments, d.Obj())
	}
	return view.New(r, pagetest.Noon)
}

func all() view.Filter { return view.Filter{Page: 1} }

// matrixText writes a matrix down: a line an issue, its builds first, a cell as "version state".
func matrixText(m view.Matrix) []string {
	text := func(c view.Cell) string {
		var parts []string
		for _, r := range c.Releases {
			parts = append(parts, r.Version+" "+r.State)
		}
		if c.More > 0 {
			parts = append(parts, fmt.Sprintf("+%d", c.More))
		}
		return strings.Join(parts, ", ")
	}
	var lines []string
	for _, row := range m.Rows {
		cells := []string{row.Issue.Key, text(row.Builds)}
		for _, c := range row.Cells {
			cells = append(cells, text(c))
		}
		lines = append(lines, strings.Join(cells, " | "))
	}
	return lines
}

func TestMatrix(t *testing.T) {
	m := board().Matrix(all())
	var names []string
	for _, e := range m.Environments {
		names = append(names, e.Name)
	}
	if diff := cmp.Diff([]string{"shop-dev", "shop-staging", "Production"}, names); diff != "" {
		t.Errorf("environments in the order of promotion (-want +got):\n%s", diff)
	}
	want := []string{
		"SHOP-16 |  | 1.6.0 in_progress |  | ",
		"SHOP-14 | main successful | 1.4.2 successful | 1.4.2 successful | 1.4.2 successful",
		"SHOP-13 | main successful | 1.4.1 successful | 1.4.2 successful | 1.4.2 successful",
		"SHOP-12 | main successful | 1.4.0 successful | 1.4.2 successful | 1.4.2 successful",
		"SHOP-15 | main successful |  | 1.5.0 successful | 1.5.0 rolled_back",
		"SHOP-11 | main successful | 1.3.0 successful | 1.3.0 successful | 1.3.0 successful",
	}
	if diff := cmp.Diff(want, matrixText(m)); diff != "" {
		t.Errorf("matrix (-want +got):\n%s", diff)
	}
	if got := m.Rows[1].Issue.URL; got != "https://acme.atlassian.net/browse/SHOP-14" {
		t.Errorf("link of an issue: %q", got)
	}
}

func TestMatrixOfStates(t *testing.T) {
	for name, c := range map[string]struct {
		releases []*pagetest.Deployment
		want     []string
	}{
		"failed": {
			[]*pagetest.Deployment{pagetest.MakeDeployment("prod", 1).Version("1").Issues("SHOP-1").State(v1alpha1.StateFailed)},
			[]string{"SHOP-1 |  | 1 failed"},
		},
		"cancelled, then shipped by the next": {
			[]*pagetest.Deployment{
				pagetest.MakeDeployment("prod", 1).Version("1").Issues("SHOP-1").State(v1alpha1.StateCancelled),
				pagetest.MakeDeployment("prod", 2).Version("2").Issues("SHOP-1", "SHOP-2"),
			},
			[]string{"SHOP-2 |  | 2 successful", "SHOP-1 |  | 2 successful"},
		},
		"two pipelines in one environment: what needs a look comes first": {
			[]*pagetest.Deployment{
				pagetest.MakeDeployment("prod", 2).Version("2").Issues("SHOP-1"),
				pagetest.MakeDeployment("prod", 1).Named("api").Version("1").Issues("SHOP-1").State(v1alpha1.StateFailed),
			},
			[]string{"SHOP-1 |  | 1 failed, 2 successful"},
		},
		"superseded: the newer stands for it": {
			[]*pagetest.Deployment{
				pagetest.MakeDeployment("prod", 1).Version("1").Issues("SHOP-1").Answer(v1alpha1.ReasonSuperseded, ""),
			},
			nil,
		},
		"foreign: it is not from here": {
			[]*pagetest.Deployment{pagetest.MakeDeployment("prod", 1).Version("1").Issues("SHOP-1").Answer(v1alpha1.ReasonForeign, "")},
			nil,
		},
		"SHOP-9 and SHOP-10 of one release": {
			[]*pagetest.Deployment{pagetest.MakeDeployment("prod", 1).Version("1").Issues("SHOP-9", "SHOP-10")},
			[]string{"SHOP-10 |  | 1 successful", "SHOP-9 |  | 1 successful"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, matrixText(alone(c.releases...).Matrix(all()))); diff != "" {
				t.Errorf("matrix (-want +got):\n%s", diff)
			}
		})
	}
}

// What there is too much of is cut, with a word.
func TestMatrixIsBounded(t *testing.T) {
	var many []*pagetest.Deployment
	for i := range 30 {
		d := pagetest.MakeDeployment("prod", int64(i+1)).Named(fmt.Sprintf("web%d", i)).Version("1")
		for k := range 5 {
			d.Change(func(r *v1alpha1.JiraDeployment) {
				r.Spec.IssueKeys = append(r.Spec.IssueKeys, fmt.Sprintf("SHOP-%d", i*5+k+1), "ALL-1")
				r.Spec.Environment.ID = fmt.Sprint("e", i%15)
				r.Spec.Environment.Name = r.Spec.Environment.ID
			})
		}
		many = append(many, d)
	}
	f := all()
	f.Page = 2
	m := alone(many...).Matrix(f)
	if len(m.Environments) != 12 || m.Hidden != 3 {
		t.Errorf("%d environments, %d hidden; want 12 and 3", len(m.Environments), m.Hidden)
	}
	if want := (view.Pages{Page: 2, Last: 2, From: 101, To: 151, Total: 151}); m.Pages != want || len(m.Rows) != 51 {
		t.Errorf("pages %+v with %d rows, want %+v", m.Pages, len(m.Rows), want)
	}
}

// lacking returns what production lacks, and of which version.
func lacking(t *testing.T, b *view.Board) (keys []string, version string) {
	t.Helper()
	s := b.Services(all())
	i := slices.IndexFunc(s.Environments, func(e view.Environment) bool { return e.Type == "production" })
	if len(s.Rows) != 1 || i < 0 {
		t.Fatalf("want one service, with production: %+v", s)
	}
	for _, issue := range s.Rows[0].Cells[i].Lacks {
		keys = append(keys, issue.Key)
	}
	return keys, s.Rows[0].Cells[i].FromVersion
}

func TestWhatStagingHasThatProductionLacks(t *testing.T) {
	release := pagetest.MakeDeployment
	for name, c := range map[string]struct {
		releases []*pagetest.Deployment
		want     []string
		version  string
	}{
		"the same commit": {[]*pagetest.Deployment{
			release("staging", 1).Version("1").Commit("a").Issues("SHOP-1"), release("prod", 2).Version("1").Commit("a").Issues("SHOP-1"),
		}, nil, "1"},
		"two releases more": {[]*pagetest.Deployment{
			release("staging", 1).Version("1").Commit("a").Issues("SHOP-1"), release("staging", 3).Version("2").Commit("b").Issues("SHOP-10"),
			release("staging", 4).Version("3").Commit("c").Issues("SHOP-9"), release("prod", 2).Version("1").Commit("a").Issues("SHOP-1"),
		}, []string{"SHOP-9", "SHOP-10"}, "3"},
		"rolled back in production, so that it lacks it again": {[]*pagetest.Deployment{
			release("staging", 1).Version("1").Commit("a").Issues("SHOP-1"), release("staging", 2).Version("2").Commit("b").Issues("SHOP-2"),
			release("prod", 1).Version("1").Commit("a").Issues("SHOP-1"), release("prod", 3).Version("2").Commit("b").Issues("SHOP-2").State(v1alpha1.StateRolledBack),
			release("prod", 4).Version("1").Commit("a").Issues("SHOP-1"),
		}, []string{"SHOP-2"}, "2"},
		"rolled back in staging, so that production lacks nothing": {[]*pagetest.Deployment{
			release("staging", 1).Version("1").Commit("a").Issues("SHOP-1"), release("staging", 2).Version("2").Commit("b").Issues("SHOP-2").State(v1alpha1.StateRolledBack),
			release("staging", 3).Version("1").Commit("a").Issues("SHOP-1"), release("prod", 1).Version("1").Commit("a").Issues("SHOP-1"),
		}, nil, "1"},
		"failed in production": {[]*pagetest.Deployment{
			release("staging", 2).Version("2").Commit("b").Issues("SHOP-2"),
			release("prod", 1).Version("1").Commit("a").Issues("SHOP-1"), release("prod", 3).Version("2").Commit("b").Issues("SHOP-2").State(v1alpha1.StateFailed),
		}, []string{"SHOP-2"}, "2"},
		"what production had from another build of it": {[]*pagetest.Deployment{
			release("staging", 2).Version("2").Issues("SHOP-2", "SHOP-3"), release("prod", 1).Version("0").Issues("SHOP-1"), release("prod", 3).Version("2-hotfix").Issues("SHOP-2"),
		}, []string{"SHOP-3"}, "2"},
		"older than all that is kept of production": {[]*pagetest.Deployment{
			release("staging", 2).Version("2").Commit("b").Issues("SHOP-2"), release("prod", 30).Version("9").Commit("z").Issues("SHOP-9"),
		}, nil, "2"},
		"no staging: development stands for it": {[]*pagetest.Deployment{
			release("dev", 2).Version("2").Commit("b").Issues("SHOP-2"), release("prod", 1).Version("1").Commit("a").Issues("SHOP-1"),
		}, []string{"SHOP-2"}, "2"},
		"a key that Jira does not know": {[]*pagetest.Deployment{
			release("staging", 2).Version("2").Commit("b").Issues("SHOP-2").Change(func(d *v1alpha1.JiraDeployment) { d.Status.UnknownIssueKeys = []string{"SHOP-2"} }),
			release("prod", 1).Version("1").Commit("a").Issues("SHOP-1"),
		}, nil, "2"},
	} {
		t.Run(name, func(t *testing.T) {
			keys, version := lacking(t, alone(c.releases...))
			if diff := cmp.Diff(c.want, keys); diff != "" {
				t.Errorf("production lacks (-want +got):\n%s", diff)
			}
			if version != c.version {
				t.Errorf("the environment before runs %q, want %q", version, c.version)
			}
		})
	}
}

func TestWhatRuns(t *testing.T) {
	b := board(pagetest.MakeDeployment("prod", 40).Version("1.7.0").Issues("SHOP-17").State(v1alpha1.StateFailed))
	s := b.Services(all())
	if len(s.Rows) != 1 || s.Rows[0].Service.String() != "shop/web" {
		t.Fatalf("shop-dev/web, shop-staging/web and shop-prod/web are one service: %+v", s.Rows)
	}
	var got []string
	for _, c := range s.Rows[0].Cells {
		r := c.Running[0]
		line := r.Release.Version + " since " + r.Release.At.Format("15:04")
		if r.Next != nil {
			line += ", " + r.Next.Version + " " + r.Next.State
		}
		got = append(got, line)
	}
	want := []string{"1.4.2 since 11:04, 1.6.0 in_progress", "1.5.0 since 11:20", "1.4.2 since 11:22, 1.7.0 failed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what runs (-want +got):\n%s", diff)
	}
}

// A workload that is gone runs nowhere, and of one that is reported to two sites one counts.
func TestWhatDoesNotRun(t *testing.T) {
	gone := pagetest.MakeDeployment("dev", 1).Issues("SHOP-1").Change(func(d *v1alpha1.JiraDeployment) {
		d.Annotations = map[string]string{v1alpha1.AnnotationWorkloadGoneSince: "2026-11-26T11:30:00Z"}
	})
	twice := pagetest.MakeDeployment("prod", 1).Issues("SHOP-1").Change(func(d *v1alpha1.JiraDeployment) { d.Spec.Site, d.Name = "other", "other" })
	s := alone(gone, twice, pagetest.MakeDeployment("prod", 1).Issues("SHOP-1")).Services(all())
	if len(s.Environments) != 1 || len(s.Rows) != 1 || len(s.Rows[0].Cells[0].Running) != 1 {
		t.Errorf("want one service that runs once, in production: %+v", s)
	}
}

func TestTimeline(t *testing.T) {
	yesterday := pagetest.MakeDeployment("dev", 9).Named("old").Version("0.9").Issues("SHOP-1").Change(func(d *v1alpha1.JiraDeployment) {
		d.Spec.LastUpdated.Time = pagetest.Noon.Add(-24 * time.Hour)
	})
	line := board(yesterday).Timeline(all())
	if len(line.Days) != 2 || len(line.Days[0].Releases) != 17 || len(line.Days[1].Releases) != 1 {
		t.Fatalf("want 17 of today and one of yesterday: %+v", line.Days)
	}
	if first, last := line.Days[0].Releases[0], line.Days[1].Releases[0]; first.Version != "1.6.0" || last.Version != "0.9" {
		t.Errorf("from %s to %s, want 1.6.0 to 0.9", first.Version, last.Version)
	}
	if build := line.Days[0].Releases[16]; build.Kind != view.Build && build.Title != "shop-build #1" && build.Version != "1.3.0" {
		t.Errorf("the earliest of today: %+v", build)
	}
}

func TestUndelivered(t *testing.T) {
	pending := pagetest.MakeDeployment("prod", 41).Issues("SHOP-17").Change(func(d *v1alpha1.JiraDeployment) { d.Generation = 2 })
	b := board(
		pagetest.MakeDeployment("dev", 51).Issues("SHOP-18").Answer(v1alpha1.ReasonUnknownIssueKeys, "Jira knows no SHOP-18."),
		pagetest.MakeDeployment("dev", 52).Answer(v1alpha1.ReasonNoIssueKeys, ""),
		pagetest.MakeDeployment("dev", 53).Issues("SHOP-19").Answer(v1alpha1.ReasonSiteNotReady, "The site waits."),
		pagetest.MakeDeployment("dev", 54).Issues("SHOP-19").Answer(v1alpha1.ReasonNotSelected, ""),
		pending,
	)
	var got []string
	for _, g := range b.Undelivered().Groups {
		got = append(got, fmt.Sprintf("%s %s %d %s", g.Standing, g.Reason, g.Total, g.Releases[0].Answer.Message))
	}
	want := []string{
		"refused NotSelected 1 ", "refused UnknownIssueKeys 1 Jira knows no SHOP-18.",
		"waiting Pending 1 ", "waiting SiteNotReady 1 The site waits.", "untold NoIssueKeys 1 ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if c := b.Counts(); c != (view.Counts{Issues: 9, Services: 1, UnderWay: 0, Failed: 0, Undelivered: 4}) {
		t.Errorf("counts: %+v", c)
	}
}

// Every reason of the condition Delivered is told, waiting, refused or untold; none is taken for what it is not.
func TestEveryReasonHasItsStanding(t *testing.T) {
	for reason, want := range map[string]view.Standing{
		v1alpha1.ReasonPending: view.Waiting, v1alpha1.ReasonAccepted: view.Told, v1alpha1.ReasonRejected: view.Refused,
		v1alpha1.ReasonUnknownIssueKeys: view.Refused, v1alpha1.ReasonSuperseded: view.Untold, v1alpha1.ReasonForeign: view.Untold,
		v1alpha1.ReasonExisting: view.Untold, v1alpha1.ReasonNotSelected: view.Refused, v1alpha1.ReasonHandmadeNotAllowed: view.Refused,
		v1alpha1.ReasonPipelineNotAllowed: view.Refused, v1alpha1.ReasonSequenceTooHigh: view.Refused,
		v1alpha1.ReasonEnvironmentNotAllowed: view.Refused, v1alpha1.ReasonProjectNotAllowed: view.Refused,
		v1alpha1.ReasonNoIssueKeys: view.Untold, v1alpha1.ReasonResync: view.Waiting, v1alpha1.ReasonSiteNotReady: view.Waiting,
		v1alpha1.ReasonDryRun: view.Untold, v1alpha1.ReasonPermissionMissing: view.Waiting,
	} {
		r := alone(pagetest.MakeDeployment("prod", 1).Issues("SHOP-1").Answer(reason, "")).Find(view.Deployment, "shop-prod", "web-1")
		if r.Answer.Standing != want {
			t.Errorf("%s is %s, want %s", reason, r.Answer.Standing, want)
		}
	}
}

func TestFilter(t *testing.T) {
	for query, want := range map[string]int{
		"": 17, "issue=SHOP-12": 5, "issue=shop-12": 5, "issue=SHOP": 17, "issue=SHOP-1": 0, "issue=PAY": 0,
		"environment=production": 4, "environment=demo/shop-dev": 5, "environment=Production": 4,
		"namespace=shop-ci": 5, "state=rolled_back": 1, "site=acme": 17, "site=other": 0, "since=15m": 1, "since=1d": 17,
		"environment=production&state=successful&issue=SHOP-11": 1,
	} {
		t.Run(query, func(t *testing.T) {
			q, err := url.ParseQuery(query)
			if err != nil {
				t.Fatal(err)
			}
			f, err := view.ParseFilter(q)
			if err != nil {
				t.Fatal(err)
			}
			if got := board().Filtered(f).Timeline(f).Pages.Total; got != want {
				t.Errorf("%d releases, want %d", got, want)
			}
			again, err := url.ParseQuery(strings.TrimPrefix(f.Query(1), "?"))
			if err != nil {
				t.Fatal(err)
			}
			if f2, err := view.ParseFilter(again); err != nil || f2 != f {
				t.Errorf("the address of %+v is read as %+v, %v", f, f2, err)
			}
		})
	}
	for _, query := range []string{"since=yesterday", "since=-1h", "since=0d", "since=99999999d", "page=0", "page=x"} {
		q, _ := url.ParseQuery(query)
		if f, err := view.ParseFilter(q); err == nil || f.Active() {
			t.Errorf("%s is understood as %+v, want an error and no filter", query, f)
		}
	}
}

func TestLinks(t *testing.T) {
	for link, want := range map[string]string{
		"https://ci.example.com/1?a=b": "https://ci.example.com/1?a=b", "http://ci/1": "http://ci/1",
		"javascript:alert(1)": "", "JaVaScRiPt:alert(1)": "", "data:text/html,x": "", "//evil.example": "", "/records": "", "https:///x": "",
		"https://acme.atlassian.net@evil.example/": "", "ftp://x/": "", "vbscript:x": "", "https://x/\nfoo": "",
	} {
		d := pagetest.MakeDeployment("prod", 1).Issues("SHOP-1").Change(func(d *v1alpha1.JiraDeployment) { d.Spec.URL = link })
		if got := alone(d).Find(view.Deployment, "shop-prod", "web-1").URL; got != want {
			t.Errorf("the link %q becomes %q, want %q", link, got, want)
		}
	}
}

func TestWorkloads(t *testing.T) {
	var w view.Workloads
	for _, one := range []view.Workload{
		{Namespace: "a", Name: "told", Recorded: true, Selected: true}, {Namespace: "a", Name: "silent", Selected: true},
		{Namespace: "a", Name: "excluded"}, {Namespace: "b", Name: "excluded"},
	} {
		w.Add(one)
	}
	for range 120 {
		w.Add(view.Workload{Namespace: "c", Name: "many", Selected: true})
	}
	all := w.Of(view.Filter{})
	if len(all.Rows) != 100 || all.More != 21 || all.Unselected != 2 || all.Rows[0].Name != "silent" {
		t.Errorf("%d rows, %d more, %d unselected; want 100, 21 and 2", len(all.Rows), all.More, all.Unselected)
	}
	if a := w.Of(view.Filter{Namespace: "a"}); len(a.Rows) != 2 || a.Unselected != 0 {
		t.Errorf("of a namespace: %+v, want silent and excluded", a)
	}
}
