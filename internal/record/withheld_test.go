// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
)

// checking is a record before a site, and what is to come of it. Unless they are changed, the site acme in the cluster
// eu-1 lists SHOP and PAY and the environments below, the record is of the namespace shop, and Rollcall runs in
// rollcall-system.
type checking struct {
	site   *v1alpha1.JiraSite
	record *v1alpha1.JiraDeployment
	home   Home
}

var rulesOfAcme = []v1alpha1.EnvironmentRule{
	{ID: "prod-eu", Name: "Production EU", Type: "production", Namespaces: []string{"shop-prod"}},
	{ID: "staging", Type: "staging", Namespaces: []string{"shop-stage"}},
}

// byHand checks a record that was made by hand.
func byHand() *checking {
	j := &checking{site: makeSite("acme").Projects("SHOP", "PAY").Rules(rulesOfAcme...).Obj()}
	j.record = &v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "index", Generation: 1, CreationTimestamp: metav1.NewTime(at(30))},
		Spec: v1alpha1.JiraDeploymentSpec{
			Site: "acme", State: v1alpha1.StateSuccessful, IssueKeys: []string{"SHOP-1"},
			Pipeline:    v1alpha1.Pipeline{ID: "index"},
			Environment: v1alpha1.Environment{ID: "prod-eu", Name: "Mine", Type: v1alpha1.EnvironmentDevelopment},
		},
	}
	j.home = Home{
		Cluster: "uid-of-eu-1", ClusterName: "eu-1", OperatorNamespace: "rollcall-system",
		Namespace: namespace("shop", "team", "shop"), NamespaceCreated: at(-60),
	}
	return j
}

// ofWorkload checks the record of a workload that lives.
func ofWorkload() *checking {
	j := byHand()
	j.record.Spec.Workload = &v1alpha1.WorkloadReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web", UID: "uid-1"}
	j.record.Spec.Pipeline.ID, j.record.Spec.Environment.ID = "eu-1/shop/Deployment/web", "eu-1/shop"
	j.home.Workload, j.home.WorkloadCreated = "uid-1", created
	return j
}

func (j *checking) Site(change func(*v1alpha1.JiraSiteSpec)) *checking {
	change(&j.site.Spec)
	return j
}

func (j *checking) Allow(allow v1alpha1.HandmadePolicy, selector ...metav1.LabelSelector) *checking {
	j.site.Spec.Handmade.Allow = allow
	for i := range selector {
		j.site.Spec.Handmade.NamespaceSelector = &selector[i]
	}
	return j
}

// Ties ties the namespaces of a glob, and the environment of an id, to projects.
func (j *checking) Ties(id, glob string, projects ...string) *checking {
	rule := v1alpha1.EnvironmentRule{ID: id, Type: "testing", Namespaces: []string{glob}, Projects: projects}
	j.site.Spec.Environments = append([]v1alpha1.EnvironmentRule{rule}, j.site.Spec.Environments...)
	return j
}

func (j *checking) Record(change func(*v1alpha1.JiraDeployment)) *checking {
	change(j.record)
	return j
}

func (j *checking) Pipeline(id string) *checking {
	j.record.Spec.Pipeline.ID = id
	return j
}

func (j *checking) Environment(id string) *checking {
	j.record.Spec.Environment.ID = id
	return j
}

func (j *checking) Keys(keys ...string) *checking {
	j.record.Spec.IssueKeys = keys
	return j
}

func (j *checking) Sequence(ahead time.Duration) *checking {
	j.record.Spec.Sequence = j.record.CreationTimestamp.Add(ahead).Unix() * perSecond
	return j
}

func (j *checking) Told() *checking {
	j.record.Status.DeliveredGeneration = 1
	return j
}

func (j *checking) Home(change func(*Home)) *checking {
	change(&j.home)
	return j
}

// In moves the record to another namespace.
func (j *checking) In(ns environment.Namespace) *checking {
	j.record.Namespace, j.home.Namespace = ns.Name, ns
	return j
}

// Gone lets the namespace be gone.
func (j *checking) Gone() *checking {
	j.home.Namespace, j.home.NamespaceCreated = namespace(j.record.Namespace, "kubernetes.io/metadata.name", j.record.Namespace), time.Time{}
	return j
}

