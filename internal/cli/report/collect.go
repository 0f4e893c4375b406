// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/version"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// collector collects into an archive.
type collector struct {
	wanted
	reader client.Client
	// own is the namespace of the user's context.
	own     string
	pods    podReader
	server  func() (*version.Info, error)
	version string
	archive *archive
	// sites, records, namespaces and logs count what was collected.
	sites, records, namespaces, logs int
}

// crds is the kind of CRDs. Their names alone are read.
var crds = metav1.PartialObjectMetadataList{TypeMeta: metav1.TypeMeta{APIVersion: "apiextensions.k8s.io/v1", Kind: "CustomResourceDefinitionList"}}

// collect collects everything, in the order of the files.
func (c *collector) collect(ctx context.Context) error {
	for _, step := range []func(context.Context) error{c.readme, c.versions, c.jiraSites, c.collectManager, c.allRecords} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) readme(context.Context) error {
	return c.archive.add("README.txt", strings.NewReader(fmt.Sprintf(`A report of kubectl rollcall %s, of %s.

versions.txt     the plug-in, the API server, the names of the CRDs
jirasites.yaml   and jirasites-events.yaml
manager/         its Deployment, pods, Events, logs, metrics
namespaces/      the records of each namespace, and the Events of workloads and records
not-read.txt     what could not be read, and why

No Secret was read. Values of variables of the environment, passwords in URLs and tokens were replaced by %s.
namespace: %s   issue: %s   limit of records: %d
`, c.version, c.archive.now.Format("2006-01-02 15:04:05 MST"), redacted, cmp.Or(c.namespace, "all"), cmp.Or(c.issue, "all"), c.limit)))
}

func (c *collector) versions(ctx context.Context) error {
	text := fmt.Sprintf("plug-in: %s\n", c.version)
	if server, err := c.server(); err != nil {
		c.archive.gap("the version of the API server", err)
	} else {
		text += fmt.Sprintf("API server: %s\n", server.GitVersion)
	}
	list := crds.DeepCopy()
	if err := c.reader.List(ctx, list); err != nil {
		c.archive.gap("the names of the CRDs", err)
	}
	for _, crd := range list.Items {
		text += fmt.Sprintf("CRD: %s\n", crd.Name)
	}
	return c.archive.add("versions.txt", strings.NewReader(text))
}

func (c *collector) jiraSites(ctx context.Context) error {
	var list v1alpha1.JiraSiteList
	if err := c.reader.List(ctx, &list); err != nil {
		c.archive.gap("JiraSites", err)
	}
	c.sites = len(list.Items)
	if err := addObjects(c.archive, "jirasites.yaml", pointers(list.Items)); err != nil {
		return err
	}
	// Events of what has no namespace are in the namespace default.
	return c.events(ctx, metav1.NamespaceDefault, "jirasites-events.yaml", func(e *corev1.Event) bool { return e.InvolvedObject.Kind == "JiraSite" })
}

// allRecords collects the records of all namespaces. Where the user may read those of some alone, of the context's.
func (c *collector) allRecords(ctx context.Context) error {
	deployments, err := read(ctx, c, "JiraDeployments", &v1alpha1.JiraDeploymentList{}, func(l *v1alpha1.JiraDeploymentList) []v1alpha1.JiraDeployment { return l.Items },
		func(d *v1alpha1.JiraDeployment) []string { return d.Spec.IssueKeys })
	if err != nil {
		return err
	}
	builds, err := read(ctx, c, "JiraBuilds", &v1alpha1.JiraBuildList{}, func(l *v1alpha1.JiraBuildList) []v1alpha1.JiraBuild { return l.Items },
		func(b *v1alpha1.JiraBuild) []string { return b.Spec.IssueKeys })
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for _, of := range [][]string{slices.Collect(maps.Keys(deployments)), slices.Collect(maps.Keys(builds))} {
		for _, namespace := range of {
			names[namespace] = true
		}
	}
	if c.namespace != "" {
		names[c.namespace] = true // its Events say why there is no record
	}
	c.namespaces = len(names)
	for _, namespace := range slices.Sorted(maps.Keys(names)) {
		folder := "namespaces/" + namespace + "/"
		c.records += len(deployments[namespace]) + len(builds[namespace])
		if err := addObjects(c.archive, folder+"jiradeployments.yaml", deployments[namespace]); err != nil {
			return err
		}
		if err := addObjects(c.archive, folder+"jirabuilds.yaml", builds[namespace]); err != nil {
			return err
		}
		if err := c.events(ctx, namespace, folder+"events.yaml", c.ofWorkloads(deployments[namespace], builds[namespace])); err != nil {
			return err
		}
	}
	return nil
}

