// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/test/oracle"
)

// errUnnumbered is what comes of a step that was taken, and that the cluster gave no number.
var errUnnumbered = errors.New("it has no number of its own")

// take takes a step, and waits until the cluster has done its part.
func (p *player) take(ctx context.Context, w Workload, step Step) error {
	if step.Want == nil || step.Anew {
		if err := p.remove(ctx, w, step); err != nil {
			return err
		}
	}
	if step.Want == nil {
		return nil
	}
	if err := p.put(ctx, w, step); err != nil {
		return err
	}
	if err := p.observer.await(ctx, step, func(oracle.Fact) bool { return true }); err != nil {
		return fmt.Errorf("%w: %w", errUnnumbered, err)
	}
	if step.Hasty {
		return nil
	}
	end := oracle.Finished
	switch {
	case step.Want.Replicas == 0:
		end = oracle.Waiting
	case step.Want.Fate == Fails:
		end = oracle.Failed
	}
	return p.observer.await(ctx, step, func(f oracle.Fact) bool { return f.Phase == end })
}

// remove deletes a workload. Its successor is not created in the second of its own creation: both would have the same
// number in Jira.
func (p *player) remove(ctx context.Context, w Workload, step Step) error {
	var uid types.UID
	var created time.Time
	propagation := metav1.DeletePropagationBackground
	if step.Orphan {
		propagation = metav1.DeletePropagationOrphan
	}
	err := persist(ctx, func() error {
		object := newObject(w.Kind)
		if err := p.kube.Get(ctx, keyOf(w), object); err != nil || uid != "" && object.GetUID() != uid {
			return client.IgnoreNotFound(err)
		}
		uid, created = object.GetUID(), object.GetCreationTimestamp().Time
		p.observer.leave(step.Workload, step.Number)
		err := p.kube.Delete(ctx, object, client.Preconditions{UID: ptr.To(uid)}, client.PropagationPolicy(propagation))
		if err == nil {
			err = errors.New("it is still there")
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	p.observer.gone(step.Workload)
	time.Sleep(time.Until(created.Add(time.Second)))
	return nil
}

// put creates a workload, or changes the one that is there.
func (p *player) put(ctx context.Context, w Workload, step Step) error {
	err := persist(ctx, func() error {
		object := newObject(w.Kind)
		err := p.kube.Get(ctx, keyOf(w), object)
		switch {
		case apierrors.IsNotFound(err):
			return p.kube.Create(ctx, build(w, step))
		case err != nil || stepOf(object) == step.Number:
			return err
		}
		p.observer.leave(step.Workload, step.Number)
		shape(object, w, step)
		return p.kube.Update(ctx, object)
	})
	if err != nil {
		return fmt.Errorf("put: %w", err)
	}
	return nil
}

// persist tries until it works, or cannot work, or the context ends.
func persist(ctx context.Context, try func() error) error {
	for {
		err := try()
		if err == nil || apierrors.IsInvalid(err) || apierrors.IsForbidden(err) {
			return err
		}
		select {
		case <-time.After(2 * polling):
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		}
	}
}

func keyOf(w Workload) client.ObjectKey {
	return client.ObjectKey{Namespace: w.Namespace, Name: w.Name}
}
