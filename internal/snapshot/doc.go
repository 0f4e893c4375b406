// SPDX-License-Identifier: Apache-2.0

// Package snapshot keeps in memory what the manager's cache keeps of a cluster, so that a command line observes workloads with
// the manager's own code.
//
//	a cluster, with the rights of a user  --Read-->  Snapshot, and Gaps: what the user may not read
//	objects of files                      --New--->  Snapshot
//
// Objects are trimmed as those in the cache are: their hashes are those on the records. A Snapshot is a client.Reader, with
// the indexes that the workload controller reads. It does not change once it is made, but for objects that are added to it.
package snapshot
