// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfterReadsEveryForm(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	const later = "Sun, 01 Mar 2026 12:00:30 GMT"
	for name, tc := range map[string]struct {
		header map[string]string
		now    func() time.Time
		want   time.Duration
	}{
		"nothing":                        {nil, clock, 0},
		"seconds":                        {map[string]string{"Retry-After": "5"}, nil, 5 * time.Second},
		"no seconds":                     {map[string]string{"Retry-After": "0"}, clock, 0},
		"negative seconds are ignored":   {map[string]string{"Retry-After": "-5"}, clock, 0},
		"a year is cut to an hour":       {map[string]string{"Retry-After": "31536000"}, clock, time.Hour},
		"a word is ignored":              {map[string]string{"Retry-After": "soon"}, clock, 0},
		"a date, by the server's clock":  {map[string]string{"Retry-After": later, "Date": "Sun, 01 Mar 2026 12:00:20 GMT"}, clock, 10 * time.Second},
		"a date, by ours":                {map[string]string{"Retry-After": later}, clock, 30 * time.Second},
		"a date, by ours, Date is bad":   {map[string]string{"Retry-After": later, "Date": "today"}, clock, 30 * time.Second},
		"a date, and no clock":           {map[string]string{"Retry-After": later}, nil, 0},
		"a date that has passed":         {map[string]string{"Retry-After": "Sun, 01 Mar 2026 11:00:00 GMT"}, clock, 0},
		"a reset with seconds":           {map[string]string{"X-RateLimit-Reset": "2026-03-01T12:00:07Z"}, clock, 7 * time.Second},
		"a reset without seconds":        {map[string]string{"X-RateLimit-Reset": "2026-03-01T12:02Z"}, clock, 2 * time.Minute},
		"a reset in a time zone":         {map[string]string{"X-RateLimit-Reset": "2026-03-01T13:00:07+01:00"}, clock, 7 * time.Second},
		"a reset as an epoch":            {map[string]string{"X-RateLimit-Reset": "1772366409"}, clock, 9 * time.Second},
		"a reset as an epoch in ms":      {map[string]string{"X-RateLimit-Reset": "1772366400250"}, clock, 250 * time.Millisecond},
		"a reset that means nothing":     {map[string]string{"X-RateLimit-Reset": "never"}, clock, 0},
		"seconds come before a reset":    {map[string]string{"Retry-After": "3", "X-RateLimit-Reset": "1772366409"}, clock, 3 * time.Second},
		"a reset where the other is bad": {map[string]string{"Retry-After": "soon", "X-RateLimit-Reset": "1772366409"}, clock, 9 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			for key, value := range tc.header {
				h.Set(key, value)
			}
			if got := retryAfter(h, tc.now); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
