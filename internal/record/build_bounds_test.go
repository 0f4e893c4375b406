// SPDX-License-Identifier: Apache-2.0

package record

import (
	"testing"

	"github.com/rollcall-dev/rollcall/internal/build"
)

// A burst of a pipeline has more builds than its records are kept for, and none of them may be taken for one that had a record.
func TestARunThatJustEndedIsRecordedHoweverManyAreNewer(t *testing.T) {
	newer := older(retainedBuilds, at(5))
	for _, r := range newer {
		r.r.Spec.BuildNumber = 1 << 52
	}
	run := watch(makeBuild("web").Keys("SHOP-1").State(build.Successful, at(5))).Pipeline(newer...)
	if plan := run.At(at(6)).Plan(t, makeSite("acme").Compiled(t)); plan.Create == nil {
		t.Error("a minute after its end it has no record")
	}
	if plan := run.At(at(5).Add(existingAfter+1)).Plan(t, makeSite("acme").Compiled(t)); plan.Create != nil {
		t.Error("an hour after its end it is recorded once more")
	}
}

func TestACrowdedNamespaceGetsNoFurtherRecord(t *testing.T) {
	run := watch(makeBuild("web").Keys("SHOP-1"))
	run.o.Crowded = func() bool { return true }
	if plan := run.Plan(t, makeSite("acme").Compiled(t)); plan.Create != nil || plan.Crowded == nil || plan.Crowded.Spec.Run.Name != "web" {
		t.Errorf("created %v, and turned away %v; want none, and the run's", plan.Create, plan.Crowded)
	}
}

func TestThePipelinesOfTwoToolsAreTwo(t *testing.T) {
	for apiVersion, want := range map[string]string{
		"batch/v1":              "eu-1/ci/Build/shop",
		"argoproj.io/v1alpha1":  "eu-1/ci/Build/shop",
		"shipwright.io/v1beta1": "eu-1/ci/Build.shipwright.io/shop",
		"kpack.io/v1alpha2":     "eu-1/ci/Build.kpack.io/shop",
	} {
		run := &build.Build{APIVersion: apiVersion, Namespace: "ci", PipelineKind: "Build", PipelineName: "shop"}
		if got := BuildPipelineID("eu-1", run); got != want {
			t.Errorf("of %s the id is %q, want %q", apiVersion, got, want)
		}
	}
}
