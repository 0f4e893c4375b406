package outbox

import (
	"cmp"
	"hash/fnv"
	"slices"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// perSecond is how many generations fit between two seconds of an updateSequenceNumber.
const perSecond = 1_000_000

// Item is a record, and what Jira is told of it.
type Item struct {
	Record     *v1alpha1.JiraDeployment
	Deployment jira.Deployment
}

// NewItem returns the item of a record as it is now. browse makes the link of a record that has none, from
// its first issue key.
func NewItem(record *v1alpha1.JiraDeployment, browse func(issueKey string) string) Item {
	spec := record.Spec
	created := record.CreationTimestamp.Time
	sequence, updated := spec.Sequence, spec.LastUpdated.Time
	if sequence == 0 {
		sequence = created.Unix()*perSecond + tieBreak(record)
	}
	if updated.IsZero() {
		updated = created
	}
	url := spec.URL
	if url == "" {
		url = browse(firstOf(spec.IssueKeys...))
	}
	return Item{Record: record, Deployment: jira.Deployment{
		DeploymentSequenceNumber: sequence,
		UpdateSequenceNumber:     created.Unix()*perSecond + record.Generation,
		DisplayName:              firstOf(spec.DisplayName, record.Name),
		URL:                      url,
		Description:              spec.Description,
		LastUpdated:              updated,
		Label:                    spec.Label,
		State:                    string(spec.State),
		Pipeline: jira.Pipeline{
			ID:          spec.Pipeline.ID,
			DisplayName: firstOf(spec.Pipeline.Name, spec.Pipeline.ID),
			URL:         firstOf(spec.Pipeline.URL, url),
		},
		Environment: jira.Environment{
			ID:          spec.Environment.ID,
			DisplayName: firstOf(spec.Environment.Name, spec.Environment.ID),
			Type:        string(spec.Environment.Type),
		},
		Associations: associations(spec),
	}}
}

// tieBreak tells records apart that were made by hand within a second, for one pipeline and environment:
// Jira would take the second for the first.
func tieBreak(record *v1alpha1.JiraDeployment) int64 {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(record.UID)) // a hash takes everything
	return int64(sum.Sum64() % perSecond)
}

func associations(spec v1alpha1.JiraDeploymentSpec) []jira.Association {
	var groups []jira.Association
	if len(spec.IssueKeys) > 0 {
		groups = append(groups, jira.Association{AssociationType: jira.AssociationIssueIDOrKeys, Values: spec.IssueKeys})
	}
	if len(spec.ServiceIDs) > 0 {
		groups = append(groups, jira.Association{AssociationType: jira.AssociationServiceIDOrKeys, Values: spec.ServiceIDs})
	}
	return groups
}

// Order sorts items by the time of their change of state, oldest first.
func Order(items []Item) {
	slices.SortStableFunc(items, func(a, b Item) int {
		return cmp.Or(
			a.Deployment.LastUpdated.Compare(b.Deployment.LastUpdated),
			cmp.Compare(a.Deployment.DeploymentSequenceNumber, b.Deployment.DeploymentSequenceNumber),
			cmp.Compare(a.Deployment.UpdateSequenceNumber, b.Deployment.UpdateSequenceNumber),
		)
	})
}

// Take cuts the next batch, of at most size, off the items. Two items with the same key in Jira do not share
// a batch, so that each gets an answer of its own.
func Take(items []Item, size int) (batch, rest []Item) {
	keys := make(map[jira.DeploymentKey]bool, size)
	for i, item := range items {
		key := item.Deployment.Key()
		if i >= max(1, size) || keys[key] {
			return items[:i], items[i:]
		}
		keys[key] = true
	}
	return items, nil
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
