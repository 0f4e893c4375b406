// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/rollout"
	"github.com/rollcall-dev/rollcall/internal/snapshot"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a cluster with the site acme and the namespace shop-prod.
type world struct {
	t       *testing.T
	objects []client.Object
	site    *v1alpha1.JiraSite
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, site: &v1alpha1.JiraSite{
		ObjectMeta: metav1.ObjectMeta{Name: "acme", UID: "uid-of-acme", Generation: 1, CreationTimestamp: metav1.NewTime(noon.Add(-time.Hour))},
		Spec: v1alpha1.JiraSiteSpec{
			Host: "acme.atlassian.net", Projects: []string{"SHOP"}, Retention: v1alpha1.Retention{Revisions: 5},
			ProgressDeadline: metav1.Duration{Duration: 10 * time.Minute},
			Environments:     []v1alpha1.EnvironmentRule{{ID: "prod-eu", Name: "Production EU", Type: "production", Namespaces: []string{"*-prod"}}},
		},
	}}
	return w.with(w.site, namespaceOf("shop-prod", "uid-of-shop"), namespaceOf("kube-system", "0123456789"))
}

func (w *world) with(objects ...client.Object) *world {
	w.objects = append(w.objects, objects...)
	return w
}

func namespaceOf(name string, uid types.UID) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, UID: uid, CreationTimestamp: metav1.NewTime(noon.Add(-time.Hour))}}
}

// web is a Deployment whose rollout is finished.
func web(namespace string, change ...func(*appsv1.Deployment)) *appsv1.Deployment {
	d := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: "web", UID: types.UID("uid-of-web-in-" + namespace), Generation: 1, CreationTimestamp: metav1.NewTime(noon),
			Annotations: map[string]string{"deployment.kubernetes.io/revision": "1"},
		},
		Spec: appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{}},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "shop/web:1.0"}, {Name: "proxy", Image: "mesh/proxy:2"}}},
		}},
		Status: appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 1, UpdatedReplicas: 1, AvailableReplicas: 1, Conditions: []appsv1.DeploymentCondition{{
			Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: "NewReplicaSetAvailable", LastUpdateTime: metav1.NewTime(noon.Add(time.Minute)),
		}}},
	}
	for _, c := range change {
		c(d)
	}
	return d
}

func onTemplate(name, value string) func(*appsv1.Deployment) {
	return func(d *appsv1.Deployment) { d.Spec.Template.Annotations[name] = value }
}

func onWorkload(name, value string) func(*appsv1.Deployment) {
	return func(d *appsv1.Deployment) { d.Annotations[name] = value }
}

// revision makes a Deployment's next revision.
func revision(number string) func(*appsv1.Deployment) {
	return func(d *appsv1.Deployment) {
		d.Annotations["deployment.kubernetes.io/revision"] = number
		d.Spec.Template.Spec.Containers[0].Image = "shop/web:" + number + ".0"
	}
}

func (w *world) explainer() *Explainer {
	w.t.Helper()
	var copies []client.Object // a snapshot trims what it is given
	for _, o := range w.objects {
		copies = append(copies, o.DeepCopyObject().(client.Object))
	}
	s, err := snapshot.New(rollout.Ignored{}, copies...)
	if err != nil {
		w.t.Fatal(err)
	}
	e, err := New(w.t.Context(), s, Options{Now: func() time.Time { return noon.Add(2 * time.Minute) }})
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// explain explains a Deployment called web.
func (w *world) explain(namespace string) *Explanation {
	w.t.Helper()
	found, err := w.explainer().Workload(w.t.Context(), workload.Kinds[0], namespace, "web")
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// recorded has the manager record what it observes of web, and keeps what it writes.
func (w *world) recorded(namespace string, change ...func(*v1alpha1.JiraDeployment)) *world {
	w.t.Helper()
	e := w.explainer()
	observer := e.observer(workload.Kinds[0])
	key := client.ObjectKey{Namespace: namespace, Name: "web"}
	observation, err := observer.Observe(w.t.Context(), key)
	if err != nil {
		w.t.Fatal(err)
	}
	records, err := observer.Records(w.t.Context(), key)
	if err != nil {
		w.t.Fatal(err)
	}
	observation.Records = records["acme"]
	plan := e.sites["acme"].Plan(observation)
	for _, d := range plan.Create {
		d.UID, d.Generation, d.CreationTimestamp = types.UID("uid-of-"+d.Name), 1, metav1.NewTime(noon.Add(2*time.Minute))
		for _, c := range change {
			c(d)
		}
		w.with(d)
	}
	for _, d := range plan.Update {
		w.with(d) // it takes the place of the one before
	}
	return w
}

// replace puts an object in the place of another one of its kind and name.
func (w *world) replace(o client.Object) *world { return w.with(o) }

func delivered(status metav1.ConditionStatus, reason, message string) func(*v1alpha1.JiraDeployment) {
	return func(d *v1alpha1.JiraDeployment) {
		d.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionDelivered, Status: status, Reason: reason, Message: message, ObservedGeneration: 1, LastTransitionTime: metav1.NewTime(noon.Add(3 * time.Minute))}}
		if status == metav1.ConditionTrue {
			d.Status.DeliveredGeneration, d.Status.DeliveredTime = 1, metav1.NewMicroTime(noon.Add(3*time.Minute))
		}
	}
}
