// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// progressInterval is how often the times and counts in a site's status are written at most, unless it is written anyway. A
// thousand records that are delivered within a minute change it once, and once more at the end of the minute.
const progressInterval = time.Minute

// progress is what a site's status says beside its conditions.
type progress struct {
	// accepted is when Jira last took a record; zero where this manager delivered none.
	accepted time.Time
	// reported is when the status was last brought up to date.
	reported time.Time
}

// reportProgress brings the times and counts in a status up to date, where something else in it has changed, or where the last
// time is long enough ago. Else another pass does.
func (r *Reconciler) reportProgress(ctx context.Context, p *pass, status *v1alpha1.JiraSiteStatus, changed bool) error {
	now := r.Now()
	if left := p.state.reported.Add(progressInterval).Sub(now); left > 0 && !changed {
		p.requeue(left)
		return nil
	}
	pending, oldest, err := r.countPending(ctx, p, now)
	if err != nil {
		return err
	}
	if p.state.reported = now; pending > 0 {
		p.requeue(progressInterval)
	}
	status.Pending, status.OldestPending = &pending, toSeconds(oldest)
	if asked := p.state.health.asked; !asked.IsZero() {
		status.LastProbeTime = toSeconds(asked)
	}
	if accepted := p.state.accepted; !accepted.IsZero() {
		status.LastAccepted = toSeconds(accepted)
	}
	return nil
}

// countPending returns how many records of a site wait, and since when the oldest does; zero where none tells a new state.
func (r *Reconciler) countPending(ctx context.Context, p *pass, now time.Time) (count int32, oldest time.Time, err error) {
	for _, d := range p.state.deliveries {
		records, err := d.kind.list(ctx, r.Client, client.MatchingFields{IndexPending: p.site.Name}, client.UnsafeDisableDeepCopy)
		if err != nil {
			return 0, time.Time{}, fmt.Errorf("count pending records: %w", err)
		}
		for _, record := range records {
			if refused(record) || d.queue.Answered(record) {
				continue
			}
			count++
			if since := v1alpha1.PendingSince(record, now); !since.IsZero() && (oldest.IsZero() || since.Before(oldest)) {
				oldest = since
			}
		}
	}
	return count, oldest, nil
}

// toSeconds returns a time as the API keeps it, so that it compares as equal.
func toSeconds(t time.Time) metav1.Time {
	return metav1.NewTime(t.Truncate(time.Second))
}
