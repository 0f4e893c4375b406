package workload

import (
	"sync"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// memory is what a reconciler remembers of its workloads between two passes. The queue hands a workload to one worker
// at a time, so that only the map needs a lock. The zero value is ready for use.
type memory struct {
	mu        sync.Mutex
	workloads map[client.ObjectKey]*remembered
}

// remembered is what is remembered of one workload. It is lost with a restart of Rollcall.
type remembered struct {
	// expectations are kept until the cache shows the record, or it was deleted.
	expectations expectations
	// progress is kept while the rollout is in progress.
	progress progress
	// skipped is kept until the workload is gone.
	skipped skipped
	// retries are kept until a pass succeeds.
	retries retries
}

// of returns what is remembered of a workload. The caller may change it until it calls tidy.
func (m *memory) of(workload client.ObjectKey) *remembered {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := m.workloads[workload]
	if known == nil {
		known = &remembered{expectations: expectations{}, skipped: skipped{}, retries: retries{}}
		if m.workloads == nil {
			m.workloads = map[client.ObjectKey]*remembered{}
		}
		m.workloads[workload] = known
	}
	return known
}

// tidy drops the entry of a workload of which nothing is remembered.
func (m *memory) tidy(workload client.ObjectKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := m.workloads[workload]
	if len(known.expectations)+len(known.skipped)+len(known.retries) == 0 && known.progress == (progress{}) {
		delete(m.workloads, workload)
	}
}
