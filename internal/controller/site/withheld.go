// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/outbox"
	"github.com/rollcall-dev/rollcall/internal/panics"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// checks say of the pending records of a site whether they are withheld from Jira.
type checks map[types.UID]check

// check holds until what it was made of changes.
type check struct {
	of       versions
	withheld bool
	// maybeTold says that the record was not withheld before, while it was pending: Jira may have been told of it, and the
	// cache not show that yet.
	maybeTold bool
	as        *record.Identity
}

// versions are those of a record, of its site and of its namespace.
type versions struct {
	record, site int64
	namespace    string
}

// withhold returns the records of a site that are to be sent, as Jira is told of them. The others say why they are not,
// once. One of which that cannot be told waits, and holds up no other. What a site with an error selects is not known:
// it takes no record anyway.
func (r *Reconciler) withhold(ctx context.Context, p *pass, of *delivery, records []v1alpha1.Record) []outbox.Record {
	toSend := make([]outbox.Record, 0, len(records))
	found := make(checks, len(records))
	namespaces := map[string]*metav1.PartialObjectMetadata{}
	var outcomes []outbox.Outcome
	for _, d := range records {
		if !p.state.compiled.Usable() {
			toSend = append(toSend, d)
			continue
		}
		v, outcome, err := r.checkOf(ctx, p, d, namespaces)
		if err != nil {
			ctrl.LoggerFrom(ctx).Error(err, "Could not tell whether Jira is to be told of a record; it is tried again", "namespace", d.GetNamespace(), "record", d.GetName())
			p.requeue(outbox.Lasting)
			found[d.GetUID()] = of.checks[d.GetUID()]
			continue
		}
		found[d.GetUID()], outcomes = v, append(outcomes, outcome...)
		if !v.withheld {
			toSend = append(toSend, v.as.Of(d))
		}
	}
	if p.state.compiled.Usable() {
		of.checks = found
	}
	r.settle(ctx, p, of, outcomes)
	return toSend
}

// checkOf returns the check of a record. Where it is a new one, and the record is withheld, that is an outcome.
func (r *Reconciler) checkOf(ctx context.Context, p *pass, d v1alpha1.Record, namespaces map[string]*metav1.PartialObjectMetadata) (_ check, _ []outbox.Outcome, err error) {
	defer panics.Catch(&err)
	namespace := namespaces[d.GetNamespace()]
	if namespace == nil {
		if namespace, err = getNamespace(ctx, r.Client, d.GetNamespace()); err != nil { // of one that is not found: the cache is behind
			return check{}, nil, fmt.Errorf("get Namespace: %w", err)
		}
		namespaces[d.GetNamespace()] = namespace
	}
	of := p.state.of(d)
	v := of.checks[d.GetUID()]
	now := versions{record: d.GetGeneration(), site: p.site.Generation, namespace: namespace.ResourceVersion}
	if v.of == now {
		return v, nil, nil
	}
	checked, err := r.check(ctx, p, d, namespace)
	if err != nil {
		return check{}, nil, err
	}
	of.queue.Renew(d.GetUID())
	v.of, v.withheld, v.as = now, checked.Reason != "", checked.As
	v.maybeTold = v.maybeTold || !v.withheld
	if v.withheld {
		o := outbox.NewOutcome(outbox.SourceOf(d), checked.Reason, checked.Message)
		of.queue.Conclude(&o, r.Now())
		return v, []outbox.Outcome{o}, nil
	}
	return v, nil, nil
}

// check asks whether Jira is told of a record, and as what.
func (r *Reconciler) check(ctx context.Context, p *pass, d v1alpha1.Record, namespace *metav1.PartialObjectMetadata) (record.Check, error) {
	var home record.Home
	if r.Home != nil {
		var err error
		if home, err = r.Home(ctx, d); err != nil {
			return record.Check{}, fmt.Errorf("find home of record: %w", err)
		}
	}
	of := p.state.of(d)
	home.ClusterName, home.OperatorNamespace = r.Cluster, r.Namespace
	home.MaybeTold, home.Told = of.checks[d.GetUID()].maybeTold, of.queue.Took(d.GetUID())
	home.Namespace = environment.Namespace{Name: d.GetNamespace(), Labels: namespace.Labels, Annotations: namespace.Annotations}
	home.NamespaceCreated = namespace.CreationTimestamp.Time
	return kindOf(d).check(p.state.compiled, d, home), nil
}

// getNamespace returns the metadata of a namespace.
func getNamespace(ctx context.Context, reader client.Reader, name string) (*metav1.PartialObjectMetadata, error) {
	namespace := &metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	return namespace, reader.Get(ctx, client.ObjectKey{Name: name}, namespace, client.UnsafeDisableDeepCopy)
}

// sitesIn returns the sites that have pending records in a namespace: its labels decide about these.
func (r *Reconciler) sitesIn(ctx context.Context, namespace client.Object) []ctrl.Request {
	var sites v1alpha1.JiraSiteList
	if err := r.Client.List(ctx, &sites, client.UnsafeDisableDeepCopy); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Could not list the sites of a namespace")
		return nil
	}
	var keys []ctrl.Request
	for i := range sites.Items {
		if r.hasPending(ctx, sites.Items[i].Name, namespace.GetName()) {
			keys = append(keys, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(&sites.Items[i])})
		}
	}
	return keys
}

// hasPending says whether a site has pending records in a namespace.
func (r *Reconciler) hasPending(ctx context.Context, site, namespace string) bool {
	for _, k := range kinds {
		some, err := k.list(ctx, r.Client, client.InNamespace(namespace), client.MatchingFields{IndexPending: site}, client.Limit(1), client.UnsafeDisableDeepCopy)
		if err != nil {
			ctrl.LoggerFrom(ctx).Error(err, "Could not list the pending records of a namespace")
		}
		if len(some) > 0 {
			return true
		}
	}
	return false
}
