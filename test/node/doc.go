// SPDX-License-Identifier: Apache-2.0

// Package node adds a real node to the control plane of package cluster: pods run, in containers, with
// their image, their user, their probes and their network.
//
//	Isolate     new mount, network and PID namespaces: what happens in them leaves no trace outside
//	   |
//	Start       containerd <-- kubelet --> API server          images come from files; runc and the CNI
//	                                                           plug-ins are run by containerd
//
// There is no kube-proxy, no DNS and no way out. The API server listens on the very address of the Service
// "kubernetes", so that pods find it as in any cluster; other Services have an address that nobody answers.
// Pods reach what listens on [HostAddress], and are reached from there.
//
// It takes root on Linux; [Missing] says what else. It needs neither Docker nor systemd, no CAP_SYS_RESOURCE, and
// no iptables. Control groups may be those of version 1.
package node
