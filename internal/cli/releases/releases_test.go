// SPDX-License-Identifier: Apache-2.0

package releases

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

var now = time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC)

func release(change func(*v1alpha1.JiraDeployment)) *v1alpha1.JiraDeployment {
	d := &v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop-prod", Name: "web-7", Generation: 2, CreationTimestamp: metav1.NewTime(now.Add(-time.Hour))},
		Spec: v1alpha1.JiraDeploymentSpec{
			Site: "acme", Revision: 7, Label: "1.4.0", State: v1alpha1.StateSuccessful, IssueKeys: []string{"SHOP-12"},
			Workload:    &v1alpha1.WorkloadReference{Kind: "Deployment", Name: "web"},
			Environment: v1alpha1.Environment{ID: "prod-eu", Name: "Production EU", Type: v1alpha1.EnvironmentProduction},
		},
	}
	change(d)
	return d
}

func TestEntry(t *testing.T) {
	g := NewWithT(t)
	e := entryOf(release(func(d *v1alpha1.JiraDeployment) {
		d.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionDelivered, Status: "True", Reason: v1alpha1.ReasonAccepted, ObservedGeneration: 2}}
	}))
	g.Expect(list.row(&e, now)).To(Equal([]string{
		"shop-prod", "Deployment/web (7)", "1.4.0", "Production EU", "production", "successful", "60m", "acme", "Accepted", "SHOP-12",
	}))
	g.Expect(timeline.row(&e, now)).To(Equal([]string{
		"2026-07-01T09:00:00Z", "successful", "shop-prod", "Deployment/web (7)", "Production EU", "Accepted", "SHOP-12",
	}))
	e = entryOf(release(func(d *v1alpha1.JiraDeployment) {
		d.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionDelivered, Status: "True", Reason: v1alpha1.ReasonAccepted, ObservedGeneration: 1}}
	}))
	g.Expect(e.answer()).To(Equal("Pending"), "Jira has an earlier state")
	e = entryOf(&v1alpha1.JiraBuild{ObjectMeta: metav1.ObjectMeta{Name: "b"}, Spec: v1alpha1.JiraBuildSpec{State: v1alpha1.BuildFailed}})
	g.Expect(e.what() + ", " + e.answer()).To(Equal("by hand: b, not told yet"))
}

func TestFilter(t *testing.T) {
	e := entryOf(release(func(*v1alpha1.JiraDeployment) {}))
	for name, c := range map[string]struct {
		filter filter
		want   bool
	}{
		"none":               {filter{}, true},
		"its issue":          {filter{issues: []string{"SHOP-1", "SHOP-12"}}, true},
		"another issue":      {filter{issues: []string{"SHOP-1"}}, false},
		"environment's id":   {filter{env: "prod-eu"}, true},
		"environment's name": {filter{env: "production eu"}, true},
		"environment's type": {filter{env: "production"}, true},
		"another one":        {filter{env: "staging"}, false},
		"its state":          {filter{states: []string{"failed", "successful"}}, true},
		"another state":      {filter{states: []string{"failed"}}, false},
		"its site":           {filter{site: "acme"}, true},
		"another site":       {filter{site: "partner"}, false},
		"since earlier":      {filter{since: now.Add(-time.Hour)}, true},
		"since later":        {filter{since: now.Add(-time.Minute)}, false},
	} {
		t.Run(name, func(t *testing.T) { NewWithT(t).Expect(c.filter.matches(e)).To(Equal(c.want)) })
	}
}

func TestSince(t *testing.T) {
	for text, want := range map[string]time.Time{
		"": {}, "30m": now.Add(-30 * time.Minute), "7d": now.AddDate(0, 0, -7), "2026-06-30T00:00:00Z": time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC),
	} {
		g := NewWithT(t)
		got, err := parseSince(text, now)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(got).To(Equal(want), text)
	}
	for _, text := range []string{"yesterday", "-1h", "xd"} {
		_, err := parseSince(text, now)
		NewWithT(t).Expect(err).To(MatchError(HavePrefix("--since " + text + ": write how long ago")))
	}
}
