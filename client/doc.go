// SPDX-License-Identifier: Apache-2.0

// Package client has a typed client of Rollcall's API, and its apply configurations, for programs that read what Jira
// was told, or that set sites up. Both are generated: make client.
//
//	clientset/versioned   a client of JiraSites, JiraDeployments and JiraBuilds, and a fake of it
//	applyconfiguration    builders for server-side apply
//
// The types alone are in the module github.com/rollcall-dev/rollcall/api, which needs no client-go.
package client
