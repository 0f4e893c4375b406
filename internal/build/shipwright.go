// SPDX-License-Identifier: Apache-2.0

package build

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// ShipwrightBuildRun is the kind of the runs of Shipwright Build.
var ShipwrightBuildRun = schema.GroupVersionKind{Group: "shipwright.io", Version: "v1beta1", Kind: "BuildRun"}

// NewShipwrightBuildRun returns an empty BuildRun.
func NewShipwrightBuildRun() *unstructured.Unstructured { return newUnstructured(ShipwrightBuildRun) }

// NewShipwrightBuildRunList returns an empty list of BuildRuns.
func NewShipwrightBuildRunList() *unstructured.UnstructuredList {
	return newUnstructuredList(ShipwrightBuildRun)
}

// shipwrightCanceled is the value of a BuildRun's spec.state by which people cancel it, and the reason when they did.
const shipwrightCanceled = "BuildRunCanceled"

// shipwrightReasons are the reasons of a BuildRun's condition Succeeded that matter beside its status. All others that
// docs/buildrun.md of shipwright-io/build lists go with a run that runs or failed, as the status says.
var shipwrightReasons = map[string]State{
	"Pending":          Pending,
	shipwrightCanceled: Cancelled,
	"TaskRunCancelled": Cancelled, // somebody cancelled the TaskRun under it
}

// FromBuildRun returns how a BuildRun of Shipwright's stands.
func FromBuildRun(o *unstructured.Unstructured) Build {
	b, _ := observe(o, ShipwrightBuildRun, readBuildRun)
	return b
}

func readBuildRun(r *reader, b *Build) (evidence, []result) {
	b.isOf("Build", r.text("spec.build.name"))
	c := r.succeeded()
	b.State = c.state(shipwrightReasons)
	b.date(r.time("status.startTime"), r.time("status.completionTime"), c.since)
	b.explain(r.sentence("status.failureDetails.message"), c.message, c.reason)
	b.Cancelling = r.text("spec.state") == shipwrightCanceled || c.reason == shipwrightCanceled
	if b.State == Successful {
		b.addImage(r.text("status.output.digest"))
	}
	var e evidence
	for _, path := range []string{"status.buildSpec.source.git", "spec.build.spec.source.git"} {
		e.sayRepository(path+".url", r.text(path+".url"))
	}
	const built = "status.source.git"
	e.sayRevision(built+".commitSha", r.text(built+".commitSha"))
	e.sayRef(built+".branchName", r.text(built+".branchName"))
	for _, path := range []string{"status.buildSpec.source.git", "spec.build.spec.source.git"} {
		e.sayRevision(path+".revision", r.text(path+".revision"))
	}
	return e, nil
}
