// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"context"
	"reflect"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// watchOthers has a workload observed again when another one changes that tells of it: a target's primary, and the
// Deployment that a Rollout takes its template from.
func (r *Reconciler) watchOthers(b *builder.Builder) {
	if len(r.Deployers) > 0 {
		b.Watches(r.Kind.New(), handler.EnqueueRequestsFromMapFunc(targetOf),
			builder.WithPredicates(predicate.NewPredicateFuncs(isPrimary), r.Kind.observationChanged()))
	}
	if r.Kind.Refers != nil {
		b.Watches(&appsv1.Deployment{}, handler.EnqueueRequestsFromMapFunc(r.referring),
			builder.WithPredicates(predicate.Or(predicate.GenerationChangedPredicate{}, relabelled)))
	}
}

// watchDeployers has a workload observed again when what deploys it changes, from when the API server serves its kind.
func (r *Reconciler) watchDeployers(mgr ctrl.Manager, c controller.Controller) error {
	for i := range r.Deployers {
		d := &r.Deployers[i]
		watch := func() error {
			r.served.add(d.Kind)
			o := &unstructured.Unstructured{}
			o.SetGroupVersionKind(d.Kind)
			deployed := handler.EnqueueRequestsFromMapFunc(func(_ context.Context, o client.Object) []ctrl.Request { return r.deployedBy(d, o) })
			return c.Watch(source.Kind[client.Object](mgr.GetCache(), o, deployed, d.changed()))
		}
		if err := mgr.Add(manager.RunnableFunc(func(ctx context.Context) error {
			return OnceServed(ctx, r.RESTMapper(), r.Kind.Resource, d.Kind, watch)
		})); err != nil {
			return err
		}
	}
	return nil
}

// changed lets a change of a deployer through where it tells something else of the workload after it.
func (d *Deployer) changed() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld.(*unstructured.Unstructured), e.ObjectNew.(*unstructured.Unstructured)
		wasKind, wasName, was := d.target(before)
		kind, name, is := d.target(after)
		if wasKind != kind || wasName != name || was != is {
			return true
		}
		return !d.Replaces && !reflect.DeepEqual(before.Object["status"], after.Object["status"])
	}}
}

// deployedBy returns the workload that a deployer rolls out, if it is of this kind.
func (r *Reconciler) deployedBy(d *Deployer, o client.Object) []ctrl.Request {
	kind, name, ok := d.target(o.(*unstructured.Unstructured))
	if !ok || kind != r.Kind.GroupKind.Kind {
		return nil
	}
	return []ctrl.Request{{NamespacedName: client.ObjectKey{Namespace: o.GetNamespace(), Name: name}}}
}

func isPrimary(o client.Object) bool {
	_, ok := rollout.TargetOfPrimary(o)
	return ok
}

func targetOf(_ context.Context, primary client.Object) []ctrl.Request {
	name, ok := rollout.TargetOfPrimary(primary)
	if !ok {
		return nil
	}
	return []ctrl.Request{{NamespacedName: client.ObjectKey{Namespace: primary.GetNamespace(), Name: name}}}
}

// referring returns the workloads that take their template from a Deployment.
func (r *Reconciler) referring(ctx context.Context, deployment client.Object) []ctrl.Request {
	return r.list(ctx, func(o client.Object) bool {
		name, ok := r.Kind.Refers(o)
		return ok && name == deployment.GetName()
	}, client.InNamespace(deployment.GetNamespace()))
}