// observed are the kinds whose Events are collected.
var observed = []string{"Deployment", "StatefulSet", "DaemonSet", "Rollout", "Job", "PipelineRun", "BuildRun", "Workflow", "Build", "JiraDeployment", "JiraBuild"}

// ofWorkloads chooses the Events of workloads, runs and records; of one issue those of its records and of their workloads.
func (c *collector) ofWorkloads(deployments []*v1alpha1.JiraDeployment, builds []*v1alpha1.JiraBuild) func(*corev1.Event) bool {
	if c.issue == "" {
		return func(e *corev1.Event) bool { return slices.Contains(observed, e.InvolvedObject.Kind) }
	}
	of := map[string]bool{}
	for _, d := range deployments {
		of["JiraDeployment/"+d.Name] = true
		if w := d.Spec.Workload; w != nil {
			of[w.Kind+"/"+w.Name] = true
		}
	}
	for _, b := range builds {
		of["JiraBuild/"+b.Name] = true
		if r := b.Spec.Run; r != nil {
			of[r.Kind+"/"+r.Name] = true
		}
	}
	return func(e *corev1.Event) bool { return of[e.InvolvedObject.Kind+"/"+e.InvolvedObject.Name] }
}

func (c *collector) events(ctx context.Context, namespace, file string, wanted func(*corev1.Event) bool) error {
	var list corev1.EventList
	if err := c.reader.List(ctx, &list, client.InNamespace(namespace)); err != nil {
		c.archive.gap("Events of the namespace "+namespace, err)
	}
	events := slices.DeleteFunc(pointers(list.Items), func(e *corev1.Event) bool { return !wanted(e) })
	return addObjects(c.archive, file, events)
}

// read reads records of a kind, by namespace: of each the newest, in the order of their names.
func read[L client.ObjectList, T any, P interface {
	*T
	client.Object
}](ctx context.Context, c *collector, kind string, list L, items func(L) []T, keys func(P) []string) (map[string][]P, error) {
	namespace := c.namespace
	err := c.reader.List(ctx, list, client.InNamespace(namespace))
	if apierrors.IsForbidden(err) && namespace == "" {
		c.archive.gap(fmt.Sprintf("%s of all namespaces (those of %s are read)", kind, c.own), err)
		namespace = c.own
		err = c.reader.List(ctx, list, client.InNamespace(namespace))
	}
	if err != nil {
		c.archive.gap(kind, err)
		return nil, ctx.Err()
	}
	found := map[string][]P{}
	for _, record := range pointers(items(list)) {
		if p := P(record); c.issue == "" || slices.Contains(keys(p), c.issue) {
			found[p.GetNamespace()] = append(found[p.GetNamespace()], p)
		}
	}
	for _, namespace := range slices.Sorted(maps.Keys(found)) {
		of := found[namespace]
		if len(of) > c.limit {
			c.archive.gap(fmt.Sprintf("%s of the namespace %s", kind, namespace), fmt.Errorf("the newest %d of %d are here (--limit)", c.limit, len(of)))
			slices.SortStableFunc(of, func(a, b P) int { return b.GetCreationTimestamp().Compare(a.GetCreationTimestamp().Time) })
			of = of[:c.limit]
		}
		slices.SortFunc(of, func(a, b P) int { return cmp.Compare(a.GetName(), b.GetName()) })
		found[namespace] = of
	}
	return found, nil
}
