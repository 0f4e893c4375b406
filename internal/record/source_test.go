// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// shop is a repository with one branch: the commit of image v1 names SHOP-11, that of v2 SHOP-12, and so on. It answers as
// the resolver does.
type shop struct {
	t *testing.T
	// says is what is answered instead, as a reason; empty for the commits.
	says string
	// asked are the questions so far.
	asked []Question
}

const (
	// off is a site that asks nobody, and noRegistry a failure before anything is known.
	off        = "off"
	noRegistry = "no registry"
)

const shopURL = "https://github.com/acme/shop"

// commitOf returns the id of an image's commit.
func commitOf(image string) string {
	return strings.Repeat("0", 38) + fmt.Sprintf("%02d", numberOf(image))
}

func numberOf(image string) (n int) {
	_, _ = fmt.Sscanf(imageTag(image), "v%d", &n)
	return n
}

func (s *shop) Ask(q Question) Answer {
	s.asked = append(s.asked, q)
	known := v1alpha1.Source{Image: q.Image, Repository: shopURL, Revision: commitOf(q.Image), From: "ConfigLabel"}
	switch s.says {
	case v1alpha1.ReasonResolving:
		return Answer{Reason: s.says}
	case v1alpha1.ReasonNoSource:
		return Answer{Reason: s.says, Message: "The image does not say."}
	case noRegistry:
		return Answer{Reason: v1alpha1.ReasonUnreachable, Message: "The registry does not answer.", RetryAfter: time.Minute}
	case "":
	default:
		return Answer{Reason: s.says, Message: "Something is wrong: mend it.", Source: known, RetryAfter: time.Minute}
	}
	head, base := numberOf(q.Image), 0
	if q.Base != "" {
		if _, err := fmt.Sscanf(strings.TrimLeft(q.Base, "0"), "%d", &base); err != nil || q.BaseRepository != shopURL {
			s.t.Errorf("the base is %q of %q, want a commit of %s", q.Base, q.BaseRepository, shopURL)
		}
	}
	known.Base = q.Base
	switch {
	case base == 0:
		known.Range, base = v1alpha1.RangeHeadOnly, head-1
	case base == head:
		known.Range = v1alpha1.RangeSame
	case base > head:
		known.Range = v1alpha1.RangeRollback
	default:
		known.Range = v1alpha1.RangeAhead
	}
	for n := head; n > base; n-- {
		known.Commits++
		known.IssueKeys = append(known.IssueKeys, fmt.Sprintf("SHOP-%d", 10+n))
	}
	return Answer{Reason: v1alpha1.ReasonResolved, Source: known}
}

func asksForCommits() *siteBuilder {
	site := makeSite("acme")
	site.site.Spec.Commits = &v1alpha1.Commits{Registries: []string{"ghcr.io"}, Repositories: []v1alpha1.CommitRepositories{{URL: "https://github.com/acme"}}}
	return site
}

// release is a revision that runs an image. Its template is the image's, unless another is given.
func release(revision int64, tag string, template ...string) *rolloutBuilder {
	return bare(revision, strings.Join(append([]string{tag}, template...), "-")).Images("ghcr.io/acme/shop:" + tag)
}

// look is an observation, and how the repository answers it.
type look struct {
	r    *rolloutBuilder
	says string
}

// follow plans the looks in their order, each carried out. Jira takes all that has a key.
func follow(t *testing.T, site *siteBuilder, looks ...look) ([]*v1alpha1.JiraDeployment, Plan, *shop) {
	t.Helper()
	asked := &shop{t: t}
	var records []*v1alpha1.JiraDeployment
	var last Plan
	for i, l := range looks {
		observation := observe(l.r).At(now.Add(time.Duration(i) * time.Minute))
		observation.observation.Records, observation.observation.Ask = records, asked.Ask
		asked.says = l.says
		asking := *site
		if l.says == off {
			asking.site.Spec.Commits = nil
		}
		last = plan(t, &asking, observation)
		records = carriedOut(records, last)
		for _, d := range records {
			if len(d.Spec.IssueKeys) > 0 {
				d.Status.DeliveredGeneration = d.Generation
			}
		}
	}
	return records, last, asked
}

