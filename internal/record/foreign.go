// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
)

// olderThanItself is how much older than the record its state is at most, where the record was made for a rollout that
// was just observed. It is what a busy API server may need to write a record.
const olderThanItself = 10 * time.Second

// writing is how long an API server takes at most to write a record: its own limit for a request.
const writing = time.Minute

// clockSkew is how far the clocks of the manager and of the API server may be apart.
const clockSkew = time.Minute

// Home is what lives where a record is. It is all that is needed to tell a record from one that was restored, and what
// its namespace may say.
type Home struct {
	// Cluster is the cluster's UID; empty where it is not known. ClusterName is what Jira knows it by.
	Cluster     types.UID
	ClusterName string
	// Namespace is the record's, and NamespaceCreated when it was created. Of one that is gone the name alone is known.
	Namespace        environment.Namespace
	NamespaceCreated time.Time
	// OperatorNamespace is the one that Rollcall itself runs in.
	OperatorNamespace string
	// MaybeTold says that the record was sent before, or was about to be: its status may not show yet that Jira was told.
	MaybeTold bool
	// Told says that Jira took the record, though its status may not show that yet.
	Told bool
	// Workload is the UID of the workload that has the name of the record's, and WorkloadCreated when it was created.
	// Empty where there is none. A workload that is not watched is taken to live.
	Workload        types.UID
	WorkloadCreated time.Time
	// Records are those of the workload's name at the record's site, the record among them or not.
	Records []*v1alpha1.JiraDeployment
}

// Foreign says why a record is none of this place: it was restored from a backup. It returns nothing for a record that
// belongs here.
//
// The first three are certain. The others judge a record of which Jira was never told from here, because a restored
// record has no status: a record that Jira was told of is followed to its end.
//
//	the record                                      example
//	names another cluster                           restored in eu-2, of eu-1
//	names another namespace                         Velero's namespace mapping
//	names a workload older than its namespace       the namespace was deleted, and restored with all that was in it
//	was made beside a workload that was made anew   the workload was deleted, made anew, and then the record restored
//	was made long after its own state               the record was restored before its workload
//	was made after that of a later revision         the workload lives on, the record was deleted and restored
//
// A record that a person made has no workload: whoever makes it speaks for it, unless it names a cluster.
func Foreign(d *v1alpha1.JiraDeployment, home Home) string {
	if why := ofAnotherCluster(d.Spec.ClusterUID, home); why != "" {
		return why
	}
	workload := d.Spec.Workload
	if workload == nil {
		return ""
	}
	if namespace := namespaceOf(d.Spec.Pipeline.ID); namespace != "" && namespace != d.Namespace {
		return fmt.Sprintf("it is of namespace %s", namespace)
	}
	if born := workloadCreated(d); !born.IsZero() && born.Before(home.NamespaceCreated) {
		return "its workload was older than the namespace is"
	}
	if told(d) {
		return ""
	}
	return madeTooLate(d, home)
}

func ofAnotherCluster(uid types.UID, home Home) string {
	if uid == "" || home.Cluster == "" || uid == home.Cluster {
		return ""
	}
	return fmt.Sprintf("it is of the cluster with the UID %s, and this one has %s", uid, home.Cluster)
}

// madeTooLate says why a record, of which Jira was never told from here, was made later than Rollcall makes records.
func madeTooLate(d *v1alpha1.JiraDeployment, home Home) string {
	recorded, err := time.Parse(time.RFC3339, d.Annotations[v1alpha1.AnnotationRecordedAt])
	if err == nil && d.CreationTimestamp.Sub(recorded) <= writing {
		return "" // Rollcall made it here, however late
	}
	workload, later := d.Spec.Workload, laterRevision(d, home.Records)
	switch made := d.CreationTimestamp.Time; {
	case workload.UID == home.Workload && later != nil:
		return fmt.Sprintf("it was made after %s, the record of a later revision", later.Name)
	case workload.UID == home.Workload:
		return ""
	case home.Workload != "" && made.After(home.WorkloadCreated):
		return fmt.Sprintf("its workload is gone: %s %s was made anew before the record was", workload.Kind, workload.Name)
	case !d.Spec.LastUpdated.IsZero() && made.Sub(d.Spec.LastUpdated.Time) > olderThanItself:
		return fmt.Sprintf("its workload is gone, and it tells of what was before the record was made (%s)", d.Spec.LastUpdated.UTC().Format(time.RFC3339))
	}
	return ""
}

// ForeignMessage is what a record says that is Foreign.
func ForeignMessage(why string) string {
	return "The record was restored from a backup: " + why + ". Jira is not told of it. Leave JiraDeployments and JiraBuilds out of backups."
}

// told says whether the record has a status that was written here. A restored record has none, or one that is older than
// the record.
func told(d v1alpha1.Record) bool {
	status, created := d.GetRecordStatus(), d.GetCreationTimestamp()
	delivered := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionDelivered)
	if delivered == nil {
		return status.Told()
	}
	restored := delivered.LastTransitionTime.Add(clockSkew).Before(created.Time)
	return delivered.Reason != v1alpha1.ReasonForeign && !restored
}

// namespaceOf returns the namespace in the id of a pipeline that Rollcall made: the second part. No name of a cluster
// holds a '/'.
func namespaceOf(pipelineID string) string {
	parts := strings.SplitN(pipelineID, "/", 3)
	if len(parts) < 3 {
		return ""
	}
	return parts[1]
}

// workloadCreated returns when the record's workload was created, as its sequence says.
func workloadCreated(d *v1alpha1.JiraDeployment) time.Time {
	if d.Spec.Sequence < perSecond {
		return time.Time{}
	}
	return time.Unix(d.Spec.Sequence/perSecond, 0)
}

// laterRevision returns a record of the same workload and a later revision that was made before this one, or nil.
// Rollcall makes them in the order of the revisions.
func laterRevision(d *v1alpha1.JiraDeployment, records []*v1alpha1.JiraDeployment) *v1alpha1.JiraDeployment {
	for _, other := range records {
		if other.Spec.Workload != nil && other.Spec.Workload.UID == d.Spec.Workload.UID && other.Spec.Site == d.Spec.Site &&
			other.Spec.Sequence > d.Spec.Sequence && other.CreationTimestamp.Before(&d.CreationTimestamp) {
			return other
		}
	}
	return nil
}

// atHome retires the records, oldest first, that were restored from a backup, and returns the others. Of the records of
// later revisions it needs the one that was made first.
func (p *planner) atHome(records []*v1alpha1.JiraDeployment) []*v1alpha1.JiraDeployment {
	o := p.observation
	home := Home{Cluster: o.ClusterUID, NamespaceCreated: o.NamespaceCreated, Workload: o.LiveUID, WorkloadCreated: o.LiveCreated}
	ours := make([]*v1alpha1.JiraDeployment, 0, len(records))
	firstLater := map[types.UID]*v1alpha1.JiraDeployment{}
	for _, old := range slices.Backward(records) {
		uid := old.Spec.Workload.UID
		later := firstLater[uid]
		if home.Records = nil; later != nil {
			home.Records = []*v1alpha1.JiraDeployment{later}
		}
		if Foreign(old, home) != "" {
			p.retire(old, true)
		} else {
			ours = append(ours, old)
		}
		if later == nil || old.CreationTimestamp.Before(&later.CreationTimestamp) {
			firstLater[uid] = old
		}
	}
	slices.Reverse(ours)
	p.known = len(ours) > 0
	return ours
}
