// SPDX-License-Identifier: Apache-2.0

package site

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// inNamespace makes a record by hand in a namespace: "index", in the environment of that namespace.
func inNamespace(namespace string) *v1alpha1.JiraDeployment {
	d := makeRecord("acme", "index", "SHOP-1")
	d.Namespace, d.UID = namespace, types.UID("uid-of-index-in-"+namespace)
	d.Spec.Pipeline.ID, d.Spec.Environment = "index", v1alpha1.Environment{ID: "eu-1/" + namespace, Type: v1alpha1.EnvironmentProduction}
	return d
}

// label labels a namespace.
func (p *post) label(namespace, name, value string) {
	p.t.Helper()
	var ns corev1.Namespace
	if err := p.kube.Get(p.t.Context(), client.ObjectKey{Name: namespace}, &ns); err != nil {
		p.t.Fatal(err)
	}
	metav1.SetMetaDataLabel(&ns.ObjectMeta, name, value)
	if err := p.kube.Update(p.t.Context(), &ns); err != nil {
		p.t.Fatal(err)
	}
}

// pipelines returns the pipelines and states that Jira was told, in their order.
func (p *post) pipelines() []string {
	var told []string
	for _, request := range p.jira.Requests() {
		for _, d := range request.Deployments {
			told = append(told, d.Pipeline.ID+" "+d.State)
		}
	}
	return told
}

// gauges returns the values of the site acme's gauges of records that wait, and of those that are withheld.
func (p *post) gauges() (pending, withheld float64) {
	p.t.Helper()
	of := []string{"kind=JiraDeployment", "site=acme"}
	return p.measured("rollcall_records_pending", of...), p.measured("rollcall_records_withheld", of...)
}

func sameNamespace(s *v1alpha1.JiraSiteSpec) { s.Handmade = v1alpha1.Handmade{} }

func selecting(name, value string) func(*v1alpha1.JiraSiteSpec) {
	return func(s *v1alpha1.JiraSiteSpec) {
		s.NamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{name: value}}
	}
}

// A record of a namespace that the site does not select waits, costs one status and one Event, and holds up nobody. It is
// sent once the namespace is labelled: that wakes the site.
func TestARecordOfANamespaceThatIsNotSelectedWaits(t *testing.T) {
	p := newPost(t)
	p.edit("acme", selecting("team", "shop"))
	for _, namespace := range []string{"shop-acme", "mallory"} {
		p.create(inNamespace(namespace))
	}
	p.label("shop-acme", "team", "shop")
	for range 10 {
		p.passFor("acme", time.Minute)
	}
	if diff := cmp.Diff([]string{"index successful"}, p.pipelines()); diff != "" {
		t.Errorf("Jira was told (-want +got):\n%s", diff)
	}
	if pending, withheld := p.gauges(); pending != 0 || withheld != 1 || p.writes.Load() != 2 {
		t.Errorf("%v records are pending, %v withheld, and %d statuses were written; want 0, 1, and one each", pending, withheld, p.writes.Load())
	}
	p.expectEvents("Warning NotSelected JiraSite acme does not select namespace mallory: the namespace's labels do not match")

	p.label("mallory", "team", "shop")
	woken := p.r.sitesIn(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "mallory"}})
	if diff := cmp.Diff([]ctrl.Request{{NamespacedName: client.ObjectKey{Name: "acme"}}}, woken); diff != "" {
		t.Errorf("sites that the label wakes (-want +got):\n%s", diff)
	}
	p.passFor("acme", time.Second)
	if got := p.sent(); len(got) != 2 {
		t.Errorf("%v records were sent, want also the one that waited", got)
	}
	if woken := p.r.sitesIn(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "mallory"}}); len(woken) > 0 {
		t.Errorf("a namespace in which nothing waits wakes %v", woken)
	}
}

