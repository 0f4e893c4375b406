// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

const (
	// crowd is how many records of a namespace a site may wait to be told of, before none is added to them. They are kept in
	// memory, 2 KB each. A namespace with that many workloads is larger than any that we know of.
	crowd = 10_000
	// countInterval is how often they are counted at most.
	countInterval = 10 * time.Second
)

// ErrCrowded is why a record is not created in a namespace that is crowded.
var ErrCrowded = fmt.Errorf("the site was not told of %d records of this namespace yet. "+
	"Once it is Ready they are sent, and the release that is there then is recorded", crowd)

// Crowds are the namespaces of which it was counted, a short while ago, how many records a site waits to be told of. The
// zero value is ready for use.
type Crowds struct {
	mu      sync.Mutex
	counted map[spot]count
	swept   time.Time
}

type spot struct{ namespace, site string }

type count struct {
	crowded bool
	at      time.Time
}

// crowded says whether a site waits to be told of too many records of a namespace.
func (r *Reconciler) crowded(ctx context.Context, namespace, site string) bool {
	return r.crowds.Crowded(namespace, site, r.Now(), func() int {
		var list v1alpha1.JiraDeploymentList
		err := r.List(ctx, &list, client.InNamespace(namespace), client.MatchingFields{indexUntold: site}, client.UnsafeDisableDeepCopy)
		if err != nil { // the cache has no such index: a bug, and no reason to record nothing
			ctrl.LoggerFrom(ctx).Error(err, "Could not count the records of a namespace", "namespace", namespace)
		}
		return len(list.Items)
	})
}

// Crowded says whether a site waits to be told of too many records of a namespace. They are counted where that was not done
// lately.
func (c *Crowds) Crowded(namespace, site string, now time.Time, records func() int) bool {
	key := spot{namespace, site}
	if known, ok := c.get(key, now); ok {
		return known
	}
	crowded := records() >= crowd
	c.set(key, count{crowded, now})
	return crowded
}

func (c *Crowds) get(key spot, now time.Time) (crowded, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, known := c.counted[key]
	return found.crowded, known && now.Sub(found.at) < countInterval
}

// set keeps what was counted, and drops what is old once a minute.
func (c *Crowds) set(key spot, found count) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counted == nil {
		c.counted = map[spot]count{}
	}
	if found.at.Sub(c.swept) >= time.Minute {
		c.swept = found.at
		maps.DeleteFunc(c.counted, func(_ spot, old count) bool { return found.at.Sub(old.at) >= countInterval })
	}
	c.counted[key] = found
}
