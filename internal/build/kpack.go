// SPDX-License-Identifier: Apache-2.0

package build

import (
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// KpackBuild is the kind of the runs of kpack.
var KpackBuild = schema.GroupVersionKind{Group: "kpack.io", Version: "v1alpha2", Kind: "Build"}

// NewKpackBuild returns an empty Build.
func NewKpackBuild() *unstructured.Unstructured { return newUnstructured(KpackBuild) }

// NewKpackBuildList returns an empty list of Builds.
func NewKpackBuildList() *unstructured.UnstructuredList { return newUnstructuredList(KpackBuild) }

// Labels that kpack writes on a Build that it makes for an Image.
const (
	kpackImage  = "image.kpack.io/image"
	kpackNumber = "image.kpack.io/buildNumber"
)

// FromKpackBuild returns how a Build of kpack's stands. Nothing in it says that somebody cancels it.
func FromKpackBuild(o *unstructured.Unstructured) Build {
	b, _ := observe(o, KpackBuild, readKpackBuild)
	return b
}

func readKpackBuild(r *reader, b *Build) (evidence, []result) {
	b.isOf("Image", r.meta.Labels[kpackImage])
	if n, err := strconv.ParseInt(r.meta.Labels[kpackNumber], 10, 64); err == nil && n > 0 {
		b.Number = n
	}
	c := r.succeeded()
	b.State = c.state(nil)
	b.date(b.Created, time.Time{}, c.since) // until it ends, its condition is dated anew with each step
	b.explain(c.message, c.reason)
	if b.State == Successful {
		b.addImage(r.text("status.latestImage"))
	}
	var e evidence
	e.sayRepository("spec.source.git.url", r.text("spec.source.git.url"))
	e.sayRevision("spec.source.git.revision", r.text("spec.source.git.revision"))
	return e, nil
}
