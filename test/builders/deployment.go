// SPDX-License-Identifier: Apache-2.0

// Package builders makes the objects that the suites on a real control plane create.
package builders

import (
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

// Deployment builds a Deployment whose pods become ready at once.
type Deployment struct{ d *appsv1.Deployment }

// NewDeployment returns a builder of a Deployment of so many pods, which the site acme selects.
func NewDeployment(namespace, name string, replicas int32) Deployment {
	labels := map[string]string{"app": name[:min(len(name), validation.LabelValueMaxLength)]}
	return Deployment{&appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"site": "acme"}, Annotations: map[string]string{}},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: maps.Clone(labels), Annotations: map[string]string{}},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "shop/web:1.0.0"}}},
			},
		},
	}}
}

// Site has the site of this name select it.
func (b Deployment) Site(name string) Deployment {
	b.d.Labels["site"] = name
	return b
}

// Metadata sets an annotation in the metadata of the Deployment itself.
func (b Deployment) Metadata(name, value string) Deployment {
	b.d.Annotations[name] = value
	return b
}

// Annotation sets one on the pod template.
func (b Deployment) Annotation(name, value string) Deployment {
	b.d.Spec.Template.Annotations[name] = value
	return b
}

// Label sets one on the pod template.
func (b Deployment) Label(name, value string) Deployment {
	b.d.Spec.Template.Labels[name] = value
	return b
}

// IssueKeys lists issue keys on the pod template.
func (b Deployment) IssueKeys(keys string) Deployment {
	return b.Annotation(v1alpha1.AnnotationIssueKeys, keys)
}

// Image sets the image of the main container.
func (b Deployment) Image(image string) Deployment {
	b.d.Spec.Template.Spec.Containers[0].Image = image
	return b
}

// NeverReady keeps the pods from becoming ready, and gives up after so many seconds.
func (b Deployment) NeverReady(deadlineSeconds int32) Deployment {
	b.d.Spec.ProgressDeadlineSeconds = &deadlineSeconds
	return b.Annotation(cluster.NeverReadyAnnotation, "true")
}

// Obj returns the Deployment.
func (b Deployment) Obj() *appsv1.Deployment { return b.d }
