package workload

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// counts remembers which revisions of the workloads that are there were counted, so that a rollout counts
// once and not with every pass. The zero value is ready for use.
type counts struct {
	mu   sync.Mutex
	last map[client.ObjectKey]map[string]counted
}

type counted struct {
	uid      types.UID
	revision int64
}

// first says whether the revision is counted for the first time at a site.
func (c *counts) first(r *rollout.Rollout, site string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := client.ObjectKey{Namespace: r.Namespace, Name: r.Name}
	now := counted{r.UID, r.Revision}
	if c.last[key][site] == now {
		return false
	}
	if c.last == nil {
		c.last = map[client.ObjectKey]map[string]counted{}
	}
	if c.last[key] == nil {
		c.last[key] = map[string]counted{}
	}
	c.last[key][site] = now
	return true
}

// forget drops what was counted of a workload that is gone.
func (c *counts) forget(key client.ObjectKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.last, key)
}
