// SPDX-License-Identifier: Apache-2.0

// Package pagetest makes records for the tests of the page.
package pagetest

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/page/view"
)

// Noon is when the tests take place.
var Noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// Deployment builds a record of a Deployment.
type Deployment struct{ d v1alpha1.JiraDeployment }

// environments are those of the namespaces, by the ends of their names.
var environments = map[string]v1alpha1.Environment{
	"dev":     {ID: "demo/shop-dev", Name: "shop-dev", Type: v1alpha1.EnvironmentDevelopment},
	"staging": {ID: "demo/shop-staging", Name: "shop-staging", Type: v1alpha1.EnvironmentStaging},
	"prod":    {ID: "production", Name: "Production", Type: v1alpha1.EnvironmentProduction},
}

// MakeDeployment begins a record of revision n of the Deployment web of shop-<environment>, successful and told, n minutes after eleven.
func MakeDeployment(environment string, n int64) *Deployment {
	namespace := "shop-" + environment
	at := metav1.NewTime(Noon.Add(-time.Hour).Add(time.Duration(n) * time.Minute))
	return (&Deployment{d: v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: fmt.Sprintf("web-%d", n), Generation: 1, CreationTimestamp: at},
		Spec: v1alpha1.JiraDeploymentSpec{
			Site: "acme", Revision: n, Sequence: 1_795_000_000_000_000 + n, Environment: environments[environment],
			Workload:    &v1alpha1.WorkloadReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web", UID: "1"},
			Pipeline:    v1alpha1.Pipeline{ID: "demo/" + namespace + "/Deployment/web", Name: namespace + "/web"},
			State:       v1alpha1.StateSuccessful,
			LastUpdated: at, DisplayName: "web", Description: fmt.Sprintf("Deployment %s/web, revision %d", namespace, n),
		},
	}}).Answer(v1alpha1.ReasonAccepted, "Jira took it.")
}

// Version sets the version.
func (b *Deployment) Version(version string) *Deployment {
	b.d.Spec.Label, b.d.Spec.DisplayName = version, "web "+version
	return b
}

// Commit sets the commit that runs.
func (b *Deployment) Commit(id string) *Deployment {
	b.d.Spec.Source = &v1alpha1.Source{Revision: id}
	return b
}

// Issues sets the issue keys.
func (b *Deployment) Issues(keys ...string) *Deployment { b.d.Spec.IssueKeys = keys; return b }

// State sets the state.
func (b *Deployment) State(state v1alpha1.DeploymentState) *Deployment {
	b.d.Spec.State = state
	return b
}

// Named sets the name of the workload.
func (b *Deployment) Named(name string) *Deployment {
	b.d.Spec.Workload.Name, b.d.Name = name, fmt.Sprintf("%s-%d", name, b.d.Spec.Revision)
	b.d.Spec.Pipeline = v1alpha1.Pipeline{ID: "demo/" + b.d.Namespace + "/Deployment/" + name, Name: b.d.Namespace + "/" + name}
	return b
}

// Change changes what has no method.
func (b *Deployment) Change(change func(*v1alpha1.JiraDeployment)) *Deployment {
	change(&b.d)
	return b
}

// Answer sets Jira's word.
func (b *Deployment) Answer(reason, message string) *Deployment {
	answer(&b.d.Status.RecordStatus, reason, message, b.d.Spec.LastUpdated)
	return b
}

// Obj returns the record.
func (b *Deployment) Obj() *v1alpha1.JiraDeployment { return b.d.DeepCopy() }

func answer(s *v1alpha1.RecordStatus, reason, message string, at metav1.Time) {
	status := metav1.ConditionFalse
	if reason == v1alpha1.ReasonAccepted {
		status = metav1.ConditionTrue
	}
	s.Conditions = []metav1.Condition{{
		Type: v1alpha1.ConditionDelivered, Status: status, Reason: reason, Message: message, ObservedGeneration: 1, LastTransitionTime: at,
	}}
}

