// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rollcall-dev/rollcall/test/programs"
)

// lastWords are what kube-scheduler says before it ends itself, because a pod changed in a way that it cannot explain
// while it could not watch. A kubelet would start it again; here it is for us.
var lastWords = []byte("Scheduler cache is corrupted")

// schedulerRestarts is what these are counted under.
const schedulerRestarts = "kube-scheduler"

// mendScheduler starts kube-scheduler again whenever it ended itself, until the context ends.
func (w *world) mendScheduler(ctx context.Context, tally *tally) error {
	bin, err := programs.ControlPlane(ctx, nil)
	if err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
		log, err := os.ReadFile(filepath.Join(w.cluster.Dir(), "kube-scheduler.log"))
		if err != nil {
			return fmt.Errorf("read log of kube-scheduler: %w", err)
		}
		if !bytes.Contains(log, lastWords) {
			continue
		}
		// The new one's log takes the place of the old one's.
		err = w.cluster.Run(filepath.Join(bin, "kube-scheduler"), "--kubeconfig="+w.cluster.Kubeconfig(),
			"--leader-elect=false", "--secure-port=0", "--kube-api-qps=500", "--kube-api-burst=1000")
		if err != nil {
			return err
		}
		tally.add(schedulerRestarts, 1)
	}
}
