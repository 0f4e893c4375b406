// SPDX-License-Identifier: Apache-2.0

package command

import (
	"strings"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
)

// OperatorNamespace is where Rollcall is installed where nobody says otherwise.
const OperatorNamespace = "rollcall-system"

// ManagerContainer is the name of the manager's container, in the chart and in the manifests.
const ManagerContainer = "manager"

// AddOperatorNamespace adds the flag that names the namespace of the manager and of the Secrets.
func AddOperatorNamespace(cmd *cobra.Command, namespace *string) {
	cmd.Flags().StringVar(namespace, "operator-namespace", OperatorNamespace, "The namespace that Rollcall and its Secrets are in.")
}

// ManagerOf returns the manager's container of a pod; nil where the pod is none of Rollcall's. Other operators call theirs
// manager, too: the name of the image, or the pod's label app.kubernetes.io/name, has to say rollcall.
func ManagerOf(labels map[string]string, pod *corev1.PodSpec) *corev1.Container {
	for i := range pod.Containers {
		c := &pod.Containers[i]
		image := c.Image[strings.LastIndex(c.Image, "/")+1:]
		if c.Name == ManagerContainer && (strings.Contains(image, "rollcall") || labels["app.kubernetes.io/name"] == "rollcall") {
			return c
		}
	}
	return nil
}
