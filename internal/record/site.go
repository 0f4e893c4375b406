// SPDX-License-Identifier: Apache-2.0

package record

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/issuekey"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// Site is a JiraSite whose spec was read: selectors, globs and templates are parsed.
type Site struct {
	name    string
	host    string
	created time.Time
	// uid is the JiraSite's, and generation that of its spec.
	uid        types.UID
	generation int64
	spec       v1alpha1.JiraSiteSpec
	// projects are those whose issues count, and keys finds these.
	projects projects
	keys     issuekey.Reader
	// tags and versions read image tags and version labels; nil where those are not read.
	tags, versions *issuekey.Reader
	rules          []environment.Rule
	spaces         labels.Selector
	loads          labels.Selector
	handmade       labels.Selector
	// perRevision are the workloads that are reported though their owner makes one for each of its revisions.
	perRevision labels.Selector
	// runs are those that are reported as builds though they have no label that says so.
	runs labels.Selector
	// imageSpaces are the namespaces whose builds say of which commit an image is, to workloads of all namespaces.
	imageSpaces labels.Selector
	links       links

	// ties says that a rule ties its namespaces to projects.
	ties bool
	// unusable says that what the site selects, or where it goes, cannot be known.
	unusable bool
}

// Problem is what is wrong with a JiraSite's spec, in the words of its Ready condition.
type Problem struct {
	// Reason is a reason of the Ready condition.
	Reason string
	// Message says what is wrong, where, and what to do.
	Message string
}

// Compile reads a JiraSite's spec. Where a selector or a namespace glob does not parse, the site selects
// nothing until it is mended: a record in the wrong environment is worse than a late one. A template that
// does not parse costs its links only.
func Compile(site *v1alpha1.JiraSite) (*Site, []Problem) {
	s := &Site{
		name: site.Name, created: site.CreationTimestamp.Time, uid: site.UID, generation: site.Generation,
		host: site.Spec.Host,
		spec: site.Spec,
	}
	s.read(projectsOf(site.Spec.Projects))
	var problems []Problem
	note := func(reason string, err error) {
		if err != nil {
			problems = append(problems, Problem{Reason: reason, Message: err.Error()})
			s.unusable = s.unusable || reason != v1alpha1.ReasonInvalidTemplate
		}
	}
	badGlob := func(field string, err error) {
		if err != nil {
			note(v1alpha1.ReasonInvalidNamespacePattern, fmt.Errorf("%s: %w", field, err))
		}
	}
	badGlob("spec.excludeNamespaces", environment.Globs(site.Spec.ExcludeNamespaces).Validate())
	var err error
	s.spaces, err = selector("spec.namespaceSelector", site.Spec.NamespaceSelector)
	note(v1alpha1.ReasonInvalidSelector, err)
	s.loads, err = selector("spec.workloadSelector", site.Spec.WorkloadSelector)
	note(v1alpha1.ReasonInvalidSelector, err)
	s.handmade, err = selector("spec.handmade.namespaceSelector", site.Spec.Handmade.NamespaceSelector)
	note(v1alpha1.ReasonInvalidSelector, err)
	s.perRevision = labels.Nothing()
	if site.Spec.RevisionWorkloadSelector != nil {
		s.perRevision, err = selector("spec.revisionWorkloadSelector", site.Spec.RevisionWorkloadSelector)
		note(v1alpha1.ReasonInvalidSelector, err)
	}
	s.runs, s.imageSpaces = labels.Nothing(), labels.Nothing()
	if of := site.Spec.Builds.Selector; of != nil {
		s.runs, err = selector("spec.builds.selector", of)
		note(v1alpha1.ReasonInvalidSelector, err)
	}
	if of := site.Spec.Builds.ImageNamespaces; of != nil {
		s.imageSpaces, err = selector("spec.builds.imageNamespaces", of)
		note(v1alpha1.ReasonInvalidSelector, err)
	}
	for i := range site.Spec.Environments {
		field := fmt.Sprintf("spec.environments[%d] (id %s)", i, site.Spec.Environments[i].ID)
		rule, err := compileRule(field, &site.Spec.Environments[i])
		note(v1alpha1.ReasonInvalidSelector, err)
		badGlob(field, rule.Globs.Validate())
		s.rules = append(s.rules, rule)
		s.ties = s.ties || len(site.Spec.Environments[i].Projects) > 0
	}
	s.links, err = compileLinks(site.Spec.Templates, site.Spec.GitOps)
	note(v1alpha1.ReasonInvalidTemplate, err)
	return s, problems
}

