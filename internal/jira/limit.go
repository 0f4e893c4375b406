package jira

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

func newLimiter(perMinute int) *rate.Limiter {
	if perMinute == 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(float64(perMinute)/60), max(1, perMinute/60))
}

// Delay returns how long it is until Reserve grants a request; zero: it does so now. It takes nothing.
func (c *Client) Delay(now time.Time) time.Duration {
	missing := 1 - c.limit.TokensAt(now)
	if missing <= 0 || c.limit.Limit() == rate.Inf {
		return 0
	}
	seconds := missing / float64(c.limit.Limit())
	return max(time.Millisecond, time.Duration(math.Ceil(seconds*1000))*time.Millisecond)
}

// Reserve asks for leave to send one request at now. Zero means go: the request is counted. Anything else is how long
// to wait before asking again; nothing was taken meanwhile, so a caller that does not come back costs nobody anything.
func (c *Client) Reserve(now time.Time) time.Duration {
	// Not Limiter.Reserve and Cancel: a cancelled reservation gives back nothing that others reserved after it.
	if c.limit.AllowN(now, 1) {
		return 0
	}
	return c.Delay(now)
}
