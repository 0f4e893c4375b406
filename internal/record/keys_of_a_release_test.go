// SPDX-License-Identifier: Apache-2.0

package record

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// after returns the plan for an observation after the former ones were planned and carried out, in their order.
func after(t *testing.T, site *siteBuilder, rollouts ...*rolloutBuilder) (Plan, []*v1alpha1.JiraDeployment) {
	t.Helper()
	var records []*v1alpha1.JiraDeployment
	var got Plan
	for i, r := range rollouts {
		observation := observe(r).At(now.Add(time.Duration(i) * time.Minute))
		observation.observation.Records = records
		got = plan(t, site, observation)
		records = carriedOut(records, got)
		for _, d := range records {
			d.Status.DeliveredGeneration = d.Generation
		}
	}
	return got, records
}

// shownBy returns what Jira shows in the end, in the order of the deployments: "#1 successful SHOP-1".
func shownBy(records []*v1alpha1.JiraDeployment) string {
	byNumber := map[int64]string{}
	highest := int64(0)
	for _, d := range records {
		byNumber[d.Spec.Revision] = string(d.Spec.State) + " " + strings.Join(d.Spec.IssueKeys, " ")
		highest = max(highest, d.Spec.Revision)
	}
	var all []string
	for revision := range highest + 1 {
		if text, ok := byNumber[revision]; ok {
			all = append(all, "#"+string(rune('0'+revision))+" "+text)
		}
	}
	return strings.Join(all, ", ")
}

func bare(revision int64, template string) *rolloutBuilder {
	return makeRollout("web").Revision(revision).Template(template).Successful(at(10 * int(revision)))
}

func said(b *rolloutBuilder, text string) *rolloutBuilder {
	return b.Annotation(v1alpha1.AnnotationCommitMessage, text)
}

func listed(b *rolloutBuilder, keys string) *rolloutBuilder {
	return b.Annotation(v1alpha1.AnnotationIssueKeys, keys)
}

func own(b *rolloutBuilder, text string) *rolloutBuilder {
	return b.TemplateAnnotation(v1alpha1.AnnotationCommitMessage, text)
}

