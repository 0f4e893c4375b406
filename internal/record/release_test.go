// SPDX-License-Identifier: Apache-2.0

package record

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func TestPlanOfAWorkloadThatIsMadeAnew(t *testing.T) {
	const (
		inProgress = v1alpha1.StateInProgress
		successful = v1alpha1.StateSuccessful
		failed     = v1alpha1.StateFailed
		cancelled  = v1alpha1.StateCancelled
		rolledBack = v1alpha1.StateRolledBack
	)
	first := func() *recordBuilder { return makeRecord(web(1, "A").Successful(at(10))) }
	rolling := func() *recordBuilder { return makeRecord(web(2, "B").InProgress(at(20))) }
	finished := func() *recordBuilder { return makeRecord(web(2, "B").Successful(at(20))) }
	anew := func(revision int64, template string) *rolloutBuilder {
		return web(revision, template).Keys("SHOP-2").UID("uid-2").Created(at(500))
	}
	gone := at(450)
	run(t, map[string]planTest{
		"with the template that was told last it is no release": {
			observation: observe(anew(1, "B").InProgress(at(501))).Records(first(), finished()),
			wantUpdate:  []glance{{2, successful, at(20), "SHOP-2", 0}}, // whose it is now
		},
		"after that is noted there is nothing to do": {
			observation: observe(anew(1, "B").InProgress(at(501))).Records(first(), finished().Of("uid-2")),
		},
		"after its deletion was seen it is none either, and its records stay": {
			observation: observe(anew(1, "B").InProgress(at(501))).Records(first().GoneSince(gone), finished().GoneSince(gone)),
			wantUpdate:  []glance{{1, successful, at(10), "SHOP-1", 0}, {2, successful, at(20), "SHOP-2", 0}},
		},
		"in mid-rollout it goes on": {
			observation: observe(anew(1, "B").InProgress(at(501))).Records(first(), rolling()),
			wantUpdate:  []glance{{2, inProgress, at(20), "SHOP-2", 0}},
		},
		"in mid-rollout it goes on, and finishes": {
			observation: observe(anew(1, "B").Successful(at(510))).Records(first(), rolling()),
			wantUpdate:  []glance{{2, successful, at(510), "SHOP-2", 0}},
		},
		"in mid-rollout it goes on after its deletion was told": {
			observation: observe(anew(1, "B").InProgress(at(501))).Records(first().GoneSince(gone), rolling().State(cancelled, gone).GoneSince(gone)),
			wantUpdate:  []glance{{1, successful, at(10), "SHOP-1", 0}, {2, inProgress, at(501), "SHOP-2", 0}},
		},
		"what failed is tried once more": {
			observation: observe(anew(1, "B").InProgress(at(501))).Records(first(), makeRecord(web(2, "B").Failed(at(20)))),
			wantUpdate:  []glance{{2, inProgress, at(501), "SHOP-2", 0}},
		},
		"what was superseded by a release without keys starts anew": {
			observation: observe(anew(1, "B").InProgress(at(501))).Records(first(), rolling().State(cancelled, at(30))),
			wantCreate:  []glance{{1, inProgress, at(501), "SHOP-2", 2}},
		},
		"with another template it is one": {
			observation: observe(anew(1, "C").Keys("SHOP-3").InProgress(at(501))).Records(first(), rolling()),
			wantUpdate:  []glance{{2, cancelled, justBefore(501), "SHOP-2", 0}},
			wantCreate:  []glance{{1, inProgress, at(501), "SHOP-3", 0}},
		},
		"with other keys of its own it is one": {
			observation: observe(anew(1, "B").Keys("SHOP-3").InProgress(at(501))).Records(first(), finished()),
			wantCreate:  []glance{{1, inProgress, at(501), "SHOP-3", 0}},
		},
		"with an earlier template it is a rollback": {
			observation: observe(anew(1, "A").Keys("SHOP-1").InProgress(at(501))).Records(first(), finished()),
			wantUpdate:  []glance{{2, rolledBack, justBefore(501), "SHOP-2", 0}},
			wantCreate:  []glance{{1, inProgress, at(501), "SHOP-1", 1}},
		},
		"its next template is a release": {
			observation: observe(anew(2, "C").Keys("SHOP-3").InProgress(at(510))).Records(first(), finished()),
			wantCreate:  []glance{{2, inProgress, at(510), "SHOP-3", 0}},
		},
		"its restart is none": {
			observation: observe(anew(2, "B").InProgress(at(510))).Records(first(), finished().Of("uid-2")),
		},
		"at a site that reports restarts it is none": {
			site:        makeSite("acme").ReportsRestarts(),
			observation: observe(anew(1, "B").InProgress(at(501))).Records(first(), finished().Of("uid-2")),
		},
		"where it fails": {
			observation: observe(anew(1, "B").Failed(at(510))).Records(first(), rolling()),
			wantUpdate:  []glance{{2, failed, at(510), "SHOP-2", 0}},
		},
		"it waits with another template that has no number yet": {
			observation: observe(anew(1, "C")).Silent().Records(first(), makeRecord(web(2, "B").Pending(at(20))).Of("uid-2")),
		},
		"there is nothing to say of it yet": {
			observation: observe(anew(1, "B")).Silent().Records(first(), rolling()),
			wantUpdate:  []glance{{2, cancelled, now, "SHOP-2", 0}},
		},
	})
}

