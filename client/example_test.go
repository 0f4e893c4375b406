// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
	"fmt"
	"log"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	applyv1alpha1 "github.com/rollcall-dev/rollcall/client/applyconfiguration/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/client/clientset/versioned"
	"github.com/rollcall-dev/rollcall/client/clientset/versioned/fake"
)

// In a cluster the clients come from versioned.NewForConfig, with a rest.Config of client-go.
func Example() {
	var clients versioned.Interface = fake.NewClientset(&v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop-prod", Name: "web-1"},
		Spec: v1alpha1.JiraDeploymentSpec{
			IssueKeys: []string{"SHOP-12"}, State: v1alpha1.StateSuccessful,
			Environment: v1alpha1.Environment{ID: "prod", Type: v1alpha1.EnvironmentProduction},
		},
	})
	records, err := clients.RollcallV1alpha1().JiraDeployments(metav1.NamespaceAll).List(context.Background(), metav1.ListOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, record := range records.Items {
		if slices.Contains(record.Spec.IssueKeys, "SHOP-12") {
			fmt.Println("SHOP-12:", record.Spec.State, "in", record.Spec.Environment.Type)
		}
	}
	// Output:
	// SHOP-12: successful in production
}

// Server-side apply writes the fields that it names, and leaves the others to whoever wrote them.
func Example_apply() {
	config, err := rest.InClusterConfig()
	if err != nil {
		log.Fatal(err)
	}
	clients, err := versioned.NewForConfig(config)
	if err != nil {
		log.Fatal(err)
	}
	site := applyv1alpha1.JiraSite("acme").WithSpec(applyv1alpha1.JiraSiteSpec().
		WithHost("acme.atlassian.net").
		WithCredentials(applyv1alpha1.Credentials().WithSecretName("acme-jira")).
		WithEnvironments(applyv1alpha1.EnvironmentRule().
			WithID("prod").WithType(v1alpha1.EnvironmentProduction).WithNamespaces("*-prod")))
	applied, err := clients.RollcallV1alpha1().JiraSites().Apply(context.Background(), site, metav1.ApplyOptions{FieldManager: "platform"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(applied.Name, applied.Spec.Host)
}