func (j *checking) Check() Check {
	compiled, _ := Compile(j.site)
	return compiled.Check(j.record, j.home)
}

func selectsTeam(team string) func(*v1alpha1.JiraSiteSpec) {
	return func(s *v1alpha1.JiraSiteSpec) {
		selector := in("team", team)
		s.NamespaceSelector = &selector
	}
}

func TestWhatIsWithheld(t *testing.T) {
	ignores := func(s *v1alpha1.JiraSiteSpec) { s.Existing = v1alpha1.ExistingIgnore }
	past := func(d *v1alpha1.JiraDeployment) { d.Spec.OperationType = v1alpha1.OperationBackfill }
	elsewhere := func(d *v1alpha1.JiraDeployment) { d.Spec.ClusterUID = "uid-of-eu-2" }
	maybeTold := func(h *Home) { h.MaybeTold = true }
	excludes := func(globs ...string) func(*v1alpha1.JiraSiteSpec) {
		return func(s *v1alpha1.JiraSiteSpec) { s.ExcludeNamespaces = globs }
	}
	ci := in("kubernetes.io/metadata.name", "ci")
	for name, tt := range map[string]struct {
		of   *checking
		want string // the reason; empty: it is sent
		says string // a part of the message
	}{
		"a workload's record":      {of: ofWorkload()},
		"one that is made by hand": {of: byHand()},

		"what is past, at a site that ignores it":        {ofWorkload().Site(ignores).Record(past), v1alpha1.ReasonExisting, "spec.existing of the site is Ignore"},
		"what is past, at another site":                  {of: ofWorkload().Record(past)},
		"what just happened, at a site that ignores":     {of: ofWorkload().Site(ignores)},
		"what is past, and Jira was told of before":      {of: ofWorkload().Site(ignores).Record(past).Told()},
		"what is past, and Jira may have been told of":   {of: ofWorkload().Site(ignores).Record(past).Home(maybeTold)},
		"what a person tells of the past, by hand":       {of: byHand().Site(ignores).Record(past)},
		"one of another cluster":                         {ofWorkload().Record(elsewhere), v1alpha1.ReasonForeign, "restored from a backup"},
		"one by hand of another cluster":                 {byHand().Record(elsewhere), v1alpha1.ReasonForeign, "uid-of-eu-2"},
		"one of another cluster that may have been told": {of: byHand().Record(elsewhere).Home(maybeTold)},

		"a namespace that the site selects":                     {of: byHand().Site(selectsTeam("shop"))},
		"a namespace that it does not select":                   {byHand().Site(selectsTeam("pay")), v1alpha1.ReasonNotSelected, "JiraSite acme does not select namespace shop: the namespace's labels"},
		"a workload there":                                      {ofWorkload().Site(selectsTeam("pay")), v1alpha1.ReasonNotSelected, "once the site selects the namespace"},
		"a workload there that Jira was told of":                {of: ofWorkload().Site(selectsTeam("pay")).Told()},
		"a workload there that Jira may have been told of":      {ofWorkload().Site(selectsTeam("pay")).Home(maybeTold), v1alpha1.ReasonNotSelected, ""},
		"one by hand there that Jira was told of":               {byHand().Site(selectsTeam("pay")).Told(), v1alpha1.ReasonNotSelected, ""},
		"a namespace that is left out":                          {byHand().Site(excludes("sh?p")), v1alpha1.ReasonNotSelected, "spec.excludeNamespaces leaves it out"},
		"another one that is left out":                          {of: byHand().Site(excludes("shop-*"))},
		"a namespace of the system":                             {byHand().In(namespace("kube-public")), v1alpha1.ReasonNotSelected, "has to be selected by name"},
		"the operator's own":                                    {byHand().In(namespace("rollcall-system")), v1alpha1.ReasonNotSelected, "has to be selected by name"},
		"the operator's own, named by a rule":                   {of: byHand().In(namespace("rollcall-system")).Ties("ops", "rollcall-system")},
		"a namespace that is gone, at a site that selects all":  {of: byHand().Gone()},
		"one that is gone, at a site that selects by its label": {byHand().Site(selectsTeam("shop")).Gone(), v1alpha1.ReasonNotSelected, ""},
		"one that is gone, and Jira was told of the record":     {of: byHand().Site(selectsTeam("shop")).Gone().Told()},
		"one that is gone, and Jira may have been told":         {of: byHand().Site(selectsTeam("shop")).Gone().Home(maybeTold)},
		"a site with an error, which selects nobody knows what": {byHand().Site(excludes("[")), v1alpha1.ReasonNotSelected, "the site has an error"},

		"a workload's pipeline by its name alone":         {of: ofWorkload().Pipeline("eu-1/shop/web")},
		"the pipeline of another workload":                {ofWorkload().Pipeline("eu-1/shop/Deployment/api"), v1alpha1.ReasonPipelineNotAllowed, "which is eu-1/shop/Deployment/web"},
		"the pipeline of another kind":                    {ofWorkload().Pipeline("eu-1/shop/StatefulSet/web"), v1alpha1.ReasonPipelineNotAllowed, ""},
		"the pipeline of another cluster":                 {ofWorkload().Pipeline("eu-2/shop/Deployment/web"), v1alpha1.ReasonPipelineNotAllowed, ""},
		"the pipeline of another namespace":               {ofWorkload().Pipeline("eu-1/pay/Deployment/web"), v1alpha1.ReasonForeign, "it is of namespace pay"},
		"the same, which may have been told":              {ofWorkload().Pipeline("eu-1/pay/Deployment/web").Home(maybeTold), v1alpha1.ReasonPipelineNotAllowed, ""},
		"the same, which Jira was told of before":         {ofWorkload().Pipeline("eu-2/shop/Deployment/web").Told(), v1alpha1.ReasonPipelineNotAllowed, ""},
		"a pipeline that is no workload's, by a workload": {ofWorkload().Pipeline("index"), v1alpha1.ReasonPipelineNotAllowed, ""},

		"a small counter":                           {of: byHand().Record(func(d *v1alpha1.JiraDeployment) { d.Spec.Sequence = 7 })},
		"a sequence of now":                         {of: byHand().Sequence(0)},
		"a sequence of tomorrow":                    {of: byHand().Sequence(24 * time.Hour)},
		"a sequence of the day after":               {byHand().Sequence(24*time.Hour + time.Second), v1alpha1.ReasonSequenceTooHigh, "1772443800000000 is the most"},
		"the highest that the API takes":            {byHand().Record(func(d *v1alpha1.JiraDeployment) { d.Spec.Sequence = 1<<53 - 1 }), v1alpha1.ReasonSequenceTooHigh, ""},
		"the same, in a namespace that may say all": {byHand().Allow(v1alpha1.HandmadeAny).Sequence(48 * time.Hour), v1alpha1.ReasonSequenceTooHigh, ""},
		"the same, of a workload":                   {ofWorkload().Sequence(48 * time.Hour), v1alpha1.ReasonSequenceTooHigh, ""},

		"a site that takes none by hand":                      {byHand().Allow(v1alpha1.HandmadeNone), v1alpha1.ReasonHandmadeNotAllowed, "from namespace shop (spec.handmade)"},
		"a site that takes none by hand, of a workload":       {of: ofWorkload().Allow(v1alpha1.HandmadeNone)},
		"a site that takes some by hand, of another":          {byHand().Allow(v1alpha1.HandmadeSameNamespace, ci), v1alpha1.ReasonHandmadeNotAllowed, ""},
		"a site that takes none by hand from another":         {of: byHand().Allow(v1alpha1.HandmadeNone, ci)},
		"the namespace that a site takes none from":           {byHand().In(namespace("ci", "kubernetes.io/metadata.name", "ci")).Allow(v1alpha1.HandmadeNone, ci), v1alpha1.ReasonHandmadeNotAllowed, ""},
		"a selector that does not parse selects no namespace": {byHand().Allow(v1alpha1.HandmadeAny, unparsable), v1alpha1.ReasonNotSelected, "the site has an error"},

		"the namespace's own environment":                 {of: byHand().Environment("eu-1/shop")},
		"another namespace's environment":                 {byHand().Environment("eu-1/pay"), v1alpha1.ReasonEnvironmentNotAllowed, "one of these as spec.environment.id: eu-1/shop, prod-eu, staging."},
		"one that nobody knows":                           {byHand().Environment("prod"), v1alpha1.ReasonEnvironmentNotAllowed, "may not speak for environment prod"},
		"one that only begins like the namespace's own":   {byHand().Environment("eu-1/shop/blue"), v1alpha1.ReasonEnvironmentNotAllowed, ""},
		"the namespace's own, where a rule gives another": {byHand().In(namespace("shop-prod")).Environment("eu-1/shop-prod"), v1alpha1.ReasonEnvironmentNotAllowed, "id: prod-eu, staging."},
		"any, in a namespace that may say all":            {of: byHand().Allow(v1alpha1.HandmadeAny).Environment("eu-1/pay")},
		"a workload's of its own":                         {of: ofWorkload().Environment("eu-1/shop/blue")},
		"a workload's of a rule that there is no more":    {of: ofWorkload().Environment("prod-us")},
		"a workload's of another namespace":               {ofWorkload().Environment("eu-1/pay"), v1alpha1.ReasonEnvironmentNotAllowed, ""},
		"a workload's of another, below it":               {ofWorkload().Environment("eu-1/shop-2/blue"), v1alpha1.ReasonEnvironmentNotAllowed, ""},
		"a workload's of another, which the site lists":   {of: ofWorkload().Ties("eu-1/pay", "pay").Environment("eu-1/pay")},

		"a key of another project":                                   {byHand().Keys("SHOP-1", "OPS-2", "X_Y-3"), v1alpha1.ReasonProjectNotAllowed, "OPS-2, X_Y-3: of projects that JiraSite acme does not list"},
		"a key of another project, of a workload":                    {ofWorkload().Keys("OPS-2"), v1alpha1.ReasonProjectNotAllowed, "namespace shop and environment eu-1/shop"},
		"the same, which Jira was told of":                           {ofWorkload().Keys("OPS-2").Told(), v1alpha1.ReasonProjectNotAllowed, ""},
		"a key of another project, in a namespace that may say all":  {byHand().Allow(v1alpha1.HandmadeAny).Keys("OPS-2"), v1alpha1.ReasonProjectNotAllowed, ""},
		"the same, where the site lists no projects":                 {of: byHand().Site(func(s *v1alpha1.JiraSiteSpec) { s.Projects = nil }).Keys("OPS-2")},
		"services alone":                                             {of: byHand().Keys().Record(func(d *v1alpha1.JiraDeployment) { d.Spec.ServiceIDs = []string{"ari:service/1"} })},
		"neither":                                                    {ofWorkload().Keys(), v1alpha1.ReasonNoIssueKeys, "the condition SourceResolved"},
		"many keys of another project":                               {byHand().Keys(keysOf("OPS", 12)...), v1alpha1.ReasonProjectNotAllowed, "OPS-9, OPS-10 and 2 more: of"},
		"a key of a project that the environment is not tied to":     {byHand().Ties("pay", "pay", "PAY").Environment("pay"), v1alpha1.ReasonProjectNotAllowed, "SHOP-1: of"},
		"a key of the project that the environment is tied to":       {of: byHand().Ties("pay", "pay", "PAY").Environment("pay").Keys("PAY-1")},
		"a key of a project that the namespace is not tied to":       {byHand().Ties("shop", "shop", "PAY"), v1alpha1.ReasonProjectNotAllowed, "SHOP-1: of"},
		"a workload there that names an environment of its own":      {ofWorkload().Ties("shop", "shop", "PAY").Environment("eu-1/shop/blue"), v1alpha1.ReasonProjectNotAllowed, "SHOP-1: of"},
		"a namespace and an environment that are tied to two":        {byHand().Ties("pay", "pay", "PAY").Ties("shop", "shop", "SHOP").Environment("pay"), v1alpha1.ReasonProjectNotAllowed, ""},
		"an environment of two rules, each tied to one":              {of: byHand().Ties("both", "a", "SHOP").Ties("both", "b", "PAY").Environment("both").Keys("SHOP-1", "PAY-2")},
		"an environment of two rules, one of them tied":              {of: byHand().Ties("both", "a", "PAY").Ties("both", "b").Environment("both")},
		"a namespace that is tied, at a site that lists no projects": {byHand().Site(func(s *v1alpha1.JiraSiteSpec) { s.Projects = nil }).Ties("shop", "shop", "PAY"), v1alpha1.ReasonProjectNotAllowed, ""},
		"a later rule that ties the namespace, which is not reached": {of: byHand().Ties("pay", "sh*", "PAY").Ties("shop", "shop").Environment("shop")},
		"a rule for some workloads of the namespace, which ties them": {of: byHand().Ties("shop", "shop", "SHOP").Ties("next", "shop", "PAY").Site(func(s *v1alpha1.JiraSiteSpec) {
			next := in("track", "next")
			s.Environments[0].WorkloadSelector = &next
		}).Environment("shop")},
	} {
		t.Run(name, func(t *testing.T) {
			got := tt.of.Check()
			if got.Reason != tt.want || !strings.Contains(got.Message, tt.says) || (got.Reason == "") != (got.Message == "") {
				t.Errorf("Check() = %q, %q; want %q, %q", got.Reason, got.Message, tt.want, tt.says)
			}
		})
	}
}

