// SPDX-License-Identifier: Apache-2.0

// Package jira sends what Rollcall knows to one Jira Cloud site, and turns every answer into a value that a
// caller can act on. It knows nothing of Kubernetes, keeps no queue and never sleeps: when to send, what to
// send again and how long to wait are its caller's decisions.
//
//	            Client (one site, one credential)
//	              |           |            |
//	      token cache   cloud id cache   rate limit
//	              |           |            |
//	POST /oauth/token   GET /_edge/tenant_info      asked for by Reserve, never waited for
//	              \           |
//	               \          |
//	   /jira/deployments/0.1/cloud/{cloudId}/...    submit, get, delete, probe
//	                          |
//	               Result, or *Error with an ErrorKind
//
// Three promises hold for every request:
//
//   - Redirects are not followed, so that neither a credential nor a body reaches a host that was not configured.
//   - What is read is bounded, and the whole exchange ends within Config.Timeout.
//   - No error, message or printed value holds the client secret or an access token, even where the other side
//     sends them back.
//
// A request goes out once. The one exception is a 401: the token may have been revoked before its time, so it is
// dropped, one new token is fetched and the request is sent once more.
package jira
