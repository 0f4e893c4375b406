// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

// manifest is what people apply: a version of an application.
type manifest struct {
	// version is in the image; manifests of one version and the same place of its keys have one pod template.
	version string
	// keys are the issues that it names, and place is where.
	keys  []string
	place place
	// replicas is how many pods there should be; negative where the manifest leaves that to others.
	replicas int32
	ill      illness
}

// place is where a manifest has its issue keys.
type place string

const (
	onTemplate place = "on the pod template"
	onWorkload place = "on the workload"
	inTag      place = "in the image tag"
)

// illness is what keeps pods from becoming ready.
type illness string

const (
	healthy   illness = ""
	stuck     illness = "its pods never become ready"
	forbidden illness = "it may have no pods"
)

// version returns a manifest, whose keys are on its pod template.
func version(version string, keys ...string) manifest {
	return manifest{version: version, keys: keys, place: onTemplate, replicas: -1}
}

func (m manifest) on(p place) manifest {
	m.place = p
	return m
}

func (m manifest) pods(n int32) manifest {
	m.replicas = n
	return m
}

func (m manifest) with(ill illness) manifest {
	m.ill = ill
	return m
}

// String tells of a manifest as the story does.
func (m manifest) String() string {
	text := m.version + " without issue keys"
	if len(m.keys) > 0 {
		text = m.version + " with " + strings.Join(m.keys, " ")
	}
	if len(m.keys) > 0 && m.place != onTemplate {
		text += " " + string(m.place)
	}
	if m.ill != healthy {
		text += " (" + string(m.ill) + ")"
	}
	return text
}

func (m manifest) image() string {
	tag := m.version
	if m.place == inTag && len(m.keys) > 0 {
		tag = strings.Join(append([]string{m.version}, m.keys...), "_")
	}
	return "registry.shop.example/" + workloadName + ":" + tag
}

// readyAfter is how long a pod takes to become ready.
const readyAfter = "500ms"

// template returns the manifest's pod template.
func (m manifest) template() corev1.PodTemplateSpec {
	annotations := map[string]string{cluster.ReadyAfterAnnotation: readyAfter}
	if m.ill == stuck {
		annotations[cluster.NeverReadyAnnotation] = "true"
	}
	if m.place == onTemplate && len(m.keys) > 0 {
		annotations[v1alpha1.AnnotationIssueKeys] = strings.Join(m.keys, ",")
	}
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": workloadName}, Annotations: annotations},
		Spec: corev1.PodSpec{
			HostNetwork: m.ill == forbidden,
			Containers:  []corev1.Container{{Name: workloadName, Image: m.image()}},
			// A pod that is deleted is gone at once.
			TerminationGracePeriodSeconds: new(int64),
		},
	}
}