// Where two reasons hold, the one that stands first in their table is said.
func TestOfTwoReasonsTheFirstIsSaid(t *testing.T) {
	breaks := map[string]func(*checking){
		v1alpha1.ReasonExisting: func(j *checking) {
			j.site.Spec.Existing, j.record.Spec.OperationType = v1alpha1.ExistingIgnore, v1alpha1.OperationBackfill
		},
		v1alpha1.ReasonForeign:               func(j *checking) { j.record.Spec.ClusterUID = "uid-of-eu-2" },
		v1alpha1.ReasonNotSelected:           func(j *checking) { j.Site(selectsTeam("pay")) },
		v1alpha1.ReasonPipelineNotAllowed:    func(j *checking) { j.Pipeline("eu-1/shop/Deployment/api") },
		v1alpha1.ReasonSequenceTooHigh:       func(j *checking) { j.Sequence(48 * time.Hour) },
		v1alpha1.ReasonHandmadeNotAllowed:    func(j *checking) { j.Allow(v1alpha1.HandmadeNone) },
		v1alpha1.ReasonEnvironmentNotAllowed: func(j *checking) { j.Environment("eu-1/pay") },
		v1alpha1.ReasonProjectNotAllowed:     func(j *checking) { j.Keys("OPS-1") },
		v1alpha1.ReasonNoIssueKeys:           func(j *checking) { j.Keys() },
	}
	if len(breaks) != len(withholdings) {
		t.Fatalf("%d reasons are tried, and there are %d", len(breaks), len(withholdings))
	}
	// What holds for the one kind of records alone.
	notByHand := []string{v1alpha1.ReasonExisting, v1alpha1.ReasonPipelineNotAllowed}
	tried := 0
	for kind, of := range map[string]func() *checking{"by hand": byHand, "of a workload": ofWorkload} {
		applies := func(reason string) bool {
			if kind == "by hand" {
				return reason != notByHand[0] && reason != notByHand[1]
			}
			return reason != v1alpha1.ReasonHandmadeNotAllowed
		}
		for i, first := range withholdings {
			for _, second := range withholdings[i:] {
				if !applies(first.reason) || !applies(second.reason) {
					continue
				}
				tried++
				t.Run(fmt.Sprintf("%s: %s and %s", kind, first.reason, second.reason), func(t *testing.T) {
					j := of()
					breaks[second.reason](j)
					breaks[first.reason](j)
					if got := j.Check().Reason; got != first.reason {
						t.Errorf("Check() = %q, want %q", got, first.reason)
					}
				})
			}
		}
	}
	if want := 7*8/2 + 8*9/2; tried != want {
		t.Errorf("%d pairs were tried, want %d", tried, want)
	}
}

