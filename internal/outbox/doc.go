// SPDX-License-Identifier: Apache-2.0

// Package outbox decides what goes to Jira, when, and what Jira's answers mean for the records. It is pure: it takes
// records, answers and the time, and returns batches and outcomes. A Queue belongs to one site and one API of Jira.
//
//	records of the site --Sync--> entries --Next--> Batch --(the site controller sends it)--> reply or error
//	                                 ^                                                            |
//	                                 +------------- stays pending --------- Settle <--------------+
//	                                                                          |
//	                       conditions, Events, metrics <---- Outcomes <-------+
//
// An entry goes through these states:
//
//	pending      Jira has to be told this generation of the record
//	in a batch   between Next and Settle
//	suspect      pending: its request failed though the site works, or an answer left it out; it is sent apart from others
//	answered     Jira gave its last word, and the cache does not show it yet: it is not sent again
//	gone         the cache shows the answer, or the record was deleted, or it is withheld
//	tombstone    the record went with its namespace: it is sent from memory
//
// Kubernetes' own generation is the version that is delivered. No clock decides whether something was delivered; the
// time decides only when something is sent.
package outbox