// MakeBuild returns the record of a build of an issue, told, n minutes after eleven.
func MakeBuild(n int64, state v1alpha1.BuildState, issue string) *v1alpha1.JiraBuild {
	at := metav1.NewTime(Noon.Add(-time.Hour).Add(time.Duration(n) * time.Minute))
	b := &v1alpha1.JiraBuild{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop-ci", Name: fmt.Sprintf("build-%d", n), Generation: 1, CreationTimestamp: at},
		Spec: v1alpha1.JiraBuildSpec{
			Site: "acme", PipelineID: "demo/shop-ci/Job/shop-build", BuildNumber: n, State: state, LastUpdated: at,
			DisplayName: fmt.Sprintf("shop-build #%d", n), Label: "main", IssueKeys: []string{issue},
			Tests: &v1alpha1.BuildTests{Total: ptr.To[int64](120), Passed: ptr.To[int64](119), Failed: ptr.To[int64](0)},
		},
	}
	answer(&b.Status.RecordStatus, v1alpha1.ReasonAccepted, "Jira took it.", at)
	return b
}

// MakeSite returns a site that is Ready, or not for a reason.
func MakeSite(reason, message string) *v1alpha1.JiraSite {
	status := metav1.ConditionFalse
	if reason == v1alpha1.ReasonReady {
		status = metav1.ConditionTrue
	}
	return &v1alpha1.JiraSite{
		ObjectMeta: metav1.ObjectMeta{Name: "acme"},
		Spec:       v1alpha1.JiraSiteSpec{Host: "acme.atlassian.net"},
		Status:     v1alpha1.JiraSiteStatus{Conditions: []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: status, Reason: reason, Message: message}}},
	}
}

// Story is a release that is promoted, another that fails and is rolled back, and builds.
func Story() view.Records {
	r := view.Records{Sites: []*v1alpha1.JiraSite{MakeSite(v1alpha1.ReasonReady, "")}}
	for n, issue := range []string{"SHOP-11", "SHOP-12", "SHOP-13", "SHOP-14", "SHOP-15"} {
		r.Builds = append(r.Builds, MakeBuild(int64(n+1), v1alpha1.BuildSuccessful, issue))
	}
	for _, d := range []*Deployment{
		MakeDeployment("dev", 1).Version("1.3.0").Commit("aaaaaaa1").Issues("SHOP-11"),
		MakeDeployment("dev", 2).Version("1.4.0").Commit("bbbbbbb2").Issues("SHOP-12"),
		MakeDeployment("dev", 3).Version("1.4.1").Commit("ccccccc3").Issues("SHOP-13"),
		MakeDeployment("dev", 4).Version("1.4.2").Commit("ddddddd4").Issues("SHOP-14"),
		MakeDeployment("dev", 50).Version("1.6.0").Commit("fffffff6").Issues("SHOP-16").State(v1alpha1.StateInProgress),
		MakeDeployment("staging", 1).Version("1.3.0").Commit("aaaaaaa1").Issues("SHOP-11"),
		MakeDeployment("staging", 5).Version("1.4.2").Commit("ddddddd4").Issues("SHOP-14", "SHOP-13", "SHOP-12"),
		MakeDeployment("staging", 20).Version("1.5.0").Commit("eeeeeee5").Issues("SHOP-15"),
		MakeDeployment("prod", 1).Version("1.3.0").Commit("aaaaaaa1").Issues("SHOP-11"),
		MakeDeployment("prod", 6).Version("1.4.2").Commit("ddddddd4").Issues("SHOP-14", "SHOP-13", "SHOP-12"),
		MakeDeployment("prod", 21).Version("1.5.0").Commit("eeeeeee5").Issues("SHOP-15").State(v1alpha1.StateRolledBack),
		MakeDeployment("prod", 22).Version("1.4.2").Commit("ddddddd4").Issues("SHOP-14", "SHOP-13", "SHOP-12"),
	} {
		r.Deployments = append(r.Deployments, d.Obj())
	}
	return r
}

// Many returns that many records, of which one in ten is a build: of a service for each 40, in three environments.
func Many(count int) view.Records {
	r := view.Records{Sites: []*v1alpha1.JiraSite{MakeSite(v1alpha1.ReasonReady, "")}}
	for i := range count {
		issue := fmt.Sprintf("SHOP-%d", i/3+1)
		if i%10 == 9 {
			r.Builds = append(r.Builds, MakeBuild(int64(i), v1alpha1.BuildSuccessful, issue))
			continue
		}
		d := MakeDeployment([]string{"dev", "staging", "prod"}[i%3], int64(i)).Named(fmt.Sprintf("web%d", i/40))
		r.Deployments = append(r.Deployments, d.Version(fmt.Sprintf("1.%d.0", i)).Commit(fmt.Sprintf("%040x", i)).Issues(issue, fmt.Sprintf("PAY-%d", i%500+1)).Obj())
	}
	return r
}
