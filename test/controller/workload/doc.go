// SPDX-License-Identifier: Apache-2.0

// Package workload tests the workload controller on a real API server: what its fake does not do, such as admission and
// a namespace that is being terminated. There is no kube-controller-manager, no Argo Rollouts and no Flagger: the
// tests write what they write.
package workload
