// SPDX-License-Identifier: Apache-2.0

// Package image reads what a container image says about the commit that it was built from. It knows nothing of Kubernetes and
// Jira: an image reference goes in; repository, revision, commit message, and the place where they were read come out.
//
//	Reference{Image, ImageID}
//	     |  parse                 the registry must be listed, else nothing is asked
//	     v
//	  answers (LRU) ------------> known: no request. A digest's answer is kept for ever, a tag's for a while
//	     |  one flight for each reference
//	     v
//	  read, best evidence first, and no further than it must
//	     index          annotations                             1 request
//	     manifest       annotations                             2
//	     config         labels: OCI, label-schema, OpenShift,   3
//	                    buildpacks
//	     attestation    BuildKit's provenance                   5
//	     |
//	     v
//	  session (one a repository)  credential or token, for its registry alone
//	     |
//	  guard (one a registry)      listed hosts, bounded answers, errors without foreign text
//	     |
//	  Config.Transport
//
// Four promises hold for every request:
//
//   - A registry that is not listed is not asked. A credential goes to the registry that it is for, and to a token server of
//     the same site or one that is listed. Nothing that an image says, and nothing that its author writes, changes that.
//   - What is read is bounded in bytes, in JSON values and in time.
//   - No error holds text of the other side: it consists of our own sentences, names of listed hosts and numbers.
//   - A request goes out once. When to ask again is the caller's decision; a failure is remembered for a while, so that
//     asking too often costs nothing.
//
// Who reads what an image says must not trust it: whoever can push an image can write any repository and any revision into it.
// The caller compares the repository with a list before it asks there.
package image
