// SPDX-License-Identifier: Apache-2.0

// Package audit writes what Jira was told into a file of JSON lines, one for each record and answer. It is for people who have
// to show later what was reported when, and for programs that read such files.
//
//	site controller --Add--> lines in memory --Start--> file --(logrotate renames it)--> the next line goes into a new file
//
// Add does not wait: a disk that is full or slow holds up no delivery. What does not fit into the memory meanwhile is dropped
// and counted. Only the leader delivers, so that only the leader writes.
package audit
