// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// probeInterval is how long a site that is sent nothing goes without a probe at most: so a revoked credential shows before the
// next release. It goes for a part of it, see spread: sites and clusters that start together do not go on probing together.
const probeInterval = 5 * time.Minute

// probeBackoff are the waits between probes that fail.
var probeBackoff = wait.Backoff{Duration: time.Second, Factor: 2, Jitter: 0.2, Steps: 10, Cap: 250 * time.Second}

// health is what probes found of a site.
type health struct {
	// provedAt is when the site last worked; zero where that has to be probed. asked is when Jira last showed whether it does;
	// zero where this manager has not asked yet.
	provedAt, asked time.Time
	// err is why it does not work, and until when no other probe is made.
	err     *outbox.SiteError
	until   time.Time
	backoff wait.Backoff
}

// proved notes that the site works.
func (h *health) proved(now time.Time) {
	*h = health{provedAt: now, asked: now, backoff: probeBackoff}
}

// due is when the site is probed next, if nothing shows before then that it works.
func (h *health) due(site types.UID) time.Time {
	if h.provedAt.IsZero() {
		return time.Time{}
	}
	return h.provedAt.Add(probeInterval - spread(probeInterval/5, site, h.provedAt))
}

// workedBefore returns when a site last worked, as far as the manager before this one wrote that down; zero where the site is
// to be probed at once: it was not Ready, or it or its Secret has changed since. Where that was long ago, the first probe is
// put off by a part of the interval. So a fleet that is upgraded does not probe at one moment. That costs nobody anything:
// what is pending is sent, and a delivery shows as much as a probe.
func workedBefore(site *v1alpha1.JiraSite, secretChanged, now time.Time) time.Time {
	probed := site.Status.LastProbeTime.Time
	ready := meta.IsStatusConditionTrue(site.Status.Conditions, v1alpha1.ConditionReady)
	switch {
	case !ready, site.Status.ObservedGeneration != site.Generation, !secretChanged.Before(probed) && !probed.IsZero():
		return time.Time{}
	case probed.After(now.Add(-probeInterval*4/5)) && !probed.After(now):
		return probed
	}
	return now.Add(-spread(probeInterval*4/5, site.UID, now))
}

// probe makes sure that Jira takes the credential, where nothing has shown that for a while.
func (r *Reconciler) probe(ctx context.Context, p *pass) (bool, error) {
	h, now := &p.state.health, r.Now()
	if left := h.until.Sub(now); left > 0 {
		return p.siteFailed(ctx, left), nil
	}
	if !now.Before(h.due(p.site.UID)) {
		if works, err := r.ask(ctx, p); !works || err != nil {
			return false, err
		}
	}
	p.reason, p.message = v1alpha1.ReasonReady, "Jira accepts the credentials."
	if p.site.Spec.DryRun {
		p.reason, p.message = v1alpha1.ReasonDryRun, "Jira accepts the credentials. spec.dryRun is set: records are written, and nothing is sent."
	}
	if notice := p.state.pace.Notice(now); notice != "" {
		p.message += " " + notice
	}
	p.requeue(h.due(p.site.UID).Sub(now))
	return true, nil
}

// ask probes a site. It counts as a request, and is not held up: it tells what all others wait for.
func (r *Reconciler) ask(ctx context.Context, p *pass) (works bool, err error) {
	h := &p.state.health
	p.state.pace.Take(r.Now())
	err = p.state.client.Probe(ctx)
	if errors.Is(err, context.Canceled) {
		return false, err
	}
	now := r.Now()
	p.state.pace.Answered(err, now)
	if err == nil {
		h.proved(now)
		return true, nil
	}
	h.provedAt, h.asked, h.err = time.Time{}, now, outbox.NewSiteError(err)
	left := max(h.backoff.Step(), outbox.Spread(h.err.RetryAfter, r.Random()))
	if _, limited := jira.LimitOf(err); limited {
		left = max(left, p.state.pace.Delay(now))
		p.state.limitedFor(left, now)
	}
	h.until = now.Add(left)
	return p.siteFailed(ctx, left), nil
}

// siteFailed ends a pass over a site that takes nothing.
func (p *pass) siteFailed(ctx context.Context, left time.Duration) bool {
	p.requeue(left)
	failure := p.state.health.err
	ctrl.LoggerFrom(ctx).V(1).Info("Waiting", "gate", "SiteError", "reason", failure.Reason, "wait", left, "error", failure.Message)
	return p.notReady(failure.Reason, failure.Message)
}
