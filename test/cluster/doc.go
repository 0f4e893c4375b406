// SPDX-License-Identifier: Apache-2.0

// Package cluster runs a real Kubernetes control plane on this machine, for tests, the demo and the
// benchmarks. It needs neither Docker nor images: package programs has each program.
//
//	         package programs
//	                |
//	Start    etcd <-- kube-apiserver <--+-- kube-controller-manager    rolls Deployments out
//	          (both through envtest)    +-- kube-scheduler             binds their pods
//	                                    +-- kwok                       plays the kubelet of a fake node
//
// A Deployment therefore really rolls out, stalls and is rolled back, and RBAC is enforced. Only the
// containers are missing: KWOK reports pods as ready without running anything. Two annotations on a
// pod template steer it, [NeverReadyAnnotation] and [ReadyAfterAnnotation]. Package node puts a real node in
// KWOK's place, where the machine allows it.
//
// Kubernetes is the newest one; with ROLLCALL_KUBERNETES=oldest it is the oldest one that is supported.
//
// Everything listens on loopback, on free ports, so that several clusters run side by side, and ends
// with the process that started it. Linux and macOS only.
package cluster
