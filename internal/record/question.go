// SPDX-License-Identifier: Apache-2.0

package record

import (
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Question asks which commits a revision ships. Two revisions with one question have one answer.
type Question struct {
	// Site is the JiraSite whose lists and credentials count, with its UID and the generation of its spec.
	Site       string
	SiteUID    types.UID
	Generation int64
	// Repository and Revision are what the pod template says; empty where it does not.
	Repository, Revision string
	// Image is the main container's, as the pod template names it. It is asked where the template does not say both.
	Image string
	// ReadAfter is set where the release before this one had the same tag: somebody may have pushed another image under it, so that
	// what was read before this release does not count. Zero where any answer does.
	ReadAfter time.Time
	// Mapped is the repository that the site gives the image, where that does not say it itself.
	Mapped string
	// Paths narrow the commits to those that touch them, one a line.
	Paths string
	// BaseRepository and Base are the source of the last successful release; empty where there is none.
	BaseRepository, Base string
	// Projects are the keys of the projects whose issues count, comma-separated; empty where all do.
	Projects string
}

// Answer is what is known of a Question.
type Answer struct {
	// Reason is a reason of the SourceResolved condition, and Message says what is wrong and what to do. With the reason Resolved
	// there is none: the Source says it all.
	Reason, Message string
	// Source is what was found; all of it with the reason Resolved.
	Source v1alpha1.Source
	// RetryAfter is when another answer may be had; zero for never.
	RetryAfter time.Duration
}
