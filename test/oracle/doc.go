// SPDX-License-Identifier: Apache-2.0

// Package oracle says what Jira has to show of a workload. It is the one rule book that product code is tested against:
// the replays of recorded rollouts (internal/record) and the chaos runs (test/chaos) both ask it.
//
//	workload --StatusOf--> Status --Life.Note--> Life: facts in their order --Match--> what Jira shows wrongly
//	          as kubectl reads it                                             ^
//	                                      what Jira shows, which facts were --+
//	                                      certainly noticed
//
// It has no part in the product, and the product none in it: it reads workloads as `kubectl rollout status` and
// `kubectl rollout history` do, and imports neither internal/rollout nor internal/record.
//
// A fact that nobody need have noticed may be known or not. So there may be several histories that are true: Match
// takes the one that is nearest to what Jira shows. Where every fact was noticed there is one only.
package oracle
