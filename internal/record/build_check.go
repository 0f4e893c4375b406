// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"strings"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// buildWithholdings are the reasons for which a build's record is withheld from Jira, in the order in which they are asked.
var buildWithholdings = []withholding[*v1alpha1.JiraBuild]{
	{v1alpha1.ReasonExisting, anyKind[*v1alpha1.JiraBuild]((*Site).whyExisting)},
	{v1alpha1.ReasonForeign, whyForeignBuild},
	{v1alpha1.ReasonNotSelected, anyKind[*v1alpha1.JiraBuild]((*Site).whyNotSelected)},
	{v1alpha1.ReasonPipelineNotAllowed, whyBuildPipeline},
	{v1alpha1.ReasonHandmadeNotAllowed, anyKind[*v1alpha1.JiraBuild]((*Site).whyHandmade)},
	{v1alpha1.ReasonProjectNotAllowed, func(s *Site, b *v1alpha1.JiraBuild, home Home) string { return s.whyProjects(b, home, "") }},
	{v1alpha1.ReasonNoIssueKeys, whyNoBuildKeys},
}

// CheckBuild decides whether Jira is told of a build's record, and as what. One that was made by hand speaks for its own
// namespace, as a deployment's does.
func (s *Site) CheckBuild(b *v1alpha1.JiraBuild, home Home) Check {
	found := withheld(s, buildWithholdings, b, home)
	if found.Reason == "" && s.speaksForItself(b, home) {
		found.As = &Identity{Pipeline: v1alpha1.Pipeline{ID: ownPipelineID(b.Spec.PipelineID, b.Namespace, home)}}
	}
	return found
}

// whyForeignBuild says why a record was restored from a backup: it is of another cluster or namespace, or Jira was never told
// of it from here, and Rollcall made it long before it was created here.
func whyForeignBuild(_ *Site, b *v1alpha1.JiraBuild, home Home) string {
	if home.MaybeTold {
		return ""
	}
	why := ofAnotherCluster(b.Spec.ClusterUID, home)
	if why == "" && b.Spec.Run != nil {
		recorded, err := time.Parse(time.RFC3339, b.Annotations[v1alpha1.AnnotationRecordedAt])
		switch namespace := namespaceOf(b.Spec.PipelineID); {
		case namespace != "" && namespace != b.Namespace:
			why = "it is of namespace " + namespace
		case err == nil && !told(b) && b.CreationTimestamp.Sub(recorded) > writing:
			why = "it was recorded before it was created here, at " + recorded.UTC().Format(time.RFC3339)
		}
	}
	if why == "" {
		return ""
	}
	return ForeignMessage(why)
}

// whyBuildPipeline lets the record of a run speak for pipelines of its own namespace alone.
func whyBuildPipeline(_ *Site, b *v1alpha1.JiraBuild, home Home) string {
	own := identifier(home.ClusterName, b.Namespace) + "/"
	if b.Spec.Run == nil || strings.HasPrefix(b.Spec.PipelineID, own) {
		return ""
	}
	return fmt.Sprintf("spec.pipelineID is none of this namespace and cluster, which begin with %s. Jira is not told of the record. Delete it; a record that is made by hand has no spec.run.", own)
}

func whyNoBuildKeys(_ *Site, b *v1alpha1.JiraBuild, _ Home) string {
	if len(b.Spec.IssueKeys) > 0 {
		return ""
	}
	return "It has no issue key, so that Jira would show it nowhere. It is sent once its commits name an issue: the condition SourceResolved says which commits these are."
}
