// SPDX-License-Identifier: Apache-2.0

// Package releases are the commands that list what Jira was told: list and timeline.
package releases

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Entry is a release, or a build. The names of its fields in JSON do not change.
type Entry struct {
	// Kind is JiraDeployment or JiraBuild, and Namespace and Name are of the record.
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Workload is what was rolled out, or the run, such as Deployment/web; empty for a record that was made by hand.
	Workload        string   `json:"workload,omitempty"`
	Revision        int64    `json:"revision,omitempty"`
	Version         string   `json:"version,omitempty"`
	Site            string   `json:"site"`
	State           string   `json:"state"`
	EnvironmentID   string   `json:"environmentID,omitempty"`
	Environment     string   `json:"environment,omitempty"`
	EnvironmentType string   `json:"environmentType,omitempty"`
	Issues          []string `json:"issues"`
	// Since is when the state became what it is.
	Since time.Time `json:"since,omitzero"`
	// Delivered, Reason and Message are the condition Delivered; Delivered is empty where no manager has checked the record.
	Delivered string `json:"delivered"`
	Reason    string `json:"reason,omitempty"`
	Message   string `json:"message,omitempty"`
	URL       string `json:"url,omitempty"`
}

// entryOf returns what a record says.
func entryOf(r v1alpha1.Record) Entry {
	e := Entry{
		Kind: "JiraDeployment", Namespace: r.GetNamespace(), Name: r.GetName(), Site: r.GetSite(), Issues: r.GetIssueKeys(),
		Since: since(r),
	}
	if of := r.GetReference(); of != nil {
		e.Workload = of.Kind + "/" + of.Name
	}
	switch r := r.(type) {
	case *v1alpha1.JiraDeployment:
		spec := &r.Spec
		e.Revision, e.Version, e.State, e.URL = spec.Revision, spec.Label, string(spec.State), spec.URL
		e.EnvironmentID, e.Environment, e.EnvironmentType = spec.Environment.ID, cmp.Or(spec.Environment.Name, spec.Environment.ID), string(spec.Environment.Type)
	case *v1alpha1.JiraBuild:
		e.Kind, e.State, e.Version, e.URL = "JiraBuild", string(r.Spec.State), r.Spec.Label, r.Spec.URL
	}
	if c := meta.FindStatusCondition(r.GetRecordStatus().Conditions, v1alpha1.ConditionDelivered); c != nil {
		e.Delivered, e.Reason, e.Message = string(c.Status), c.Reason, c.Message
		if c.ObservedGeneration < r.GetGeneration() {
			e.Delivered, e.Reason, e.Message = string(metav1.ConditionFalse), v1alpha1.ReasonPending, "Jira has an earlier state of it."
		}
	}
	return e
}

// what names what was rolled out or built.
func (e *Entry) what() string {
	of := cmp.Or(e.Workload, "by hand: "+e.Name)
	if e.Revision > 0 {
		of += fmt.Sprintf(" (%d)", e.Revision)
	}
	return of
}

// answer is Jira's word on it.
func (e *Entry) answer() string { return cmp.Or(e.Reason, "not told yet") }

// filter says which entries are wanted.
type filter struct {
	issues []string
	env    string
	states []string
	site   string
	since  time.Time
}

func (f *filter) matches(e Entry) bool {
	switch {
	case len(f.issues) > 0 && !slices.ContainsFunc(e.Issues, func(key string) bool { return slices.Contains(f.issues, key) }):
		return false
	case f.env != "" && !strings.EqualFold(f.env, e.EnvironmentID) && !strings.EqualFold(f.env, e.Environment) && !strings.EqualFold(f.env, e.EnvironmentType):
		return false
	case len(f.states) > 0 && !slices.Contains(f.states, e.State):
		return false
	case f.site != "" && f.site != e.Site:
		return false
	}
	return !e.Since.Before(f.since)
}

// byTime orders entries by time, the earliest first.
func byTime(a, b Entry) int {
	return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// since returns when a record's state became what it is.
func since(r v1alpha1.Record) time.Time {
	updated := r.GetLastUpdated()
	if updated.IsZero() {
		updated = r.GetCreationTimestamp()
	}
	return updated.UTC()
}
