// SPDX-License-Identifier: Apache-2.0

package build

import "testing"

// makeBuildRun returns a BuildRun of the Build shop that nobody has looked at yet.
func makeBuildRun() runBuilder {
	return makeRun(NewShipwrightBuildRun(), "shop-run-1").Set("spec.build.name", "shop")
}

func TestFromBuildRun(t *testing.T) {
	as := func(state State, minute int, message string) Build {
		return Build{PipelineKind: "Build", PipelineName: "shop", State: state, Since: at(minute), Message: message}
	}
	with := func(b Build, change func(*Build)) Build { change(&b); return b }
	cancelling := func(b *Build) { b.Cancelling = true }
	running := func() runBuilder {
		return makeBuildRun().Set("status.startTime", written3339(1)).Succeeded("Unknown", "Running", "Not all Steps have finished", 2)
	}
	done := func(status, reason, message string) runBuilder {
		return makeBuildRun().ended("status", 1, 8).Succeeded(status, reason, message, 8)
	}
	embedded := makeRun(NewShipwrightBuildRun(), "web-x7k2p").Generated("web-").
		Set("spec.build.spec.source.git.url", shopURL).Set("spec.build.spec.source.git.revision", "feature/SHOP-12")
	tests := map[string]struct {
		run  runBuilder
		want Build
	}{
		"just created":        {makeBuildRun(), as(Pending, 0, "")},
		"waits for its pod":   {makeBuildRun().Set("status.startTime", written3339(1)).Succeeded("Unknown", "Pending", "Pending", 2), as(Pending, 0, "Pending")},
		"runs":                {running(), as(InProgress, 1, "")},
		"failed":              {done("False", "Failed", "step failed in pod x"), as(Failed, 8, "step failed in pod x")},
		"timed out":           {done("False", "BuildRunTimeout", "failed to finish within 10m"), as(Failed, 8, "failed to finish within 10m")},
		"evicted":             {done("False", "PodEvicted", ""), as(Failed, 8, "PodEvicted")},
		"failed in a step":    {done("False", "Failed", "kubectl logs").Set("status.failureDetails.message", "The source repository does not exist."), as(Failed, 8, "The source repository does not exist.")},
		"cancelled":           {done("False", "BuildRunCanceled", "was canceled").Set("spec.state", "BuildRunCanceled"), as(Cancelled, 8, "was canceled")},
		"its TaskRun was":     {done("False", "TaskRunCancelled", "was cancelled"), as(Cancelled, 8, "was cancelled")},
		"somebody cancels it": {running().Set("spec.state", "BuildRunCanceled"), with(as(InProgress, 1, ""), cancelling)},
		"it is cancelled as Shipwright says": {
			running().Succeeded("Unknown", "BuildRunCanceled", "", 3), with(as(InProgress, 1, ""), cancelling),
		},
		"deleted before its end": {running().Deleted(3), with(as(InProgress, 1, ""), cancelling)},
		"succeeded": {
			done("True", "Succeeded", "All Steps have completed executing").Set("status.output.digest", one).
				Set("status.buildSpec.source.git.url", shopURL).Set("status.source.git.commitSha", commit).
				Set("status.source.git.commitAuthor", "Ann").Set("status.source.git.branchName", "main"),
			with(as(Successful, 8, ""), func(b *Build) {
				b.Repository, b.Revision, b.Ref, b.Images = shopURL, commit, "main", []string{one}
				b.Texts = []Text{{"status.source.git.branchName", "main"}}
			}),
		},
		"its Build names a branch": {
			running().Set("status.buildSpec.source.git.url", shopURL).Set("status.buildSpec.source.git.revision", "feature/SHOP-12"),
			with(as(InProgress, 1, ""), func(b *Build) {
				b.Repository, b.Ref = shopURL, "feature/SHOP-12"
				b.Texts = []Text{{"status.buildSpec.source.git.revision", "feature/SHOP-12"}}
			}),
		},
		"of no Build": {embedded, with(as(Pending, 0, ""), func(b *Build) {
			b.PipelineKind, b.PipelineName, b.Repository, b.Ref = "BuildRun", "web", shopURL, "feature/SHOP-12"
			b.Texts = []Text{{"spec.build.spec.source.git.revision", "feature/SHOP-12"}}
		})},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			checkBuild(t, test.run.o, test.want)
			if got := FromBuildRun(test.run.o); got.State != test.want.State || got.Kind != "BuildRun" || got.APIVersion != "shipwright.io/v1beta1" {
				t.Errorf("FromBuildRun() = %s %s, %s", got.APIVersion, got.Kind, got.State)
			}
		})
	}
}
