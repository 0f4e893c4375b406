// SPDX-License-Identifier: Apache-2.0

package why

import (
	"context"
	"fmt"
	"slices"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/pager"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/controller/runs"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/explain"
	"github.com/rollcall-dev/rollcall/internal/rollout"
	"github.com/rollcall-dev/rollcall/internal/snapshot"
	"github.com/rollcall-dev/rollcall/internal/why"
)

// leaseName is the name of the leader's lease, in the namespace that Rollcall runs in.
const leaseName = "rollcall.rollcall.dev"

// reader reads what the answer is made of.
type reader struct {
	client client.Reader
	in     why.Input
	finder why.Finder
	// namespaces are those that are read; all where it is empty.
	namespaces []string
}

// read reads what is known of an issue.
func (o *options) read(ctx context.Context, issue string) (why.Input, error) {
	c, err := o.env.Client()
	if err != nil {
		return why.Input{}, err
	}
	r := &reader{client: c, in: why.Input{Issue: issue, Now: o.env.Now(), Operator: o.operator}, finder: why.NewFinder(issue)}
	if err := o.findNamespaces(ctx, r); err != nil {
		return why.Input{}, err
	}
	snap, err := snapshot.Read(ctx, c, snapshot.Options{Namespaces: r.namespaces})
	if err != nil {
		return why.Input{}, err
	}
	for _, step := range []func(context.Context, *snapshot.Snapshot) error{r.readRecords, r.readWorkloads, r.readRuns, r.readEvents, r.readLease} {
		if err := step(ctx, snap); err != nil {
			return why.Input{}, err
		}
	}
	for _, gap := range snap.Gaps() {
		r.in.Unread = append(r.in.Unread, gap.String())
	}
	return r.in, nil
}

// findNamespaces chooses the namespace of -n, else all of them where the user may read their records, else that of his context.
func (o *options) findNamespaces(ctx context.Context, r *reader) error {
	current, err := o.env.Namespace()
	if err != nil {
		return err
	}
	named := o.env.Flags.Namespace != nil && *o.env.Flags.Namespace != ""
	if !named || o.scope.All() {
		err := r.client.List(ctx, &v1alpha1.JiraDeploymentList{}, client.Limit(1))
		if !apierrors.IsForbidden(err) {
			return nil // what else may be wrong with it, the next read tells
		}
		r.in.Unread = append(r.in.Unread, fmt.Sprintf("You may not read records in all namespaces: this is namespace %s alone. Name another one with -n.", current))
	}
	r.in.Namespace, r.namespaces = current, []string{current}
	return nil
}

// readRecords takes records, sites and namespaces from the snapshot.
func (r *reader) readRecords(ctx context.Context, snap *snapshot.Snapshot) error {
	var sites v1alpha1.JiraSiteList
	var deployments v1alpha1.JiraDeploymentList
	var builds v1alpha1.JiraBuildList
	namespaces := metav1.PartialObjectMetadataList{}
	namespaces.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("NamespaceList"))
	for _, list := range []client.ObjectList{&sites, &deployments, &builds, &namespaces} {
		if err := snap.List(ctx, list); err != nil {
			return fmt.Errorf("list: %w", err)
		}
	}
	r.in.Sites, r.in.Deployments, r.in.Builds = sites.Items, deployments.Items, builds.Items
	r.in.Cluster, _ = snap.Cluster()
	r.in.Namespaces = map[string]environment.Namespace{}
	for _, n := range namespaces.Items {
		r.in.Namespaces[n.Name] = environment.Namespace{Name: n.Name, Labels: n.Labels, Annotations: n.Annotations}
	}
	return nil
}

// readWorkloads explains the workloads whose texts name the issue.
func (r *reader) readWorkloads(ctx context.Context, snap *snapshot.Snapshot) error {
	now := r.in.Now
	explainer, err := explain.New(ctx, snap, explain.Options{Namespace: r.in.Operator, Now: func() time.Time { return now }})
	if err != nil {
		return err
	}
	for _, kind := range workload.Kinds {
		list := kind.NewList()
		if err := snap.List(ctx, list, client.UnsafeDisableDeepCopy); err != nil {
			return fmt.Errorf("list %s: %w", kind.Resource, err)
		}
		if err := meta.EachListItem(list, func(object runtime.Object) error {
			o := object.(client.Object)
			r.in.Read++
			places := r.finder.In(rollout.SourcesOf(o))
			if len(places) == 0 {
				return nil
			}
			explanation, err := explainer.Workload(ctx, kind, o.GetNamespace(), o.GetName())
			if err == nil {
				r.in.Workloads = append(r.in.Workloads, why.Workload{Object: o, Places: places, Explanation: explanation})
			}
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// readRuns reads the runs whose texts name the issue.
func (r *reader) readRuns(ctx context.Context, _ *snapshot.Snapshot) error {
	for _, kind := range runs.Kinds {
		err := r.each(ctx, kind.NewList(), func(o client.Object) {
			places := r.finder.In(rollout.Sources{Annotations: o.GetAnnotations(), Labels: o.GetLabels()})
			if len(places) > 0 {
				r.in.Runs = append(r.in.Runs, why.Run{Kind: kind.Kind.Kind, Object: o, Places: places, Build: kind.Observe(o)})
			}
		})
		if notServed := meta.IsNoMatchError(err) || apierrors.IsNotFound(err); err != nil && (!kind.Optional || !notServed) {
			r.unread(kind.Resource, err)
		}
	}
	return nil
}

// readEvents reads the Events that Rollcall may have made: all of its are warnings.
func (r *reader) readEvents(ctx context.Context, _ *snapshot.Snapshot) error {
	err := r.each(ctx, &corev1.EventList{}, func(o client.Object) {
		if e := o.(*corev1.Event); slices.Contains(why.Events, e.Reason) {
			r.in.Events = append(r.in.Events, *e)
		}
	}, client.MatchingFields{"type": corev1.EventTypeWarning})
	if err != nil {
		r.unread("events", err)
	}
	return nil
}

// readLease reads who leads. Few users may: then it is judged by what a manager would have written.
func (r *reader) readLease(ctx context.Context, _ *snapshot.Snapshot) error {
	var lease coordinationv1.Lease
	if err := r.client.Get(ctx, client.ObjectKey{Namespace: r.in.Operator, Name: leaseName}, &lease); err != nil {
		return nil //nolint:nilerr // it is not readable, or there is none: see above
	}
	r.in.Manager = why.ManagerOf(&lease, r.in.Now)
	return nil
}

// each lists objects in the namespaces that are read, page by page.
func (r *reader) each(ctx context.Context, list client.ObjectList, do func(client.Object), options ...client.ListOption) error {
	namespaces := r.namespaces
	if len(namespaces) == 0 {
		namespaces = []string{metav1.NamespaceAll}
	}
	for _, namespace := range namespaces {
		page := func(ctx context.Context, of metav1.ListOptions) (runtime.Object, error) {
			into := list.DeepCopyObject().(client.ObjectList)
			all := append([]client.ListOption{client.InNamespace(namespace), client.Limit(of.Limit), client.Continue(of.Continue)}, options...)
			return into, r.client.List(ctx, into, all...)
		}
		if err := pager.New(page).EachListItem(ctx, metav1.ListOptions{}, func(o runtime.Object) error {
			do(o.(client.Object))
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) unread(resource string, err error) {
	r.in.Unread = append(r.in.Unread, snapshot.Gap{Resource: resource, Namespace: r.in.Namespace, Err: err}.String())
}
