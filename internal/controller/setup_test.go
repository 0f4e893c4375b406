// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/controller/runs"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// What the cache keeps is what is watched: ControllerRevisions only where a kind needs them.
func TestCacheKeepsHistoryOnlyWhereItIsNeeded(t *testing.T) {
	tests := map[string]struct {
		workloads, builds []string
		want              []string
	}{
		"Deployments alone": {
			workloads: []string{"deployments"},
			want:      []string{"*v1.Deployment", "*v1.Secret", "*v1alpha1.JiraBuild", "*v1alpha1.JiraDeployment"},
		},
		"StatefulSets": {
			workloads: []string{"statefulsets"},
			want:      []string{"*v1.ControllerRevision", "*v1.Secret", "*v1.StatefulSet", "*v1alpha1.JiraBuild", "*v1alpha1.JiraDeployment"},
		},
		"DaemonSets": {
			workloads: []string{"daemonsets"},
			want:      []string{"*v1.ControllerRevision", "*v1.DaemonSet", "*v1.Secret", "*v1alpha1.JiraBuild", "*v1alpha1.JiraDeployment"},
		},
		"what may not be there": {
			workloads: []string{"rollouts"}, builds: []string{"pipelineruns", "buildruns", "workflows", "builds"},
			want: []string{"*v1.Secret", "*v1alpha1.JiraBuild", "*v1alpha1.JiraDeployment"},
		},
		"Jobs": {
			builds: []string{"jobs"},
			want:   []string{"*v1.Job", "*v1.Secret", "*v1alpha1.JiraBuild", "*v1alpha1.JiraDeployment"},
		},
		"all": {
			workloads: []string{"deployments", "statefulsets", "daemonsets", "rollouts"}, builds: []string{"jobs", "pipelineruns"},
			want: []string{
				"*v1.ControllerRevision", "*v1.DaemonSet", "*v1.Deployment", "*v1.Job", "*v1.Secret", "*v1.StatefulSet",
				"*v1alpha1.JiraBuild", "*v1alpha1.JiraDeployment",
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var kinds []workload.Kind
			for _, kind := range workload.Kinds {
				if slices.Contains(tt.workloads, kind.Resource) {
					kinds = append(kinds, kind)
				}
			}
			ofRuns := slices.DeleteFunc(slices.Clone(runs.Kinds), func(kind runs.Kind) bool { return !slices.Contains(tt.builds, kind.Resource) })
			var got []string
			for object, of := range CacheOptions("rollcall-system", kinds, ofRuns, Ignored{}).ByObject {
				got = append(got, fmt.Sprintf("%T", object))
				if of.Transform == nil {
					t.Errorf("objects of type %T are kept whole", object)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("the cache is told of %v, want %v", got, tt.want)
			}
		})
	}
}

// What the cache cannot be told of by name is trimmed nevertheless, and a Secret is not.
func TestCacheTrimsAKindThatItCannotName(t *testing.T) {
	o := rollout.NewArgoRollout()
	o.SetManagedFields([]metav1.ManagedFieldsEntry{{Manager: "kubectl"}})
	o.Object["spec"] = map[string]any{"strategy": map[string]any{"canary": map[string]any{}}}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubectl"}}}}
	transform := CacheOptions("rollcall-system", workload.Kinds, runs.Kinds, Ignored{}).DefaultTransform
	for _, object := range []client.Object{o, secret} {
		if got, err := transform(object); err != nil || got != any(object) || object.GetManagedFields() != nil {
			t.Errorf("DefaultTransform(%T) = %v, %v; want it without its managed fields", object, got, err)
		}
	}
	if _, kept := o.Object["spec"].(map[string]any)["strategy"]; kept || len(o.GetAnnotations()) == 0 {
		t.Errorf("a Rollout is kept whole: %v", o.Object)
	}
	namespace := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
		Labels: map[string]string{"team": "shop"}, Annotations: map[string]string{"rollcall.dev/environment-type": "staging", "acme.example/notes": "text"},
	}}
	if _, err := transform(namespace); err != nil || len(namespace.Labels) != 1 || len(namespace.Annotations) != 1 {
		t.Errorf("of a Namespace %v and %v are kept, error %v; want its labels and what is Rollcall's", namespace.Labels, namespace.Annotations, err)
	}
	if len(secret.Annotations) > 0 {
		t.Errorf("a Secret is annotated: %v", secret.Annotations)
	}
}

// Of a Secret the cache keeps that it is there, and which version: kubectl apply writes what is in it into an annotation.
func TestTheCacheKeepsNothingOfASecret(t *testing.T) {
	for _, options := range CacheOptions("rollcall-system", workload.Kinds, runs.Kinds, Ignored{}).ByObject {
		if options.Namespaces == nil {
			continue // not the Secrets: they are those of one namespace alone
		}
		applied := map[string]string{corev1.LastAppliedConfigAnnotation: `{"data":{"client-secret":"czNjcjN0"}}`}
		kept, err := options.Transform(&metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
			Namespace: "rollcall-system", Name: "acme-jira", UID: "1", ResourceVersion: "7", Annotations: applied, Labels: applied,
		}})
		want := &metav1.PartialObjectMetadata{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
			ObjectMeta: metav1.ObjectMeta{Namespace: "rollcall-system", Name: "acme-jira", UID: "1", ResourceVersion: "7"},
		}
		if diff := cmp.Diff(want, kept); diff != "" || err != nil {
			t.Errorf("of a Secret is kept (-want +got), error %v:\n%s", err, diff)
		}
		return
	}
	t.Error("the cache is not told of Secrets")
}
