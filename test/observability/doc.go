// SPDX-License-Identifier: Apache-2.0

// Package observability tests what the chart brings for Prometheus and Grafana: the alerts and the dashboard.
//
//	charts/rollcall --helm template--> the rules --promtool--> each alert fires, and does not
//	       |                              |
//	   rollcall.json                      v
//	       |                        a Prometheus <--scrapes-- a manager, and another install
//	       +--its queries------------> answers               (test/e2e, make observability-test)
//	                                      |
//	                                  docs/images/dashboard.svg (make dashboard-picture)
//
// Prometheus and promtool are programs of Debian's package prometheus. Where they are missing, tests that need them are
// skipped; in CI they fail.
package observability
