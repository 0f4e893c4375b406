// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/snapshot"
)

// operatorNamespace is where Rollcall runs where nobody says otherwise.
const operatorNamespace = "rollcall-system"

// Options say what the manager of a cluster knows beside what is in the cluster.
type Options struct {
	// Cluster is the cluster's name in Jira; where it is empty, it is what the records say, or made of the cluster's UID.
	Cluster string
	// Namespace is the operator's own; where it is empty, rollcall-system.
	Namespace string
	// Now is the clock.
	Now func() time.Time
}

// Explainer explains the releases of a snapshot.
type Explainer struct {
	snapshot   *snapshot.Snapshot
	options    Options
	clusterUID types.UID
	// sites are the compiled sites, and objects the JiraSites, by name.
	sites   map[string]*record.Site
	objects map[string]*v1alpha1.JiraSite
}

// New returns an Explainer of a snapshot.
func New(ctx context.Context, s *snapshot.Snapshot, o Options) (*Explainer, error) {
	name, uid := s.Cluster()
	o.Cluster, o.Namespace = cmp.Or(o.Cluster, name), cmp.Or(o.Namespace, operatorNamespace)
	e := &Explainer{snapshot: s, options: o, clusterUID: uid, sites: map[string]*record.Site{}, objects: map[string]*v1alpha1.JiraSite{}}
	var list v1alpha1.JiraSiteList
	if err := s.List(ctx, &list); err != nil {
		return nil, fmt.Errorf("list JiraSites: %w", err)
	}
	for i := range list.Items {
		site := &list.Items[i]
		e.objects[site.Name] = site
		e.sites[site.Name], _ = record.Compile(site) // its Ready condition says what is wrong
	}
	return e, nil
}

// Workload explains the release of one workload. The error is apierrors.NotFound where it is not there, and has no record.
func (e *Explainer) Workload(ctx context.Context, kind workload.Kind, namespace, name string) (*Explanation, error) {
	key := client.ObjectKey{Namespace: namespace, Name: name}
	observer := e.observer(kind)
	observation, err := observer.Observe(ctx, key)
	if err != nil && !errors.Is(err, workload.ErrOutdated) {
		return nil, fmt.Errorf("observe %s %s: %w", kind.GroupKind.Kind, name, err)
	}
	records, err := observer.Records(ctx, key)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what could not be read
	}
	if observation.LiveUID == "" && len(records) == 0 {
		return nil, e.notFound(kind, key)
	}
	observation.Progress = workload.FirstObservation(observation.Rollout, observation.Now)
	explanation := &Explanation{
		Workload: Workload{Kind: kind.GroupKind.Kind, Namespace: namespace, Name: name}, Problem: problem(observation, kind.History && e.unread("controllerrevisions", namespace)), Sites: []Site{},
	}
	explanation.tellOf(observation.Rollout)
	for _, site := range sets.List(sets.KeySet(e.sites).Union(sets.KeySet(records))) {
		observation.Records = records[site]
		explanation.Sites = append(explanation.Sites, e.site(site, observation))
	}
	return explanation, nil
}

// All explains the releases of all workloads that are there, by kind, namespace and name.
func (e *Explainer) All(ctx context.Context) ([]*Explanation, error) {
	var all []*Explanation
	for _, kind := range workload.Kinds {
		list := kind.NewList()
		if err := e.snapshot.List(ctx, list, client.UnsafeDisableDeepCopy); err != nil {
			return nil, fmt.Errorf("list %s: %w", kind.Resource, err)
		}
		if err := meta.EachListItem(list, func(o runtime.Object) error {
			object := o.(client.Object)
			explanation, err := e.Workload(ctx, kind, object.GetNamespace(), object.GetName())
			if err == nil {
				all = append(all, explanation)
			}
			return err
		}); err != nil {
			return nil, err //nolint:wrapcheck // it says what could not be observed
		}
	}
	return all, nil
}

// Gaps returns what could not be read, so that an explanation may lack it.
func (e *Explainer) Gaps() []snapshot.Gap { return e.snapshot.Gaps() }

// Cluster returns the cluster's name in Jira; empty where it is not known.
func (e *Explainer) Cluster() string { return e.options.Cluster }

// observer returns what observes workloads of a kind. Whatever the API server does not serve, the snapshot has none of.
func (e *Explainer) observer(kind workload.Kind) *workload.Observer {
	return &workload.Observer{
		Reader: e.snapshot, Kind: kind, Deployers: workload.DeployersOf(kind, workload.Kinds), Cluster: e.options.Cluster, ClusterUID: e.clusterUID,
		Serves: func(schema.GroupVersionKind) (bool, error) { return true, nil }, Now: e.options.Now,
	}
}

// notFound returns why a workload is not known: it is not there, or it could not be read.
func (e *Explainer) notFound(kind workload.Kind, key client.ObjectKey) error {
	if gap := e.gap(kind.Resource, key.Namespace); gap != nil {
		return errors.New(gap.String())
	}
	return apierrors.NewNotFound(schema.GroupResource{Group: kind.GroupKind.Group, Resource: kind.Resource}, key.Namespace+"/"+key.Name)
}

// gap returns why a resource of a namespace could not be read; nil where it was.
func (e *Explainer) gap(resource, namespace string) *snapshot.Gap {
	gaps := e.Gaps()
	i := slices.IndexFunc(gaps, func(g snapshot.Gap) bool {
		return g.Resource == resource && (g.Namespace == "" || g.Namespace == namespace)
	})
	if i < 0 {
		return nil
	}
	return &gaps[i]
}

func (e *Explainer) unread(resource, namespace string) bool { return e.gap(resource, namespace) != nil }