func TestTheCommitsOfARelease(t *testing.T) {
	const (
		resolving    = v1alpha1.ReasonResolving
		unreachable  = v1alpha1.ReasonUnreachable
		unauthorized = v1alpha1.ReasonUnauthorized
		noSource     = v1alpha1.ReasonNoSource
	)
	for name, tt := range map[string]struct {
		looks []look
		want  string
	}{
		"the first release ships the commit that runs alone": {
			[]look{{release(1, "v3"), ""}}, "#1 successful SHOP-13",
		},
		"the next one ships what lies between": {
			[]look{{release(1, "v1"), ""}, {release(2, "v4"), ""}}, "#1 successful SHOP-11, #2 successful SHOP-14 SHOP-13 SHOP-12",
		},
		"what failed ships with the next success": {
			[]look{{release(1, "v1"), ""}, {release(2, "v2").Failed(at(25)), ""}, {release(3, "v3"), ""}},
			"#1 successful SHOP-11, #2 failed SHOP-12, #3 successful SHOP-13 SHOP-12",
		},
		"what was superseded on its way, too": {
			[]look{{release(1, "v1"), ""}, {release(2, "v2").InProgress(at(20)), ""}, {release(3, "v3"), ""}},
			"#1 successful SHOP-11, #2 cancelled SHOP-12, #3 successful SHOP-13 SHOP-12",
		},
		"the same image once more ships nothing": {
			[]look{{release(1, "v1"), ""}, {release(2, "v1", "other config"), ""}}, "#1 successful SHOP-11, #2 successful ",
		},
		"an older image under another template ships nothing": {
			[]look{{release(1, "v1"), ""}, {release(2, "v2"), ""}, {release(3, "v1", "other config"), ""}},
			"#1 successful SHOP-11, #2 successful SHOP-12, #3 successful ",
		},
		"a rollback has the keys of what it restores, and what comes next ships the rest again": {
			[]look{{release(1, "v1"), ""}, {release(2, "v2"), ""}, {release(3, "v1"), ""}, {release(4, "v3"), ""}},
			"#1 successful SHOP-11, #2 rolled_back SHOP-12, #3 successful SHOP-11, #4 successful SHOP-13 SHOP-12",
		},
		"a release whose commits nobody knows yet has no keys": {
			[]look{{release(1, "v1").InProgress(at(1)), resolving}}, "#1 in_progress ",
		},
		"they come when they are known": {
			[]look{{release(1, "v1").InProgress(at(1)), resolving}, {release(1, "v1").InProgress(at(1)), ""}}, "#1 in_progress SHOP-11",
		},
		"also after the rollout is finished": {
			[]look{{release(1, "v1").InProgress(at(1)), resolving}, {release(1, "v1"), resolving}, {release(1, "v1"), ""}}, "#1 successful SHOP-11",
		},
		"they are there beside the keys of the pod template": {
			[]look{{own(release(1, "v1"), "SHOP-7: x"), resolving}, {own(release(1, "v1"), "SHOP-7: x"), ""}}, "#1 successful SHOP-7 SHOP-11",
		},
		"a list on the pod template goes before them": {
			[]look{{release(1, "v1").Keys("SHOP-7"), resolving}, {release(1, "v1").Keys("SHOP-7"), ""}}, "#1 successful SHOP-7",
		},
		"and so does one on the metadata that came with the release": {
			[]look{{listed(release(1, "v1"), "SHOP-7"), resolving}, {listed(release(1, "v1"), "SHOP-7"), ""}}, "#1 successful SHOP-7",
		},
		"a list that stands there still gives way": {
			[]look{{listed(release(1, "v1"), "SHOP-7"), ""}, {listed(release(2, "v2"), "SHOP-7"), ""}}, "#1 successful SHOP-7, #2 successful SHOP-12",
		},
		"a text on the metadata waits for them": {
			[]look{{said(release(1, "v1").InProgress(at(1)), "SHOP-7: x"), resolving}}, "#1 in_progress ",
		},
		"and gives way to them": {
			[]look{{said(release(1, "v1").InProgress(at(1)), "SHOP-7: x"), resolving}, {said(release(1, "v1"), "SHOP-7: x"), ""}}, "#1 successful SHOP-11",
		},
		"it is told where the repository does not answer": {
			[]look{{said(release(1, "v1"), "SHOP-7: x"), unreachable}}, "#1 successful SHOP-7",
		},
		"and corrected once it does": {
			[]look{{said(release(1, "v1"), "SHOP-7: x"), unreachable}, {said(release(1, "v1"), "SHOP-7: x"), ""}}, "#1 successful SHOP-11",
		},
		"a text that was written later is not told with that": {
			[]look{{own(release(1, "v1"), "SHOP-7: x"), unreachable}, {said(own(release(1, "v1"), "SHOP-7: x"), "SHOP-9: y"), ""}}, "#1 successful SHOP-7 SHOP-11",
		},
		"asking once more after a restart takes no key away": {
			[]look{{said(release(1, "v1").InProgress(at(1)), "SHOP-7: x"), unauthorized}, {said(release(1, "v1").InProgress(at(1)), "SHOP-7: x"), resolving}},
			"#1 in_progress SHOP-7",
		},
		"a release that nobody knew the commits of ships with the next": {
			[]look{{release(1, "v1"), ""}, {release(2, "v2"), unreachable}, {release(3, "v3"), ""}},
			"#1 successful SHOP-11, #2 successful , #3 successful SHOP-13 SHOP-12",
		},
		"what was there before they were asked for keeps its keys": {
			[]look{{said(release(1, "v1"), "SHOP-7: x"), off}, {said(release(1, "v1"), "SHOP-7: x"), resolving}, {said(release(1, "v1"), "SHOP-7: x"), ""}}, "#1 successful SHOP-7",
		},
		"so do services and keys of a rollout that is under way, until they are known": {
			[]look{{served(said(release(1, "v1").InProgress(at(1)), "SHOP-7: x")), off}, {served(said(release(1, "v1").InProgress(at(1)), "SHOP-7: x")), resolving}}, "#1 in_progress SHOP-7",
		},
		"nobody waits for them once they are not asked for any more": {
			[]look{{said(release(1, "v1"), "SHOP-7: x"), resolving}, {said(release(1, "v1"), "SHOP-7: x"), off}}, "#1 successful SHOP-7",
		},
		"a rollback to what nobody knew the commits of asks for them": {
			[]look{{release(1, "v1"), ""}, {release(2, "v2"), unreachable}, {release(3, "v3"), ""}, {release(4, "v2"), unreachable}, {release(4, "v2"), ""}, {release(5, "v5"), ""}},
			"#1 successful SHOP-11, #2 successful , #3 rolled_back SHOP-13 SHOP-12, #4 successful SHOP-12, #5 successful SHOP-15 SHOP-14 SHOP-13",
		},
		"what comes after a rollback to a release from before they were asked for is counted from that": {
			[]look{{own(release(1, "v1"), "SHOP-1: x"), off}, {own(release(2, "v2"), "SHOP-2: x"), off}, {own(release(2, "v2"), "SHOP-2: x"), ""},
				{own(release(3, "v1"), "SHOP-1: x"), ""}, {release(4, "v4"), ""}},
			"#1 successful SHOP-1, #2 rolled_back SHOP-2, #3 successful SHOP-1, #4 successful SHOP-14 SHOP-13 SHOP-12",
		},
		"a list that comes after a release that ships nothing is not that release's": {
			[]look{{release(1, "v1"), ""}, {release(2, "v1", "config"), ""}, {listed(release(2, "v1", "config"), "SHOP-99"), ""}}, "#1 successful SHOP-11, #2 successful ",
		},
		"an image that says nothing has no record": {
			[]look{{release(1, "v1"), noSource}}, "",
		},
		"it has one where something else names an issue": {
			[]look{{said(release(1, "v1"), "SHOP-7: x"), noSource}}, "#1 successful SHOP-7",
		},
	} {
		t.Run(name, func(t *testing.T) {
			records, _, _ := follow(t, asksForCommits(), tt.looks...)
			if diff := cmp.Diff(tt.want, shownBy(records)); diff != "" {
				t.Errorf("Jira shows (-want +got):\n%s", diff)
			}
		})
	}
}

