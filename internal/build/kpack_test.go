// SPDX-License-Identifier: Apache-2.0

package build

import "testing"

// makeKpackBuild returns the 27th Build of the Image shop, which nobody has looked at yet.
func makeKpackBuild() runBuilder {
	return makeRun(NewKpackBuild(), "shop-build-27").Label(kpackImage, "shop").Label(kpackNumber, "27").
		Set("spec.source.git.url", shopURL).Set("spec.source.git.revision", commit)
}

func TestFromKpackBuild(t *testing.T) {
	as := func(state State, minute int, message string) Build {
		return Build{
			PipelineKind: "Image", PipelineName: "shop", Number: 27, State: state, Since: at(minute), Message: message,
			Repository: shopURL, Revision: commit,
		}
	}
	with := func(b Build, change func(*Build)) Build { change(&b); return b }
	tests := map[string]struct {
		run  runBuilder
		want Build
	}{
		"just created":       {makeKpackBuild(), as(Pending, 0, "")},
		"runs":               {makeKpackBuild().Succeeded("Unknown", "", "", 2), as(InProgress, 0, "")},
		"failed":             {makeKpackBuild().Succeeded("False", "BuildFailed", "ERROR: failed to build", 8), as(Failed, 8, "ERROR: failed to build")},
		"waits for an image": {makeKpackBuild().Succeeded("Unknown", "ImagePullBackOff", "Back-off", 2), as(InProgress, 0, "")},
		"succeeded": {
			makeKpackBuild().Succeeded("True", "", "", 8).Set("status.latestImage", "registry.example.com/shop@"+one),
			with(as(Successful, 8, ""), func(b *Build) { b.Images = []string{one} }),
		},
		"an image without a digest": {makeKpackBuild().Succeeded("True", "", "", 8).Set("status.latestImage", "registry.example.com/shop:1"), as(Successful, 8, "")},
		"deleted before its end":    {makeKpackBuild().Succeeded("Unknown", "", "", 2).Deleted(3), with(as(InProgress, 0, ""), func(b *Build) { b.Cancelling = true })},
		"a number that is none":     {makeKpackBuild().Label(kpackNumber, "new"), with(as(Pending, 0, ""), func(b *Build) { b.Number = 0 })},
		"a number below 1":          {makeKpackBuild().Label(kpackNumber, "-3"), with(as(Pending, 0, ""), func(b *Build) { b.Number = 0 })},
		"a branch for a revision": {makeKpackBuild().Set("spec.source.git.revision", "refs/heads/SHOP-12"), with(as(Pending, 0, ""), func(b *Build) {
			b.Revision, b.Ref, b.Texts = "", "SHOP-12", []Text{{"spec.source.git.revision", "SHOP-12"}}
		})},
		"of no Image": {makeRun(NewKpackBuild(), "by-hand"), Build{PipelineKind: "Build", PipelineName: "by-hand", State: Pending, Since: at(0)}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			checkBuild(t, test.run.o, test.want)
			if got := FromKpackBuild(test.run.o); got.State != test.want.State || got.Kind != "Build" || got.APIVersion != "kpack.io/v1alpha2" {
				t.Errorf("FromKpackBuild() = %s %s, %s", got.APIVersion, got.Kind, got.State)
			}
		})
	}
}
