// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

// troubled is how many of a hundred requests to Jira meet trouble.
const troubled = 30

// holdPastTimeout is longer than the client waits for an answer, which is 30 s.
const holdPastTimeout = 31 * time.Second

// gatewayPage is what something between us and Jira says, in words that are not Jira's.
const gatewayPage = "<html><body>The gateway is having a day.</body></html>"

// trouble is a kind of fault.
type trouble struct {
	name   string
	weight int
	// fault makes one, from a number in [0, 1) that says how bad it is, and the time of the request.
	fault func(size float64, now time.Time) jiratest.Fault
}

// troubles are all kinds. A 400 in Jira's own words is none: it is an answer, and ends the delivery of a record.
var troubles = []trouble{
	{"429 of a burst, Retry-After in seconds", 10, func(size float64, _ time.Time) jiratest.Fault {
		return limited("jira-burst-based", []string{"1", "2"}[int(size*2)])
	}},
	{"429 of an issue, Retry-After as a date", 8, func(size float64, now time.Time) jiratest.Fault {
		at := now.Add(time.Second + time.Duration(size*float64(time.Second)))
		return limited("jira-per-issue-on-write", at.UTC().Format(http.TimeFormat))
	}},
	{"503", 8, status(http.StatusServiceUnavailable)},
	{"500", 8, status(http.StatusInternalServerError)},
	{"502, a gateway's page", 5, status(http.StatusBadGateway)},
	{"reset before it was stored", 10, just(jiratest.Fault{Reset: true})},
	{"reset after it was stored", 14, just(jiratest.Fault{ResetAfterStore: true})},
	{"broken JSON", 8, just(jiratest.Fault{BrokenJSON: true})},
	{"half a body", 8, just(jiratest.Fault{CutBody: true})},
	{"items left out", 10, func(size float64, _ time.Time) jiratest.Fault { return jiratest.Fault{OmitItems: 1 + int(size*20)} }},
	{"tokens expire", 8, just(jiratest.Fault{ExpireTokens: true})},
	{"401", 4, status(http.StatusUnauthorized)},
	{"403", 2, status(http.StatusForbidden)},
	{"404", 2, status(http.StatusNotFound)},
	{"413, a gateway's page", 3, status(http.StatusRequestEntityTooLarge)},
	{"400, a gateway's page", 2, status(http.StatusBadRequest)},
	{"302", 2, func(float64, time.Time) jiratest.Fault {
		return jiratest.Fault{Status: http.StatusFound, Header: http.Header{"Location": {"https://elsewhere.invalid/"}}}
	}},
	{"slow, 1 to 3 s", 6, func(size float64, _ time.Time) jiratest.Fault {
		return jiratest.Fault{Delay: time.Second + time.Duration(size*float64(2*time.Second))}
	}},
	{"time-out", 2, just(jiratest.Fault{Delay: holdPastTimeout})},
}

// limited is a 429 that names its limit. One of the credential's quota is none of chaos: it is right to send little for hours
// then, and the fleet would not come to rest.
func limited(reason, after string) jiratest.Fault {
	return jiratest.Fault{Status: http.StatusTooManyRequests, Header: http.Header{"RateLimit-Reason": {reason}, "Retry-After": {after}}}
}

func just(f jiratest.Fault) func(float64, time.Time) jiratest.Fault {
	return func(float64, time.Time) jiratest.Fault { return f }
}

// status is an answer that no part of Jira gave.
func status(code int) func(float64, time.Time) jiratest.Fault {
	return just(jiratest.Fault{Status: code, Body: gatewayPage, Header: http.Header{"Content-Type": {"text/html"}}})
}

// decide returns the trouble that the seed holds for the request of that number, and how bad it is; nil for none.
func decide(seed int64, number int) (*trouble, float64) {
	random := rand.New(rand.NewPCG(uint64(seed), uint64(number)))
	if random.IntN(100) >= troubled {
		return nil, 0
	}
	total := 0
	for _, t := range troubles {
		total += t.weight
	}
	n := random.IntN(total)
	for i := range troubles {
		if n -= troubles[i].weight; n < 0 {
			return &troubles[i], random.Float64()
		}
	}
	return nil, 0
}

// mischief makes a Jira fail, and counts how.
type mischief struct {
	seed     int64
	troubles tally
}

// strike is a script of the local Jira.
func (m *mischief) strike(number int, _ jiratest.Endpoint) jiratest.Fault {
	found, size := decide(m.seed, number)
	if found == nil {
		m.troubles.add(untroubled, 1)
		return jiratest.Fault{}
	}
	m.troubles.add(found.name, 1)
	return found.fault(size, time.Now())
}

// untroubled is the name that requests are counted under which meet no trouble.
const untroubled = "none"
