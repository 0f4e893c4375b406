// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"context"
	"errors"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/pager"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// systemNamespace is the namespace whose UID is the cluster's.
const systemNamespace = "kube-system"

// Options say what Read reads.
type Options struct {
	// Namespaces are those that are read; empty for all.
	Namespaces []string
	// Ignored are the names that the manager ignores on pod templates (--ignore-annotations, --ignore-env).
	Ignored rollout.Ignored
	// Only are the resources that are read, such as "jiradeployments"; empty for all of Resources. Less is faster.
	Only []string
}

// resource is a kind that is read.
type resource struct {
	name    string
	newList func() client.ObjectList
	// cluster says that its objects are in no namespace; optional that a cluster may do without it.
	cluster, optional bool
}

// resources are all that are read, but for namespaces.
var resources = []resource{
	{name: "jirasites", newList: func() client.ObjectList { return &v1alpha1.JiraSiteList{} }, cluster: true},
	{name: "jiradeployments", newList: func() client.ObjectList { return &v1alpha1.JiraDeploymentList{} }},
	{name: "jirabuilds", newList: func() client.ObjectList { return &v1alpha1.JiraBuildList{} }},
	{name: "deployments", newList: func() client.ObjectList { return &appsv1.DeploymentList{} }},
	{name: "statefulsets", newList: func() client.ObjectList { return &appsv1.StatefulSetList{} }},
	{name: "daemonsets", newList: func() client.ObjectList { return &appsv1.DaemonSetList{} }},
	{name: "controllerrevisions", newList: func() client.ObjectList { return &appsv1.ControllerRevisionList{} }},
	{name: "rollouts", newList: func() client.ObjectList { return rollout.NewArgoRolloutList() }, optional: true},
	{name: "canaries", newList: func() client.ObjectList { return rollout.NewCanaryList() }, optional: true},
}

// Resources returns the resources that Read reads, beside namespaces.
func Resources() []string {
	names := make([]string, len(resources))
	for i, r := range resources {
		names[i] = r.name
	}
	return names
}

// Read makes a snapshot of a cluster. What the user may not read, or the API server does not serve, is a Gap. An error is one
// of the connection, or of the context.
func Read(ctx context.Context, from client.Reader, o Options) (*Snapshot, error) {
	s, err := New(o.Ignored)
	if err != nil {
		return nil, err
	}
	if err := s.readNamespaces(ctx, from, o.Namespaces); err != nil {
		return nil, err
	}
	for _, r := range resources {
		if len(o.Only) > 0 && !slices.Contains(o.Only, r.name) {
			continue
		}
		namespaces := o.Namespaces
		if r.cluster || len(namespaces) == 0 {
			namespaces = []string{metav1.NamespaceAll}
		}
		for _, namespace := range namespaces {
			if err := s.note(r, namespace, s.readAll(ctx, from, r.newList(), client.InNamespace(namespace))); err != nil {
				return nil, err
			}
		}
	}
	if err := s.assumeNamespaces(); err != nil {
		return nil, err
	}
	return s, nil
}

// note makes a Gap of an error that is no error of the connection, and returns any other.
func (s *Snapshot) note(r resource, namespace string, err error) error {
	var status apierrors.APIStatus
	switch {
	case err == nil, r.optional && notServed(err):
		return nil
	case meta.IsNoMatchError(err), errors.As(err, &status) && !apierrors.IsUnauthorized(err):
		s.gaps = append(s.gaps, Gap{Resource: r.name, Namespace: namespace, Err: err})
		return nil
	}
	return fmt.Errorf("read %s: %w", r.name, err)
}

// notServed says whether the API server does not know a kind.
func notServed(err error) bool {
	return meta.IsNoMatchError(err) || apierrors.IsNotFound(err)
}

// readAll lists objects page by page.
func (s *Snapshot) readAll(ctx context.Context, from client.Reader, list client.ObjectList, options ...client.ListOption) error {
	page := func(ctx context.Context, of metav1.ListOptions) (runtime.Object, error) {
		into := list.DeepCopyObject().(client.ObjectList)
		return into, from.List(ctx, into, append([]client.ListOption{client.Limit(of.Limit), client.Continue(of.Continue)}, options...)...)
	}
	return pager.New(page).EachListItem(ctx, metav1.ListOptions{}, func(o runtime.Object) error { return s.add(o.(client.Object)) }) //nolint:wrapcheck // the caller says what was read
}

// readNamespaces reads the namespaces that are named, or all. That of the system is read besides: its UID is the cluster's. A
// user who may list none may still get those that he works in.
func (s *Snapshot) readNamespaces(ctx context.Context, from client.Reader, names []string) error {
	of := resource{name: "namespaces"}
	if len(names) == 0 {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("NamespaceList"))
		return s.note(of, "", s.readAll(ctx, from, list))
	}
	for _, name := range append([]string{systemNamespace}, names...) {
		namespace, err := workload.Namespace(ctx, from, name)
		switch {
		case err == nil:
			err = s.add(namespace)
		case name == systemNamespace && !slices.Contains(names, name):
			continue // the records tell the cluster's name
		}
		if err := s.note(of, name, err); err != nil {
			return err
		}
	}
	return nil
}

// assumeNamespaces adds namespaces that hold something and could not be read, by their name alone.
func (s *Snapshot) assumeNamespaces() error {
	namespaces := s.indexer(corev1.SchemeGroupVersion.WithKind("Namespace"))
	for _, objects := range s.objects {
		for _, name := range objects.ListIndexFuncValues("namespace") {
			if _, known, _ := namespaces.GetByKey(name); known || name == "" {
				continue
			}
			if err := s.add(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Cluster returns the name by which Jira knows the cluster, and its UID; empty where they cannot be told. Records of workloads
// name it; where there is none, it is what the manager makes of the UID.
func (s *Snapshot) Cluster() (string, types.UID) {
	var uid types.UID
	if namespace, err := workload.Namespace(context.Background(), s, systemNamespace); err == nil {
		uid = namespace.UID
	}
	var records v1alpha1.JiraDeploymentList
	if err := s.List(context.Background(), &records, client.UnsafeDisableDeepCopy); err != nil {
		return "", uid
	}
	for i := range records.Items {
		if d := &records.Items[i]; uid == "" || d.Spec.ClusterUID == uid {
			if name := record.ClusterOf(d); name != "" {
				return name, uid
			}
		}
	}
	return record.ClusterName(uid, ""), uid
}