// What the site says when a record is sent counts, not what it said when the record was first seen.
func TestASiteThatChangesWhileRecordsWaitIsAskedAnew(t *testing.T) {
	for name, tt := range map[string]struct {
		before, after func(*v1alpha1.JiraSiteSpec)
		want          []string
	}{
		"it leaves out the namespace": {
			sameNamespace, func(s *v1alpha1.JiraSiteSpec) { s.ExcludeNamespaces = []string{"shop-*"} }, nil,
		},
		"it selects the namespace again": {
			selecting("team", "shop"), func(s *v1alpha1.JiraSiteSpec) { s.NamespaceSelector = nil }, []string{"index successful"},
		},
		"it lists other projects": {
			sameNamespace, func(s *v1alpha1.JiraSiteSpec) { s.Projects = []string{"PAY"} }, nil,
		},
		"it takes what is of the record's own namespace alone": {
			func(*v1alpha1.JiraSiteSpec) {}, sameNamespace, []string{"eu-1/shop-acme/index successful"},
		},
		"it takes anything": {
			sameNamespace, func(s *v1alpha1.JiraSiteSpec) { s.Handmade.Allow = v1alpha1.HandmadeAny }, []string{"index successful"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			p.gateway = func(string) (int, string) { return 503, "" }
			p.edit("acme", tt.before)
			p.create(inNamespace("shop-acme"))
			p.passFor("acme", time.Minute) // tried, and not taken
			p.edit("acme", tt.after)
			p.gateway = nil
			p.passFor("acme", time.Hour)
			if diff := cmp.Diff(tt.want, p.pipelines()); diff != "" {
				t.Errorf("Jira was told (-want +got):\n%s", diff)
			}
		})
	}
}

// Two tenants who call their pipelines alike have two in Jira. What is told of one later is told of the same.
func TestRecordsByHandSpeakForTheirOwnNamespaces(t *testing.T) {
	p := newPost(t)
	p.edit("acme", sameNamespace)
	for _, namespace := range []string{"shop-acme", "mallory"} {
		d := inNamespace(namespace)
		d.Spec.State = v1alpha1.StateInProgress
		p.create(d)
	}
	p.passFor("acme", time.Second)
	p.change("acme", "index", func(spec *v1alpha1.JiraDeploymentSpec) { spec.State = v1alpha1.StateSuccessful })
	p.endNamespace("mallory")
	p.deleted(inNamespace("mallory"))
	p.passFor("acme", time.Hour)
	want := []string{
		"eu-1/mallory/index cancelled", "eu-1/mallory/index in_progress", "eu-1/shop-acme/index in_progress", "eu-1/shop-acme/index successful",
	}
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(p.pipelines()))); diff != "" {
		t.Errorf("Jira was told (-want +got):\n%s", diff)
	}
	p.expectReasons("acme", map[string]int{accepted: 1})
}

// A record that goes with its namespace is checked like any other.
func TestARecordThatIsWithheldIsNotBuried(t *testing.T) {
	for name, tt := range map[string]struct {
		site   func(*v1alpha1.JiraSiteSpec)
		record func(*v1alpha1.JiraDeployment)
		want   []string
	}{
		"it speaks for itself":                   {sameNamespace, func(*v1alpha1.JiraDeployment) {}, []string{"eu-1/mallory/index successful"}},
		"it speaks for another's environment":    {sameNamespace, func(d *v1alpha1.JiraDeployment) { d.Spec.Environment.ID = "eu-1/shop" }, nil},
		"its namespace was never selected":       {selecting("team", "shop"), func(*v1alpha1.JiraDeployment) {}, nil},
		"its namespace was selected by its name": {selecting(corev1.LabelMetadataName, "mallory"), func(*v1alpha1.JiraDeployment) {}, []string{"index successful"}},
		"it has a sequence that poisons":         {sameNamespace, func(d *v1alpha1.JiraDeployment) { d.Spec.Sequence = 1<<53 - 1 }, nil},
		"its site is mended, and selects it":     {func(s *v1alpha1.JiraSiteSpec) { s.ExcludeNamespaces = []string{"["} }, func(*v1alpha1.JiraDeployment) {}, []string{"index successful"}},
		"its site is mended, and does not": {func(s *v1alpha1.JiraSiteSpec) {
			selecting("team", "shop")(s)
			s.ExcludeNamespaces = []string{"["}
		}, func(*v1alpha1.JiraDeployment) {}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			p.edit("acme", tt.site)
			d := inNamespace("mallory")
			tt.record(d)
			p.create(d)
			p.endNamespace("mallory")
			p.deleted(d)
			p.passFor("acme", time.Minute)
			p.edit("acme", func(s *v1alpha1.JiraSiteSpec) { s.ExcludeNamespaces = nil })
			p.passFor("acme", time.Minute)
			if diff := cmp.Diff(tt.want, p.pipelines()); diff != "" {
				t.Errorf("Jira was told (-want +got):\n%s", diff)
			}
		})
	}
}

