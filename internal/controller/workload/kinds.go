// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// Kind is a kind of workload that is watched.
type Kind struct {
	// Resource is the kind's name in the --workloads flag.
	Resource string
	// GroupKind identifies the kind. Its version does not: a workload stays the same when its API gets another.
	GroupKind schema.GroupKind
	// New and NewList return an empty object, and an empty list, of the kind.
	New     func() client.Object
	NewList func() client.ObjectList
	// History says that the kind keeps its revisions in ControllerRevisions, and that Observe needs them.
	History bool
	// Optional says that a cluster may do without the kind: its CRD may come later, or never.
	Optional bool
	// Refers returns the name of the Deployment that an object of the kind takes its template from; false where it has
	// one of its own. It is nil for a kind whose objects all do.
	Refers func(client.Object) (string, bool)
	// Observe tells how the rollout of an object of the kind stands; false where there is nothing to say.
	Observe func(client.Object, Beside) (rollout.Rollout, bool)
}

// Name returns the kind's name in the --workloads flag.
func (k Kind) Name() string { return k.Resource }

// Kinds are the kinds of workloads that Rollcall knows. A new one is a row here and a function in internal/rollout.
var Kinds = []Kind{
	{
		Resource:  "deployments",
		GroupKind: schema.GroupKind{Group: appsv1.GroupName, Kind: "Deployment"},
		New:       func() client.Object { return &appsv1.Deployment{} },
		NewList:   func() client.ObjectList { return &appsv1.DeploymentList{} },
		Observe: func(o client.Object, _ Beside) (rollout.Rollout, bool) {
			return rollout.FromDeployment(o.(*appsv1.Deployment))
		},
	},
	{
		Resource:  "statefulsets",
		GroupKind: schema.GroupKind{Group: appsv1.GroupName, Kind: "StatefulSet"},
		New:       func() client.Object { return &appsv1.StatefulSet{} },
		NewList:   func() client.ObjectList { return &appsv1.StatefulSetList{} },
		History:   true,
		Observe: func(o client.Object, beside Beside) (rollout.Rollout, bool) {
			return rollout.FromStatefulSet(o.(*appsv1.StatefulSet), beside.History)
		},
	},
	{
		Resource:  "daemonsets",
		GroupKind: schema.GroupKind{Group: appsv1.GroupName, Kind: "DaemonSet"},
		New:       func() client.Object { return &appsv1.DaemonSet{} },
		NewList:   func() client.ObjectList { return &appsv1.DaemonSetList{} },
		History:   true,
		Observe: func(o client.Object, beside Beside) (rollout.Rollout, bool) {
			return rollout.FromDaemonSet(o.(*appsv1.DaemonSet), beside.History)
		},
	},
	{
		Resource:  "rollouts",
		GroupKind: rollout.ArgoRollout.GroupKind(),
		New:       func() client.Object { return rollout.NewArgoRollout() },
		NewList:   func() client.ObjectList { return rollout.NewArgoRolloutList() },
		Optional:  true,
		Refers: func(o client.Object) (string, bool) {
			return rollout.ReferredDeployment(o.(*unstructured.Unstructured))
		},
		Observe: func(o client.Object, beside Beside) (rollout.Rollout, bool) {
			return rollout.FromArgoRollout(o.(*unstructured.Unstructured), beside.Deployment)
		},
	},
}

// NeedHistory says whether one of the kinds keeps its revisions in ControllerRevisions. Where none does, those are
// not watched.
func NeedHistory(kinds []Kind) bool {
	return slices.ContainsFunc(kinds, func(kind Kind) bool { return kind.History })
}
