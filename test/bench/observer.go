// SPDX-License-Identifier: Apache-2.0

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

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/test/bench/finish"
)

// moment is what the API server tells of a rollout.
type moment string

const (
	finished  moment = "finished"  // its Deployment is as it should be
	recorded  moment = "recorded"  // its record says so
	delivered moment = "delivered" // its record's status says that Jira has it
)

// times are when something happened to rollouts.
type times map[jira.DeploymentKey]time.Time

// observer watches objects of one kind beside both reporters, and notes when each moment of a rollout was first seen:
// when the API server told of the object that shows it.
type observer struct {
	stop context.CancelFunc

	mu   sync.Mutex
	seen map[moment]times
	err  error
}

// observe watches what is in a list. moments says what an object shows, and of which rollout.
func observe(ctx context.Context, c client.WithWatch, list client.ObjectList, moments func(client.Object) (jira.DeploymentKey, []moment)) *observer {
	ctx, cancel := context.WithCancel(ctx)
	o := &observer{stop: cancel, seen: map[moment]times{}}
	go func() {
		err := watch(ctx, c, list, func(object client.Object) {
			key, shown := moments(object)
			o.note(key, shown, time.Now())
		})
		o.mu.Lock()
		defer o.mu.Unlock()
		o.err = err
	}()
	return o
}

// watch tells of every object until the context ends. A watch that the API server ends goes on where it was.
func watch(ctx context.Context, c client.WithWatch, list client.ObjectList, tell func(client.Object)) error {
	resume := &metav1.ListOptions{}
	for ctx.Err() == nil {
		events, err := c.Watch(ctx, list, &client.ListOptions{Raw: resume})
		if err != nil {
			return fmt.Errorf("watch %T: %w", list, err)
		}
		for event := range events.ResultChan() {
			object, ok := event.Object.(client.Object)
			if !ok {
				events.Stop()
				return fmt.Errorf("watch %T: %w", list, apierrors.FromObject(event.Object))
			}
			tell(object)
			resume.ResourceVersion = object.GetResourceVersion()
		}
	}
	return nil
}

// ofDeployment says whether a Deployment's rollout is finished.
func ofDeployment(object client.Object) (jira.DeploymentKey, []moment) {
	d := object.(*appsv1.Deployment)
	revision, ok := finish.Of(d)
	if !ok {
		return jira.DeploymentKey{}, nil
	}
	return finish.Key(clusterName, d, revision), []moment{finished}
}

// ofRecord says whether a record has the state of a finished rollout, and whether Jira has that.
func ofRecord(object client.Object) (jira.DeploymentKey, []moment) {
	record := object.(*v1alpha1.JiraDeployment)
	spec := record.Spec
	key := jira.DeploymentKey{PipelineID: spec.Pipeline.ID, EnvironmentID: spec.Environment.ID, DeploymentSequenceNumber: spec.Sequence}
	switch {
	case spec.State != v1alpha1.StateSuccessful:
		return key, nil
	case record.Status.DeliveredGeneration < record.Generation:
		return key, []moment{recorded}
	}
	return key, []moment{recorded, delivered}
}

func (o *observer) note(key jira.DeploymentKey, shown []moment, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range shown {
		if o.seen[m] == nil {
			o.seen[m] = times{}
		}
		if _, known := o.seen[m][key]; !known {
			o.seen[m][key] = now
		}
	}
}

// at returns when a moment was seen, of those rollouts of which it was.
func (o *observer) at(m moment, keys []jira.DeploymentKey) (times, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	at := make(times, len(keys))
	for _, key := range keys {
		if t, ok := o.seen[m][key]; ok {
			at[key] = t
		}
	}
	return at, o.err
}
