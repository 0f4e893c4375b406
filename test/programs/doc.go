// SPDX-License-Identifier: Apache-2.0

// Package programs provides the programs of a real control plane, and of a real node, in a folder of the user's cache.
//
//	released programs  --download, checksum-----+
//	                                            +--> cache folder (once a version)
//	hack/controlplane, hack/node  --go build----+
//
// ROLLCALL_CONTROL_PLANE chooses: download, build, or auto, which builds what cannot be downloaded. What is built is what
// the go.sum files of these modules name. What is downloaded has a checksum, see hack/controlplane/checksums.txt.
//
// Kubernetes is the newest one; with ROLLCALL_KUBERNETES=oldest it is the oldest one that is supported.
//
// The package imports little, because `make` compiles it before it can say anything.
package programs
