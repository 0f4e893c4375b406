// Command stories plays stories on a real control plane, and records every version of the workload that its controller
// makes of them (test/recording). Replays of the recordings are tests of internal/record, which need no
// control plane:
//
//	go run ./test/stories                     # all stories, each in a namespace of its own, some at a time
//	go run ./test/stories -only=Recreate      # those whose title has the word
//
// A story is a row in a table: a title, a kind, and what people do. What they do and what becomes of it is real: the
// API server, kube-controller-manager and kube-scheduler are. The node is KWOK's; pods are ready half a second after
// they were scheduled, unless their version is one that never becomes ready.
package main
