package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/test/bench/finish"
)

// observer watches Deployments beside both reporters, and notes when each rollout finished: when the API server
// told of the status that says so.
type observer struct {
	stop context.CancelFunc

	mu       sync.Mutex
	finished map[jira.DeploymentKey]time.Time
	err      error
}

func observe(ctx context.Context, c client.WithWatch) *observer {
	ctx, cancel := context.WithCancel(ctx)
	o := &observer{stop: cancel, finished: map[jira.DeploymentKey]time.Time{}}
	go func() {
		err := o.watch(ctx, c)
		o.mu.Lock()
		defer o.mu.Unlock()
		o.err = err
	}()
	return o
}

// watch notes what finishes until the context ends. A watch that the API server ends goes on where it was.
func (o *observer) watch(ctx context.Context, c client.WithWatch) error {
	resume := &metav1.ListOptions{}
	for ctx.Err() == nil {
		events, err := c.Watch(ctx, &appsv1.DeploymentList{}, &client.ListOptions{Raw: resume})
		if err != nil {
			return fmt.Errorf("watch Deployments: %w", err)
		}
		for event := range events.ResultChan() {
			d, ok := event.Object.(*appsv1.Deployment)
			if !ok {
				events.Stop()
				return fmt.Errorf("watch Deployments: %w", apierrors.FromObject(event.Object))
			}
			o.note(d, time.Now())
			resume.ResourceVersion = d.ResourceVersion
		}
	}
	return nil
}

func (o *observer) note(d *appsv1.Deployment, now time.Time) {
	revision, ok := finish.Of(d)
	if !ok {
		return
	}
	key := finish.Key(clusterName, d, revision)
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, known := o.finished[key]; !known {
		o.finished[key] = now
	}
}

// at returns when the rollouts finished, of those that did.
func (o *observer) at(keys []jira.DeploymentKey) (map[jira.DeploymentKey]time.Time, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	times := make(map[jira.DeploymentKey]time.Time, len(keys))
	for _, key := range keys {
		if at, ok := o.finished[key]; ok {
			times[key] = at
		}
	}
	return times, o.err
}
