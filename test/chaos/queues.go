// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"github.com/rollcall-dev/rollcall/test/manager"
)

// scrapeInterval is how often the manager at work is asked whether it has anything left to do.
const scrapeInterval = 500 * time.Millisecond

// watchQueues notes when the manager at work has nothing left to do, until the context ends.
func (f *fleet) watchQueues(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(scrapeInterval):
		}
		for _, address := range f.atWork() {
			limited, cancel := context.WithTimeout(ctx, scrapeInterval)
			if now := time.Now(); manager.Scrape(limited, address).Idle("workload-", "run-") {
				f.attention.CaughtUp(now)
			}
			cancel()
		}
	}
}

// atWork returns where the managers that are at work serve their metrics.
func (f *fleet) atWork() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var addresses []string
	for _, m := range f.members {
		if m.atWork {
			addresses = append(addresses, m.metrics)
		}
	}
	return addresses
}
