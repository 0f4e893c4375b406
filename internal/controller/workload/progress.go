package workload

import (
	"time"

	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// progress is how much of a rollout remained when it last progressed, when that was, and how many pods were unavailable
// before it began. It is kept while a rollout is in progress that nobody else watches over, and while pods are
// unavailable. After a restart of Rollcall the first observation stands for the last progress. The zero value is ready
// for use.
type progress struct {
	revision  revision
	remaining rollout.Remaining
	last      record.Progress
	// unavailable is how many pods were unavailable when the revision was last observed.
	unavailable int32
}

// note notes an observation of a rollout, and returns what was seen of its progress so far.
func (p *progress) note(r *rollout.Rollout, now time.Time) record.Progress {
	if current := (revision{r.UID, r.Revision}); p.revision != current {
		begun := progress{revision: current}
		if p.revision.uid == r.UID {
			begun.last.UnavailableBefore = p.unavailable
		}
		*p = begun
	}
	p.unavailable = r.Remaining.Unready
	p.last.UnavailableBefore = min(p.last.UnavailableBefore, p.unavailable)
	switch {
	case !r.Unwatched || r.State != rollout.InProgress:
		p.remaining, p.last = rollout.Remaining{}, record.Progress{UnavailableBefore: p.last.UnavailableBefore}
	case p.last.Since.IsZero():
		p.remaining, p.last.Since = r.Remaining, now
	default:
		progressed := false
		if p.remaining, progressed = p.remaining.Progressed(r.Remaining); progressed {
			p.last.Since, p.last.Seen = now, true
		}
	}
	noted := p.last
	if noted == (record.Progress{}) && p.unavailable == 0 {
		*p = progress{}
	}
	return noted
}