func served(b *rolloutBuilder) *rolloutBuilder {
	return b.Annotation(v1alpha1.AnnotationServiceIDs, "ari:service/1")
}

func TestARestartShipsWhatTheReleaseShipped(t *testing.T) {
	again := func(n int64, exact string) *rolloutBuilder { return own(release(n, "v1"), "SHOP-7: x").Exact(exact) }
	records, _, _ := follow(t, asksForCommits().ReportsRestarts(), look{again(1, "a"), ""}, look{again(2, "b"), v1alpha1.ReasonResolving})
	if got := shownBy(records); got != "#1 successful SHOP-7 SHOP-11, #2 successful SHOP-7 SHOP-11" {
		t.Errorf("Jira shows %q, want the keys of the release twice", got)
	}
}

// What fails in one way and then in another is no request to Jira, and what is found in the end is no backfill.
func TestAFailureThatChangesIsToldNobodyInJira(t *testing.T) {
	b := func() *rolloutBuilder { return own(release(1, "v1").Successful(now), "SHOP-7: x") }
	records, _, _ := follow(t, asksForCommits(), look{b(), noRegistry})
	told := records[0].Generation
	records, _, _ = follow(t, asksForCommits(), look{b(), noRegistry}, look{b(), v1alpha1.ReasonUnauthorized}, look{b(), noRegistry})
	if got := records[0].Generation; got != told {
		t.Errorf("generation %d after three failures, want %d as after one", got, told)
	}
	records, _, _ = follow(t, asksForCommits(), look{b(), noRegistry}, look{b(), v1alpha1.ReasonUnauthorized}, look{b(), ""})
	if got := records[0].Spec; got.OperationType != "" || strings.Join(got.IssueKeys, " ") != "SHOP-7 SHOP-11" {
		t.Errorf("%v are told as %q, want SHOP-7 and SHOP-11 as what just happened", got.IssueKeys, got.OperationType)
	}
}

