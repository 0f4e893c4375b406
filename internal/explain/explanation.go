// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Explanation is what the release of a workload is, and why. The names of its fields in JSON do not change.
type Explanation struct {
	Workload Workload `json:"workload"`
	// Revision and TemplateHash identify the release; zero where there is nothing to tell.
	Revision     int64    `json:"revision,omitempty"`
	TemplateHash string   `json:"templateHash,omitempty"`
	Images       []string `json:"images,omitempty"`
	// State is how far the rollout is, Since when it became that, and Why in a sentence.
	State string     `json:"state,omitempty"`
	Since *time.Time `json:"since,omitempty"`
	Why   string     `json:"why,omitempty"`
	// Problem says why nothing is told of the workload, at whichever site; empty where something is.
	Problem string `json:"problem,omitempty"`
	// Sites are the JiraSites, and those that are gone and have records of the workload, by name.
	Sites []Site `json:"sites"`
}

// Workload identifies a workload.
type Workload struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// Site is what one site is told of a release.
type Site struct {
	Name string `json:"name"`
	// Ready is the site's own condition; nil where the site was not probed yet, or is gone.
	Ready *Condition `json:"ready,omitempty"`
	// Selected says that the site reports the workload, and NotSelected why it does not.
	Selected    bool   `json:"selected"`
	NotSelected string `json:"notSelected,omitempty"`
	// Compared says what the release is beside those before it.
	Compared *Compared `json:"compared,omitempty"`
	// Projects are the keys of the projects whose issues count, comma-separated; empty where all do.
	Projects string `json:"projects,omitempty"`
	// Keys are the issue keys that the release has at the site, and NearMisses what looks like one, and is none of its.
	Keys       []Key `json:"keys,omitempty"`
	NearMisses []Key `json:"nearMisses,omitempty"`
	// ServiceIDs are those of Jira Service Management.
	ServiceIDs []string `json:"serviceIDs,omitempty"`
	// Texts are the texts that keys are read from, or that were passed over, in their order.
	Texts       []Text       `json:"texts,omitempty"`
	Commits     *Commits     `json:"commits,omitempty"`
	Environment *Environment `json:"environment,omitempty"`
	// Record is the record of the revision, as it is; nil where there is none.
	Record *Record `json:"record,omitempty"`
	// Would is the record as the manager would write it now; nil where it would write nothing.
	Would *Record `json:"would,omitempty"`
	// Notes say what else decided, such as why there is no record.
	Notes []Note `json:"notes,omitempty"`
	// Delivered is what became of the record at Jira, and Jira says the same in a sentence.
	Delivered *Condition `json:"delivered,omitempty"`
	Jira      string     `json:"jira,omitempty"`
}

// Condition is a condition of an object.
type Condition struct {
	Status  string    `json:"status"`
	Reason  string    `json:"reason"`
	Message string    `json:"message,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	// Outdated says that it speaks of an earlier generation of the object.
	Outdated bool `json:"outdated,omitempty"`
}

// Compared is what a release is beside the records before it.
type Compared struct {
	Note
	// Record and Revision are of the newest record before it; empty where there is none.
	Record   string `json:"record,omitempty"`
	Revision int64  `json:"revision,omitempty"`
}

// Note is a rule that decided, and its sentence.
type Note struct {
	Rule string `json:"rule"`
	Text string `json:"text"`
}

// Key is a piece of a text that is an issue key, or looks like one.
type Key struct {
	Key string `json:"key"`
	// Place, Name and Text say where it was read, and Start and End which part of the text it is, in bytes. Text is empty for
	// what commits name.
	Place string `json:"place"`
	Name  string `json:"name,omitempty"`
	Text  string `json:"text,omitempty"`
	Start int    `json:"start,omitempty"`
	End   int    `json:"end,omitempty"`
	// Rule is the rule that decided, and Because its sentence.
	Rule    string `json:"rule"`
	Because string `json:"because"`
}

// Text is a text that keys are read from, or that was passed over.
type Text struct {
	Place   string `json:"place"`
	Name    string `json:"name,omitempty"`
	Read    bool   `json:"read"`
	Rule    string `json:"rule"`
	Because string `json:"because"`
}

// Commits are those that a release ships.
type Commits struct {
	v1alpha1.Source
	// Resolved is the condition SourceResolved.
	Resolved *Condition `json:"resolved,omitempty"`
}

// Environment is where a release goes, and which rule, label or word decided that.
type Environment struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Type    string `json:"type"`
	Because string `json:"because"`
}

// Record is a record.
type Record struct {
	Name   string   `json:"name"`
	State  string   `json:"state"`
	Issues []string `json:"issues,omitempty"`
	// Unknown are those of the issues that Jira does not know.
	Unknown            []string  `json:"unknown,omitempty"`
	ServiceIDs         []string  `json:"serviceIDs,omitempty"`
	Environment        string    `json:"environment"`
	EnvironmentType    string    `json:"environmentType"`
	DisplayName        string    `json:"displayName,omitempty"`
	Description        string    `json:"description,omitempty"`
	URL                string    `json:"url,omitempty"`
	Generation         int64     `json:"generation,omitempty"`
	LastUpdated        time.Time `json:"lastUpdated,omitzero"`
	RollbackToRevision int64     `json:"rollbackToRevision,omitempty"`
	// Withheld says why Jira would not be told of the record, whatever it holds; empty where it would.
	Withheld *Note `json:"withheld,omitempty"`
}
