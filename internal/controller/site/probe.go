package site

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// probeInterval is how often a site that is sent nothing is probed: so a revoked credential shows before the next release.
const probeInterval = 10 * time.Minute

// probeBackoff are the waits between probes that fail.
var probeBackoff = wait.Backoff{Duration: time.Second, Factor: 2, Jitter: 0.2, Steps: 10, Cap: 250 * time.Second}

// health is what probes found of a site.
type health struct {
	// provedAt is when the site last worked; zero where that has to be probed.
	provedAt time.Time
	// err is why it does not work, and until when no other probe is made.
	err     *outbox.SiteError
	until   time.Time
	backoff wait.Backoff
}

// proved notes that the site works.
func (h *health) proved(now time.Time) {
	*h = health{provedAt: now, backoff: probeBackoff}
}

// probe makes sure that Jira takes the credential, where nothing has shown that for a while.
func (r *Reconciler) probe(ctx context.Context, p *pass) (bool, error) {
	h, now := &p.state.health, r.Now()
	if left := h.until.Sub(now); left > 0 {
		return p.siteFailed(ctx, left), nil
	}
	if now.Sub(h.provedAt) >= probeInterval {
		if works, err := r.ask(ctx, p); !works || err != nil {
			return false, err
		}
	}
	p.reason, p.message = v1alpha1.ReasonReady, "Jira accepts the credentials."
	if p.site.Spec.DryRun {
		p.reason, p.message = v1alpha1.ReasonDryRun, "Jira accepts the credentials. spec.dryRun is set: records are written, and nothing is sent."
	}
	p.requeue(h.provedAt.Add(probeInterval).Sub(now))
	return true, nil
}

// ask probes a site. It counts as a request, and is not held up: it tells what all others wait for.
func (r *Reconciler) ask(ctx context.Context, p *pass) (works bool, err error) {
	h := &p.state.health
	p.state.client.Reserve(r.Now())
	err = p.state.client.Probe(ctx)
	if errors.Is(err, context.Canceled) {
		return false, err
	}
	now := r.Now()
	if err == nil {
		h.proved(now)
		return true, nil
	}
	h.provedAt, h.err = time.Time{}, outbox.NewSiteError(err)
	left := max(h.backoff.Step(), h.err.RetryAfter)
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
