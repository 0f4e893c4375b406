package main

import (
	"context"
	"encoding/json"
	"fmt"

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
}

// newFleet creates Deployments, in new namespaces, and waits until their first revisions are finished, and the
// reporters that run have reported them.
func (w *world) newFleet(ctx context.Context, name string, size int, makeDeployment func(key client.ObjectKey, issue string) *appsv1.Deployment) (*fleet, error) {
	f := &fleet{w: w, members: make([]*appsv1.Deployment, size), revisions: make([]int64, size)}
	namespace := func(i int) string { return fmt.Sprintf("%s-%d-prod", name, i/perNamespace) }
	for i := 0; i < size; i += perNamespace {
		if err := w.kube.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace(i)}}); err != nil {
			return nil, fmt.Errorf("create Namespace: %w", err)
		}
	}
	err := f.each(ctx, func(ctx context.Context, i int) error {
		d := makeDeployment(client.ObjectKey{Namespace: namespace(i), Name: fmt.Sprintf("web-%d", i)}, w.nextIssue())
		if err := w.kube.Create(ctx, d, client.FieldOwner("kubectl-client-side-apply")); err != nil {
			return fmt.Errorf("create Deployment: %w", err)
		}
		f.members[i], f.revisions[i] = d, 1
		return nil
	})
	if err != nil {
		return nil, err
	}
	w.deployments += size
	_, err = w.awaitReports(ctx, "the first revisions of "+name, f.keys(), w.running()...)
	if err != nil {
		return nil, err
	}
	return f, pause(ctx, quiet)
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
