// SPDX-License-Identifier: Apache-2.0

// Command image makes container images without a container engine: no Docker, no root, no network beyond
// the Go module proxy.
//
//	package --go build, once a platform--> static binary --> layer --> image --+--> <name>.oci.tar
//	                                                                           +--> <name>.linux-<arch>.tar
//
// An image is one static binary on nothing, and runs as a user that is not root. The first file is an OCI
// layout with an index of all platforms, for a registry (skopeo, crane, oras). The others are what docker
// save writes, one a platform, for docker load, podman load and ctr images import.
//
// The same commit gives the same bytes, on every machine with the same version of Go: nothing in an image
// tells when or where it was made. All times are the one that -created names.
package main
