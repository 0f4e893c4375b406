// SPDX-License-Identifier: Apache-2.0

package report

import "strconv"

// Promise is the most that Rollcall may take: a share of what the bare reporter takes, and something on top.
type Promise struct {
	OfBare float64
	Plus   Quantity
}

// String writes the promise as docs/design does.
func (p Promise) String() string {
	switch {
	case p.OfBare == 0:
		return "<= " + p.Plus.String()
	case p.OfBare == 1:
		return "<= bare + " + p.Plus.String()
	case p.OfBare < 1:
		return "<= bare / " + factor(1/p.OfBare)
	}
	return "<= " + factor(p.OfBare) + " x bare"
}

func factor(f float64) string {
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// Row is one measure: what both reporters took, and what was promised; a nil Promise where nothing was.
type Row struct {
	Measure        string
	Bare, Rollcall Quantity
	Promise        *Promise
}

// Verdicts on a promise.
const (
	Kept   = "ok"
	Missed = "MISSES"
)

// Verdict says whether the promise is kept; nothing where there is none.
func (r Row) Verdict() string {
	switch {
	case r.Promise == nil:
		return ""
	case r.Rollcall.Value <= r.Promise.OfBare*r.Bare.Value+r.Promise.Plus.Value:
		return Kept
	}
	return Missed
}

// cells are what stands in the columns.
func (r Row) cells() []string {
	promise := ""
	if r.Promise != nil {
		promise = r.Promise.String()
	}
	return []string{r.Measure, r.Bare.String(), r.Rollcall.String(), promise, r.Verdict()}
}