func TestAsWhatARecordByHandIsTold(t *testing.T) {
	ci := in("kubernetes.io/metadata.name", "ci")
	inCI := namespace("ci", "kubernetes.io/metadata.name", "ci")
	long := strings.Repeat("x", 255)
	for name, tt := range map[string]struct {
		of          *checking
		pipeline    string
		shown       string
		environment v1alpha1.Environment
	}{
		"its pipeline is its namespace's": {
			byHand(), "eu-1/shop/index", "index", v1alpha1.Environment{ID: "prod-eu", Name: "Production EU", Type: "production"},
		},
		"what is its namespace's already stays": {
			byHand().Pipeline("eu-1/shop/index"), "eu-1/shop/index", "eu-1/shop/index", v1alpha1.Environment{ID: "prod-eu", Name: "Production EU", Type: "production"},
		},
		"another namespace's is none": {
			byHand().Pipeline("eu-1/shop-2/Deployment/web"), "eu-1/shop/eu-1/shop-2/Deployment/web", "eu-1/shop-2/Deployment/web",
			v1alpha1.Environment{ID: "prod-eu", Name: "Production EU", Type: "production"},
		},
		"a long one is cut, and ends in a hash": {
			byHand().Pipeline(long), identifier("eu-1", "shop", long), long, v1alpha1.Environment{ID: "prod-eu", Name: "Production EU", Type: "production"},
		},
		"a name for people stays": {
			byHand().Record(func(d *v1alpha1.JiraDeployment) { d.Spec.Pipeline.Name = "Search index" }), "eu-1/shop/index", "Search index",
			v1alpha1.Environment{ID: "prod-eu", Name: "Production EU", Type: "production"},
		},
		"an environment without a name has its id for one": {
			byHand().Environment("staging"), "eu-1/shop/index", "index", v1alpha1.Environment{ID: "staging", Name: "staging", Type: "staging"},
		},
		"the namespace's own has the type that the site guesses": {
			byHand().In(namespace("shop-dev")).Environment("eu-1/shop-dev"), "eu-1/shop-dev/index", "index",
			v1alpha1.Environment{ID: "eu-1/shop-dev", Name: "shop-dev", Type: "development"},
		},
		"or that its label says": {
			byHand().In(namespace("shop", v1alpha1.KeyEnvironmentType, "testing")).Environment("eu-1/shop"), "eu-1/shop/index", "index",
			v1alpha1.Environment{ID: "eu-1/shop", Name: "shop", Type: "testing"},
		},
		"as it is written, where it may say all": {
			byHand().Allow(v1alpha1.HandmadeAny), "index", "", v1alpha1.Environment{ID: "prod-eu", Name: "Mine", Type: "development"},
		},
		"as it is written, in the namespace that may say all": {
			byHand().Allow(v1alpha1.HandmadeAny, ci).In(inCI), "index", "", v1alpha1.Environment{ID: "prod-eu", Name: "Mine", Type: "development"},
		},
		"as its namespace's, beside the one that may say all": {
			byHand().Allow(v1alpha1.HandmadeAny, ci), "eu-1/shop/index", "index", v1alpha1.Environment{ID: "prod-eu", Name: "Production EU", Type: "production"},
		},
		"a workload's as it is written": {
			ofWorkload(), "eu-1/shop/Deployment/web", "", v1alpha1.Environment{ID: "eu-1/shop", Name: "Mine", Type: "development"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			checked, before := tt.of.Check(), tt.of.record.DeepCopy()
			if checked.Reason != "" {
				t.Fatalf("Check() = %q, %q", checked.Reason, checked.Message)
			}
			got := checked.As.Of(tt.of.record).(*v1alpha1.JiraDeployment)
			if got.Spec.Pipeline.ID != tt.pipeline || got.Spec.Pipeline.Name != tt.shown || len(got.Spec.Pipeline.ID) > maxText {
				t.Errorf("pipeline %q, shown as %q; want %q, %q", got.Spec.Pipeline.ID, got.Spec.Pipeline.Name, tt.pipeline, tt.shown)
			}
			if diff := cmp.Diff(tt.environment, got.Spec.Environment); diff != "" {
				t.Errorf("environment (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, tt.of.record); diff != "" {
				t.Errorf("the record itself changed (-before +after):\n%s", diff)
			}
			got.Spec.Pipeline, got.Spec.Environment = before.Spec.Pipeline, before.Spec.Environment
			if diff := cmp.Diff(before, got); diff != "" {
				t.Errorf("something else of it changed (-before +after):\n%s", diff)
			}
		})
	}
}

// keysOf returns keys of a project, from 1 to n.
func keysOf(project string, n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("%s-%d", project, i+1)
	}
	return keys
}
