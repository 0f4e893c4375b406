// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// memory is what a reconciler remembers of its workloads between two passes. The queue hands a workload to one worker
// at a time, so that only the map is locked. The zero value is ready for use.
type memory struct {
	workloads sync.Map // client.ObjectKey: *remembered
}

// remembered is what is remembered of one workload. It is lost with a restart of Rollcall.
type remembered struct {
	expectations expectations // until the cache shows the record, or it was deleted
	retries      Retries      // until a pass succeeds
	current      current      // until the next revision, or until the workload is gone
}

// current is what is remembered of a workload's current revision.
type current struct {
	uid      types.UID
	revision int64
	// skipped are the sites at which the revision was counted as one without a record. It is counted once, not with
	// every pass.
	skipped []string
	// told says that a person was told what was not read of the revision.
	told bool
	// remaining is how much of the rollout remained when it last progressed, and progress is when that was, and how many
	// pods were unavailable before the revision. The time is kept while a rollout is in progress that nobody else watches
	// over. After a restart of Rollcall the first observation stands for the last progress.
	remaining rollout.Remaining
	progress  record.Progress
	// unavailable is how many pods were unavailable when the revision was last observed.
	unavailable int32
}

// of returns what is remembered of a workload. The caller may change it, and calls keep then.
func (m *memory) of(workload client.ObjectKey) *remembered {
	if known, ok := m.workloads.Load(workload); ok {
		return known.(*remembered)
	}
	return &remembered{expectations: expectations{}, retries: Retries{}}
}

// keep keeps what is remembered of a workload. Where that is nothing, it costs no memory.
func (m *memory) keep(workload client.ObjectKey, known *remembered) {
	if len(known.expectations)+len(known.retries)+len(known.current.skipped) == 0 &&
		known.current.progress == (record.Progress{}) && known.current.unavailable == 0 {
		m.workloads.Delete(workload)
	} else {
		m.workloads.Store(workload, known)
	}
}

// note notes an observation of a rollout, and returns what was seen of its progress so far.
func (c *current) note(r *rollout.Rollout, now time.Time) record.Progress {
	if c.uid != r.UID || c.revision != r.Revision {
		begun := current{uid: r.UID, revision: r.Revision}
		if c.uid == r.UID {
			begun.progress.UnavailableBefore = c.unavailable
		}
		*c = begun
	}
	c.unavailable = r.Remaining.Unready
	before := min(c.progress.UnavailableBefore, c.unavailable)
	switch {
	case !r.Unwatched || r.State != rollout.InProgress:
		c.remaining, c.progress = rollout.Remaining{}, record.Progress{}
	case c.progress.Since.IsZero():
		c.remaining, c.progress.Since = r.Remaining, now
	default:
		progressed := false
		if c.remaining, progressed = c.remaining.Progressed(r.Remaining); progressed {
			c.progress.Since, c.progress.Seen = now, true
		}
	}
	c.progress.UnavailableBefore = before
	return c.progress
}

// skip says whether the revision is without a record at a site for the first time.
func (c *current) skip(site string) bool {
	if slices.Contains(c.skipped, site) {
		return false
	}
	c.skipped = append(c.skipped, site)
	return true
}

// FirstObservation returns what is known of a rollout's progress by somebody who observes it for the first time, such as a manager
// that has just started.
func FirstObservation(r *rollout.Rollout, now time.Time) record.Progress {
	if r == nil {
		return record.Progress{}
	}
	var c current
	return c.note(r, now)
}
