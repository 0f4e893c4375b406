// SPDX-License-Identifier: Apache-2.0

package record

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// PerRevision says that the owner makes a workload for each of its revisions.
func (b *rolloutBuilder) PerRevision() *rolloutBuilder {
	b.r.PerRevision = true
	return b
}

// Unconfirmed says that the state may be an earlier revision's.
func (b *rolloutBuilder) Unconfirmed() *rolloutBuilder {
	b.r.Unconfirmed = true
	return b
}

// HandedOver says that another workload is reported in this one's place.
func (b *observationBuilder) HandedOver() *observationBuilder {
	b.observation.HandedTo = "Rollout web"
	return b.Silent()
}

func TestPlanOfAWorkloadThatAnotherOneReplaces(t *testing.T) {
	begun, finished := makeRecord(web(2, "B").InProgress(at(9))), makeRecord(web(1, "A").Successful(at(2)))
	run(t, map[string]planTest{
		"nothing begins": {observation: observe(web(1, "A")).HandedOver()},
		"what is in flight is cancelled, and what is finished stays": {
			observation: observe(web(2, "B")).Records(finished, begun).HandedOver(),
			wantUpdate:  []glance{{2, v1alpha1.StateCancelled, now, "SHOP-2", 0}},
		},
		"it comes back": {
			observation: observe(web(2, "B").Successful(at(20))).Records(finished, makeRecord(web(2, "B")).State(v1alpha1.StateCancelled, at(12))),
			wantUpdate:  []glance{{2, v1alpha1.StateSuccessful, at(20), "SHOP-2", 0}},
		},
	})
}

func TestPlanOfAStateThatMayBeAnEarlierRevisions(t *testing.T) {
	begun := makeRecord(web(2, "B").InProgress(at(9)))
	run(t, map[string]planTest{
		"the first revision waits": {observation: observe(web(1, "A").Successful(at(2)).Unconfirmed())},
		"the next waits, and closes nothing": {
			observation: observe(web(3, "C").Failed(at(12)).Unconfirmed()).Records(begun),
		},
		"one that has a record goes on": {
			observation: observe(web(2, "B").Failed(at(12)).Unconfirmed()).Records(begun),
			wantUpdate:  []glance{{2, v1alpha1.StateFailed, at(12), "SHOP-2", 0}},
		},
	})
}

func TestPlanOfAWorkloadThatWasMadeForOneRevision(t *testing.T) {
	wanting := func(selector metav1.LabelSelector) *siteBuilder {
		site := makeSite("acme")
		site.site.Spec.RevisionWorkloadSelector = &selector
		return site
	}
	begun := func() *rolloutBuilder { return web(1, "A").InProgress(at(2)).Label("team", "shop").PerRevision() }
	created := []glance{{1, v1alpha1.StateInProgress, at(2), "SHOP-1", 0}}
	tests := map[string]struct {
		plan        planTest
		wantSkipped bool
	}{
		"it is left out":                  {planTest{observation: observe(begun())}, true},
		"the site wants it":               {planTest{site: wanting(in("team", "shop")), observation: observe(begun()), wantCreate: created}, false},
		"the site wants all":              {planTest{site: wanting(metav1.LabelSelector{}), observation: observe(begun()), wantCreate: created}, false},
		"the site wants another's":        {planTest{site: wanting(in("team", "pay")), observation: observe(begun())}, true},
		"any other workload is as it was": {planTest{observation: observe(web(1, "A").InProgress(at(2))), wantCreate: created}, false},
		"what was told before it was left out goes on": {planTest{
			observation: observe(begun().Successful(at(5))).Records(makeRecord(web(1, "A").InProgress(at(2)))),
			wantUpdate:  []glance{{1, v1alpha1.StateSuccessful, at(5), "SHOP-1", 0}},
		}, false},
	}
	for name, tt := range tests {
		run(t, map[string]planTest{name: tt.plan})
		site := tt.plan.site
		if site == nil {
			site = makeSite("acme")
		}
		if got := plan(t, site, tt.plan.observation).PerRevision; got != tt.wantSkipped {
			t.Errorf("%s: Plan.PerRevision = %v, want %v", name, got, tt.wantSkipped)
		}
	}
}

func TestASelectorOfRevisionsThatDoesNotParseIsTheSitesProblem(t *testing.T) {
	site := makeSite("acme")
	site.site.Spec.RevisionWorkloadSelector = &metav1.LabelSelector{
		MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "team", Operator: "Is", Values: []string{"shop"}}},
	}
	_, problems := Compile(site.Obj())
	if len(problems) != 1 || problems[0].Reason != v1alpha1.ReasonInvalidSelector {
		t.Errorf("Compile() found %v, want one %s", problems, v1alpha1.ReasonInvalidSelector)
	}
}

// A Rollout that replaces a Deployment goes on in its pipeline where the site says so: with a higher sequence, because
// it was created later.
func TestAWorkloadThatMovesToAnotherKind(t *testing.T) {
	deployment := makeRollout("web").Keys("SHOP-1")
	moved := makeRollout("web").Keys("SHOP-2").Created(at(60)).UID("uid-2")
	moved.r.APIVersion, moved.r.Kind = "argoproj.io/v1alpha1", "Rollout"
	for ids, want := range map[v1alpha1.PipelineIdentity][]string{
		"":                              {"eu-1/shop-prod/Deployment/web", "eu-1/shop-prod/Rollout/web"},
		v1alpha1.PipelineIDsKindAndName: {"eu-1/shop-prod/Deployment/web", "eu-1/shop-prod/Rollout/web"},
		v1alpha1.PipelineIDsName:        {"eu-1/shop-prod/web", "eu-1/shop-prod/web"},
	} {
		t.Run(string(ids), func(t *testing.T) {
			site := makeSite("acme")
			site.site.Spec.PipelineIDs = ids
			before, after := plan(t, site, observe(deployment)).Create[0].Spec, plan(t, site, observe(moved)).Create[0].Spec
			if diff := cmp.Diff(want, []string{before.Pipeline.ID, after.Pipeline.ID}); diff != "" {
				t.Errorf("ids of the pipelines (-want +got):\n%s", diff)
			}
			if after.Sequence <= before.Sequence {
				t.Errorf("sequence %d after %d, want a higher one", after.Sequence, before.Sequence)
			}
		})
	}
}
