// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

// shown is a deployment as Jira shows it, cut to what tests speak of.
type shown struct {
	revision    int64
	state       string
	environment string
	keys        string
}

// inJira returns what Jira shows of a namespace, in the order of the revisions.
func inJira(namespace string) []shown {
	return inJiraOf(jiraNow, namespace)
}

// newestInJira returns the last of them; none where there are none.
func newestInJira(namespace string) shown {
	all := inJira(namespace)
	if len(all) == 0 {
		return shown{}
	}
	return all[len(all)-1]
}

func inJiraOf(server *jiratest.Server, namespace string) []shown {
	var found []shown
	for _, d := range stored(server, namespace) {
		found = append(found, shown{
			revision:    d.DeploymentSequenceNumber % 1_000_000,
			state:       d.State,
			environment: d.Environment.Type,
			keys:        strings.Join(d.Associations[0].Values, " "),
		})
	}
	return found
}

func stored(server *jiratest.Server, namespace string) []jira.Deployment {
	var found []jira.Deployment
	for _, d := range server.Deployments() {
		if strings.HasPrefix(d.Pipeline.ID, clusterName+"/"+namespace+"/") {
			found = append(found, d.Deployment)
		}
	}
	return found
}

// awaitJira waits until Jira shows just this of a namespace.
func awaitJira(namespace string, want ...shown) {
	GinkgoHelper()
	Eventually(func() []shown { return inJira(namespace) }).Should(Equal(want))
}

// toldStates returns the states that Jira was told of the deployments of a namespace, in their order.
func toldStates(namespace string) []string {
	var states []string
	for _, d := range stored(jiraNow, namespace) {
		for _, update := range jiraNow.Updates(d.Key()) {
			states = append(states, update.State)
		}
	}
	return states
}

// bulkRequests returns how many requests carried deployments of a namespace.
func bulkRequests(namespace string) int {
	count := 0
	for _, request := range jiraNow.Requests() {
		if slices.ContainsFunc(request.Deployments, func(d jira.Deployment) bool {
			return strings.HasPrefix(d.Pipeline.ID, clusterName+"/"+namespace+"/")
		}) {
			count++
		}
	}
	return count
}

// readyOf returns a site's Ready condition.
func readyOf(ctx context.Context, site string) metav1.Condition {
	var s v1alpha1.JiraSite
	if err := kube.Get(ctx, client.ObjectKey{Name: site}, &s); err != nil {
		return metav1.Condition{Message: err.Error()}
	}
	ready := meta.FindStatusCondition(s.Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil || ready.ObservedGeneration != s.Generation {
		return metav1.Condition{Message: "not observed yet"}
	}
	return *ready
}

// awaitReason waits for the reason of a site's Ready condition, and returns its message.
func awaitReason(ctx context.Context, site, reason string) string {
	GinkgoHelper()
	var ready metav1.Condition
	Eventually(func() string {
		ready = readyOf(ctx, site)
		return ready.Reason
	}).Should(Equal(reason), func() string { return ready.Message })
	want := metav1.ConditionFalse
	if reason == v1alpha1.ReasonReady || reason == v1alpha1.ReasonDryRun {
		want = metav1.ConditionTrue
	}
	Expect(ready.Status).To(Equal(want))
	return ready.Message
}

// records returns the records of a namespace, in the order of the revisions.
func records(ctx context.Context, namespace string) []v1alpha1.JiraDeployment {
	GinkgoHelper()
	var list v1alpha1.JiraDeploymentList
	Expect(kube.List(ctx, &list, client.InNamespace(namespace))).To(Succeed())
	slices.SortFunc(list.Items, func(a, b v1alpha1.JiraDeployment) int { return int(a.Spec.Revision - b.Spec.Revision) })
	return list.Items
}

// awaitDelivered waits until the only record of a namespace has this reason, and returns the record.
func awaitDelivered(ctx context.Context, namespace, reason string) v1alpha1.JiraDeployment {
	GinkgoHelper()
	var found v1alpha1.JiraDeployment
	Eventually(func(g Gomega) {
		all := records(ctx, namespace)
		g.Expect(all).To(HaveLen(1))
		found = all[0]
		delivered := meta.FindStatusCondition(found.Status.Conditions, v1alpha1.ConditionDelivered)
		g.Expect(delivered).NotTo(BeNil())
		g.Expect(delivered.Reason).To(Equal(reason), delivered.Message)
		g.Expect(delivered.ObservedGeneration).To(Equal(found.Generation))
	}).Should(Succeed())
	return found
}

func deliveredMessage(d v1alpha1.JiraDeployment) string {
	return meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ConditionDelivered).Message
}

// eventsAbout returns the notes of the Events about an object, with their reasons.
func eventsAbout(ctx context.Context, namespace, name string) []string {
	GinkgoHelper()
	var found []string
	for _, e := range events(ctx) {
		if e.Regarding.Namespace == namespace && e.Regarding.Name == name {
			found = append(found, e.Reason+": "+e.Note)
		}
	}
	return found
}
