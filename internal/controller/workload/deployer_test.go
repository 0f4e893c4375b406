// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"errors"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/internal/rollout"
)

func TestDeployersOf(t *testing.T) {
	all := []string{"deployments", "statefulsets", "daemonsets", "rollouts"}
	tests := map[string]struct {
		kind    string
		watched []string
		want    []string
	}{
		"Deployments":                        {"deployments", all, []string{"rollouts", "canaries"}},
		"Deployments, and Rollouts are none": {"deployments", all[:3], []string{"canaries"}},
		"DaemonSets":                         {"daemonsets", all, []string{"canaries"}},
		"StatefulSets":                       {"statefulsets", all, nil},
		"Rollouts":                           {"rollouts", all, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var kind Kind
			var watched []Kind
			for _, k := range Kinds {
				if k.Resource == tt.kind {
					kind = k
				}
				if slices.Contains(tt.watched, k.Resource) {
					watched = append(watched, k)
				}
			}
			var got []string
			for _, d := range DeployersOf(kind, watched) {
				got = append(got, d.Resource)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("DeployersOf() = %v, want %v", got, tt.want)
			}
		})
	}
}

func canaryOf(kind, name, phase string) *unstructured.Unstructured {
	o := rollout.NewCanary()
	o.SetNamespace(web.Namespace)
	o.SetName("canary")
	o.Object["spec"] = map[string]any{"targetRef": map[string]any{"apiVersion": "apps/v1", "kind": kind, "name": name}}
	o.Object["status"] = map[string]any{"phase": phase}
	return o
}

func rolloutOfDeployment(name, phase string) *unstructured.Unstructured {
	o := rollout.NewArgoRollout()
	o.SetNamespace(web.Namespace)
	o.SetName("rollout")
	o.Object["spec"] = map[string]any{"workloadRef": map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": name}}
	o.Object["status"] = map[string]any{"phase": phase}
	return o
}

func TestAWorkloadIsReconciledWhereItsDeployerChanged(t *testing.T) {
	argo, flagger := &Deployers[0], &Deployers[1]
	tests := map[string]struct {
		deployer      *Deployer
		before, after *unstructured.Unstructured
		want          bool
	}{
		"a Canary's phase":               {flagger, canaryOf("Deployment", "web", "Progressing"), canaryOf("Deployment", "web", "Failed"), true},
		"a Canary as it was":             {flagger, canaryOf("Deployment", "web", "Failed"), canaryOf("Deployment", "web", "Failed"), false},
		"a Canary's target":              {flagger, canaryOf("Deployment", "web", "Failed"), canaryOf("Deployment", "shop", "Failed"), true},
		"a Canary has no target of ours": {flagger, canaryOf("Deployment", "web", "Failed"), canaryOf("Service", "web", "Failed"), true},
		"a Rollout's phase":              {argo, rolloutOfDeployment("web", "Progressing"), rolloutOfDeployment("web", "Healthy"), false},
		"a Rollout's Deployment":         {argo, rolloutOfDeployment("web", "Healthy"), rolloutOfDeployment("shop", "Healthy"), true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.deployer.changed().Update(event.UpdateEvent{ObjectOld: tt.before, ObjectNew: tt.after}); got != tt.want {
				t.Errorf("changed() = %v, want %v", got, tt.want)
			}
		})
	}
}

// The kind of a deployer is asked for once. An API server that does not answer holds up what could be told wrongly.
func TestADeployerIsLookedForWhereItsKindIsServed(t *testing.T) {
	own := []string{"SHOP-1 in_progress"}
	tests := map[string]struct {
		answers []error
		want    []string
		wantErr bool
	}{
		"served":                 {[]error{served}, nil, false},
		"absent":                 {[]error{absent}, own, false},
		"nobody knows":           {[]error{errBroken}, nil, true},
		"nobody knows, and then": {[]error{errBroken, served}, nil, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t, "acme")
			if err := w.kube.Create(t.Context(), rolloutOfDeployment("web", "Progressing")); err != nil {
				t.Fatal(err)
			}
			a := &apiServer{answers: tt.answers}
			w.r.Client = mapped{w.r.Client, fake.NewClientBuilder().WithRESTMapper(a).Build()}
			w.r.Deployers = Deployers[:1]
			for range tt.answers[1:] {
				if _, err := w.r.Reconcile(t.Context(), request()); !errors.Is(err, errBroken) {
					t.Fatalf("Reconcile() error = %v, want what the API server said", err)
				}
			}
			if _, err := w.r.Reconcile(t.Context(), request()); (err != nil) != tt.wantErr {
				t.Fatalf("Reconcile() error = %v, want one: %v", err, tt.wantErr)
			}
			w.expectRecords(tt.want)
			if _, err := w.r.Reconcile(t.Context(), request()); (err != nil) != tt.wantErr || !tt.wantErr && a.asked != len(tt.answers) {
				t.Errorf("once more: error = %v, %d questions; want %d", err, a.asked, len(tt.answers))
			}
		})
	}
}

// A primary is told under its target's name, and a name alone makes none.
func TestOnlyWhatACanaryOwnsIsAPrimary(t *testing.T) {
	yes := true
	for name, tt := range map[string]struct {
		owner metav1.OwnerReference
		want  []string
	}{
		"a Canary's":            {metav1.OwnerReference{APIVersion: "flagger.app/v1beta1", Kind: "Canary", Name: "web", UID: "c", Controller: &yes}, nil},
		"another operator's":    {metav1.OwnerReference{APIVersion: "example.com/v1", Kind: "Database", Name: "web", UID: "c", Controller: &yes}, []string{"SHOP-1 in_progress"}},
		"one for each revision": {metav1.OwnerReference{APIVersion: "serving.knative.dev/v1", Kind: "Revision", Name: "web", UID: "c", Controller: &yes}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t, "acme")
			primary := makeDeployment()
			primary.Name, primary.UID, primary.OwnerReferences = "web-primary", "uid-of-the-primary", []metav1.OwnerReference{tt.owner}
			if err := errors.Join(w.kube.Delete(t.Context(), &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: web.Namespace, Name: web.Name}}),
				w.kube.Create(t.Context(), primary)); err != nil {
				t.Fatal(err)
			}
			req := request()
			req.Name = primary.Name
			if _, err := w.r.Reconcile(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			w.expectRecords(tt.want)
		})
	}
}

// mapped is a client with another's knowledge of what is served.
type mapped struct {
	client.Client
	mapper client.Client
}

func (m mapped) RESTMapper() meta.RESTMapper { return m.mapper.RESTMapper() }

func request() ctrl.Request { return ctrl.Request{NamespacedName: web} }

func (w *workshop) expectRecords(want []string) {
	w.t.Helper()
	var got []string
	for _, d := range w.records() {
		got = append(got, d.Spec.IssueKeys[0]+" "+string(d.Spec.State))
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("records = %v, want %v", got, want)
	}
}
