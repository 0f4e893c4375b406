// Package outbox decides what goes to Jira, and what its answers mean for the records. It is pure: pending
// records go in and batches come out; an answer goes in and the statuses to write come out.
//
//	pending records --NewItem--> Order --> Take(Window) --> batch --(the delivery controller sends)--> answer
//	                                          ^                                                        |
//	                                          +---- Window.After, Next: again, drop, or wait <---error-+
//	                    conditions <-- Outcome per record <------------------ Read <----------result---+
//
// Kubernetes' own generation is the version that is delivered. It needs no clock: the API server has
// already ordered the updates.
package outbox
