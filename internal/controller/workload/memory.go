package workload

import (
	"sync"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// memory is what a reconciler remembers of its workloads between two passes. The queue hands a workload to one worker
// at a time, so that only the map is locked. The zero value is ready for use.
type memory struct {
	workloads sync.Map // client.ObjectKey: *remembered
}

// remembered is what is remembered of one workload. It is lost with a restart of Rollcall.
type remembered struct {
	expectations expectations // until the cache shows the record, or it was deleted
	progress     progress     // while the rollout is in progress
	skipped      skipped      // until the workload is gone
	retries      retries      // until a pass succeeds
}

// of returns what is remembered of a workload. The caller may change it, and calls tidy then.
func (m *memory) of(workload client.ObjectKey) *remembered {
	known, _ := m.workloads.LoadOrStore(workload, &remembered{expectations: expectations{}, skipped: skipped{}, retries: retries{}})
	return known.(*remembered)
}

// tidy drops the entry of a workload of which nothing is remembered.
func (m *memory) tidy(workload client.ObjectKey, known *remembered) {
	if len(known.expectations)+len(known.skipped)+len(known.retries) == 0 && known.progress == (progress{}) {
		m.workloads.Delete(workload)
	}
}
