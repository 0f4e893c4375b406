// SPDX-License-Identifier: Apache-2.0

// Package runs writes down how builds stand: a record for each run, such as a Job, and site. It is a thin shell over the pure
// packages build and record, and never writes on a run.
//
//	a run --build.From...--> Build --record.PlanBuild--> the record of each site
//	a run that goes away --vanished--> what was last seen of it, until it is recorded
package runs