// A record of an earlier version holds a hash of the first version, and no evidence.
func TestAnUpgradeStartsNoRelease(t *testing.T) {
	old := func(b *rolloutBuilder, hash string) *recordBuilder {
		record := makeRecord(b)
		record.d.Spec.TemplateHash, record.d.Spec.Evidence = hash, ""
		return record
	}
	live := func() *rolloutBuilder { return web(2, "v2-b").Exact("b").Successful(at(20)) }
	for name, tt := range map[string]struct {
		record *recordBuilder
		want   string
	}{
		"of the first version":                  {old(live(), "b"), "b " + keysPrint([]string{"SHOP-2"}) + " " + textPrint(PlaceTemplate, v1alpha1.AnnotationIssueKeys, "SHOP-2") + " v2-b"},
		"of another notion of what is released": {func() *recordBuilder { r := makeRecord(live()); r.d.Spec.TemplateHash = "v1.5-b"; return r }(), "v2-b"},
	} {
		t.Run("a record "+name, func(t *testing.T) {
			got := plan(t, makeSite("acme"), observe(live()).Records(tt.record))
			if len(got.Create) > 0 || len(got.Update) != 1 {
				t.Fatalf("Plan() creates %d and updates %d, want none and one", len(got.Create), len(got.Update))
			}
			if diff := cmp.Diff(tt.record.d.Spec, got.Update[0].Spec); diff != "" {
				t.Errorf("Jira is told of the upgrade (-before +after):\n%s", diff)
			}
			if diff := cmp.Diff(map[string]string{v1alpha1.AnnotationEvidence: tt.want}, got.Update[0].Annotations); diff != "" {
				t.Errorf("annotations (-want +got):\n%s", diff)
			}
			records := carriedOut([]*v1alpha1.JiraDeployment{tt.record.Obj()}, got)
			for what, r := range map[string]*rolloutBuilder{
				"a stamp after the upgrade":           web(3, "v2-b").Keys("SHOP-2").Exact("b, stamped").InProgress(at(30)),
				"a restart of kubectl's":              web(3, "v2-b").Keys("SHOP-2").Exact("b").InProgress(at(30)),
				"the next notion of what is released": web(2, "v3-b").Exact("b").Successful(at(20)),
			} {
				observation := observe(r)
				observation.observation.Records = records
				if next := plan(t, makeSite("acme"), observation); len(next.Create) > 0 {
					t.Errorf("%s is taken for a release", what)
				}
			}
		})
	}
	t.Run("a restart while the manager was down", func(t *testing.T) {
		restart := web(3, "v2-b").Keys("SHOP-2").Exact("b").InProgress(at(30))
		if got := plan(t, makeSite("acme"), observe(restart).Records(old(live(), "b"))); len(got.Create) > 0 {
			t.Error("it is taken for a release")
		}
	})
	t.Run("a rollback to a record of the first version", func(t *testing.T) {
		first := old(web(1, "v2-a").Exact("a").Successful(at(10)), "a")
		undone := web(3, "v2-a").Keys("SHOP-1").Exact("a").Successful(at(30))
		got := plan(t, makeSite("acme"), observe(undone).Records(first, makeRecord(live())))
		if diff := cmp.Diff([]glance{{3, v1alpha1.StateSuccessful, at(30), "SHOP-1", 1}}, glances(got.Create)); diff != "" {
			t.Errorf("records to create (-want +got):\n%s", diff)
		}
	})
}

