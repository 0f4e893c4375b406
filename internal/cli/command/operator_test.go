// SPDX-License-Identifier: Apache-2.0

package command_test

import (
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/rollcall-dev/rollcall/internal/cli/command"
)

func TestManagerOf(t *testing.T) {
	for name, c := range map[string]struct {
		container, image, label string
		want                    bool
	}{
		"by its image":                    {"manager", "registry.example:5000/rollcall:v1@sha256:1", "", true},
		"by its label":                    {"manager", "mirror.example/abc:1", "rollcall", true},
		"another operator":                {"manager", "registry.example/cert-operator:1", "cert-operator", false},
		"another operator of a namespace": {"manager", "rollcall.example/cert-operator:1", "", false},
		"a sidecar":                       {"proxy", "registry.example/rollcall:1", "rollcall", false},
	} {
		t.Run(name, func(t *testing.T) {
			pod := &corev1.PodSpec{Containers: []corev1.Container{{Name: "first"}, {Name: c.container, Image: c.image}}}
			found := command.ManagerOf(map[string]string{"app.kubernetes.io/name": c.label}, pod)
			NewWithT(t).Expect(found != nil).To(Equal(c.want))
		})
	}
}