func TestTextsOnAWorkloadAreToldOfTheReleaseThatTheySpeakOf(t *testing.T) {
	for name, tt := range map[string]struct {
		rollouts []*rolloutBuilder
		want     string
	}{
		"metadata alone changes nothing of a finished release": {
			[]*rolloutBuilder{said(bare(1, "A"), "SHOP-11: x"), said(bare(1, "A"), "SHOP-20: x")}, "#1 successful SHOP-11",
		},
		"nor does a list": {
			[]*rolloutBuilder{said(bare(1, "A"), "SHOP-11: x"), listed(said(bare(1, "A"), "SHOP-11: x"), "SHOP-20")}, "#1 successful SHOP-11",
		},
		"a change cause does not stick to the next release": {
			[]*rolloutBuilder{bare(1, "A").Annotation(v1alpha1.AnnotationChangeCause, "release 1.4.0 (SHOP-12)"), bare(2, "B").Annotation(v1alpha1.AnnotationChangeCause, "release 1.4.0 (SHOP-12)")},
			"#1 successful SHOP-12",
		},
		"a correcting list does not stick to a release with keys of its own": {
			[]*rolloutBuilder{own(bare(1, "A"), "SHOP-10: x"), listed(own(bare(1, "A"), "SHOP-10: x"), "SHOP-9"), listed(own(bare(2, "B"), "SHOP-14: y"), "SHOP-9")},
			"#1 successful SHOP-10, #2 successful SHOP-14",
		},
		"a list that comes with a release wins over its texts": {
			[]*rolloutBuilder{own(bare(1, "A"), "SHOP-10: x"), listed(own(bare(2, "B"), "SHOP-14: y"), "SHOP-9")}, "#1 successful SHOP-10, #2 successful SHOP-9",
		},
		"a list that did not change counts where nothing else does": {
			[]*rolloutBuilder{listed(bare(1, "A"), "SHOP-9"), listed(bare(2, "B"), "SHOP-9")}, "#1 successful SHOP-9, #2 successful SHOP-9",
		},
		"a list that changed before the release counts": {
			[]*rolloutBuilder{listed(bare(1, "A"), "SHOP-9"), listed(bare(1, "A"), "SHOP-10"), listed(bare(2, "B"), "SHOP-10")}, "#1 successful SHOP-9, #2 successful SHOP-10",
		},
		"a text that changed before the release counts": {
			[]*rolloutBuilder{said(bare(1, "A"), "SHOP-9"), said(bare(1, "A"), "SHOP-10"), said(bare(2, "B"), "SHOP-10")}, "#1 successful SHOP-9, #2 successful SHOP-10",
		},
		"a text that changes while it rolls out corrects it": {
			[]*rolloutBuilder{said(bare(1, "A").InProgress(at(5)), "SHOP-9"), said(bare(1, "A").InProgress(at(5)), "SHOP-10"), said(bare(1, "A"), "SHOP-10")}, "#1 successful SHOP-10",
		},
		"a list that changes while it rolls out belongs to it": {
			[]*rolloutBuilder{own(bare(1, "A").InProgress(at(5)), "SHOP-9"), listed(own(bare(1, "A").InProgress(at(5)), "SHOP-9"), "SHOP-10"), listed(own(bare(2, "B"), "SHOP-11"), "SHOP-10")},
			"#1 cancelled SHOP-10, #2 successful SHOP-11",
		},
		"a release without keys takes them late": {
			[]*rolloutBuilder{bare(1, "A"), said(bare(1, "A"), "SHOP-10")}, "#1 successful SHOP-10",
		},
		"a failed release keeps its keys": {
			[]*rolloutBuilder{said(bare(1, "A").Failed(at(5)), "SHOP-9"), said(bare(1, "A").Failed(at(5)), "SHOP-10")}, "#1 failed SHOP-9",
		},
		"and takes others with a new attempt": {
			[]*rolloutBuilder{said(bare(1, "A").Failed(at(5)), "SHOP-9"), said(bare(1, "A").InProgress(at(15)), "SHOP-10")}, "#1 in_progress SHOP-10",
		},
		"a revert to an earlier image is a rollback, whatever its message says": {
			[]*rolloutBuilder{own(bare(1, "A"), "SHOP-11: a"), own(bare(2, "B"), "SHOP-12: b"), own(bare(3, "A"), `Revert "SHOP-12: b"`)},
			"#1 successful SHOP-11, #2 rolled_back SHOP-12, #3 successful SHOP-11",
		},
		"a revert that is built anew ships nothing": {
			[]*rolloutBuilder{own(bare(1, "A"), "SHOP-11: a"), own(bare(2, "B"), "SHOP-12: b"), own(bare(3, "C"), `Revert "SHOP-12: b"`)},
			"#1 successful SHOP-11, #2 successful SHOP-12",
		},
		"a mutable tag with other keys is a release": {
			[]*rolloutBuilder{bare(1, "A").Keys("SHOP-1"), bare(2, "A").Keys("SHOP-2"), bare(3, "A").Keys("SHOP-1")},
			"#1 successful SHOP-1, #2 successful SHOP-2, #3 successful SHOP-1",
		},
		"a mutable tag with the same keys is a restart": {
			[]*rolloutBuilder{own(bare(1, "A"), "SHOP-1: a"), own(bare(2, "A"), "SHOP-1: b")}, "#1 successful SHOP-1",
		},
		"a mutable tag without keys of its own is a restart": {
			[]*rolloutBuilder{said(bare(1, "A"), "SHOP-1: a"), said(bare(2, "A"), "SHOP-2: b")}, "#1 successful SHOP-1",
		},
		"undo, then forward again: only what lies beyond is rolled back": {
			[]*rolloutBuilder{web(1, "A").Successful(at(10)), web(2, "B").Successful(at(20)), web(3, "A").Successful(at(30)), web(4, "B").Successful(at(40))},
			"#1 successful SHOP-1, #2 rolled_back SHOP-2, #3 successful SHOP-1, #4 successful SHOP-2",
		},
		"and undone once more": {
			[]*rolloutBuilder{web(1, "A").Successful(at(10)), web(2, "B").Successful(at(20)), web(3, "A").Successful(at(30)), web(4, "B").Successful(at(40)), web(5, "A").Successful(at(50))},
			"#1 successful SHOP-1, #2 rolled_back SHOP-2, #3 successful SHOP-1, #4 rolled_back SHOP-2, #5 successful SHOP-1",
		},
		"what was released after an undo lies beyond it": {
			[]*rolloutBuilder{web(1, "A").Successful(at(10)), web(2, "B").Successful(at(20)), web(3, "A").Successful(at(30)), web(4, "C").Successful(at(40)), web(5, "B").Successful(at(50))},
			"#1 successful SHOP-1, #2 rolled_back SHOP-2, #3 successful SHOP-1, #4 rolled_back SHOP-4, #5 successful SHOP-2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, records := after(t, makeSite("acme"), tt.rollouts...); shownBy(records) != tt.want {
				t.Errorf("Jira shows %s, want %s", shownBy(records), tt.want)
			}
		})
	}
}

