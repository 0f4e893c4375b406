// SPDX-License-Identifier: Apache-2.0

package runs

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// slow returns how long an update has to wait, because somebody else sets back what Rollcall writes; zero for not at all. What
// follows a run is never slowed.
func (r *Reconciler) slow(update, old *v1alpha1.JiraBuild) time.Duration {
	if update == nil || r.throttle.Wrote(throttleKey(old), old.Generation) {
		return 0
	}
	left, news := r.throttle.Wait(throttleKey(old), r.Now())
	if news {
		r.Metrics.Throttled(old.Spec.Site, v1alpha1.EventCorrectionsThrottled)
		r.warn(old, v1alpha1.EventCorrectionsThrottled, fmt.Sprintf("Record %s is corrected again and again, and next in %s at the earliest. Something else sets its spec back: "+
			"kubectl -n %s get jirabuild %s -o yaml --show-managed-fields says what. Nobody but Rollcall writes the records of runs.",
			old.Name, duration.HumanDuration(left), old.Namespace, old.Name))
	}
	return left
}

// noteWrite takes down a write of a record that had this generation.
func (r *Reconciler) noteWrite(b *v1alpha1.JiraBuild, generation int64) {
	key := throttleKey(b)
	switch {
	case b.Generation == generation: // its metadata alone: nobody sets that back
	case r.throttle.Wrote(key, generation):
		r.throttle.Remember(key, b.Generation)
	default:
		r.throttle.Note(key, r.Now())
		r.throttle.Remember(key, b.Generation)
	}
}

func throttleKey(b *v1alpha1.JiraBuild) string { return b.Namespace + "/" + b.Name }
