// SPDX-License-Identifier: Apache-2.0

package workload_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// world is a namespace with sites that select it alone.
type world struct {
	Gomega
	t         *testing.T
	namespace string
	web       *appsv1.Deployment
}

func newWorld(t *testing.T, sites int) *world {
	t.Helper()
	start(t)
	w := &world{Gomega: NewWithT(t), t: t}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	w.Expect(shared.kube.Create(t.Context(), namespace)).To(Succeed())
	w.namespace = namespace.Name
	for i := range sites {
		site := &v1alpha1.JiraSite{
			ObjectMeta: metav1.ObjectMeta{Name: w.site(i)},
			Spec: v1alpha1.JiraSiteSpec{
				Host: "acme.atlassian.net", Credentials: v1alpha1.Credentials{SecretName: "acme-jira"},
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: w.namespace}},
			},
		}
		w.Expect(shared.kube.Create(t.Context(), site)).To(Succeed())
		t.Cleanup(func() { _ = shared.kube.Delete(context.Background(), site) })
	}
	return w
}

func (w *world) site(i int) string { return fmt.Sprintf("site-%d-of-%s", i, w.namespace) }

// deploy creates the Deployment web, which no controller has seen.
func (w *world) deploy() {
	w.t.Helper()
	labels := map[string]string{"app": "web"}
	w.web = &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: w.namespace, Name: "web",
			Annotations: map[string]string{"deployment.kubernetes.io/revision": "1", v1alpha1.AnnotationIssueKeys: "SHOP-1"},
		},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "web:1"}}},
			},
		},
	}
	w.Expect(shared.kube.Create(w.t.Context(), w.web)).To(Succeed())
}

// roll writes the status of a Deployment that rolls out, and of one that finished.
func (w *world) roll(available int32) {
	w.t.Helper()
	w.web.Status = appsv1.DeploymentStatus{
		ObservedGeneration: w.web.Generation, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: available, AvailableReplicas: available,
	}
	w.Expect(shared.kube.Status().Update(w.t.Context(), w.web)).To(Succeed())
}

// restart makes the next revision of the Deployment, with the same template.
func (w *world) restart() {
	w.t.Helper()
	w.web.Annotations["deployment.kubernetes.io/revision"] = "2"
	w.web.Spec.Template.Annotations = map[string]string{"kubectl.kubernetes.io/restartedAt": "now"}
	w.Expect(shared.kube.Update(w.t.Context(), w.web)).To(Succeed())
	w.roll(1)
}

// records returns the namespace's records, each as its site, revision and state.
func (w *world) records() []string {
	var list v1alpha1.JiraDeploymentList
	w.Expect(shared.kube.List(w.t.Context(), &list, client.InNamespace(w.namespace))).To(Succeed())
	all := []string{}
	for _, d := range list.Items {
		all = append(all, fmt.Sprintf("%s %d %s", d.Spec.Site, d.Spec.Revision, d.Spec.State))
	}
	slices.Sort(all)
	return all
}

// notes returns the messages of the namespace's Events of a reason.
func (w *world) notes(reason string) []string {
	var list eventsv1.EventList
	w.Expect(shared.kube.List(w.t.Context(), &list, client.InNamespace(w.namespace))).To(Succeed())
	var notes []string
	for _, event := range list.Items {
		if event.Reason == reason && event.Regarding.Kind == "Deployment" && event.Regarding.Name == "web" {
			notes = append(notes, event.Note)
		}
	}
	return notes
}

// eventually is how long to wait for the controller on a busy machine.
const eventually = 30 * time.Second
