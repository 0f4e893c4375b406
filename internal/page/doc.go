// SPDX-License-Identifier: Apache-2.0

// Package page is a page on loopback that shows what Rollcall told Jira. It only reads, and with the rights of whoever started it.
//
//	API server --(watch)--> Live --(Snapshot)--> view --> templates --> browser
//	                          |                                            ^  |
//	                          +--(changed)--> /events (SSE) ---------------+  |  "something changed"
//	                                          the page, once more <-----------+
//
// The page holds what tenants wrote, and other pages in the same browser may try to read it. So:
//   - it listens on 127.0.0.1 or ::1 alone (Listen);
//   - it answers GET and HEAD, to its own address, and to no other page (guard);
//   - texts are escaped by html/template, by their context; links are http and https alone (view);
//   - a policy keeps the browser from running or loading anything that is not embedded here (guard).
//
// It works without JavaScript: that only reloads what changed, and adds keys.
package page
