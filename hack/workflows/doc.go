// SPDX-License-Identifier: Apache-2.0

// Package workflows checks the workflows in .github/workflows: actionlint's rules, and what the project demands besides.
//
//	what                                         why
//	permissions of a workflow: {}, contents:read a job says itself what it needs beyond that
//	permissions of each job                      so that a reader sees them beside the steps that have them
//	a time limit for each job                    the default is six hours
//	a concurrency group                          the second push of a branch replaces the first
//	actions by commit, the version in a comment  a tag can be moved; the comment is what Dependabot and people read
//	one commit for all parts of an action        half an upgrade is none
//	persist-credentials: false                   no later step finds the token in .git/config
//	no expression in a script                    what others write (a title, a branch) would be run; env passes it safely
//	no pull_request_target, no workflow_run      they run with rights that a stranger's change should not meet
//	the Go version of go.mod                     CI would else test with another one than developers do
//
// It is a module of its own: nothing else needs actionlint.
package workflows
