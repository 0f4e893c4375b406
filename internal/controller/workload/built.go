// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"cmp"
	"context"
	"strings"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// builtFrom returns the commit that a build in this cluster made an image of; nil where none is known. A build says so for
// workloads of its own namespace, and for others where the site lets its namespace. Of several the oldest counts. What a person
// recorded by hand does not: anybody could name any image.
func (o *Observer) builtFrom(ctx context.Context, site *record.Site, namespace environment.Namespace, image string) *v1alpha1.BuildCommit {
	_, digest, _ := strings.Cut(image, "@")
	var list v1alpha1.JiraBuildList
	if err := o.Reader.List(ctx, &list, client.MatchingFields{indexImage: digest}, client.UnsafeDisableDeepCopy); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Could not list the builds of an image")
		return nil
	}
	var found *v1alpha1.JiraBuild
	for i := range list.Items {
		b := &list.Items[i]
		if commitOf(b) != nil && (found == nil || older(b, found)) && o.speaksFor(ctx, site, b, namespace) {
			found = b
		}
	}
	if found == nil {
		return nil
	}
	return commitOf(found)
}

// older orders builds, also those of one second: another commit at each look would be another request to Jira.
func older(a, b *v1alpha1.JiraBuild) bool {
	return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.UID, b.UID)) < 0
}

// commitOf returns the commit that a run was of; nil where it is not known, and for a record that was made by hand.
func commitOf(b *v1alpha1.JiraBuild) *v1alpha1.BuildCommit {
	if b.Spec.Run == nil || b.Spec.State != v1alpha1.BuildSuccessful {
		return nil
	}
	for _, reference := range b.Spec.References {
		if reference.Commit != nil {
			return reference.Commit
		}
	}
	return nil
}

// speaksFor says whether a build says of which commit an image in a namespace is.
func (o *Observer) speaksFor(ctx context.Context, site *record.Site, b *v1alpha1.JiraBuild, namespace environment.Namespace) bool {
	if b.Namespace == namespace.Name {
		return true
	}
	of, err := Namespace(ctx, o.Reader, b.Namespace)
	return err == nil && site.TrustsImagesOf(environment.Namespace{Name: b.Namespace, Labels: of.Labels})
}

// imagesBuilt lets a build through whose images have become known. What the first list holds, the first pass over the workloads
// finds.
var imagesBuilt = predicate.Funcs{
	CreateFunc: func(e event.CreateEvent) bool { return !e.IsInInitialList && makesImages(e.Object) },
	UpdateFunc: func(e event.UpdateEvent) bool { return !makesImages(e.ObjectOld) && makesImages(e.ObjectNew) },
	DeleteFunc: func(event.DeleteEvent) bool { return false },
}

func makesImages(o client.Object) bool {
	b := o.(*v1alpha1.JiraBuild)
	return len(b.Spec.Images) > 0 && commitOf(b) != nil
}

// runningBuilt returns the workloads that run an image of a build, as far as the build speaks for their namespaces. A pipeline
// may deploy what it has built before it ends.
func (r *Reconciler) runningBuilt(ctx context.Context, o client.Object) []ctrl.Request {
	sites, err := r.sites.List(ctx, r.Client)
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Could not list the sites that a build's images are known at")
		return nil
	}
	of := client.InNamespace(o.GetNamespace())
	for _, site := range sites {
		if r.observer().speaksFor(ctx, site, o.(*v1alpha1.JiraBuild), environment.Namespace{}) {
			of = client.InNamespace("") // for all
		}
	}
	runs := func(workload client.Object) bool {
		return r.Kind.refers(workload) || rollout.Runs(workload, o.(*v1alpha1.JiraBuild).Spec.Images)
	}
	return r.list(ctx, runs, of)
}
