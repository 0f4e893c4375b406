// SPDX-License-Identifier: Apache-2.0

// Package build observes a run that builds software and tells how the build stands. It is pure: a run goes in, a Build
// comes out; the API server is not asked, and no clock is read. It is to builds what package rollout is to workloads.
//
//	Job (also a CronJob's)         --Trim--> cache --FromJob--------->  Build{pipeline, number, state, since,
//	PipelineRun (of Tekton)        --Trim--> cache --FromPipelineRun->        repository, revision, ref, texts,
//	BuildRun (of Shipwright)       --Trim--> cache --FromBuildRun---->        tests, digests of the images}
//	Workflow (of Argo Workflows)   --Trim--> cache --FromWorkflow---->
//	Build (of kpack)               --Trim--> cache --FromKpackBuild-->
//
// What people write on the run goes before what its tool says:
//
//	rollcall.dev/ annotations > annotations of Pipelines-as-Code > results, spec and status of the run
//
// A new kind of run is one file with a function like readWorkflow, and a row in kinds.
package build

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// State is how far a build is.
type State string

// The states of a build, as Jira names them.
const (
	// Pending: not started, or suspended.
	Pending State = "pending"
	// InProgress: started, and not at its end.
	InProgress State = "in_progress"
	// Successful: at its end, or certain to get there.
	Successful State = "successful"
	// Failed: given up, or certain to be.
	Failed State = "failed"
	// Cancelled: ended because somebody wanted it to.
	Cancelled State = "cancelled"
	// Unknown: not understood, or in a phase that this package does not know.
	Unknown State = "unknown"
)

// Ended says whether a run stays in this state.
func (s State) Ended() bool {
	return s == Successful || s == Failed || s == Cancelled
}

// Build is how a run stands.
type Build struct {
	APIVersion, Kind, Namespace, Name string
	UID                               types.UID
	// Created is the run's creation time, to the second.
	Created time.Time
	// Labels and Annotations are the run's own, in the bounds of a workload's.
	Labels, Annotations map[string]string

	// PipelineKind and PipelineName are what the run is one of. Example: CronJob nightly, Pipeline shop-ci, Image shop. A run
	// of nothing is its own pipeline, without the random part of a name that the API server made.
	PipelineKind, PipelineName string
	// Number is the tool's own number of the run; 0 where it has none.
	Number int64

	State State
	// Since is when the state became what it is; zero where that is not known.
	Since time.Time
	// Message is why the run failed, waits or was cancelled: one line.
	Message string
	// Cancelling says that somebody cancels the run, or deletes it before its end: if it vanishes now, it was cancelled.
	Cancelling bool

	// Repository and Revision are what is built: a URL and a commit id. Ref is the branch or the tag. Each is empty where
	// nothing says it.
	Repository, Revision, Ref string
	// Texts are read for issue keys in their order: branch, title, commit message, pull request.
	Texts []Text
	// URL is the page of the run that its tool itself names; empty where it names none.
	URL string
	// Tests is how the run's tests ended; nil where nothing says it.
	Tests *Tests
	// TestsProblem is what is wrong with the annotation of the tests, and how it is written; empty where nothing is.
	TestsProblem string
	// Images are the digests of the images that a successful run produced, each once.
	Images []string
	// NotUnderstood is why nothing else is read of the run; empty where it is read.
	NotUnderstood string
}

// Text is a text that may hold issue keys. Name says where it stands: the name of an annotation, or the path of a field.
type Text struct {
	Name, Value string
}

// newBuild returns what is the same for every kind of run. meta is bounded.
func newBuild(kind schema.GroupVersionKind, meta *metav1.ObjectMeta) Build {
	b := Build{
		APIVersion: kind.GroupVersion().String(), Kind: kind.Kind, Namespace: meta.Namespace, Name: meta.Name,
		UID: meta.UID, Created: meta.CreationTimestamp.Time, Labels: meta.Labels, Annotations: meta.Annotations,
		PipelineKind: kind.Kind, PipelineName: stem(meta), State: Unknown,
		NotUnderstood: rollout.NotUnderstood(meta),
	}
	if b.NotUnderstood != "" {
		b.Annotations = nil
	}
	return b
}

// isOf makes the run one of a pipeline, if that has a name which an object may have.
func (b *Build) isOf(kind, name string) {
	if name != "" && len(name) <= maxName {
		b.PipelineKind, b.PipelineName = kind, name
	}
}

// date sets since when the state is what it is, of when the run started, when it ended, and when the state was last written.
func (b *Build) date(started, ended, written time.Time) {
	switch {
	case b.State == Pending:
		b.Since = b.Created
	case b.State == InProgress:
		b.Since = firstOf(started, written)
	case b.State.Ended():
		b.Since = firstOf(ended, written)
	}
}

// explain says why the run is not successful: the first text that is there.
func (b *Build) explain(texts ...string) {
	if b.State == InProgress || b.State == Successful {
		return
	}
	for _, text := range texts {
		if b.Message = oneLine(text); b.Message != "" {
			return
		}
	}
}

func firstOf(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
