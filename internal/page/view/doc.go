// SPDX-License-Identifier: Apache-2.0

// Package view makes of records what the page shows. It is pure: records, a filter and the time in, values for templates out.
//
//	JiraDeployment, JiraBuild --(New)--> Board --(Filter)--> Matrix       issue x environment: where is SHOP-12?
//	JiraSite                                                 Services     service x environment: what runs where?
//	                                                         Timeline     what happened, the latest first
//	                                                         Undelivered  what Jira was not told, and why
//
// No text is escaped here: the templates do it. Links are checked here, because a tenant wrote them.
package view
