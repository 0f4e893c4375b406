// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

// refusal is what Jira said of its limit, and when.
type refusal struct {
	jira.Limit
	at time.Time
}

// Answered takes the answer to a request: nil where Jira took it. Of the errors only a limit's changes the pace. Any answer
// ends a doubt: what comes later tells nothing of the limit as it was.
func (p *Pace) Answered(err error, now time.Time) {
	limit, limited := jira.LimitOf(err)
	doubted := p.doubted
	p.doubted = false
	switch {
	case limited && !limit.OfIssue():
		p.refused(limit, now)
	case err != nil:
	default:
		if doubted { // the limit has room, and refuses a delivery: it was for what is in it
			p.lesson = p.before
		}
		p.succeed(now)
	}
}

func (p *Pace) succeed(now time.Time) {
	if now.Sub(p.succeeded) > outage {
		p.started = now
	}
	p.succeeded, p.refusals = now, 0
}

// Limited takes the error of a delivery, and says whether it is Jira's limit of the credential. The records of the batch
// then stay as they are. Otherwise a probe tells:
//
//	Jira names a limit of the credential       it is
//	Jira names an issue's                      it is not: the records of other issues do not wait
//	it does not say, and asks for up to 5 s    it is, for the first time. The second time in a row, or for the same record, it
//	                                           may be a record's fault
//	it does not say, and asks for longer       nobody waits for that because of one record
//	it does not say, and the records failed    they are at fault, before all others are
func (p *Pace) Limited(batch Batch, err error, now time.Time) bool {
	limit, limited := jira.LimitOf(err)
	if !limited || limit.OfIssue() {
		return false
	}
	first := batch.entries[0]
	suspect := first.share > 0 || first.namespace.quarantined(now)
	again := p.refusals > 0 || slices.ContainsFunc(batch.entries, func(e *entry) bool { return e.limited })
	if !limit.OfCredential() && (suspect || again || limit.RetryAfter > Lasting) {
		p.doubted = again
		return false
	}
	for _, e := range batch.entries {
		e.limited = true
	}
	p.Answered(err, now)
	return true
}

// refused halves the pace, once in limitWindow, and holds up what follows.
func (p *Pace) refused(limit jira.Limit, now time.Time) {
	if p.refusals == 0 {
		p.before = p.lesson
	}
	l := &p.lesson
	if pace := p.PerMinute(now); p.refusals == 0 && now.Sub(l.since) >= limitWindow {
		half := pace / 2
		if !limit.OfBurst() && now.Sub(l.last.at) > limitMemory {
			half = min(half, sharedPace)
		}
		l.half, l.since = min(max(half, minPace), p.ceiling), now
	}
	l.last = refusal{limit, now}
	l.heldUntil = now.Add(p.hold(limit.RetryAfter, now))
	p.refusals++
}

// hold returns for how long nothing is sent: as long as Jira asks for, and at least about the time between two requests,
// which grows fourfold with each refusal in a row. The senders that were refused together come back one by one.
func (p *Pace) hold(asked time.Duration, now time.Time) time.Duration {
	between := time.Duration(float64(time.Minute) / p.PerMinute(now))
	wait := min(time.Duration(float64(between)/2*math.Pow(4, float64(min(p.refusals, 8)))), limitWindow)
	return max(asked, wait) + time.Duration(p.random()*float64(max(between, asked/10)))
}

// Spread returns a wait that is longer by up to a tenth, so that senders which were told the same do not come back in the
// same moment.
func Spread(wait time.Duration, random float64) time.Duration {
	return wait + time.Duration(random*float64(wait)/10)
}

// Notice says that the pace is below its ceiling because Jira refused requests; empty where it is not. It says the same
// until Jira refuses another.
func (p *Pace) Notice(now time.Time) string {
	l := p.lesson
	if p.PerMinute(now) >= p.ceiling || now.Sub(l.last.at) > limitMemory {
		return ""
	}
	reason := ""
	if l.last.Reason != "" {
		reason = " (" + l.last.Reason + ")"
	}
	return fmt.Sprintf("Jira limits the requests of this credential%s: at %s UTC it refused one, and none was sent until %s UTC. Since then Rollcall sends at most %.3g of %.0f requests a minute, and slowly more.",
		reason, clock(l.last.at), clock(l.heldUntil), l.half, p.ceiling)
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05") }
