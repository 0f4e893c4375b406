// SPDX-License-Identifier: Apache-2.0

// Command stories plays stories on a real control plane, and records every version of the workload that its controller
// makes of them (test/recording). The replays of the recordings, test/replay,
// need no control plane:
//
//	make record-stories                                    # all stories, each in a namespace of its own, some at a time
//	make record-stories STORY_ARGS=-only=Recreate          # those whose title has the word
//
// A story is a row in a table: a title, a kind, and what people do. What they do and what becomes of it is real: the
// API server, kube-controller-manager and kube-scheduler are. The node is KWOK's; pods are ready half a second after
// they were scheduled, unless their version is one that never becomes ready.
package main