func TestUndoIsJudgedTheSameWhereOldRecordsAreNoLongerKept(t *testing.T) {
	_, records := after(t, makeSite("acme").Keeps(2, time.Hour),
		web(1, "A").Successful(at(10)), web(2, "B").Successful(at(20)), web(3, "A").Successful(at(30)),
		web(4, "B").Successful(at(40)), web(5, "A").Successful(at(50)), web(6, "B").Successful(at(60)))
	if want := "#5 successful SHOP-1, #6 successful SHOP-2"; shownBy(records) != want {
		t.Errorf("Jira shows %s, want %s", shownBy(records), want)
	}
}

func TestTheDescriptionSaysWhatWasReverted(t *testing.T) {
	for name, revert := range map[string]*rolloutBuilder{
		"on the pod template": own(bare(3, "A"), `Revert "SHOP-12: b"`),
		"in the metadata":     said(bare(3, "A"), `Revert "SHOP-12: b"`),
	} {
		t.Run(name, func(t *testing.T) {
			_, records := after(t, makeSite("acme"), own(bare(1, "A"), "SHOP-11: a"), own(bare(2, "B"), "SHOP-12: b"), revert.Images("shop/web:1.0"), own(bare(3, "A").Images("shop/web:1.0"), "another text"))
			want := `Deployment shop-prod/web, revision 3, a rollback to revision 1, reverts "SHOP-12: b": shop/web:1.0`
			for _, d := range records {
				if d.Spec.Revision == 3 && d.Spec.Description != want {
					t.Errorf("description is %q, want %q", d.Spec.Description, want)
				}
			}
		})
	}
}

func TestEventsAboutKeysAreMadeOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		rollouts []*rolloutBuilder
		reason   string
		note     string
	}{
		"the list did not change": {
			[]*rolloutBuilder{listed(bare(1, "A"), "SHOP-9"), listed(bare(2, "B"), "SHOP-9")},
			v1alpha1.EventSameIssueKeys, "Revision 2 has the issue keys of revision 1 (SHOP-9)",
		},
		"the list changed under a finished release": {
			[]*rolloutBuilder{said(bare(1, "A"), "SHOP-9"), listed(said(bare(1, "A"), "SHOP-9"), "SHOP-10")},
			v1alpha1.EventIssueKeysIgnored, "kubectl -n shop-prod annotate jiradeployment " + Name(bare(1, "A").Obj(), "acme") + " rollcall.dev/issue-keys=SHOP-10",
		},
		"it names what Jira has": {
			[]*rolloutBuilder{said(bare(1, "A"), "SHOP-9"), listed(said(bare(1, "A"), "SHOP-9"), "SHOP-9")}, "", "",
		},
		"the pod template lists others": {
			[]*rolloutBuilder{bare(1, "A").Keys("SHOP-9"), listed(bare(1, "A").Keys("SHOP-9"), "SHOP-10")}, "", "",
		},
		"it changed before the release, and counts": {
			[]*rolloutBuilder{listed(bare(1, "A"), "SHOP-9"), listed(bare(1, "A"), "SHOP-10"), listed(bare(2, "B"), "SHOP-10")}, "", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, records := after(t, makeSite("acme"), tt.rollouts...)
			switch {
			case tt.reason == "" && len(got.Events) == 0:
				return
			case len(got.Events) != 1:
				t.Fatalf("Plan() has the Events %v, want %q", got.Events, tt.reason)
			}
			if event := got.Events[0]; event.Reason != tt.reason || !strings.Contains(event.Note, tt.note) {
				t.Errorf("Event %s: %s, want %s: %s", event.Reason, event.Note, tt.reason, tt.note)
			}
			again := observe(tt.rollouts[len(tt.rollouts)-1])
			again.observation.Records = records
			if events := plan(t, makeSite("acme"), again).Events; len(events) > 0 {
				t.Errorf("the Event is made again: %v", events)
			}
		})
	}
}

