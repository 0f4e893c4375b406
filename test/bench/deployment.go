// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

// rollingFor is how long a pod takes to be ready: a rollout of one pod lasts a little longer.
const rollingFor = "500ms"

// makeSmall returns a Deployment of one replica that really rolls out.
func makeSmall(key client.ObjectKey, issue string) *appsv1.Deployment {
	labels := map[string]string{"app": key.Name}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name, Labels: labels},
		Spec: appsv1.DeploymentSpec{
			Replicas: new(int32(1)),
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{
					v1alpha1.AnnotationIssueKeys: issue, cluster.ReadyAfterAnnotation: rollingFor,
				}},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "registry.example/shop/web:1.4.0"}}},
			},
		},
	}
}

// makeReady returns one whose pod is ready at once.
func makeReady(key client.ObjectKey, issue string) *appsv1.Deployment {
	d := makeSmall(key, issue)
	delete(d.Spec.Template.Annotations, cluster.ReadyAfterAnnotation)
	return d
}

// makeReal returns a Deployment of the size that a chart for an ordinary service makes: an application with two
// sidecars, settings in the environment, probes, and the copy of it all that `kubectl apply` keeps. The API server
// adds the managed fields. It wants no pods, so that ten thousand of them need no nodes; its rollout is
// finished by definition.
func makeReal(key client.ObjectKey, issue string) *appsv1.Deployment {
	d := makeSmall(key, issue)
	d.Spec.Replicas = new(int32(0))
	d.Labels = map[string]string{
		"app.kubernetes.io/name": key.Name, "app.kubernetes.io/instance": key.Name, "app.kubernetes.io/version": "1.4.0",
		"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "web-3.2.1", "team": "checkout", "cost-center": "4711",
	}
	spec := &d.Spec.Template.Spec
	spec.ServiceAccountName = key.Name
	spec.Volumes = []corev1.Volume{
		{Name: "config", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: key.Name}}}},
		{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
	}
	spec.Containers = []corev1.Container{makeContainer("web", 30), makeContainer("proxy", 12), makeContainer("log-shipper", 6)}
	applied, err := json.Marshal(d)
	if err != nil {
		panic(err) // a Deployment is plain data
	}
	d.Annotations = map[string]string{"kubectl.kubernetes.io/last-applied-configuration": string(applied) + "\n"}
	return d
}

func makeContainer(name string, settings int) corev1.Container {
	probe := &corev1.Probe{
		ProbeHandler:  corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/healthz", Port: intstr.FromInt32(8080)}},
		PeriodSeconds: 10, TimeoutSeconds: 2, FailureThreshold: 3,
	}
	c := corev1.Container{
		Name:  name,
		Image: "registry.example/shop/" + name + ":1.4.0",
		Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}},
		Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("128Mi")},
			Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("256Mi")},
		},
		VolumeMounts:   []corev1.VolumeMount{{Name: "config", MountPath: "/etc/config", ReadOnly: true}, {Name: "tmp", MountPath: "/tmp"}},
		LivenessProbe:  probe,
		ReadinessProbe: probe,
	}
	for i := range settings {
		env := corev1.EnvVar{Name: fmt.Sprintf("SETTING_%02d", i), Value: fmt.Sprintf("https://setting-%02d.shop.svc.cluster.local:8443", i)}
		if i%4 == 0 {
			env.Value, env.ValueFrom = "", &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
				LocalObjectReference: corev1.LocalObjectReference{Name: name + "-secrets"}, Key: fmt.Sprintf("setting-%02d", i),
			}}
		}
		c.Env = append(c.Env, env)
	}
	return c
}
