// SPDX-License-Identifier: Apache-2.0

// Command chaos rolls hundreds of workloads out on a real control plane, while managers are killed, the API server
// restarts and the local Jira fails three requests of ten. Then the trouble stops, and what Jira shows is compared with
// what is true.
//
//	seed ----> plan (pure) ----> player -------> API server ------> managers ------> local Jira
//	  |                            ^                  |             kill -9    faults ^   |
//	  |  kills, restarts ----------+                  |                ^              |   |
//	  |       faults by number of request (pure) -----|----------------|--------------+   |
//	  |                                               v                |                  v
//	  |                                     observer: facts     attention: when           what it
//	  |                                               |         one was at work           shows
//	  |                                               v                |                  |
//	  +------- keys of each release ------------>  lives (pure) <------+                  |
//	                                                  |                                   |
//	                                                  +-----> test/oracle <----+
//	                                                                  |
//	                                                     lost, stale, duplicated
//
// The truth comes from what the harness did, and from the statuses of the workloads as kubectl reads them. Neither
// internal/rollout nor internal/record has a part in it.
//
// What came and went while no manager was at work nobody could see, and Jira need not show it: the oracle accepts
// every history that could be known. Where one was at work for longer than the grace, and had nothing left to do, there
// is only one, and so there is for how a workload stands at the end.
package main
