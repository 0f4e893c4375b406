// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"fmt"
	"time"

	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// limited has the records of a kind wait for the pace of the site. They say why where it lasts.
func (p *pass) limited(ctx context.Context, d *delivery, left time.Duration, now time.Time) bool {
	if left >= outbox.Lasting {
		d.limited = p.state.pace.Notice(now)
		if d.limited == "" {
			d.limited = fmt.Sprintf("it has sent what it may: its spec.requestsPerMinute is %d, and less in the first two minutes.", p.site.Spec.RequestsPerMinute)
		}
	}
	p.state.limitedFor(left, now)
	return p.wait(ctx, d, "RateLimit", left)
}

// limitedFor notes that nothing may be sent for so long from now on.
func (s *state) limitedFor(left time.Duration, now time.Time) {
	if !s.limitedLately(now) {
		s.limitedFrom = now
	}
	s.limitedUntil = now.Add(left)
}

// limitedLately says whether what is sent now waited for the pace. It did not where it might have been sent a while ago:
// nothing was there then, or the site was suspended.
func (s *state) limitedLately(now time.Time) bool {
	return !now.After(s.limitedUntil.Add(outbox.Lasting))
}

// noLongerLimited counts the time in which records waited for the pace, now that some are sent.
func (r *Reconciler) noLongerLimited(p *pass, now time.Time) {
	if p.state.limitedLately(now) {
		r.Metrics.Limited(p.site.Name, now.Sub(p.state.limitedFrom))
	}
	p.state.limitedUntil = time.Time{}
}
