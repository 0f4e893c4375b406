// SPDX-License-Identifier: Apache-2.0

// Package record decides which records a workload should have at a site. It is pure: a Rollout, a compiled
// site and the records that are there go in, and a Plan of records to create, update and delete comes out.
//
//	Rollout + Site + Namespace + records --classify--> what the revision is --evidence--> its keys --> Plan
//
//	           same template as the newest record         continue it: state, keys while it is unfinished, names
//	a rollout  same template, other keys of its own       a new record: an image was pushed under the same tag
//	           same template as an earlier record         a rollback: what lies beyond that becomes rolled_back
//	           another template                           a new record: what is unfinished becomes cancelled
//	a workload that is made anew                          the records of the one before are its history
//	a workload that is gone                               what is unfinished becomes cancelled, then is let go
package record
