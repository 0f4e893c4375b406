// SPDX-License-Identifier: Apache-2.0

// Package jiratest is a Jira Cloud site on this machine: a real HTTP server that keeps the rules of Atlassian's token
// endpoint and of the Deployments and Builds APIs, so that code that breaks one of them fails here.
//
//	request -> route -> fault? -> credential -> cloud id -> permission -> body -> item by item -> store
//	                      |           401          404          403        400, 413      202          |
//	                      v                                                                           v
//	              the answer of the fault                                            Deployments, Updates, WriteJSON
//
// Rules that are easily broken, and kept here:
//
//   - A token is random, expires, and dies with its credential.
//   - A credential sees and deletes only what was written with it.
//   - An update whose number does not exceed the stored one is dropped, and listed as accepted all the same.
//   - A later update replaces all associations of an earlier one; they do not add up.
//   - A bad deployment is rejected by itself inside a 202; only a body that is wrong as a whole is a 400.
//   - A submission is a backfill as a whole, or not at all; its updates do not move issues.
//   - Accepted does not mean stored: with WithStoreDelay, reading shows the old state for a while.
//
// Tests make it misbehave with Inject, and read what arrived from Requests, Deployments and Updates. It needs no
// *testing.T, so that demonstrations and benchmarks use it, too.
package jiratest
