// Package record decides which records a workload should have at a site. It is pure: a Rollout, a compiled
// site and the records that are there go in, and a Plan of records to create, update and delete comes out.
//
//	Rollout + Site + Namespace + records ----> Plan{Create, Update, Delete, RequeueAfter}
//
//	           same template as the newest record         continue it: state, keys, names
//	a rollout  same template as an earlier record         a rollback: what is between becomes rolled_back
//	           another template                           a new record: what is unfinished becomes cancelled
//	a workload that is gone                               what is unfinished becomes cancelled, then is let go
package record
