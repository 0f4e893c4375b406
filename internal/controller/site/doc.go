// SPDX-License-Identifier: Apache-2.0

// Package site holds the controller of JiraSites. The key of its queue is the site, and is its only lock. A pass goes
// through phases, and ends at the first that does not hold:
//
//	bury          records that went with their namespaces are kept in memory
//	validate      the spec can be read, the site is not suspended, no older site is in its way
//	credentials   the Secret is there and complete
//	probe         Jira takes the credential
//	resync        what a person asks for once more becomes pending
//	deliver       one batch of pending records goes out, and the answers become conditions; where it fails, probe
//	readBack      once an hour a record that Jira took is read again: has Jira stored it?
//
// At its end it says what it found, wherever that is:
//
//	explain       pending records say why they wait, where the site takes none for a while
//	report        Ready, Reconciling and Stalled say what was found; times and counts follow once a minute
//
// It is the only writer of a JiraSite's status, and of a record's. internal/outbox decides what is sent and what an
// answer means; this package reads, sends and writes.
//
//	JiraDeployment ---\                                        /---> status of the record, Event on its workload
//	Secret ------------+--> pass --> outbox.Queue --> Jira ---+
//	JiraSite ---------/                                        \---> status of the site
package site
