// SPDX-License-Identifier: Apache-2.0

package replay_test

import (
	"slices"
	"time"

	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
	"github.com/rollcall-dev/rollcall/test/oracle"
)

// noteProgress returns what was seen of a rollout's progress.
func (m *manager) noteProgress(r *rollout.Rollout) record.Progress {
	if r == nil {
		return record.Progress{}
	}
	if this := (revision{r.UID, r.Revision}); m.marked != this {
		before := int32(0)
		if m.marked.uid == r.UID {
			before = m.unavailable
		}
		m.marked, m.progress = this, record.Progress{UnavailableBefore: before}
	}
	m.unavailable = r.Remaining.Unready
	before := min(m.progress.UnavailableBefore, m.unavailable)
	switch {
	case !r.Unwatched || r.State != rollout.InProgress:
		m.progress = record.Progress{}
	case m.progress.Since.IsZero():
		m.mark, m.progress = r.Remaining, record.Progress{Since: m.now}
	default:
		nearer := false
		if m.mark, nearer = m.mark.Progressed(r.Remaining); nearer {
			m.progress = record.Progress{Since: m.now, Seen: true}
		}
	}
	m.progress.UnavailableBefore = before
	return m.progress
}

// checkDeadline lets the oracle see what the manager sees by the clock alone, beside a template that has its number.
func (m *manager) checkDeadline(now time.Time) {
	if m.seen == nil || !m.seen.ok {
		return
	}
	if life := m.lifeOf(m.seen.uid); life != nil && m.sees(life) {
		life.CheckDeadline(now)
	}
}

// sees says whether what the manager sees is the last fact of a life, and not the next template without a number.
func (m *manager) sees(life *oracle.Life) bool {
	last := life.Last()
	return last != nil && last.Revision == m.seen.status.Revision && last.Release == m.seen.template.Release &&
		slices.Equal(last.Keys, m.seen.template.Keys) // one tag for all releases: the next template is of the same name
}
