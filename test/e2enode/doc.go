// SPDX-License-Identifier: Apache-2.0

// Command e2enode tries what only real containers show: that the image starts, as nobody special and on a
// read-only root; that probes answer; that the chart's roles, volumes and flags are enough; that SIGTERM hands
// the lease over; that an upgrade and an uninstall leave nothing behind.
//
//	prepare   the control plane's and the node's programs, images: built once, outside, with the network
//	   |
//	isolate   namespaces of its own (package node)
//	   |
//	steps     helm install --> rollouts --> the leader goes --> helm upgrade --> helm uninstall
//	              |               |
//	            real pods      local Jira, https with a private authority
//
// Nothing is pulled and nothing leaves the machine. Where the machine cannot have a node, it says
// "SKIPPED", what is missing, and ends well; but in CI (CI=true) it fails where a package is missing.
package main
