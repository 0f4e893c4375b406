// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"net/http"
	"strconv"
	"time"
)

// maxRetryAfter keeps a clock that is wrong, here or there, from silencing a site for days.
const maxRetryAfter = time.Hour

// retryAfter reads how long the other side wants to be left alone: Retry-After in seconds or as a date, else
// X-RateLimit-Reset as a point in time. Zero: it does not say.
func retryAfter(h http.Header, now func() time.Time) time.Duration {
	wait, ok := seconds(h.Get("Retry-After"))
	if !ok {
		wait = untilDate(h, now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

func seconds(text string) (time.Duration, bool) {
	n, err := strconv.ParseUint(text, 10, 31)
	return time.Duration(n) * time.Second, err == nil
}

// untilDate measures dates by the other side's own clock where it tells it, and by now otherwise.
func untilDate(h http.Header, now func() time.Time) time.Duration {
	at, err := http.ParseTime(h.Get("Retry-After"))
	if err != nil {
		at, err = parseReset(h.Get("X-RateLimit-Reset"))
	}
	if err != nil {
		return 0
	}
	base, err := http.ParseTime(h.Get("Date"))
	switch {
	case err == nil:
		return at.Sub(base)
	case now != nil:
		return at.Sub(now())
	}
	return 0
}

// parseReset reads RFC 3339, with or without seconds, or an epoch in seconds or milliseconds.
func parseReset(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if n > 1e11 { // as seconds, some thousand years from now
		return time.UnixMilli(n), err
	}
	return time.Unix(n, 0), err
}
