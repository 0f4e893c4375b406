package controller

import "time"

// company is what waits to share a request. The zero value is nobody.
type company struct {
	// records is how many wait, since when the first of them does, and grew is when the last of them came.
	records     int
	since, grew time.Time
}

// wait returns how much longer so many records wait for others; zero where the time has come to send them.
func (c *company) wait(records int, now time.Time) time.Duration {
	if c.records == 0 {
		c.since = now
	}
	if records != c.records {
		c.records, c.grew = records, now
	}
	return min(c.grew.Add(lonelyAfter).Sub(now), c.since.Add(busyEvery).Sub(now))
}
