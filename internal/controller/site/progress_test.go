// SPDX-License-Identifier: Apache-2.0

package site

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// progressOf is what a site's status says of pending records: how many, and since when the oldest waits, as hour and minute.
func (p *post) progressOf(site string) string {
	p.t.Helper()
	status, oldest := p.site(site).Status, "never"
	if status.Pending == nil {
		return "nothing"
	}
	if !status.OldestPending.IsZero() {
		oldest = status.OldestPending.UTC().Format("15:04")
	}
	return fmt.Sprintf("%d since %s", *status.Pending, oldest)
}

func (p *post) expectProgress(site, want string) {
	p.t.Helper()
	if got := p.progressOf(site); got != want {
		p.t.Errorf("the status of %s says that pending are %s, want %s", site, got, want)
	}
}

// A thousand records within ten minutes, one after the other, write the status of their site once a minute. At the end it is
// what it should be.
func TestManyDeliveriesWriteTheStatusOfTheSiteOnceAMinute(t *testing.T) {
	p := newPost(t)
	p.passFor("acme", time.Minute)
	p.passFor("pay", time.Minute)
	before, began := p.siteWrites.Load(), p.now
	for i := range 200 {
		p.create(makeRecord("acme", fmt.Sprintf("web-%d", i), "SHOP-1"))
		p.passFor("acme", 3*time.Second)
	}
	last := p.now
	p.passFor("acme", time.Minute)
	minutes := int64(p.now.Sub(began) / time.Minute)
	if got := p.siteWrites.Load() - before; got < minutes-1 || got > minutes+1 {
		t.Errorf("%d writes of the site's status within %d minutes, want one a minute", got, minutes)
	}
	p.expectReasons("acme", map[string]int{accepted: 200})
	p.expectProgress("acme", "0 since never")
	if got := p.site("acme").Status.LastAccepted; last.Sub(got.Time) > 4*time.Second {
		t.Errorf("lastAccepted is %s, want that of the last record, about %s", got, last)
	}
	if got := p.site("pay").Status.LastAccepted; !got.IsZero() {
		t.Errorf("lastAccepted of another site is %s", got)
	}
}

func TestTheStatusOfASiteThatIsSentNothingIsWrittenWithEachProbe(t *testing.T) {
	p := newPost(t)
	p.passFor("acme", time.Minute)
	probes, writes := p.probes("acme"), p.siteWrites.Load()
	p.passFor("acme", 50*time.Minute)
	probes, writes = p.probes("acme")-probes, p.siteWrites.Load()-writes
	if int64(probes) != writes {
		t.Errorf("%d writes of the status for %d probes", writes, probes)
	}
}

// What waits, and since when, of each kind; whoever's trouble it is, no other site says so.
func TestASiteSaysWhatWaitsAndSinceWhen(t *testing.T) {
	p := newPost(t)
	for _, site := range []string{"acme", "pay"} {
		p.passFor(site, time.Minute)
	}
	p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.Suspend = true })
	p.passFor("acme", time.Second)
	p.expectProgress("acme", "0 since never")

	late := makeRecord("acme", "late", "SHOP-1")
	late.Spec.LastUpdated = metav1.NewTime(noon.Add(7 * time.Minute))
	p.create(late)
	p.set(noon.Add(9 * time.Minute))
	p.passFor("acme", time.Minute)
	p.expectProgress("acme", "1 since 12:07")

	forged := makeRecord("acme", "forged", "SHOP-1") // by a namespace that would have the site wait since, or until, any time
	forged.Spec.LastUpdated = metav1.NewTime(noon.AddDate(1000, 0, 0))
	forged.CreationTimestamp = metav1.NewTime(noon.Add(8 * time.Minute))
	p.create(forged)
	p.create(makeBuild("acme", "build", "SHOP-1"))
	p.passFor("acme", time.Minute)
	p.expectProgress("acme", "3 since 12:00")
	p.passFor("pay", time.Minute)
	p.expectProgress("pay", "0 since never")

	p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.Suspend = false })
	p.permit("acme", "deployments", "builds")
	p.passFor("acme", 2*time.Minute)
	p.expectProgress("acme", "0 since never")
}

// What waits for its namespace to be allowed is nobody else's: it is not pending, as in the metric.
func TestWhatIsWithheldIsNotPending(t *testing.T) {
	p := newPost(t)
	p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.ExcludeNamespaces = []string{"shop-acme"} })
	p.write("acme", 2)
	p.passFor("acme", 2*time.Minute)
	p.expectReasons("acme", map[string]int{v1alpha1.ReasonNotSelected: 2})
	p.expectProgress("acme", "0 since never")
}

func TestPendingSince(t *testing.T) {
	build := func(change func(*v1alpha1.JiraDeployment)) *v1alpha1.JiraDeployment {
		d := makeRecord("acme", "web", "SHOP-1")
		change(d)
		return d
	}
	for name, tc := range map[string]struct {
		record *v1alpha1.JiraDeployment
		want   time.Time
	}{
		"a record that was made":      {build(func(*v1alpha1.JiraDeployment) {}), noon},
		"a state that changed later":  {build(func(d *v1alpha1.JiraDeployment) { d.Spec.LastUpdated = metav1.NewTime(noon.Add(time.Minute)) }), noon.Add(time.Minute)},
		"a state of before":           {build(func(d *v1alpha1.JiraDeployment) { d.Spec.LastUpdated = metav1.NewTime(noon.AddDate(-1, 0, 0)) }), noon},
		"a state that is yet to come": {build(func(d *v1alpha1.JiraDeployment) { d.Spec.LastUpdated = metav1.NewTime(noon.AddDate(1, 0, 0)) }), noon},
		"a correction": {build(func(d *v1alpha1.JiraDeployment) {
			d.Status.DeliveredTime, d.Status.DeliveredGeneration, d.Generation = metav1.NewMicroTime(noon.Add(time.Minute)), 1, 2
		}), time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, v1alpha1.PendingSince(tc.record, noon.Add(time.Hour))); diff != "" {
				t.Errorf("PendingSince (-want +got):\n%s", diff)
			}
		})
	}
}