// A record that was let through, and waits for Jira when its namespace goes with its labels, is told all the same.
func TestWhatWasSelectedIsToldWhenItsNamespaceIsGone(t *testing.T) {
	p := newPost(t)
	p.edit("acme", selecting("team", "shop"))
	p.gateway = func(string) (int, string) { return 503, "" }
	d := inNamespace("mallory")
	p.create(d)
	p.label("mallory", "team", "shop")
	p.passFor("acme", time.Second)
	p.endNamespace("mallory")
	p.deleted(d)
	p.gateway = nil
	p.passFor("acme", time.Hour)
	if diff := cmp.Diff([]string{"index successful"}, p.pipelines()); diff != "" {
		t.Errorf("Jira was told (-want +got):\n%s", diff)
	}
}

// A namespace that the cache does not show yet is not taken for one that the site does not select.
func TestARecordWaitsForTheCacheToShowItsNamespace(t *testing.T) {
	p := newPost(t)
	p.edit("acme", selecting("team", "shop"))
	p.create(inNamespace("mallory"))
	p.endNamespace("mallory")
	p.write("acme", 1)
	p.label("shop-acme", "team", "shop")
	p.passFor("acme", time.Second)
	p.expectReasons("acme", map[string]int{accepted: 1})
	if got := p.writes.Load(); got != 1 {
		t.Errorf("%d statuses were written, want none but that of the other record", got)
	}
	p.addNamespace("mallory")
	p.label("mallory", "team", "shop")
	p.passFor("acme", time.Minute)
	if got := len(p.jira.Deployments()); got != 2 {
		t.Errorf("Jira has %d deployments, want both", got)
	}
}

// A site with an error says so on all of its records: what it selects cannot be known.
func TestASiteWithAnErrorSaysThatItIsNotReady(t *testing.T) {
	p := newPost(t)
	p.edit("acme", func(s *v1alpha1.JiraSiteSpec) { s.ExcludeNamespaces = []string{"["} })
	p.write("acme", 2)
	p.passFor("acme", time.Minute)
	p.expectReasons("acme", map[string]int{siteNotReady: 2})
	p.edit("acme", func(s *v1alpha1.JiraSiteSpec) { s.ExcludeNamespaces = nil })
	p.passFor("acme", time.Minute)
	p.expectReasons("acme", map[string]int{accepted: 2})
}

// expectEvents wants one Event that begins so, beside those of the sites.
func (p *post) expectEvents(want string) {
	p.t.Helper()
	p.r.Recorder.Eventf(nil, nil, "", "", "", "%s", "the last")
	var said []string
	for event := range p.said.Events {
		if strings.Contains(event, "the last") {
			break
		}
		if !strings.Contains(event, " Ready ") && !strings.HasPrefix(event, "Normal") {
			said = append(said, event)
		}
	}
	if len(said) != 1 || !strings.HasPrefix(said[0], want) {
		p.t.Errorf("Events %q, want one that begins %q", said, want)
	}
}

// What Jira took stays as it is when the site lists other projects. What is to be told of it later is not.
func TestWhatIsDeliveredStaysWhenTheProjectsChange(t *testing.T) {
	p := newPost(t)
	p.write("acme", 1)
	p.passFor("acme", time.Second)
	p.edit("acme", func(s *v1alpha1.JiraSiteSpec) { s.Projects = []string{"PAY"} })
	p.passFor("acme", time.Hour)
	p.expectReasons("acme", map[string]int{accepted: 1})
	p.change("acme", "web-1", func(spec *v1alpha1.JiraDeploymentSpec) { spec.State = v1alpha1.StateRolledBack })
	p.passFor("acme", time.Hour)
	p.expectReasons("acme", map[string]int{v1alpha1.ReasonProjectNotAllowed: 1})
	p.edit("acme", func(s *v1alpha1.JiraSiteSpec) { s.Projects = append(s.Projects, "SHOP") })
	p.passFor("acme", time.Hour)
	if diff := cmp.Diff([]string{"eu-1/web-1 successful", "eu-1/web-1 rolled_back"}, p.pipelines()); diff != "" {
		t.Errorf("Jira was told (-want +got):\n%s", diff)
	}
}
