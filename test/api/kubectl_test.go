// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func TestKubectlGetShowsJiraDeployments(t *testing.T) {
	g := NewWithT(t)
	c := apiServer(t)
	namespace := makeNamespace(t, c)

	delivered := merge(t, parse(t, minimalDeployment), "spec", `{environment: {name: Production EU}, issueKeys: [SHOP-12, PAY-3], source: `+wholeSource+`}`)
	delivered.SetNamespace(namespace)
	delivered.SetName("a-delivered")
	store(t, c, delivered)
	g.Expect(c.Status().Update(t.Context(), merge(t, delivered, "status", `conditions: [`+conditions("Delivered", "SourceResolved")+`]`))).To(Succeed())
	byHand := parse(t, minimalDeployment)
	byHand.SetNamespace(namespace)
	byHand.SetName("by-hand")
	store(t, c, byHand)

	table := tableOf(t, "/apis/rollcall.dev/v1alpha1/namespaces/"+namespace+"/jiradeployments")
	g.Expect(columns(table, 0)).To(Equal([]string{"Name", "Site", "Environment", "Type", "Issues", "State", "Delivered", "Age"}))
	g.Expect(columns(table, 1)).To(Equal([]string{"Reason", "Source", "Commits", "Revision"}), "-o wide")
	g.Expect(rows(table)).To(HaveExactElements(
		HaveExactElements("a-delivered", "acme", "Production EU", "production", `["SHOP-12","PAY-3"]`, "successful", "True", "Fine", "Fine", BeEquivalentTo(3), "41ac7e7", MatchRegexp(`^\d+s$`)),
		HaveExactElements("by-hand", "acme", BeNil(), "production", `["SHOP-12"]`, "successful", BeNil(), BeNil(), BeNil(), BeNil(), BeNil(), MatchRegexp(`^\d+s$`)),
	))
}

func TestKubectlGetShowsJiraBuilds(t *testing.T) {
	g := NewWithT(t)
	c := apiServer(t)
	namespace := makeNamespace(t, c)

	delivered := merge(t, parse(t, minimalBuild), "spec", `{displayName: "shop #7", issueKeys: [SHOP-12, PAY-3], source: `+wholeSource+`}`)
	delivered.SetNamespace(namespace)
	delivered.SetName("a-delivered")
	store(t, c, delivered)
	g.Expect(c.Status().Update(t.Context(), merge(t, delivered, "status", `conditions: [`+conditions("Delivered", "SourceResolved")+`]`))).To(Succeed())
	byHand := merge(t, parse(t, minimalBuild), "spec", `state: in_progress`)
	byHand.SetNamespace(namespace)
	byHand.SetName("by-hand")
	store(t, c, byHand)

	table := tableOf(t, "/apis/rollcall.dev/v1alpha1/namespaces/"+namespace+"/jirabuilds")
	g.Expect(columns(table, 0)).To(Equal([]string{"Name", "Site", "Build", "Issues", "State", "Delivered", "Age"}))
	g.Expect(columns(table, 1)).To(Equal([]string{"Pipeline", "Reason", "Source", "Revision"}), "-o wide")
	g.Expect(rows(table)).To(HaveExactElements(
		HaveExactElements("a-delivered", "acme", "web", "shop #7", `["SHOP-12","PAY-3"]`, "successful", "True", "Fine", "Fine", "41ac7e7", MatchRegexp(`^\d+s$`)),
		HaveExactElements("by-hand", "acme", "web", BeNil(), `["SHOP-12"]`, "in_progress", BeNil(), BeNil(), BeNil(), BeNil(), MatchRegexp(`^\d+s$`)),
	))
}

func TestKubectlGetShowsJiraSites(t *testing.T) {
	g := NewWithT(t)
	c := apiServer(t)
	site := merge(t, parse(t, minimalSite), "spec", `dryRun: true`)
	site.SetName("shown")
	store(t, c, site)
	g.Expect(c.Status().Update(t.Context(), merge(t, site, "status",
		`{pending: 0, lastAccepted: "2026-07-01T10:00:00Z", readBack: {result: Same}, conditions: [`+conditions("Ready")+`]}`))).To(Succeed())

	table := tableOf(t, "/apis/rollcall.dev/v1alpha1/jirasites?fieldSelector=metadata.name%3Dshown")
	g.Expect(columns(table, 0)).To(Equal([]string{"Name", "Host", "Ready", "Reason", "Suspended", "DryRun", "Age"}))
	g.Expect(columns(table, 1)).To(Equal([]string{"Pending", "Oldest", "Accepted", "Probed", "ReadBack"}), "-o wide")
	g.Expect(rows(table)).To(HaveExactElements(
		HaveExactElements("shown", "acme.atlassian.net", "True", "Fine", BeNil(), true,
			BeEquivalentTo(0), BeNil(), MatchRegexp(`^-?\d+[dy]`), BeNil(), "Same", MatchRegexp(`^\d+s$`)),
	))
}

