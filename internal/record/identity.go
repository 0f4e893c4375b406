// SPDX-License-Identifier: Apache-2.0

package record

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

const (
	// maxText is the longest text, in characters, that Jira takes for an id or a name.
	maxText = 255

	// perSecond is how many revisions, or generations, fit between two seconds of a sequence number.
	perSecond = 1_000_000

	// maxWorkloadInName is how much of a workload's name goes into its records' names, in bytes, so that
	// they stay below the 253 of a DNS subdomain.
	maxWorkloadInName = 200

	// hashDigits is the length of the hash that ends a name or a cut id, in hexadecimal digits.
	hashDigits = 10
)

// plainGroups are the groups whose kinds stand in a pipeline's id by their name alone.
var plainGroups = []string{"apps", "argoproj.io", "batch"}

// GroupKind returns the group and the kind of a record's workload. They identify it, together with namespace and name;
// the version of its API does not.
func GroupKind(workload *v1alpha1.WorkloadReference) schema.GroupKind {
	return schema.FromAPIVersionAndKind(workload.APIVersion, workload.Kind).GroupKind()
}

// pipelineID returns the id of a workload's pipeline as the site identifies pipelines. By name alone it is "eu-1/shop/web".
func (s *Site) pipelineID(cluster, namespace string, workload *v1alpha1.WorkloadReference) string {
	if s.spec.PipelineIDs == v1alpha1.PipelineIDsName {
		return identifier(cluster, namespace, workload.Name)
	}
	return pipelineID(cluster, namespace, workload)
}

// pipelineID returns the id of a workload's pipeline: "eu-1/shop/Deployment/web", or with the group of another API
// "eu-1/shop/StatefulSet.apps.kruise.io/db". Two kinds of one name are two pipelines.
func pipelineID(cluster, namespace string, workload *v1alpha1.WorkloadReference) string {
	kind := GroupKind(workload)
	if slices.Contains(plainGroups, kind.Group) {
		kind.Group = ""
	}
	return identifier(cluster, namespace, kind.String(), workload.Name)
}

// ClusterName returns the given name of a cluster, else the first characters of its UID.
func ClusterName(uid types.UID, given string) string {
	const characters = 8
	if given != "" {
		return given
	}
	return string(uid)[:min(characters, len(uid))]
}

// ClusterOf returns the name of the cluster that the record of a workload was made in; empty where the record does not tell.
func ClusterOf(d *v1alpha1.JiraDeployment) string {
	cluster, rest, _ := strings.Cut(d.Spec.Pipeline.ID, "/")
	if d.Spec.Workload == nil || !strings.HasPrefix(rest, d.Namespace+"/") {
		return ""
	}
	return cluster
}

// Name returns the name of the record of a workload's revision at a site. It is the same after a restart of
// Rollcall, and another after the workload was deleted and created again.
func Name(r *rollout.Rollout, site string) string {
	workload := r.Name
	if len(workload) > maxWorkloadInName {
		workload = strings.TrimRight(workload[:maxWorkloadInName], "-.")
	}
	return fmt.Sprintf("%s-%d-%s", workload, r.Revision, hash(string(r.UID), fmt.Sprint(r.Revision), site))
}

// Sequence returns Jira's deploymentSequenceNumber of a workload's revision. It is the same after a restart
// or a reinstallation of Rollcall, rises when a workload is deleted and created again, and stays below 2^53,
// so that no JSON reader rounds it.
func Sequence(r *rollout.Rollout) int64 {
	return r.Created.Unix()*perSecond + r.Revision
}

// identifier joins the parts of an id with '/'. What is longer than Jira takes is cut, and ends in a hash of
// the whole.
func identifier(parts ...string) string {
	id := strings.Join(parts, "/")
	if short := cut(id, maxText); short == id {
		return id
	}
	return cut(id, maxText-hashDigits-1) + "-" + hash(id)
}

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])[:hashDigits]
}

// hashNumber returns a number that a text has, whoever counts.
func hashNumber(text string) int64 {
	sum := sha256.Sum256([]byte(text))
	return int64(binary.BigEndian.Uint32(sum[:]))
}

// cut returns the first characters of a text, at most that many. Characters are counted as Jira's platform
// does, in units of UTF-16: an emoji is two.
func cut(text string, characters int) string {
	if len(text) <= characters {
		return text
	}
	for i, r := range text {
		if characters -= utf16.RuneLen(r); characters < 0 {
			return text[:i]
		}
	}
	return text
}
