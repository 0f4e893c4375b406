// SPDX-License-Identifier: Apache-2.0

package site

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// wentWith returns a record in flight that was deleted with its namespace.
func wentWith(namespace, name string) *v1alpha1.JiraDeployment {
	d := makeRecord("acme", name, "SHOP-1")
	d.Namespace, d.UID, d.Spec.Pipeline.ID = namespace, types.UID(namespace+"/"+name), namespace+"/"+name
	d.Spec.State = v1alpha1.StateInProgress
	return d
}

// Between two passes over a site a namespace may go with any number of records.
func TestANamespaceThatGoesPushesOutNoOthersRecords(t *testing.T) {
	p := newPost(t)
	p.r.deletions.add(wentWith("quiet", "web"))
	for i := range maxDeletions + 50 {
		p.r.deletions.add(wentWith("noisy", fmt.Sprintf("web-%d", i)))
	}
	p.passFor("acme", time.Hour)
	told := map[string]bool{}
	for _, d := range p.jira.Deployments() {
		told[d.Pipeline.ID] = true
	}
	if len(told) != maxDeletions || !told["quiet/web"] || told["noisy/web-50"] || !told["noisy/web-51"] {
		t.Errorf("Jira was told of %d records, of the quiet namespace's: %v; want the oldest of the noisy one's to be dropped", len(told), told["quiet/web"])
	}
	if n := p.measured("rollcall_tombstones_dropped_total"); n != 51 {
		t.Errorf("%v records are counted as dropped, want 51", n)
	}
	if records, dropped := p.r.deletions.take("acme"); len(records) > 0 || dropped > 0 {
		t.Errorf("%d records and a count of %d are kept", len(records), dropped)
	}
}

// A person may write any time into a record.
func TestATimeThatIsYetToComeIsNotMeasured(t *testing.T) {
	p := newPost(t)
	future := makeRecord("acme", "future", "SHOP-1")
	future.Spec.LastUpdated = metav1.NewTime(noon.AddDate(1000, 0, 0))
	p.create(future)
	p.write("acme", 1)
	p.passFor("acme", time.Minute)
	p.expectReasons("acme", map[string]int{accepted: 2})
	if n := p.measured("rollcall_delivery_latency_seconds"); n != 1 {
		t.Errorf("%v deliveries are measured, want that of the other record alone", n)
	}
}

// A namespace may be made anew before the pass that asks for it: preview environments are.
func TestANamespaceThatIsMadeAnewIsNotTheOneThatWent(t *testing.T) {
	p := newPost(t)
	d := wentWith("pr-12", "web")
	p.addNamespace("pr-12") // an hour before the record
	p.r.deletions.add(d.DeepCopy())
	p.passFor("acme", time.Minute)
	if told := p.pipelines(); len(told) > 0 {
		t.Fatalf("Jira was told %v of a record that somebody deleted in a namespace that goes on", told)
	}
	p.endNamespace("pr-12")
	anew := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "pr-12", CreationTimestamp: metav1.NewTime(noon.Add(time.Minute))}}
	if err := p.kube.Create(t.Context(), anew); err != nil {
		t.Fatal(err)
	}
	p.r.deletions.add(d)
	p.passFor("acme", time.Minute)
	if diff := cmp.Diff([]string{"pr-12/web cancelled"}, p.pipelines()); diff != "" {
		t.Errorf("what Jira was told (-want +got):\n%s", diff)
	}
}

// What a site with an error selects is not known: what ended meanwhile is told once it is.
func TestWhatEndsWhileASiteHasAnErrorIsToldLater(t *testing.T) {
	p := newPost(t)
	p.edit("acme", func(s *v1alpha1.JiraSiteSpec) { s.ExcludeNamespaces = []string{"[typo"} })
	p.r.deletions.add(wentWith("pr-12", "web"))
	p.passFor("acme", time.Minute)
	if told, ready := p.pipelines(), p.ready("acme"); len(told) > 0 || ready != v1alpha1.ReasonInvalidNamespacePattern {
		t.Fatalf("Jira was told %v by a site that is %s", told, ready)
	}
	p.edit("acme", func(s *v1alpha1.JiraSiteSpec) { s.ExcludeNamespaces = nil })
	p.passFor("acme", time.Minute)
	if diff := cmp.Diff([]string{"pr-12/web cancelled"}, p.pipelines()); diff != "" {
		t.Errorf("what Jira was told (-want +got):\n%s", diff)
	}
}
