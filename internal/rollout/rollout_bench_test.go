// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// makeOrdinary returns a Deployment with a template of ordinary size, some 4 KB of JSON: an application and two
// sidecars, with settings in their environment.
func makeOrdinary() *appsv1.Deployment {
	d := makeDeployment("web").Image("shop/web:1.2", "shop/proxy:3", "shop/log-shipper:4").
		TemplateAnnotation("rollcall.dev/issue-keys", "SHOP-2").TemplateLabel("app", "web").RealSize().Obj()
	for i := range d.Spec.Template.Spec.Containers {
		c := &d.Spec.Template.Spec.Containers[i]
		for n := range 16 {
			c.Env = append(c.Env, corev1.EnvVar{Name: fmt.Sprintf("SETTING_%02d", n), Value: fmt.Sprintf("https://setting-%02d.shop.svc.cluster.local:8443", n)})
		}
	}
	return d
}

// BenchmarkTemplateHash hashes a template, beside its parts: encoding it, and hashing what that makes.
func BenchmarkTemplateHash(b *testing.B) {
	template := makeOrdinary().Spec.Template
	data, err := json.Marshal(template)
	if err != nil {
		b.Fatal(err)
	}
	for _, part := range []struct {
		name string
		do   func()
	}{
		{"hash", func() { TemplateHash(template) }},
		{"lower bound, encode", func() { _, _ = json.Marshal(template) }},
		{"lower bound, sha256", func() { sha256.Sum256(data) }},
	} {
		b.Run(part.name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				part.do()
			}
		})
	}
}

// BenchmarkTrim trims a Deployment that an event brought, and one that went through before.
func BenchmarkTrim(b *testing.B) {
	whole := makeOrdinary()
	once := trimmedDeployment(b, whole)
	for _, before := range []struct {
		name string
		d    *appsv1.Deployment
	}{{"whole", whole}, {"trimmed", once}} {
		b.Run(before.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				trimmedDeployment(b, before.d)
			}
		})
	}
}

// trimmedDeployment trims a shallow copy: Trim replaces what it takes away, and changes nothing in place.
func trimmedDeployment(b *testing.B, d *appsv1.Deployment) *appsv1.Deployment {
	shallow := *d
	if _, err := Trim(&shallow); err != nil {
		b.Fatal(err)
	}
	return &shallow
}

// BenchmarkFromDeployment observations at a Deployment as the cache has it, and at one that was not trimmed, whose hash has
// to be computed.
func BenchmarkFromDeployment(b *testing.B) {
	whole := makeOrdinary()
	for _, observation := range []struct {
		name string
		d    *appsv1.Deployment
	}{{"trimmed", trimmedDeployment(b, whole)}, {"whole", whole}} {
		b.Run(observation.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := FromDeployment(observation.d); !ok {
					b.Fatal("FromDeployment has nothing to say")
				}
			}
		})
	}
}
