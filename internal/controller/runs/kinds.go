// SPDX-License-Identifier: Apache-2.0

package runs

import (
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/build"
)

// Kind is a kind of runs that is watched.
type Kind struct {
	// Resource is the kind's name in the --builds flag.
	Resource string
	// Kind identifies the kind, and the version that is watched.
	Kind schema.GroupVersionKind
	// New and NewList return an empty object, and an empty list, of the kind.
	New     func() client.Object
	NewList func() client.ObjectList
	// Optional says that a cluster may do without the kind: its CRD may come later, or never.
	Optional bool
	// Observe tells how the build of an object of the kind stands.
	Observe func(client.Object) build.Build
}

// Name returns the kind's name in the --builds flag.
func (k Kind) Name() string { return k.Resource }

// Kinds are the kinds of runs that Rollcall knows. A new one is a row here and a file in internal/build.
var Kinds = []Kind{
	{
		Resource: "jobs",
		Kind:     batchv1.SchemeGroupVersion.WithKind("Job"),
		New:      func() client.Object { return &batchv1.Job{} },
		NewList:  func() client.ObjectList { return &batchv1.JobList{} },
		Observe:  func(o client.Object) build.Build { return build.FromJob(o.(*batchv1.Job)) },
	},
	optional("pipelineruns", build.TektonPipelineRun, build.FromPipelineRun),
	optional("buildruns", build.ShipwrightBuildRun, build.FromBuildRun),
	optional("workflows", build.ArgoWorkflow, build.FromWorkflow),
	optional("builds", build.KpackBuild, build.FromKpackBuild),
}

func optional(resource string, kind schema.GroupVersionKind, observe func(*unstructured.Unstructured) build.Build) Kind {
	return Kind{
		Resource: resource, Kind: kind, Optional: true,
		New: func() client.Object {
			o := &unstructured.Unstructured{}
			o.SetGroupVersionKind(kind)
			return o
		},
		NewList: func() client.ObjectList {
			list := &unstructured.UnstructuredList{}
			list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
			return list
		},
		Observe: func(o client.Object) build.Build { return observe(o.(*unstructured.Unstructured)) },
	}
}
