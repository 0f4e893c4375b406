// SPDX-License-Identifier: Apache-2.0

// Package supported says which versions of others Rollcall works with.
package supported

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/version"
)

// Kubernetes is the oldest Kubernetes that takes the CRDs. The chart says so, too, in an annotation of Chart.yaml.
const Kubernetes = "1.32.0"

// CheckKubernetes returns what is wrong with the version that an API server says of itself. It says nothing of one that it
// cannot read. A preview of the oldest version is not held to be older: distributions name theirs like that.
func CheckKubernetes(running string) error {
	v, err := version.ParseGeneric(running)
	if err != nil || v.AtLeast(version.MustParseGeneric(Kubernetes)) {
		return nil
	}
	return fmt.Errorf("this is Kubernetes %s, and Rollcall needs %s or newer: older ones do not take its CRDs", running, Kubernetes)
}
