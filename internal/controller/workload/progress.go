package workload

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// progress remembers how much of a rollout remained when it last progressed, and when, for rollouts that are under way and that nobody
// else watches over. After a restart the first observation of a rollout stands for its last progress. The zero value is
// ready for use.
type progress struct {
	mu   sync.Mutex
	last map[client.ObjectKey]milestone
}

type milestone struct {
	uid      types.UID
	revision int64
	mark     rollout.Remaining
	progress record.Progress
}

// note notes an observation of a rollout, and returns what was seen of its progress so far.
func (p *progress) note(r *rollout.Rollout, now time.Time) record.Progress {
	key := client.ObjectKey{Namespace: r.Namespace, Name: r.Name}
	if r.Remaining == nil || r.State != rollout.InProgress {
		p.forget(key)
		return record.Progress{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	last, ok := p.last[key]
	if !ok || last.uid != r.UID || last.revision != r.Revision {
		last = milestone{uid: r.UID, revision: r.Revision, mark: *r.Remaining, progress: record.Progress{Since: now}}
	}
	nearer := false
	if last.mark, nearer = last.mark.Progressed(*r.Remaining); nearer {
		last.progress = record.Progress{Since: now, Seen: true}
	}
	if p.last == nil {
		p.last = map[client.ObjectKey]milestone{}
	}
	p.last[key] = last
	return last.progress
}

// forget drops what was noted of a workload that is gone, or whose rollout is not under way any more.
func (p *progress) forget(key client.ObjectKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.last, key)
}