func TestAPersonCorrectsTheRecordItself(t *testing.T) {
	correct := func(b *recordBuilder, keys string) *recordBuilder {
		annotate(&b.d, v1alpha1.AnnotationIssueKeys, keys)
		return b
	}
	first := func() *recordBuilder { return makeRecord(web(1, "A").Successful(at(10))) }
	second := func() *recordBuilder { return makeRecord(web(2, "B").Successful(at(20))) }
	for name, tt := range map[string]struct {
		observation *observationBuilder
		want        []glance
	}{
		"of the current revision":      {observe(web(2, "B").Successful(at(20))).Records(first(), correct(second(), "SHOP-12")), []glance{{2, "successful", at(20), "SHOP-12", 0}}},
		"of an earlier one":            {observe(web(2, "B").Successful(at(20))).Records(correct(first(), "SHOP-12"), second()), []glance{{1, "successful", at(10), "SHOP-12", 0}}},
		"that is rolling out":          {observe(web(2, "B").InProgress(at(20))).Records(first(), correct(makeRecord(web(2, "B").InProgress(at(20))), "SHOP-12")), []glance{{2, "in_progress", at(20), "SHOP-12", 0}}},
		"of which nothing is to say":   {observe(web(2, "B")).Silent().Records(first(), correct(second(), "SHOP-12")), []glance{{2, "successful", at(20), "SHOP-12", 0}}},
		"of a workload that is gone":   {observeNothing().Records(correct(second().GoneSince(now), "SHOP-12")), []glance{{2, "successful", at(20), "SHOP-12", 0}}},
		"that the site lets go":        {observe(web(2, "B")).Unselected().Records(correct(second(), "SHOP-12")), []glance{{2, "successful", at(20), "SHOP-12", 0}}},
		"of a rollback":                {observe(web(3, "A").Successful(at(30))).Records(first(), second().State("rolled_back", at(29)), correct(makeRecord(web(3, "A").Keys("SHOP-1").Successful(at(30))).RollbackTo(1), "SHOP-12")), []glance{{3, "successful", at(30), "SHOP-12", 1}}},
		"with a list that names none":  {observe(web(2, "B").Successful(at(20))).Records(first(), correct(second(), "none")), nil},
		"with the keys that it has":    {observe(web(2, "B").Successful(at(20))).Records(first(), correct(second(), "SHOP-2")), nil},
		"with two":                     {observe(web(2, "B").Successful(at(20))).Records(first(), correct(second(), "SHOP-12, SHOP-13")), []glance{{2, "successful", at(20), "SHOP-12 SHOP-13", 0}}},
		"which a rollback restores":    {observe(web(3, "A").Successful(at(30))).Records(correct(first(), "SHOP-12"), second()), []glance{{1, "successful", at(10), "SHOP-12", 0}, {2, "rolled_back", justBefore(30), "SHOP-2", 0}}},
		"which another one supersedes": {observe(web(3, "C").Successful(at(30))).Records(first(), correct(makeRecord(web(2, "B").InProgress(at(20))), "SHOP-12")), []glance{{2, "cancelled", justBefore(30), "SHOP-12", 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := plan(t, makeSite("acme"), tt.observation)
			if diff := cmp.Diff(tt.want, glances(got.Update)); diff != "" {
				t.Errorf("records to update (-want +got):\n%s", diff)
			}
			for _, d := range got.Update {
				if first := d.Spec.IssueKeys[0]; !strings.HasSuffix(d.Spec.URL, "/browse/"+first) || !strings.HasSuffix(d.Spec.Pipeline.URL, "/browse/"+first) {
					t.Errorf("the record of %s links to %s and %s", first, d.Spec.URL, d.Spec.Pipeline.URL)
				}
			}
			if name == "which a rollback restores" && got.Create[0].Spec.IssueKeys[0] != "SHOP-12" {
				t.Errorf("the rollback has the keys %v, want SHOP-12", got.Create[0].Spec.IssueKeys)
			}
		})
	}
}

func TestAReportedRestartShipsWhatItRestarts(t *testing.T) {
	for name, text := range map[string]func(*rolloutBuilder, string) *rolloutBuilder{"a text": said, "a list": listed, "the pod template": own} {
		got, records := after(t, makeSite("acme").ReportsRestarts(), text(bare(1, "A"), "SHOP-9"), text(bare(2, "A"), "SHOP-9"))
		if want := "#1 successful SHOP-9, #2 successful SHOP-9"; shownBy(records) != want || len(got.Events) > 0 {
			t.Errorf("by %s Jira shows %s with the Events %v, want %s without any", name, shownBy(records), got.Events, want)
		}
	}
}
