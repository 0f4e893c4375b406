// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"context"
	"fmt"
	"slices"
	"sync"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// +kubebuilder:rbac:groups=flagger.app,resources=canaries,verbs=get;list;watch

// Deployer is a kind of object that rolls out a workload of another kind. A cluster may do without it.
//
//	Rollout, of Argo     names the Deployment that it takes its template from: the Rollout is the workload
//	Canary, of Flagger   names a target, and keeps a primary beside it: the target is told as the two stand
type Deployer struct {
	// Resource is the kind's name in a role.
	Resource string
	Kind     schema.GroupVersionKind
	// Replaces says that an object of the kind is reported in the workload's place.
	Replaces bool
	// Deploys are the kinds, of the group apps, that are rolled out.
	Deploys []string

	// target returns the kind and the name of the workload that an object rolls out; false where that is none of ours.
	target func(*unstructured.Unstructured) (kind, name string, ok bool)
}

// Deployers are the kinds of deployers that Rollcall knows.
var Deployers = []Deployer{
	{
		Resource: "rollouts",
		Kind:     rollout.ArgoRollout,
		Replaces: true,
		Deploys:  []string{"Deployment"},
		target: func(o *unstructured.Unstructured) (string, string, bool) {
			name, ok := rollout.ReferredDeployment(o)
			return "Deployment", name, ok
		},
	},
	{
		Resource: "canaries",
		Kind:     rollout.Canary,
		Deploys:  []string{"Deployment", "DaemonSet"},
		target:   rollout.CanaryTarget,
	},
}

// DeployersOf returns what may roll out workloads of a kind. A deployer that is a kind of workload itself counts where
// that is watched: elsewhere there are no rights to read it.
func DeployersOf(kind Kind, watched []Kind) []Deployer {
	var found []Deployer
	for _, d := range Deployers {
		is := func(k Kind) bool { return k.GroupKind == d.Kind.GroupKind() }
		if kind.GroupKind.Group == appsv1.GroupName && slices.Contains(d.Deploys, kind.GroupKind.Kind) &&
			(!slices.ContainsFunc(Kinds, is) || slices.ContainsFunc(watched, is)) {
			found = append(found, d)
		}
	}
	return found
}

// Reads returns the resources that have to be read for a kind of workload. A deployer that is a kind of workload itself
// is read where it is watched.
func (k Kind) Reads() []string {
	resources := []string{k.Resource}
	if k.History {
		resources = append(resources, "controllerrevisions")
	}
	if k.Refers != nil {
		resources = append(resources, "deployments")
	}
	for _, d := range DeployersOf(k, nil) {
		resources = append(resources, d.Resource)
	}
	return resources
}

// servedKinds are the kinds of deployers that the API server serves. The zero value is ready for use.
type servedKinds struct {
	mu     sync.Mutex
	served map[schema.GroupVersionKind]bool
}

// has says whether the API server serves a kind. It is asked once: later the watch of the kind tells.
func (s *servedKinds) has(mapper meta.RESTMapper, kind schema.GroupVersionKind) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	served, asked := s.served[kind]
	if asked {
		return served, nil
	}
	_, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil && !meta.IsNoMatchError(err) {
		return false, fmt.Errorf("ask whether %s is served: %w", kind.Kind, err)
	}
	s.set(kind, err == nil)
	return err == nil, nil
}

// add notes that the API server serves a kind.
func (s *servedKinds) add(kind schema.GroupVersionKind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set(kind, true)
}

func (s *servedKinds) set(kind schema.GroupVersionKind, served bool) {
	if s.served == nil {
		s.served = map[schema.GroupVersionKind]bool{}
	}
	s.served[kind] = served
}

// rolloutOf returns how a workload's rollout stands; nil where there is nothing to say. The second result names the workload that
// is reported in its place; it is empty where there is none.
func (o *Observer) rolloutOf(ctx context.Context, workload client.Object) (*rollout.Rollout, string, error) {
	if target, primary := rollout.TargetOfPrimary(workload); primary {
		return nil, o.Kind.GroupKind.Kind + " " + target, nil
	}
	own, err := o.ownRollout(ctx, workload)
	if err != nil {
		return nil, "", err
	}
	for i := range o.Deployers {
		d := &o.Deployers[i]
		deployer, err := o.deployerOf(ctx, d, workload)
		switch {
		case err != nil:
			return nil, "", err
		case deployer == nil:
			continue
		case d.Replaces:
			return nil, d.Kind.Kind + " " + deployer.GetName(), nil
		case rollout.NotUnderstood(deployer) != "":
			return nil, "", notUnderstood("of its " + d.Kind.Kind + ": " + rollout.NotUnderstood(deployer))
		case own == nil:
			return nil, "", nil
		}
		primary, err := o.primaryOf(ctx, workload)
		if err != nil {
			return nil, "", err
		}
		if found, ok := rollout.UnderCanary(*own, deployer, primary); ok {
			return &found, "", nil
		}
		return nil, "", nil
	}
	return own, "", nil
}

// notUnderstood is the error of a workload of which nothing can be told, or of what tells of it.
type notUnderstood string

func (n notUnderstood) Error() string { return string(n) }

// ownRollout returns what a workload itself tells of its rollout.
func (o *Observer) ownRollout(ctx context.Context, workload client.Object) (*rollout.Rollout, error) {
	if why := rollout.NotUnderstood(workload); why != "" {
		return nil, notUnderstood(why)
	}
	beside, err := o.besideOf(ctx, workload)
	if err != nil {
		return nil, err
	}
	if found, ok := o.Kind.Observe(workload, beside); ok {
		return &found, nil
	}
	return nil, nil
}

// deployerOf returns the object of a kind that rolls out a workload; nil where there is none. The cache of the kind is
// complete: the list waits for it.
func (o *Observer) deployerOf(ctx context.Context, d *Deployer, workload client.Object) (*unstructured.Unstructured, error) {
	if served, err := o.Serves(d.Kind); !served {
		return nil, err
	}
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(d.Kind.GroupVersion().WithKind(d.Kind.Kind + "List"))
	if err := o.Reader.List(ctx, list, client.InNamespace(workload.GetNamespace()), client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list %s: %w", d.Resource, err)
	}
	for i := range list.Items {
		kind, name, ok := d.target(&list.Items[i])
		if ok && kind == o.Kind.GroupKind.Kind && name == workload.GetName() {
			return &list.Items[i], nil
		}
	}
	return nil, nil
}

// primaryOf returns how the rollout of a target's primary stands; nil where there is none, or nothing to say.
func (o *Observer) primaryOf(ctx context.Context, target client.Object) (*rollout.Rollout, error) {
	primary := o.Kind.New()
	key := client.ObjectKey{Namespace: target.GetNamespace(), Name: rollout.PrimaryName(target.GetName())}
	if err := o.Reader.Get(ctx, key, primary, client.UnsafeDisableDeepCopy); err != nil {
		if client.IgnoreNotFound(err) == nil {
			return nil, nil
		}
		return nil, fmt.Errorf("get primary: %w", err)
	}
	if _, ok := rollout.TargetOfPrimary(primary); !ok {
		return nil, nil
	}
	return o.ownRollout(ctx, primary)
}
