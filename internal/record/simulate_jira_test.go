package record

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// memoryJira keeps of each deployment the update with the highest number, as Jira does.
type memoryJira map[jira.DeploymentKey]jira.Deployment

// take stores a record, and returns what it tells that Jira did not know. An update that differs and has no higher
// number than the last is lost in Jira: that is an error.
func (j memoryJira) take(d *v1alpha1.JiraDeployment) (news string, err error) {
	body, err := outbox.FromDeployment(d, func(key string) string { return "https://acme.atlassian.net/browse/" + key }).Body()
	if err != nil {
		return "", err
	}
	var next jira.Deployment
	if err := json.Unmarshal(body, &next); err != nil {
		return "", fmt.Errorf("decode what Jira is told: %w", err)
	}
	before, known := j[next.Key()]
	if known && next.UpdateSequenceNumber <= before.UpdateSequenceNumber {
		before.UpdateSequenceNumber = next.UpdateSequenceNumber
		if diff := cmp.Diff(before, next); diff != "" {
			return "", fmt.Errorf("Jira drops an update, for its number is not higher (-kept +dropped):\n%s", diff)
		}
		return "", nil
	}
	j[next.Key()] = next
	return entry(next), nil
}

// shows returns what Jira has, in the order of its sequence numbers.
func (j memoryJira) shows() []jira.Deployment {
	var all []jira.Deployment
	for _, d := range j {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b jira.Deployment) int {
		return int(a.DeploymentSequenceNumber - b.DeploymentSequenceNumber)
	})
	return all
}

func keysIn(d jira.Deployment) []string {
	for _, a := range d.Associations {
		if a.AssociationType == jira.AssociationIssueIDOrKeys {
			return a.Values
		}
	}
	return nil
}

// entry writes a deployment as a reader of an issue sees it.
func entry(d jira.Deployment) string {
	return fmt.Sprintf("%-15s %-10s #%-2d %-11s since %s", strings.Join(keysIn(d), " "), d.Environment.DisplayName,
		d.DeploymentSequenceNumber%perSecond, d.State, storyTime(d.LastUpdated))
}

// storyTime writes a time as the stories do.
func storyTime(t time.Time) string {
	if t.YearDay() != created.YearDay() {
		return t.UTC().Format("Jan 2 15:04:05")
	}
	return t.UTC().Format("15:04:05")
}
