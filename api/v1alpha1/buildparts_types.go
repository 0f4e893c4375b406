// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// BuildState is how far a build is.
//
// +kubebuilder:validation:Enum=pending;in_progress;successful;failed;cancelled;unknown
type BuildState string

// The states that Jira knows of a build.
const (
	BuildPending    BuildState = "pending"
	BuildInProgress BuildState = "in_progress"
	BuildSuccessful BuildState = "successful"
	BuildFailed     BuildState = "failed"
	BuildCancelled  BuildState = "cancelled"
	// BuildUnknown: the run went away, and nobody saw how it ended.
	BuildUnknown BuildState = "unknown"
)

// BuildTests are how many tests a build ran.
//
// +kubebuilder:validation:XValidation:rule="self.passed + self.failed + (has(self.skipped) ? self.skipped : 0) <= self.total",message="passed, failed and skipped are more than total"
type BuildTests struct {
	// total is how many there were.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=2147483647
	Total *int64 `json:"total,omitempty"`

	// passed is how many passed.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=2147483647
	Passed *int64 `json:"passed,omitempty"`

	// failed is how many failed.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=2147483647
	Failed *int64 `json:"failed,omitempty"`

	// skipped is how many did not run.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=2147483647
	Skipped *int64 `json:"skipped,omitempty"`
}

// BuildReference is a commit that a build is of, or a branch or tag, or both.
//
// +kubebuilder:validation:MinProperties=1
type BuildReference struct {
	// commit is the commit.
	// +optional
	Commit *BuildCommit `json:"commit,omitempty"`

	// ref is the branch or the tag.
	// +optional
	Ref *BuildRef `json:"ref,omitempty"`
}

// BuildCommit is a commit that a build is of.
type BuildCommit struct {
	// id is the commit's id.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	ID string `json:"id,omitempty"`

	// repositoryURL is the URL of the commit's repository.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	// +kubebuilder:validation:XValidation:rule="isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHost() != ''",message="must be an http or https URL, such as https://ci.example.com/builds/7"
	// +kubebuilder:validation:XValidation:rule="!self.matches('^[^/?#]*//[^/?#]*@')",message="must name no user before its host: it would seem to lead elsewhere"
	// +kubebuilder:validation:XValidation:rule=`!self.matches(r'[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?i)%(C2%AD|D8%9C|E2%80%(8[B-F]|A[8-E])|E2%81%A[0-9A-F]|EF%BB%BF|F3%A0%8[01])')`,message="must hold no characters that cannot be seen, or that turn the text around"
	RepositoryURL string `json:"repositoryURL,omitempty"`
}

// BuildRef is a branch or a tag that a build is of.
type BuildRef struct {
	// name is that of the branch or the tag.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Name string `json:"name,omitempty"`

	// url is where the branch or the tag is shown.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	// +kubebuilder:validation:XValidation:rule="isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHost() != ''",message="must be an http or https URL, such as https://ci.example.com/builds/7"
	// +kubebuilder:validation:XValidation:rule="!self.matches('^[^/?#]*//[^/?#]*@')",message="must name no user before its host: it would seem to lead elsewhere"
	// +kubebuilder:validation:XValidation:rule=`!self.matches(r'[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?i)%(C2%AD|D8%9C|E2%80%(8[B-F]|A[8-E])|E2%81%A[0-9A-F]|EF%BB%BF|F3%A0%8[01])')`,message="must hold no characters that cannot be seen, or that turn the text around"
	URL string `json:"url,omitempty"`
}
