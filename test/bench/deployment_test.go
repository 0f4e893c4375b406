// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The API server adds managed fields, and the controllers a status, of some 10 KB together; a run tells the sum.
func TestARealDeploymentIsOfRealSize(t *testing.T) {
	text, err := json.Marshal(makeReal(client.ObjectKey{Namespace: "real-prod", Name: "web-1"}, "BENCH-1"))
	if err != nil {
		t.Fatal(err)
	}
	if len(text) < 12_000 || len(text) > 15_000 {
		t.Errorf("a Deployment of %d bytes, want about 13.5 KB", len(text))
	}
}
