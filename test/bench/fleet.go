// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/test/bench/finish"
)

const (
	// perNamespace is how many Deployments share a namespace.
	perNamespace = 100
	// atOnce is how many requests the harness has under way.
	atOnce = 32
)

// fleet is a number of Deployments, and the revision that each was last given.
type fleet struct {
	w         *world
	members   []*appsv1.Deployment
	revisions []int64
	make      maker
	namespace func(i int) string
}

// maker makes a Deployment that ships an issue.
type maker func(key client.ObjectKey, issue string) *appsv1.Deployment

// newFleet creates Deployments, in new namespaces, and waits until their first revisions are finished, and the
// reporters that run have reported them.
func (w *world) newFleet(ctx context.Context, name string, size int, makeMember maker) (*fleet, error) {
	f, err := w.planFleet(ctx, size, makeMember, func(i int) string { return fmt.Sprintf("%s-%d-prod", name, i/perNamespace) })
	if err != nil {
		return nil, err
	}
	if err := f.each(ctx, f.create); err != nil {
		return nil, err
	}
	if _, err := w.awaitReports(ctx, "the first revisions of "+name, f.keys(), w.running()...); err != nil {
		return nil, err
	}
	return f, pause(ctx, quiet)
}

// planFleet creates the namespaces of Deployments that are still to be created.
func (w *world) planFleet(ctx context.Context, size int, makeMember maker, namespace func(i int) string) (*fleet, error) {
	f := &fleet{w: w, members: make([]*appsv1.Deployment, size), revisions: make([]int64, size), make: makeMember, namespace: namespace}
	created := map[string]bool{}
	for i := range size {
		name := namespace(i)
		if created[name] {
			continue
		}
		if err := w.kube.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
			return nil, fmt.Errorf("create Namespace: %w", err)
		}
		created[name] = true
	}
	w.deployments += size
	return f, nil
}

// create creates a member, whose first revision then rolls out.
func (f *fleet) create(ctx context.Context, i int) error {
	d := f.make(client.ObjectKey{Namespace: f.namespace(i), Name: fmt.Sprintf("web-%d", i)}, f.w.nextIssue())
	if err := f.w.kube.Create(ctx, d, client.FieldOwner("kubectl-client-side-apply")); err != nil {
		return fmt.Errorf("create Deployment: %w", err)
	}
	f.members[i], f.revisions[i] = d, 1
	return nil
}

// each does something to every member, some at a time.
func (f *fleet) each(ctx context.Context, do func(context.Context, int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i := range f.members {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}

// eachAtRate does something to one member after the other, so many a second, whether or not the last one is done.
func (f *fleet) eachAtRate(ctx context.Context, rate int, do func(context.Context, int) error) error {
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	group, ctx := errgroup.WithContext(ctx)
	for i := range f.members {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return group.Wait()
		}
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}

// roll gives a member another template, that ships another issue.
func (f *fleet) roll(ctx context.Context, i int) error {
	issue := f.w.nextIssue()
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"template": map[string]any{
		"metadata": map[string]any{"annotations": map[string]string{v1alpha1.AnnotationIssueKeys: issue}},
	}}})
	if err != nil {
		return fmt.Errorf("encode patch: %w", err)
	}
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: f.members[i].Namespace, Name: f.members[i].Name}}
	if err := f.w.kube.Patch(ctx, d, client.RawPatch(types.MergePatchType, patch)); err != nil {
		return fmt.Errorf("patch Deployment: %w", err)
	}
	f.revisions[i]++
	return nil
}

// keys are what Jira knows the members' last revisions by.
func (f *fleet) keys() []jira.DeploymentKey {
	keys := make([]jira.DeploymentKey, len(f.members))
	for i, d := range f.members {
		keys[i] = finish.Key(clusterName, d, f.revisions[i])
	}
	return keys
}

// nextIssue returns an issue that no rollout shipped yet.
func (w *world) nextIssue() string {
	return fmt.Sprintf("%s-%d", project, w.issues.Add(1))
}