// A tag that was there before may have been pushed anew: what was read of it before this release does not count.
func TestATagThatStaysIsReadAnew(t *testing.T) {
	for name, tt := range map[string]struct {
		looks []look
		want  time.Time // the zero time: any answer counts
	}{
		"another tag":                   {[]look{{release(1, "v1"), ""}, {release(2, "v2"), ""}}, time.Time{}},
		"the same tag":                  {[]look{{release(1, "v1"), ""}, {release(2, "v1", "x"), ""}}, now.Add(time.Minute)},
		"the same, asked once more":     {[]look{{release(1, "v1"), ""}, {release(2, "v1", "x"), v1alpha1.ReasonResolving}, {release(2, "v1", "x"), ""}}, now.Add(time.Minute)},
		"the same, after a failure":     {[]look{{release(1, "v1"), v1alpha1.ReasonUnreachable}, {release(2, "v1", "x"), ""}}, now.Add(time.Minute)},
		"the same template, other keys": {[]look{{own(release(1, "v1").Exact("a"), "SHOP-1: x"), ""}, {own(release(2, "v1").Exact("b"), "SHOP-2: y"), ""}}, now.Add(time.Minute)},
		"the same digest":               {[]look{{pinned(1, "x"), v1alpha1.ReasonUnreachable}, {pinned(2, "y"), v1alpha1.ReasonUnreachable}}, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, asked := follow(t, asksForCommits(), tt.looks...)
			if got := asked.asked[len(asked.asked)-1].ReadAfter; !got.Equal(tt.want) {
				t.Errorf("what was read after %v counts, want %v", got, tt.want)
			}
		})
	}
}

func pinned(revision int64, template string) *rolloutBuilder {
	return release(revision, template).Images("ghcr.io/acme/shop@sha256:" + strings.Repeat("a", 64))
}

// What a tenant writes is kept in memory with the question, so that it has a bound.
func TestAQuestionHasABound(t *testing.T) {
	long := strings.Repeat("x,", 15<<10)
	r := release(1, "v1").TemplateAnnotation(v1alpha1.AnnotationRepository, long).Annotation(v1alpha1.AnnotationPaths, long).Images("ghcr.io/" + long)
	for revision, most := range map[string]int{"": 8 << 10, long: 8 << 10} {
		q := asksForCommits().Compiled(t).question(r.TemplateAnnotation(v1alpha1.AnnotationRevision, revision).Obj(), nil)
		if size := len(q.Repository) + len(q.Revision) + len(q.Image) + len(q.Paths); size > most {
			t.Errorf("a question has %d characters, want %d at most", size, most)
		}
	}
}

// What was there before somebody listed a repository keeps its keys, and tells where the next release begins.
func TestCommitsThatAreSwitchedOnLater(t *testing.T) {
	before := said(release(1, "v1"), "SHOP-7: x")
	_, records := after(t, makeSite("acme"), before)
	observation := observe(before)
	observation.observation.Records, observation.observation.Ask = records, (&shop{t: t}).Ask
	records = carriedOut(records, plan(t, asksForCommits(), observation))
	if got := records[0].Spec; strings.Join(got.IssueKeys, " ") != "SHOP-7" || got.Source == nil || got.Source.Revision != commitOf(":v1") {
		t.Errorf("the record has %v and %+v, want SHOP-7 and the commit that runs", got.IssueKeys, got.Source)
	}
}