// compileRule parses a rule. field is where it stands: two rules may share an id, so that an id alone tells
// nobody which one is wrong.
func compileRule(field string, rule *v1alpha1.EnvironmentRule) (environment.Rule, error) {
	compiled := environment.Rule{
		ID:    rule.ID,
		Name:  firstOf(rule.Name, rule.ID),
		Type:  environment.Type(rule.Type),
		Globs: rule.Namespaces,
	}
	var errs [2]error
	compiled.Selector, errs[0] = matcher(field+": namespaceSelector", rule.NamespaceSelector)
	compiled.WorkloadSelector, errs[1] = matcher(field+": workloadSelector", rule.WorkloadSelector)
	return compiled, errors.Join(errs[:]...)
}

// matcher returns what tells whether labels match a rule's selector; nil where it is not set.
func matcher(field string, of *metav1.LabelSelector) (func(map[string]string) bool, error) {
	if of == nil {
		return nil, nil
	}
	selected, err := selector(field, of)
	return func(set map[string]string) bool { return selected.Matches(labels.Set(set)) }, err
}

// selector returns what a label selector selects; where it is not set, everything, and where it does not
// parse, nothing.
func selector(field string, selector *metav1.LabelSelector) (labels.Selector, error) {
	if selector == nil {
		return labels.Everything(), nil
	}
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return labels.Nothing(), fmt.Errorf("%s does not parse: %w", field, err)
	}
	return parsed, nil
}

// Name returns the JiraSite's name.
func (s *Site) Name() string {
	return s.name
}

// Usable says that it is known what the site selects, and where that goes.
func (s *Site) Usable() bool {
	return !s.unusable
}

// environmentKeys are where a person says an environment.
var environmentKeys = environment.Keys{Name: v1alpha1.KeyEnvironment, Type: v1alpha1.KeyEnvironmentType}

// environmentOf returns the environment of a workload's record, and what decided it. Its id is that of a rule, else
// <cluster>/<namespace>, else <cluster>/<namespace>/<name> where the workload has one of its own.
//
// before is the record's environment so far; it is empty for a new record. Its id stays, because it identifies the
// deployment in Jira, and name and type follow. They do not where the workload alone moved to another environment: the
// id is still that of its neighbours. Example: web and api are in "shop", and web says that it is staging. Its next
// release is in "shop staging", and "shop" does not become staging.
func (s *Site) environmentOf(ns environment.Namespace, r *rollout.Rollout, cluster string, before v1alpha1.Environment) (v1alpha1.Environment, environment.Trace) {
	found := environment.Resolve(ns, environment.Workload{
		Labels: r.Labels, Annotations: r.Annotations,
		TemplateLabels: r.TemplateLabels, TemplateAnnotations: r.TemplateAnnotations,
	}, s.rules, environmentKeys)
	id := found.ID
	switch {
	case found.Own != "":
		id = identifier(cluster, ns.Name, found.Own)
	case id == "":
		id = identifier(cluster, ns.Name)
	}
	if before.ID != "" && before.ID != id {
		if found.PerWorkload || strings.HasPrefix(before.ID, identifier(cluster, ns.Name)+"/") {
			return before, found.Trace
		}
		id = before.ID
	}
	return v1alpha1.Environment{ID: id, Name: cut(found.Name, maxText), Type: v1alpha1.EnvironmentType(found.Type)}, found.Trace
}

func (s *Site) retainedRevisions() int {
	return max(1, int(s.spec.Retention.Revisions))
}

func (s *Site) retainedAfterDeletion() time.Duration {
	return s.spec.Retention.AfterDeletion.Duration
}

func (s *Site) reportsRestarts() bool {
	return s.spec.Restarts == v1alpha1.RestartsReport
}

func splitList(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
