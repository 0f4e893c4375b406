// SPDX-License-Identifier: Apache-2.0

package main

import (
	"k8s.io/client-go/discovery"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/rollcall-dev/rollcall/internal/supported"
)

// checkKubernetes returns why Kubernetes is too old. Who renders the chart without a cluster has not heard it from Helm, and
// what they would see instead is that kinds are missing. An API server that does not tell its version is no reason to end.
func checkKubernetes(mgr ctrl.Manager) error {
	client, err := discovery.NewDiscoveryClientForConfigAndClient(mgr.GetConfig(), mgr.GetHTTPClient())
	if err != nil {
		return err
	}
	running, err := client.ServerVersion()
	if err != nil {
		ctrl.Log.Info("Cannot tell the version of Kubernetes", "error", err.Error())
		return nil
	}
	return supported.CheckKubernetes(running.GitVersion)
}
