package workload

import (
	"time"

	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// progress is how much of a rollout remained when it last progressed, and when that was. It is kept for the kinds whose
// own controller sets no deadline, such as StatefulSets. After a restart of Rollcall the first observation stands for
// the last progress. The zero value is ready for use.
type progress struct {
	revision  revision
	remaining rollout.Remaining
	last      record.Progress
}

// note notes an observation of a rollout, and returns what was seen of its progress so far.
func (p *progress) note(r *rollout.Rollout, now time.Time) record.Progress {
	if r.Remaining == nil || r.State != rollout.InProgress {
		*p = progress{}
		return record.Progress{}
	}
	if current := (revision{r.UID, r.Revision}); p.revision != current {
		*p = progress{revision: current, remaining: *r.Remaining, last: record.Progress{Since: now}}
	}
	progressed := false
	if p.remaining, progressed = p.remaining.Progressed(*r.Remaining); progressed {
		p.last = record.Progress{Since: now, Seen: true}
	}
	return p.last
}
