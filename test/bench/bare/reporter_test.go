// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/bench/finish"
)

// deployment returns a Deployment of one replica, at a revision that so many of its pods have.
func deployment(revision string, updated int32) *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop-prod", Name: "web", CreationTimestamp: metav1.NewTime(time.Unix(1_772_355_600, 0)),
			Annotations: map[string]string{"deployment.kubernetes.io/revision": revision},
		},
		Spec: appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{
			Annotations: map[string]string{"rollcall.dev/issue-keys": "SHOP-1,SHOP-2"},
		}}},
		Status: appsv1.DeploymentStatus{Replicas: 1, UpdatedReplicas: updated, AvailableReplicas: 1},
	}
}

func TestNews(t *testing.T) {
	tests := map[string]struct {
		before, after *appsv1.Deployment
		want          bool
	}{
		"it finished":                  {deployment("2", 0), deployment("2", 1), true},
		"it is not finished":           {deployment("2", 0), deployment("2", 0), false},
		"it was finished":              {deployment("2", 1), deployment("2", 1), false},
		"another revision finished":    {deployment("1", 1), deployment("2", 1), true},
		"a new one that is finished":   {nil, deployment("2", 1), true},
		"a new one that is under way":  {nil, deployment("2", 0), false},
		"the next revision is started": {deployment("1", 1), deployment("2", 0), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			revision, ok := news(tt.before, tt.after)
			if ok != tt.want || ok && revision != 2 {
				t.Errorf("news() = %d, %v; want 2, %v", revision, ok, tt.want)
			}
		})
	}
}

func TestJiraTakesWhatIsReported(t *testing.T) {
	server, err := jiratest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	server.AddCredential("id", "secret", jiratest.Deployments)
	server.AddProject("SHOP", 2)
	r, err := newReporter("eu", jira.Config{Host: server.Host(), CloudID: server.CloudID(), APIURL: server.URL(), ClientID: "id", ClientSecret: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	d := deployment("2", 1)
	r.report(t.Context(), d, 2)
	stored := server.Deployments()
	if len(stored) != 1 {
		t.Fatalf("Jira has %d deployments, want 1", len(stored))
	}
	if stored[0].Key() != finish.Key("eu", d, 2) || stored[0].State != "successful" {
		t.Errorf("Jira has %+v as %s", stored[0].Key(), stored[0].State)
	}
	if diff := cmp.Diff([]string{"SHOP-1", "SHOP-2"}, stored[0].Associations[0].Values); diff != "" {
		t.Errorf("issues (-want +got):\n%s", diff)
	}
}