func TestKubectlGetJiraListsAllKinds(t *testing.T) {
	g := NewWithT(t)
	apiServer(t)
	clients, err := kubernetes.NewForConfig(shared.config)
	g.Expect(err).NotTo(HaveOccurred())
	found, err := clients.Discovery().ServerResourcesForGroupVersion(v1alpha1.GroupVersion.String())
	g.Expect(err).NotTo(HaveOccurred())

	categories, shortNames := map[string][]string{}, map[string][]string{}
	for _, resource := range found.APIResources {
		categories[resource.Name], shortNames[resource.Name] = resource.Categories, resource.ShortNames
	}
	g.Expect(categories).To(Equal(map[string][]string{
		"jirasites": {"jira"}, "jirasites/status": nil,
		"jiradeployments": {"jira"}, "jiradeployments/status": nil,
		"jirabuilds": {"jira"}, "jirabuilds/status": nil,
	}))
	g.Expect(shortNames).To(Equal(map[string][]string{
		"jirasites": {"jsite"}, "jirasites/status": nil,
		"jiradeployments": {"jdep"}, "jiradeployments/status": nil,
		"jirabuilds": {"jbuild"}, "jirabuilds/status": nil,
	}))
}

func TestRecordsAreSelectedByTheirFields(t *testing.T) {
	for kind, minimal := range map[string]string{"JiraDeployment": minimalDeployment, "JiraBuild": minimalBuild} {
		t.Run(kind, func(t *testing.T) { selectedByTheirFields(t, kind, minimal) })
	}
}

func selectedByTheirFields(t *testing.T, kind, minimal string) {
	g := NewWithT(t)
	c := apiServer(t)
	namespace := makeNamespace(t, c)
	for name, change := range map[string]string{
		"acme-done":   `{site: acme, state: successful}`,
		"acme-failed": `{site: acme, state: failed}`,
		"other-done":  `{site: other, state: successful}`,
	} {
		o := merge(t, parse(t, minimal), "spec", change)
		o.SetNamespace(namespace)
		o.SetName(name)
		store(t, c, o)
	}
	for selector, want := range map[string][]string{
		"spec.site=acme":                    {"acme-done", "acme-failed"},
		"spec.state=successful":             {"acme-done", "other-done"},
		"spec.site=acme,spec.state=failed":  {"acme-failed"},
		"spec.site=acme,spec.state!=failed": {"acme-done"},
	} {
		t.Run(selector, func(t *testing.T) {
			g := NewWithT(t)
			list := &unstructured.UnstructuredList{}
			list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(kind + "List"))
			options := &client.ListOptions{Namespace: namespace, Raw: &metav1.ListOptions{FieldSelector: selector}}
			g.Expect(c.List(t.Context(), list, options)).To(Succeed())
			var names []string
			for _, o := range list.Items {
				names = append(names, o.GetName())
			}
			g.Expect(names).To(ConsistOf(want))
		})
	}
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(kind + "List"))
	err := c.List(t.Context(), list, client.MatchingFields{"spec.label": "x"})
	g.Expect(err).To(MatchError(ContainSubstring("field label not supported: spec.label")))
}

// tableOf asks for what kubectl get asks for.
func tableOf(t *testing.T, path string) metav1.Table {
	t.Helper()
	g := NewWithT(t)
	clients, err := kubernetes.NewForConfig(shared.config)
	g.Expect(err).NotTo(HaveOccurred())
	text, err := clients.CoreV1().RESTClient().Get().RequestURI(path).
		SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").
		DoRaw(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	var table metav1.Table
	g.Expect(json.Unmarshal(text, &table)).To(Succeed())
	return table
}

// columns returns the names of the columns of a priority; kubectl get shows those of 0, and all with -o wide.
func columns(table metav1.Table, priority int32) []string {
	var names []string
	for _, column := range table.ColumnDefinitions {
		if column.Priority == priority {
			names = append(names, column.Name)
		}
	}
	return names
}

func rows(table metav1.Table) [][]any {
	var cells [][]any
	for _, row := range table.Rows {
		cells = append(cells, row.Cells)
	}
	return cells
}
