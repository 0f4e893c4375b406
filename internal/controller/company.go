package controller

import "time"

// company is what waits to share a request. The zero value is nobody, at a site that was never told anything.
type company struct {
	// records is how many wait, since when the first of them does, and grew is when the last of them joined. Before
	// any does, that is when the site was last told.
	records     int
	since, grew time.Time
}

// wait returns how much longer so many records wait for others; zero, or less, where the time has come to send them.
func (c *company) wait(records int, now time.Time) time.Duration {
	switch c.records {
	case 0:
		c.since = now
	case records:
	default:
		c.grew = now
	}
	c.records = records
	return min(c.grew.Add(lonelyAfter).Sub(now), c.since.Add(busyEvery).Sub(now))
}
