// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// recordAt is a record of a workload at a site.
func recordAt(site, name string, workload *v1alpha1.WorkloadReference) *v1alpha1.JiraDeployment {
	return &v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: web.Namespace, Name: name},
		Spec:       v1alpha1.JiraDeploymentSpec{Site: site, Workload: workload},
	}
}

func TestWhatLivesWhereARecordIs(t *testing.T) {
	of := func(kind, name string) *v1alpha1.WorkloadReference {
		return &v1alpha1.WorkloadReference{APIVersion: "apps/v1", Kind: kind, Name: name, UID: "uid-of-old"}
	}
	for name, tt := range map[string]struct {
		workload *v1alpha1.WorkloadReference
		want     record.Home
	}{
		"a workload of the record's name": {of("Deployment", "web"), record.Home{Workload: "uid-of-web", WorkloadCreated: noon}},
		"no workload of its name":         {of("Deployment", "api"), record.Home{}},
		"a kind that is not watched":      {of("CloneSet", "web"), record.Home{Workload: "uid-of-old"}},
		"made by hand":                    {nil, record.Home{}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t)
			homes := Homes{Reader: w.r, Kinds: Kinds[:1], Cluster: "uid-of-eu-1"}
			got, err := homes.Of(t.Context(), recordAt("acme", "web-1", tt.workload))
			if err != nil {
				t.Fatal(err)
			}
			got.WorkloadCreated = got.WorkloadCreated.UTC()
			tt.want.Cluster = "uid-of-eu-1"
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Of() (-want +got):\n%s", diff)
			}
		})
	}
}

// informers are those of a cache: one of each kind, or none where err says why.
type informers struct {
	cache.Informer
	synced bool
	err    error
}

func (i informers) GetInformer(context.Context, client.Object, ...cache.InformerGetOption) (cache.Informer, error) {
	return i, i.err
}

func (i informers) HasSynced() bool { return i.synced }

// A read of a kind that is served, and cannot be listed, would not come back, and nothing of the site would be told.
func TestNoReadWaitsForAnOptionalKind(t *testing.T) {
	rollout := &v1alpha1.WorkloadReference{APIVersion: "argoproj.io/v1alpha1", Kind: "Rollout", Name: "web", UID: "uid-of-rollout"}
	for name, tt := range map[string]struct {
		informers informers
		want      record.Home
		err       string
	}{
		"it is not served":  {informers{err: &meta.NoKindMatchError{}}, record.Home{Workload: "uid-of-rollout"}, ""},
		"it is not listed":  {informers{synced: false}, record.Home{}, "the first list of Rollout has not succeeded yet"},
		"it is listed":      {informers{synced: true}, record.Home{}, ""},
		"it cannot be told": {informers{err: errBroken}, record.Home{}, "get informer of Rollout: connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t)
			got, err := Homes{Reader: w.r, Informers: tt.informers, Kinds: Kinds}.Of(t.Context(), recordAt("acme", "web-1", rollout))
			if tt.err != "" {
				if err == nil || err.Error() != tt.err {
					t.Errorf("Of() error = %v, want %q", err, tt.err)
				}
				return
			}
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("Of() error = %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// The records of a name are those at the record's own site.
func TestTheRecordsWhereARecordIs(t *testing.T) {
	w := newWorkshop(t)
	deployment := &v1alpha1.WorkloadReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web", UID: "uid-of-web"}
	for _, d := range []*v1alpha1.JiraDeployment{recordAt("acme", "web-1", deployment), recordAt("acme", "web-2", deployment), recordAt("pay", "web-3", deployment)} {
		if err := w.kube.Create(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	home, err := Homes{Reader: w.r, Kinds: Kinds[:1]}.Of(t.Context(), recordAt("acme", "web-1", deployment))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range home.Records {
		names = append(names, d.Name)
	}
	if diff := cmp.Diff([]string{"web-1", "web-2"}, names); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// A record from before the namespace is told apart also where no workload of its name lives.
func TestANamespaceThatWasMadeAnewClosesNothing(t *testing.T) {
	w := newWorkshop(t, "acme")
	namespace, err := Namespace(t.Context(), w.r, web.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	namespace.CreationTimestamp = metav1.NewTime(noon)
	if err := w.kube.Update(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	restored := recordAt("acme", "gone-1", &v1alpha1.WorkloadReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "gone", UID: "uid-of-old"})
	restored.Spec.State, restored.Spec.Sequence = v1alpha1.StateInProgress, noon.Add(-time.Hour).Unix()*1_000_000+1
	if err := w.kube.Create(t.Context(), restored); err != nil {
		t.Fatal(err)
	}
	if _, err := w.r.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Namespace: web.Namespace, Name: "gone"}}); err != nil {
		t.Fatalf("Reconcile() error = %v", err)
	}
	after := w.records()[0]
	if _, marked := after.Annotations[v1alpha1.AnnotationWorkloadGoneSince]; !marked || after.Spec.State != v1alpha1.StateInProgress {
		t.Errorf("state %s, marked as gone: %v; want it to be marked and in progress", after.Spec.State, marked)
	}
}
