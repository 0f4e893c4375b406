// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// observer watches Deployments beside Rollcall, and notes when each rollout finished: the times of
// Kubernetes' own conditions are only good to the second.
type observer struct {
	stop context.CancelFunc

	mu       sync.Mutex
	finished map[finish]time.Time
}

// finish is a revision of a Deployment that reached a state.
type finish struct {
	namespace string
	sequence  int64
	state     string
}

func observe(c client.WithWatch) *observer {
	ctx, cancel := context.WithCancel(context.Background())
	o := &observer{stop: cancel, finished: map[finish]time.Time{}}
	go func() {
		for ctx.Err() == nil {
			if err := o.watch(ctx, c); err != nil {
				time.Sleep(100 * time.Millisecond)
			}
		}
	}()
	return o
}

func (o *observer) watch(ctx context.Context, c client.WithWatch) error {
	events, err := c.Watch(ctx, &appsv1.DeploymentList{})
	if err != nil {
		return err
	}
	defer events.Stop()
	for event := range events.ResultChan() {
		if d, ok := event.Object.(*appsv1.Deployment); ok {
			o.note(d)
		}
	}
	return nil
}

func (o *observer) note(d *appsv1.Deployment) {
	r, ok := rollout.FromDeployment(d)
	if !ok || (r.State != rollout.Successful && r.State != rollout.Failed) {
		return
	}
	key := finish{d.Namespace, d.CreationTimestamp.Unix()*1_000_000 + r.Revision, string(r.State)}
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, known := o.finished[key]; !known {
		o.finished[key] = time.Now()
	}
}

// at returns when a revision was seen to reach a state.
func (o *observer) at(namespace string, sequence int64, state string) (time.Time, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	when, ok := o.finished[finish{namespace, sequence, state}]
	return when, ok
}
