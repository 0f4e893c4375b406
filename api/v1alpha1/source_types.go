// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Source is what a record ships: which commit runs, and which commits lie between the last successful release and that.
type Source struct {
	// image is the image that is asked for its source.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Image string `json:"image,omitempty"`

	// repository is the URL of the Git repository.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	Repository string `json:"repository,omitempty"`

	// revision is the commit that runs: its whole id, once the repository was asked.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Revision string `json:"revision,omitempty"`

	// from is where repository and revision were read.
	// +optional
	From SourceFrom `json:"from,omitempty"`

	// base is the commit of the last successful release; where it is not set, none is known.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Base string `json:"base,omitempty"`

	// range says how revision and base lie to each other. It is set once the commits are known.
	// +optional
	Range SourceRange `json:"range,omitempty"`

	// commits is how many commits count.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Commits int32 `json:"commits,omitempty"`

	// issueKeys are the keys that these commits name.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=500
	// +kubebuilder:validation:items:MinLength=4
	// +kubebuilder:validation:items:MaxLength=255
	IssueKeys []string `json:"issueKeys,omitempty"`

	// notes say what was left out, and why.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	Notes []SourceNote `json:"notes,omitempty"`
}

// Resolved says that the commits are known.
func (s *Source) Resolved() bool { return s != nil && s.Range != "" }

// SourceFrom is where repository and revision were read.
//
// +kubebuilder:validation:Enum=PodTemplate;IndexAnnotation;ManifestAnnotation;ConfigLabel;LabelSchema;OpenShift;Buildpacks;Provenance;Tag;Reference;Build;Run
type SourceFrom string

// Where repository and revision can be read. The others are those of what an image says.
const (
	// SourcePodTemplate: the annotations rollcall.dev/repository and rollcall.dev/revision of the pod template.
	SourcePodTemplate SourceFrom = "PodTemplate"

	// SourceTag: the image's tag is a commit id.
	SourceTag SourceFrom = "Tag"

	// SourceBuild: a build in this cluster made the image, and its record says of which commit.
	SourceBuild SourceFrom = "Build"

	// SourceRun: the run of the build says it.
	SourceRun SourceFrom = "Run"

	// SourceReference: the commit that runs is one of manifests, and its trailers name the code's (Argo CD).
	SourceReference SourceFrom = "Reference"
)

// SourceRange says how a revision and the one before it lie to each other.
//
// +kubebuilder:validation:Enum=Ahead;Same;Rollback;Diverged;HeadOnly
type SourceRange string

// How two revisions can lie to each other.
const (
	// RangeAhead: the revision descends from the base. The commits are those between them.
	RangeAhead SourceRange = "Ahead"

	// RangeSame: they are one. There are no commits.
	RangeSame SourceRange = "Same"

	// RangeRollback: the base descends from the revision. There are no commits.
	RangeRollback SourceRange = "Rollback"

	// RangeDiverged: neither descends from the other. The commits are those of the revision since they parted.
	RangeDiverged SourceRange = "Diverged"

	// RangeHeadOnly: there is no base, or none that tells anything. The only commit is the one that runs.
	RangeHeadOnly SourceRange = "HeadOnly"
)

// SourceNote is a word for what was left out.
//
// +kubebuilder:validation:Enum=BaseNotFound;Unrelated;Cut;PathsNotRead;IssueKeysCut;MessageOnly
type SourceNote string

// What can be left out.
const (
	// NoteBaseNotFound: the repository has the base no more, so that the commit that runs counts alone.
	NoteBaseNotFound SourceNote = "BaseNotFound"

	// NoteUnrelated: base and revision have no ancestor in common, so that the commit that runs counts alone.
	NoteUnrelated SourceNote = "Unrelated"

	// NoteCut: there are more commits than 10,000. The newest count.
	NoteCut SourceNote = "Cut"

	// NotePathsNotRead: it could not be found out which commits touch the paths, so that all count.
	NotePathsNotRead SourceNote = "PathsNotRead"

	// NoteIssueKeysCut: the commits name more than 500 issues. Those of the newest count.
	NoteIssueKeysCut SourceNote = "IssueKeysCut"

	// NoteMessageOnly: the image carries the message of its commit, which alone counts. The repository is not known, or may
	// not be asked.
	NoteMessageOnly SourceNote = "MessageOnly"
)
