// SPDX-License-Identifier: Apache-2.0

// Package manifest reads Kubernetes manifests from files, and makes of the workloads in them what an API server would have once
// their first release was finished: so that they are observed without a cluster, by the manager's own code.
//
//	files, folders, stdin --Read--> documents --> objects that Rollcall reads, and a count of the others
//	objects --Complete--> with UIDs, revisions and a status
//
// It knows YAML of several documents, JSON, Lists, and what helm prints around its manifests. A document that cannot be read is
// an error that names its file, its number and its line. No error holds a value: it may be a secret.
package manifest
