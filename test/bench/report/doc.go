// SPDX-License-Identifier: Apache-2.0

// Package report makes of what was measured what people read: quantiles, a table of promises kept and missed, a
// picture, a page. It is pure: it measures nothing, and reads no clock.
//
//	samples --Quantile--> Quantity --+
//	                      Promise  --+--> Row --> Table, Page
//	         --> Stage ----------------> Table, Page
//	Point ------------------------------> Panel --> Plot
package report
