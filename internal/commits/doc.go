// SPDX-License-Identifier: Apache-2.0

// Package commits asks a Git server which commits lie between two revisions. It speaks Git's smart HTTP protocol,
// version 2, and keeps nothing on disk. It knows neither Kubernetes nor Jira: it returns commits with their whole
// messages, and its caller looks for keys in them.
//
//	Range{Repository, Base, Head, Paths}
//	             |
//	repository.go    one spelling of a URL; Allowed: may it be asked?
//	             |
//	remote.go        GET info/refs: what can the server do? (kept in memory)
//	             |
//	resolve.go       a tag or a short commit id -> a commit id
//	             |
//	fetch.go         POST git-upload-pack: want Head, have Base, filter tree:0
//	             |
//	pktline.go  ->  response.go  ->  pack.go, delta.go  ->  commit.go
//	             |
//	walk.go          the order of `git log Base..Head`, and where it ends: what kind of range is it?
//	revert.go        which commits are taken back by others
//	paths.go         which commits touch some paths (trees.go asks for the trees)
//	             |
//	Result{Kind, Commits, Notes}, or *Error with its cause
//
// # What lies between
//
// The server sends what Head reaches and Base does not. Parents that it does not send are the boundary. From these
// alone the kind of a range is known, without a date and without a count:
//
//	nothing came                          Rollback   Base reaches Head
//	the boundary holds Base               Ahead      Head is a descendant of Base
//	the boundary holds something else     Diverged   they have an ancestor in common
//	there is no boundary                  HeadOnly   they have none in common: this would be the whole history
//	the server does not know Base         HeadOnly   it was removed by a force push
//
// # What is never done
//
//   - No redirect is followed.
//   - No text of a server and no error of the transport is part of an error, since either may quote a credential.
//   - No length, count or offset that a server claims is trusted with memory: buffers grow with what really arrives.
package commits
