package controller

import (
	"testing"
	"time"
)

func TestARecordWaitsForCompany(t *testing.T) {
	start := time.Unix(0, 0)
	for name, tt := range map[string]struct {
		arrivals []time.Duration // of a record each, after the last request
		want     time.Duration   // after it, when they are sent
	}{
		"one that stays alone":         {[]time.Duration{lonelyAfter / 4}, lonelyAfter},
		"one that another one joins":   {[]time.Duration{lonelyAfter / 4, lonelyAfter / 2}, lonelyAfter/2 + lonelyAfter},
		"one too late for the first":   {[]time.Duration{0, 2 * lonelyAfter}, lonelyAfter},
		"one that comes after a while": {[]time.Duration{2 * lonelyAfter}, 2 * lonelyAfter},
		"company that keeps coming":    {every(lonelyAfter/2, 100), busyEvery},
	} {
		t.Run(name, func(t *testing.T) {
			p := pace{grew: start}
			records, at := 0, tt.arrivals[0]
			for {
				for records < len(tt.arrivals) && tt.arrivals[records] <= at {
					records++
				}
				left := p.company(records, start.Add(at))
				if left <= 0 {
					break
				}
				at += left
				if records < len(tt.arrivals) && tt.arrivals[records] < at {
					at = tt.arrivals[records]
				}
			}
			if at != tt.want {
				t.Errorf("they were sent after %s, want %s", at, tt.want)
			}
		})
	}
}

func every(interval time.Duration, n int) []time.Duration {
	times := make([]time.Duration, n)
	for i := range times {
		times[i] = time.Duration(i) * interval
	}
	return times
}

func TestAfterCompanyTheNextRecordWaits(t *testing.T) {
	p, now := newPace(), time.Unix(0, 0)
	if send, _ := p.turn(calmBurst+1, 100, now); send != calmBurst+1 {
		t.Fatalf("%d records are sent, want all that a site that was never told anything has", send)
	}
	if send, wait := p.turn(1, 100, now); send != 0 || wait != lonelyAfter {
		t.Errorf("%d records are sent, and the others wait %s; want the next one to wait %s for company", send, wait, lonelyAfter)
	}
}
