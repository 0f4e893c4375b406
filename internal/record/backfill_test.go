// SPDX-License-Identifier: Apache-2.0

package record

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// siteSince returns a site that was created at that minute.
func siteSince(minute int) *siteBuilder {
	site := makeSite("acme")
	site.site.CreationTimestamp = metav1.NewTime(at(minute))
	return site
}

func TestWhatWasRolledOutBefore(t *testing.T) {
	const backfill = v1alpha1.OperationBackfill
	for name, tt := range map[string]struct {
		site *siteBuilder
		seen *observationBuilder
		want v1alpha1.OperationType
	}{
		"finished before the site existed":           {siteSince(590), observe(web(1, "A").Successful(at(589))), backfill},
		"failed before the site existed":             {siteSince(590), observe(web(1, "A").Failed(at(589))), backfill},
		"rolling out when the site came":             {siteSince(590), observe(web(1, "A").InProgress(at(589))), ""},
		"paused when the site came":                  {siteSince(590), observe(web(1, "A").Pending(at(589))), ""},
		"finished after the site came":               {siteSince(590), observe(web(1, "A").Successful(at(591))), ""},
		"finished while another manager took over":   {siteSince(10), observe(web(1, "A").Successful(at(600).Add(-existingAfter))), ""},
		"finished long before the site selected it":  {siteSince(10), observe(web(1, "A").Successful(at(539))), backfill},
		"finished nobody knows when, created before": {siteSince(590), observe(web(1, "A").Successful(time.Time{})), backfill},
		"finished nobody knows when, created since":  {siteSince(590), observe(web(1, "A").Successful(time.Time{}).Created(at(595))), ""},
		"the second release of a workload that had one": {
			siteSince(590), observe(web(2, "B").Successful(at(300))).Records(makeRecord(web(1, "A").Successful(at(10)))), "",
		},
		"the first release of a workload that was made anew": {
			siteSince(590), observe(web(1, "B").UID("uid-2").Successful(at(300))).Records(makeRecord(web(1, "A").Successful(at(10)))), "",
		},
		"the first release beside records that were restored": {
			siteSince(590), observe(web(1, "A").UID("uid-2").Successful(at(300))).Records(restored(595, web(1, "A").Successful(at(10)))), backfill,
		},
	} {
		t.Run(name, func(t *testing.T) {
			created := plan(t, tt.site, tt.seen).Create
			if len(created) != 1 || created[0].Spec.OperationType != tt.want {
				t.Errorf("created %d records, the first with operationType %q; want one with %q", len(created), operationsOf(created), tt.want)
			}
		})
	}
}

func operationsOf(records []*v1alpha1.JiraDeployment) []v1alpha1.OperationType {
	var operations []v1alpha1.OperationType
	for _, d := range records {
		operations = append(operations, d.Spec.OperationType)
	}
	return operations
}

// Another name of an environment, or another link, sends the record once more: that is no fresh success.
func TestWhatIsToldOnceMore(t *testing.T) {
	const backfill, fresh = v1alpha1.OperationBackfill, v1alpha1.OperationType("")
	renamed := func() *siteBuilder {
		return makeSite("acme").Rules(v1alpha1.EnvironmentRule{ID: "prod", Name: "Production", Type: v1alpha1.EnvironmentProduction, Namespaces: []string{"*-prod"}})
	}
	finished := func() *rolloutBuilder { return web(1, "A").Successful(at(599)) }
	record := func(b *rolloutBuilder, operation v1alpha1.OperationType) *recordBuilder {
		r := makeRecord(b)
		r.d.Spec.OperationType = operation
		return r
	}
	corrected := func(r *recordBuilder) *recordBuilder {
		annotate(&r.d, v1alpha1.AnnotationIssueKeys, "SHOP-9")
		return r
	}
	for name, tt := range map[string]struct {
		site *siteBuilder
		seen *observationBuilder
		want v1alpha1.OperationType
	}{
		"a renamed environment":                       {renamed(), observe(finished()).Records(record(finished(), "")), backfill},
		"another link":                                {makeSite("acme").URL("https://cd.acme.io"), observe(finished()).Records(record(finished(), "")), backfill},
		"a renamed environment, while it rolls out":   {renamed(), observe(web(1, "A").InProgress(at(599))).Records(record(web(1, "A").InProgress(at(599)), "")), fresh},
		"a renamed environment, before Jira answered": {renamed(), observe(finished()).Records(record(finished(), "").Unsettled()), fresh},
		"a renamed environment, and it finished":      {renamed(), observe(finished()).Records(record(web(1, "A").InProgress(at(598)), "")), fresh},
		"another issue key":                           {makeSite("acme"), observe(finished()).Records(corrected(record(finished(), ""))), fresh},
		"another issue key of what is past":           {makeSite("acme"), observe(finished()).Records(corrected(record(finished(), backfill))), backfill},
		"what is past is rolled back": {
			makeSite("acme").Keeps(5, time.Hour), observe(web(3, "A").Successful(at(599))).Records(
				record(web(1, "A").Successful(at(10)), ""), record(web(2, "B").Successful(at(20)), backfill)), fresh,
		},
	} {
		t.Run(name, func(t *testing.T) {
			updated := plan(t, tt.site, tt.seen).Update
			if len(updated) != 1 || updated[0].Spec.OperationType != tt.want {
				t.Errorf("updated %d records, with operationType %q; want one with %q", len(updated), operationsOf(updated), tt.want)
			}
		})
	}
}