// What identifies a deployment in Jira is what it always was.
func TestIdentitiesInJiraStayWhatTheyWere(t *testing.T) {
	got := recordOf(t, makeSite("acme"), web(7, "v2-a").Exact("a"))
	type identity struct {
		Name, Pipeline, Environment string
		Sequence                    int64
	}
	want := identity{"web-7-e3253cc3ba", "eu-1/shop-prod/Deployment/web", "eu-1/shop-prod", 1772355600000007}
	if diff := cmp.Diff(want, identity{got.Name, got.Spec.Pipeline.ID, got.Spec.Environment.ID, got.Spec.Sequence}); diff != "" {
		t.Errorf("identities (-want +got):\n%s", diff)
	}
}

func TestWhatARevisionIsIsExplained(t *testing.T) {
	first := func() *recordBuilder { return makeRecord(web(1, "A").Successful(at(10))) }
	second := func() *recordBuilder { return makeRecord(web(2, "B").Successful(at(20))) }
	for want, tt := range map[Rule]struct {
		site *siteBuilder
		o    *observationBuilder
	}{
		RuleFirst:           {nil, observe(web(1, "A"))},
		RuleOutdated:        {nil, observe(web(1, "A")).Records(first(), second())},
		RuleCurrent:         {nil, observe(web(2, "B")).Records(first(), second())},
		RuleTemplate:        {nil, observe(web(3, "C")).Records(first(), second())},
		RuleRollback:        {nil, observe(web(3, "A")).Records(first(), second())},
		RuleOtherKeys:       {nil, observe(web(3, "B")).Records(first(), second())},
		RuleRestart:         {nil, observe(web(3, "B").Keys("SHOP-2")).Records(first(), second())},
		RuleReportedRestart: {makeSite("acme").ReportsRestarts(), observe(web(3, "B").Keys("SHOP-2")).Records(first(), second())},
		RuleAgain:           {nil, observe(web(3, "B").Keys("SHOP-2")).Records(first(), second().State("cancelled", at(30)))},
		RuleRecreated:       {nil, observe(web(1, "B").Keys("SHOP-2").UID("uid-2").Created(at(500))).Records(first(), second())},
	} {
		t.Run(string(want), func(t *testing.T) {
			site, observation := tt.site, tt.o.Obj()
			if site == nil {
				site = makeSite("acme")
			}
			var rules []Rule
			observation.Explain = func(d Decision) {
				if d.Place == "" {
					rules = append(rules, d.Rule)
				}
			}
			site.Compiled(t).Plan(observation)
			if diff := cmp.Diff([]Rule{want}, rules); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
		})
	}
}

// Two rules meet: what a revision is beside the records, and which keys it has.
func TestAReleaseAndItsKeys(t *testing.T) {
	type keys = string
	const none, same, other = "none", "the same", "others"
	for revision, template := range map[string]string{"a new template": "C", "an earlier template": "A", "the newest template": "B"} {
		for _, ofItsOwn := range []keys{none, same, other} {
			for _, inMetadata := range []keys{none, other} {
				t.Run(revision+", of its own "+ofItsOwn+", in the metadata "+inMetadata, func(t *testing.T) {
					r := bare(3, template)
					switch ofItsOwn {
					case same:
						r.Keys("SHOP-2")
					case other:
						r.Keys("SHOP-3")
					}
					if inMetadata == other {
						said(r, "SHOP-4")
					}
					got := plan(t, makeSite("acme"), observe(r).Records(makeRecord(web(1, "A").Successful(at(10))), makeRecord(web(2, "B").Successful(at(20)))))
					want := map[string]string{none: "", same: "SHOP-2", other: "SHOP-3"}[ofItsOwn]
					switch {
					case template == "A":
						want = "SHOP-1" // it has those of what it restores
					case template == "B" && ofItsOwn != other:
						want = "" // it is a restart
					case ofItsOwn == none && inMetadata == other:
						want = "SHOP-4"
					}
					created := ""
					for _, d := range got.Create {
						created = d.Spec.IssueKeys[0]
					}
					if created != want {
						t.Errorf("the release has the keys %q, want %q", created, want)
					}
				})
			}
		}
	}
}

func TestDeletionAfterARecreationCountsFromTheLatest(t *testing.T) {
	record := makeRecord(web(1, "A").Successful(at(10))).GoneSince(now.Add(-48 * time.Hour))
	back := plan(t, makeSite("acme"), observe(web(1, "A").UID("uid-2").Created(at(500)).Successful(at(501))).Records(record))
	records := carriedOut([]*v1alpha1.JiraDeployment{record.Obj()}, back)
	gone := observeNothing()
	gone.observation.Records = records
	if got := plan(t, makeSite("acme"), gone); len(got.Delete) > 0 {
		t.Error("it is deleted at once: its workload was made anew after it was gone for the first time")
	}
}
