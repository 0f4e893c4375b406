// Package programs provides the programs of a real control plane, and of a real node, in a folder of the user's cache.
//
//	hack/controlplane, hack/node  --go build--> cache folder (once a version)
//
// What is built is what the go.sum files of these modules name.
//
// Kubernetes is the newest one; with ROLLCALL_KUBERNETES=oldest it is the oldest one that is supported.
//
// The package imports little, because `make` compiles it before it can say anything.
package programs