func TestNobodyIsAskedWhereNothingIsListed(t *testing.T) {
	site := makeSite("acme")
	records, last, asked := follow(t, site, look{own(release(1, "v1"), "SHOP-7: x"), ""})
	if len(asked.asked) > 0 || len(records) != 1 || records[0].Spec.Source != nil || last.RequeueAfter != 0 {
		t.Errorf("%d questions were asked, and the source is %+v; want none", len(asked.asked), records[0].Spec.Source)
	}
}

// A base is of the same environment: what was shipped to staging was not shipped to production.
func TestTheBaseIsTheLastSuccessInTheEnvironment(t *testing.T) {
	moved := release(2, "v3").TemplateAnnotation(v1alpha1.KeyEnvironment, "blue")
	records, _, asked := follow(t, asksForCommits(), look{release(1, "v1"), ""}, look{moved, ""})
	if got := shownBy(records); got != "#1 successful SHOP-11, #2 successful SHOP-13" {
		t.Errorf("Jira shows %q after %d questions, want the commit alone that runs there", got, len(asked.asked))
	}
}

func TestTheBaseOutlivesTheRetention(t *testing.T) {
	looks := []look{{release(1, "v1"), ""}}
	for n := range 6 {
		looks = append(looks, look{release(int64(n+2), "v2", fmt.Sprint(n)).Failed(at(20 + 10*n)), ""})
	}
	records, _, _ := follow(t, asksForCommits().Keeps(2, time.Hour), append(looks, look{release(8, "v3"), ""})...)
	if got := records[len(records)-1].Spec.Source; got.Base != commitOf(":v1") {
		t.Errorf("the base is %s, want the commit of the last success, %s", got.Base, commitOf(":v1"))
	}
}

