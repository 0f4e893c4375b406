// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// handmadeIn returns what records that are made by hand in a namespace may say.
//
//	spec.handmade.allow   in the namespaces that its selector selects   in the others
//	None                  None                                          SameNamespace
//	SameNamespace         SameNamespace                                 None
//	Any                   Any                                           SameNamespace
func (s *Site) handmadeIn(ns environment.Namespace) v1alpha1.HandmadePolicy {
	allow := v1alpha1.HandmadePolicy(firstOf(string(s.spec.Handmade.Allow), string(v1alpha1.HandmadeSameNamespace)))
	switch {
	case s.handmade.Matches(labels.Set(ns.Labels)):
		return allow
	case allow == v1alpha1.HandmadeSameNamespace:
		return v1alpha1.HandmadeNone
	}
	return v1alpha1.HandmadeSameNamespace
}

// speaksForItself says whether a record was made by hand, and may say only what is of its own namespace.
func (s *Site) speaksForItself(d v1alpha1.Record, home Home) bool {
	return d.GetReference() == nil && s.handmadeIn(home.Namespace) == v1alpha1.HandmadeSameNamespace
}

// Identity is what Jira is told of a record that speaks for its own namespace, in the place of what it says. A build has no
// environment, and of its pipeline the id alone.
type Identity struct {
	Pipeline    v1alpha1.Pipeline
	Environment v1alpha1.Environment
}

// Of returns a record with the identity; the record itself where that is nil. The record stays as it is.
func (i *Identity) Of(r v1alpha1.Record) v1alpha1.Record {
	if i == nil {
		return r
	}
	switch r := r.(type) {
	case *v1alpha1.JiraDeployment:
		told := *r
		told.Spec.Pipeline, told.Spec.Environment = i.Pipeline, i.Environment
		return &told
	case *v1alpha1.JiraBuild:
		told := *r
		told.Spec.PipelineID = i.Pipeline.ID
		return &told
	}
	return r
}

// identity returns what Jira is told of a record that speaks for its own namespace: its pipeline's id is
// <cluster>/<namespace>/<its own>, and name and type of its environment are the site's. It is nil for any other record.
func (s *Site) identity(d *v1alpha1.JiraDeployment, home Home) *Identity {
	if !s.speaksForItself(d, home) {
		return nil
	}
	told := Identity{Pipeline: d.Spec.Pipeline}
	told.Pipeline.Name = firstOf(d.Spec.Pipeline.Name, d.Spec.Pipeline.ID)
	told.Pipeline.ID = ownPipelineID(d.Spec.Pipeline.ID, d.Namespace, home)
	told.Environment, _ = s.environmentByHand(d.Spec.Environment.ID, home)
	return &told
}

// ownPipelineID puts <cluster>/<namespace>/ before the id of a pipeline that does not begin so.
func ownPipelineID(id, namespace string, home Home) string {
	if strings.HasPrefix(id, identifier(home.ClusterName, namespace)+"/") {
		return id
	}
	return identifier(home.ClusterName, namespace, id)
}

// environmentByHand returns the environment with this id, as far as a record that speaks for its own namespace may name
// it: that which the site's rules give the namespace, or one that the site lists.
func (s *Site) environmentByHand(id string, home Home) (v1alpha1.Environment, bool) {
	if own := s.environmentOfNamespace(home); own.ID == id {
		return own, true
	}
	i := slices.IndexFunc(s.rules, func(rule environment.Rule) bool { return rule.ID == id })
	if i < 0 {
		return v1alpha1.Environment{}, false
	}
	rule := s.rules[i]
	return v1alpha1.Environment{ID: rule.ID, Name: rule.Name, Type: v1alpha1.EnvironmentType(rule.Type)}, true
}

// environmentOfNamespace returns the environment of a workload in the namespace that says nothing of its own.
func (s *Site) environmentOfNamespace(home Home) v1alpha1.Environment {
	own, _ := s.environmentOf(home.Namespace, &rollout.Rollout{}, home.ClusterName, v1alpha1.Environment{})
	return own
}

// whyEnvironment says why a record may not speak for its environment. That of a workload was given by the site's rules,
// which may be others by now: it is another namespace's only where it names one.
func (s *Site) whyEnvironment(d *v1alpha1.JiraDeployment, home Home) string {
	id := d.Spec.Environment.ID
	_, listed := s.environmentByHand(id, home)
	ofCluster, own := identifier(home.ClusterName)+"/", identifier(home.ClusterName, d.Namespace)
	ofAnother := strings.HasPrefix(id, ofCluster) && id != own && !strings.HasPrefix(id, own+"/")
	if listed || !s.speaksForItself(d, home) && (d.Spec.Workload == nil || !ofAnother) {
		return ""
	}
	const most = 10
	allowed := []string{s.environmentOfNamespace(home).ID}
	for _, rule := range s.rules {
		if !slices.Contains(allowed, rule.ID) {
			allowed = append(allowed, rule.ID)
		}
	}
	return fmt.Sprintf("Namespace %s may not speak for environment %s at JiraSite %s. Jira is not told of the record. Make it anew with one of these as spec.environment.id: %s.",
		d.Namespace, id, s.name, strings.Join(allowed[:min(len(allowed), most)], ", "))
}
