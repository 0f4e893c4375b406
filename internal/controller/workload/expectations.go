package workload

import (
	"slices"
	"sync"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// unseenPatience is how long a look waits for the cache to show a record that was created: it is woken by that, unless
// the record was deleted at once.
const unseenPatience = time.Second

// unseen remembers the records that were created and that the cache may not show yet. Whoever looked without them would
// take a restart for a release, and a rollback to them for another. The zero value is ready for use.
type unseen struct {
	mu      sync.Mutex
	records map[client.ObjectKey]map[string]time.Time // by workload: names, and when they were created
}

func (u *unseen) add(workload client.ObjectKey, record string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.records == nil {
		u.records = map[client.ObjectKey]map[string]time.Time{}
	}
	if u.records[workload] == nil {
		u.records[workload] = map[string]time.Time{}
	}
	u.records[workload][record] = now
}

// wait returns how long to wait at most for what the cache does not show of a workload's records; zero where it shows all.
func (u *unseen) wait(workload client.ObjectKey, shown map[string][]*v1alpha1.JiraDeployment, now time.Time) time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	var longest time.Duration
	for name, created := range u.records[workload] {
		left := created.Add(unseenPatience).Sub(now)
		if left <= 0 || isShown(shown, name) {
			delete(u.records[workload], name)
		} else {
			longest = max(longest, left)
		}
	}
	if len(u.records[workload]) == 0 {
		delete(u.records, workload)
	}
	return longest
}

func isShown(shown map[string][]*v1alpha1.JiraDeployment, name string) bool {
	for _, records := range shown {
		if slices.ContainsFunc(records, func(d *v1alpha1.JiraDeployment) bool { return d.Name == name }) {
			return true
		}
	}
	return false
}