func TestTheQuestion(t *testing.T) {
	site := asksForCommits().Projects("SHOP", "PAY")
	site.site.UID, site.site.Generation = "uid-of-acme", 7
	site.site.Spec.Commits.Images = []v1alpha1.CommitImages{
		{Image: "ghcr.io/acme/mono-*", Repository: "https://github.com/acme/mono", Paths: []string{"services/b/**", "services/a/**"}},
	}
	asks := func(change func(*Question)) Question {
		q := Question{Site: "acme", SiteUID: "uid-of-acme", Generation: 7, Image: "ghcr.io/acme/mono-web:1", Mapped: "https://github.com/acme/mono", Paths: "services/a/**\nservices/b/**", Projects: "PAY,SHOP"}
		change(&q)
		return q
	}
	mono := func() *rolloutBuilder { return bare(1, "A").Images("ghcr.io/acme/mono-web:1") }
	for name, tt := range map[string]struct {
		r    *rolloutBuilder
		want Question
	}{
		"an image of the map": {mono(), asks(func(*Question) {})},
		"by digest":           {bare(1, "A").Images("ghcr.io/acme/mono-web@sha256:ab"), asks(func(q *Question) { q.Image = "ghcr.io/acme/mono-web@sha256:ab" })},
		"an image below it":   {bare(1, "A").Images("ghcr.io/acme/mono-web/x:1"), asks(func(q *Question) { q.Image, q.Mapped, q.Paths = "ghcr.io/acme/mono-web/x:1", "", "" })},
		"paths of its own":    {mono().Annotation(v1alpha1.AnnotationPaths, "web/**, lib"), asks(func(q *Question) { q.Paths = "lib\nweb/**" })},
		"the pod template says both": {
			mono().TemplateAnnotation(v1alpha1.AnnotationRepository, " https://git.example/x ").TemplateAnnotation(v1alpha1.AnnotationRevision, "v1.2"),
			asks(func(q *Question) { q.Repository, q.Revision, q.Image = "https://git.example/x", "v1.2", "" }),
		},
		"the pod template says one": {
			mono().TemplateAnnotation(v1alpha1.AnnotationRevision, "v1.2"), asks(func(q *Question) { q.Revision = "v1.2" }),
		},
		"what the metadata says is of any release": {mono().Annotation(v1alpha1.AnnotationRevision, "v1.2"), asks(func(*Question) {})},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, asked := follow(t, site, look{tt.r, v1alpha1.ReasonResolving})
			if diff := cmp.Diff(tt.want, asked.asked[0]); diff != "" {
				t.Errorf("Ask (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatARecordSaysOfItsSource(t *testing.T) {
	problem := v1alpha1.ReasonUnauthorized
	for name, tt := range map[string]struct {
		looks        []look
		reason, says string
		description  string
		url          string
	}{
		"asked":     {[]look{{release(1, "v1"), v1alpha1.ReasonResolving}}, v1alpha1.ReasonResolving, "are being asked", "ghcr.io/acme/shop:v1", "https://acme.atlassian.net"},
		"refused":   {[]look{{release(1, "v1"), problem}}, problem, "Something is wrong: mend it.", "ghcr.io/acme/shop:v1", "https://acme.atlassian.net"},
		"head only": {[]look{{release(1, "v1"), ""}}, v1alpha1.ReasonResolved, "Of " + shopURL + " only the commit counts that runs, 0000000. It names SHOP-11. No successful release before it is known.", ":v1, commit 0000000", shopURL + "/commit/" + commitOf(":v1")},
		"a range": {
			[]look{{release(1, "v1"), ""}, {release(2, "v4"), ""}}, v1alpha1.ReasonResolved, "3 commits of " + shopURL + " between 0000000 and 0000000. They name SHOP-14, SHOP-13, SHOP-12.",
			":v4, 3 commits, 0000000...0000000", shopURL + "/compare/" + commitOf(":v1") + "..." + commitOf(":v4"),
		},
		"nothing new": {
			[]look{{release(1, "v1"), ""}, {release(2, "v1", "x"), ""}}, v1alpha1.ReasonResolved, "0000000 of " + shopURL + " is the commit of the last successful release: nothing is new.",
			":v1, no new commit, 0000000", shopURL + "/commit/" + commitOf(":v1"),
		},
		"mended": {[]look{{release(1, "v1"), problem}, {release(1, "v1"), ""}}, v1alpha1.ReasonResolved, "only the commit counts that runs, 0000000", "commit 0000000", shopURL + "/commit/" + commitOf(":v1")},
	} {
		t.Run(name, func(t *testing.T) {
			records, last, _ := follow(t, asksForCommits(), tt.looks...)
			d := records[len(records)-1]
			got := SourceCondition(d)
			if got.Reason != tt.reason || !strings.Contains(got.Message, tt.says) {
				t.Errorf("SourceResolved is %s, %q; want %s, %q", got.Reason, got.Message, tt.reason, tt.says)
			}
			if !strings.HasSuffix(d.Spec.Description, tt.description) || d.Spec.URL != tt.url {
				t.Errorf("the record says %q, %q; want %q, %q", d.Spec.Description, d.Spec.URL, tt.description, tt.url)
			}
			said := 0
			for _, e := range last.Events {
				if e.Reason == v1alpha1.EventSourceNotResolved {
					said++
				}
			}
			if want := map[bool]int{true: 1}[tt.reason == problem]; said != want {
				t.Errorf("%d Events say what is wrong, want %d", said, want)
			}
		})
	}
	records, _, _ := follow(t, asksForCommits(), look{release(1, "v1").InProgress(at(1)), v1alpha1.ReasonResolving}, look{release(2, "v2").InProgress(at(2)), ""})
	if got := SourceCondition(records[0]); got.Reason != v1alpha1.ReasonResolving || !strings.Contains(got.Message, "they ship with the next success") {
		t.Errorf("a release that was over before its answer says %v", got)
	}
	if got := SourceCondition(makeRecord(makeRollout("web").Keys("SHOP-1")).Obj()); got != nil {
		t.Errorf("a record without a source says %v", got)
	}
}

func TestComparePages(t *testing.T) {
	base, head := strings.Repeat("a", 40), strings.Repeat("b", 40)
	for repository, want := range map[string]string{
		"https://github.com/acme/shop":           "/compare/" + base + "..." + head,
		"https://github.acme.example/acme/shop":  "/compare/" + base + "..." + head,
		"https://gitlab.com/acme/team/shop":      "/-/compare/" + base + "..." + head,
		"https://gitlab.acme.example/shop":       "/-/compare/" + base + "..." + head,
		"https://bitbucket.org/acme/shop":        "/branches/compare/" + head + "%0D" + base,
		"https://codeberg.org/acme/shop":         "/compare/" + base + "..." + head,
		"https://dev.azure.com/acme/p/_git/shop": "/branchCompare?baseVersion=GC" + base + "&targetVersion=GC" + head,
		"https://git.acme.example/shop":          "",
		"https://notgithub.com/acme/shop":        "",
	} {
		if want != "" {
			want = repository + want
		}
		if got := comparePage(&v1alpha1.Source{Repository: repository, Base: base, Revision: head, Range: v1alpha1.RangeAhead}); got != want {
			t.Errorf("comparePage(%s) = %q, want %q", repository, got, want)
		}
	}
}
