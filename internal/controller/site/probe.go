package site

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

const (
	// probeInterval is how often a site that is sent nothing is probed: so a revoked credential shows before the next
	// release.
	probeInterval = 10 * time.Minute
	// minBackoff and maxBackoff bound the waits between probes that fail. They double, and up to a fifth is added by chance.
	minBackoff = time.Second
	maxBackoff = 250 * time.Second
	jitter     = 0.2
)

// health is what probes found of a site.
type health struct {
	// provedAt is when the site last worked; zero where that has to be probed.
	provedAt time.Time
	// err is why it does not work, and until when no other probe is made; nil where the last probe went through.
	err     *outbox.SiteError
	until   time.Time
	backoff workqueue.TypedRateLimiter[string]
}

func newHealth() health {
	return health{backoff: workqueue.NewTypedItemExponentialFailureRateLimiter[string](minBackoff, maxBackoff)}
}

// proved notes that the site works.
func (h *health) proved(now time.Time) {
	h.provedAt, h.err, h.until = now, nil, time.Time{}
	h.backoff.Forget("")
}

// failed notes that a probe failed.
func (h *health) failed(err error, now time.Time) {
	h.provedAt, h.err = time.Time{}, outbox.NewSiteError(err)
	h.until = now.Add(max(wait.Jitter(h.backoff.When(""), jitter), h.err.RetryAfter))
}

// probe asks Jira whether it takes the credential: where nothing has shown that for a while, and where a batch failed,
// since only a probe tells whether that is the site's fault.
func (r *Reconciler) probe(ctx context.Context, p *pass) (bool, error) {
	h, now := &p.state.health, r.Now()
	if left := h.until.Sub(now); h.err != nil && left > 0 {
		return r.siteFailed(ctx, p, left)
	}
	if p.state.queue.NeedsProbe() || h.err != nil || now.Sub(h.provedAt) >= probeInterval {
		p.state.client.Reserve(now) // it counts, and is not held up: it tells what all others wait for
		err := p.state.client.Probe(ctx)
		if errors.Is(err, context.Canceled) {
			return false, err
		}
		now = r.Now()
		if err != nil {
			h.failed(err, now)
		} else {
			h.proved(now)
		}
		r.settle(p, p.state.queue.Probed(err, now))
		if err != nil {
			return r.siteFailed(ctx, p, h.until.Sub(now))
		}
	}
	p.proved = true
	p.reason, p.message = v1alpha1.ReasonReady, "Jira accepts the credentials."
	if p.site.Spec.DryRun {
		p.reason, p.message = v1alpha1.ReasonDryRun, "Jira accepts the credentials. spec.dryRun is set: records are written, and nothing is sent."
	}
	p.requeue(h.provedAt.Add(probeInterval).Sub(now))
	return true, nil
}

// siteFailed ends a pass over a site that takes nothing.
func (r *Reconciler) siteFailed(ctx context.Context, p *pass, left time.Duration) (bool, error) {
	p.requeue(left)
	failure := p.state.health.err
	ctrl.LoggerFrom(ctx).V(1).Info("Waiting", "gate", "SiteError", "reason", failure.Reason, "wait", left, "error", failure.Message)
	return p.notReady(failure.Reason, failure.Message), r.explain(ctx, p)
}
