// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"maps"
	"sync"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

const (
	// throttleBurst is how many writes of one kind go through at once.
	throttleBurst = 10
	// throttleRefill is how soon another one may follow while there are some left. Nobody releases more often for long.
	throttleRefill = 15 * time.Second
	// throttleLongest is the longest wait between two writes, once there are none left.
	throttleLongest = 10 * time.Minute
	// throttleForgets is after how long without a write all begins anew.
	throttleForgets = 30 * time.Minute
)

// Throttle slows down what is written again and again. Example: a tool changes a pod template each second, or two tools undo
// each other's changes.
//
//	10 writes go through at once; after that one waits for 30 s, the next one for 1 min, 2 min, 4 min, 8 min, 10 min ...
//
// What is written then is what is true then: the state in between is not written. The zero value is ready for use.
type Throttle struct {
	mu      sync.Mutex
	buckets map[string]*bucket
	swept   time.Time
}

type bucket struct {
	*rate.Limiter
	last time.Time // when something was written
	said bool      // that the next write has to wait
	// generation is what the last write made of the record's spec.
	generation int64
}

// Wait returns how long the next write has to wait, and whether that was not said before.
func (p *Throttle) Wait(key string, now time.Time) (left time.Duration, news bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.buckets[key]
	if b == nil || b.idle(now) {
		return 0, false
	}
	missing := 1 - b.TokensAt(now)
	if missing <= 0 {
		return 0, false
	}
	news, b.said = !b.said, true
	left = time.Duration(missing / float64(b.Limit()) * float64(time.Second))
	return left.Truncate(time.Millisecond) + time.Millisecond, news
}

// Note takes down a write.
func (p *Throttle) Note(key string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep(now)
	b := p.buckets[key]
	if b == nil || b.idle(now) {
		b = &bucket{Limiter: rate.NewLimiter(rate.Every(throttleRefill), throttleBurst)}
		p.buckets[key] = b
	}
	b.AllowN(now, 1)
	b.last, b.said = now, false
	if b.TokensAt(now) < 1 {
		b.SetLimitAt(now, max(b.Limit()/2, rate.Every(throttleLongest)))
	}
}

// Wrote says whether nobody else changed a record's spec since Rollcall did: this is its generation still.
func (p *Throttle) Wrote(key string, generation int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.buckets[key]
	return b != nil && b.generation == generation
}

// Remember keeps what a write that was taken down made of a record's generation.
func (p *Throttle) Remember(key string, generation int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if b := p.buckets[key]; b != nil {
		b.generation = generation
	}
}

// idle says that a bucket is as good as none.
func (b *bucket) idle(now time.Time) bool {
	return now.Sub(b.last) >= throttleForgets || b.Limit() == rate.Every(throttleRefill) && b.TokensAt(now) >= throttleBurst
}

// throttleKey returns what writes are counted for: the records that are made for a workload's name at a site, or the
// corrections of one record.
func (s step) throttleKey(d *v1alpha1.JiraDeployment) string {
	if s.slowed == v1alpha1.EventReleasesThrottled {
		return d.Namespace + "/" + d.Spec.Workload.Name + " " + d.Spec.Site
	}
	return d.Namespace + "/" + d.Name
}

// slow returns how long a write has to wait, because there were too many of its kind; zero for not at all. What follows a
// rollout is never slowed, such as the thirty steps of a canary: only a record that somebody else changed since.
func (r *Reconciler) slow(s step, d *v1alpha1.JiraDeployment) time.Duration {
	if s.slowed == "" || s.slowed == v1alpha1.EventCorrectionsThrottled && r.throttle.Wrote(s.throttleKey(d), d.Generation) {
		return 0
	}
	left, news := r.throttle.Wait(s.throttleKey(d), r.Now())
	if !news {
		return left
	}
	r.Metrics.Throttled(d.Spec.Site, s.slowed)
	wait := duration.HumanDuration(left)
	switch {
	case s.slowed == v1alpha1.EventCorrectionsThrottled:
		r.warn(d, s.slowed, "Record %s is corrected again and again, and next in %s at the earliest. Something else sets its spec back: kubectl -n %s get jiradeployment %s -o yaml --show-managed-fields says what. Nobody but Rollcall writes the records of workloads.",
			d.Name, wait, d.Namespace, d.Name)
	case d.Spec.RollbackToRevision > 0:
		r.warn(d, s.slowed, "Too many releases for JiraSite %s: the next one is recorded in %s, as it is then. Revision %d restores the template of revision %d: two tools may undo each other's changes.",
			d.Spec.Site, wait, d.Spec.Revision, d.Spec.RollbackToRevision)
	default:
		r.warn(d, s.slowed, "Too many releases for JiraSite %s: the next one is recorded in %s, as it is then. Something may change the pod template all the time, or make the workload anew.",
			d.Spec.Site, wait)
	}
	return left
}

// noteWrite takes down a write of a record that had this generation. What changes its metadata alone does not count: nobody
// sets that back.
func (r *Reconciler) noteWrite(s step, d *v1alpha1.JiraDeployment, generation int64) {
	key := s.throttleKey(d)
	switch {
	case s.slowed == v1alpha1.EventReleasesThrottled:
		r.throttle.Note(key, r.Now())
	case s.slowed != "" && d.Generation != generation:
		if !r.throttle.Wrote(key, generation) {
			r.throttle.Note(key, r.Now())
		}
		r.throttle.Remember(key, d.Generation)
	}
}

// sweep drops the buckets that are idle, once a minute.
func (p *Throttle) sweep(now time.Time) {
	if p.buckets == nil {
		p.buckets = map[string]*bucket{}
	}
	if now.Sub(p.swept) < time.Minute {
		return
	}
	p.swept = now
	maps.DeleteFunc(p.buckets, func(_ string, b *bucket) bool { return b.idle(now) })
}
