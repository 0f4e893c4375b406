// SPDX-License-Identifier: Apache-2.0

package view

import (
	"slices"
	"time"
)

// Timeline is what happened, day by day, the latest first.
type Timeline struct {
	Days  []Day
	Pages Pages
}

// Day is what happened on a day.
type Day struct {
	Date     time.Time
	Releases []*Release
}

// Timeline returns deployments and builds by the time at which their state became what it is.
func (b *Board) Timeline(f Filter) Timeline {
	latest := slices.SortedFunc(slices.Values(b.releases), compareTimes)
	shown, pages := paginate(latest, f.Page, pageRows)
	t := Timeline{Pages: pages}
	for _, r := range shown {
		y, m, d := r.At.In(b.now.Location()).Date()
		date := time.Date(y, m, d, 0, 0, 0, 0, b.now.Location())
		if n := len(t.Days); n == 0 || !t.Days[n-1].Date.Equal(date) {
			t.Days = append(t.Days, Day{Date: date})
		}
		day := &t.Days[len(t.Days)-1]
		day.Releases = append(day.Releases, r)
	}
	return t
}

func compareTimes(a, b *Release) int {
	if c := b.At.Compare(a.At); c != 0 {
		return c
	}
	return compareReleases(a, b)
}
