// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// Snapshot are the objects of one moment.
type Snapshot struct {
	scheme  *runtime.Scheme
	ignored rollout.Ignored
	objects map[schema.GroupVersionKind]cache.Indexer
	gaps    []Gap
}

var _ client.Reader = &Snapshot{}

// Gap is what could not be read.
type Gap struct {
	// Resource is the plural name of a kind, such as "statefulsets", and Namespace where it was to be read; empty for all.
	Resource  string `json:"resource"`
	Namespace string `json:"namespace,omitempty"`
	// Err is what the API server said.
	Err error `json:"-"`
}

// String says in a sentence what could not be read.
func (g Gap) String() string {
	where := ""
	if g.Namespace != "" {
		where = " in namespace " + g.Namespace
	}
	return fmt.Sprintf("Could not read %s%s: %v", g.Resource, where, g.Err)
}

// Scheme returns the kinds that have a Go type.
func Scheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("make scheme: %w", err)
		}
	}
	return scheme, nil
}

// New returns a snapshot of some objects. ignored are the names that the manager ignores on pod templates beside the
// well-known ones. The objects are trimmed in place.
func New(ignored rollout.Ignored, objects ...client.Object) (*Snapshot, error) {
	scheme, err := Scheme()
	if err != nil {
		return nil, err
	}
	s := &Snapshot{scheme: scheme, ignored: ignored, objects: map[schema.GroupVersionKind]cache.Indexer{}}
	if err := s.Add(objects...); err != nil {
		return nil, err
	}
	return s, nil
}

// Add adds objects. One with the kind and the name of another takes its place.
func (s *Snapshot) Add(objects ...client.Object) error {
	for _, o := range objects {
		if err := s.add(o); err != nil {
			return err
		}
	}
	return nil
}

// Gaps returns what could not be read.
func (s *Snapshot) Gaps() []Gap { return s.gaps }

func (s *Snapshot) add(o client.Object) error {
	if namespace, whole := o.(*corev1.Namespace); whole {
		o = &metav1.PartialObjectMetadata{ObjectMeta: namespace.ObjectMeta}
		o.GetObjectKind().SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	}
	kind, err := apiutil.GVKForObject(o, s.scheme)
	if err != nil {
		return fmt.Errorf("find kind of %s: %w", o.GetName(), err)
	}
	for _, trim := range []func(any) (any, error){s.ignored.Trim, record.Trim} {
		if _, err := trim(o); err != nil {
			return fmt.Errorf("trim %s %s: %w", kind.Kind, o.GetName(), err)
		}
	}
	o.SetManagedFields(onlyTimes(o.GetManagedFields()))
	if err := s.indexer(kind).Add(o); err != nil {
		return fmt.Errorf("index %s %s: %w", kind.Kind, o.GetName(), err)
	}
	return nil
}

// onlyTimes drops managed fields but for those that Trim leaves, which hold a time alone.
func onlyTimes(fields []metav1.ManagedFieldsEntry) []metav1.ManagedFieldsEntry {
	return slices.DeleteFunc(slices.Clone(fields), func(entry metav1.ManagedFieldsEntry) bool { return entry.FieldsV1 != nil })
}

// indexer returns where the objects of a kind are kept.
func (s *Snapshot) indexer(kind schema.GroupVersionKind) cache.Indexer {
	if found := s.objects[kind]; found != nil {
		return found
	}
	indexers := cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc}
	for _, index := range workload.Indexes(workload.Kinds) {
		if of, err := apiutil.GVKForObject(index.Object, s.scheme); err == nil && of == kind {
			indexers[index.Field] = indexOf(index)
		}
	}
	s.objects[kind] = cache.NewIndexer(cache.MetaNamespaceKeyFunc, indexers)
	return s.objects[kind]
}

// indexOf finds objects by a value in their namespace, and in all.
func indexOf(index workload.Index) cache.IndexFunc {
	return func(object any) ([]string, error) {
		o := object.(client.Object)
		var values []string
		for _, value := range index.Values(o) {
			values = append(values, indexed("", value))
			if o.GetNamespace() != "" {
				values = append(values, indexed(o.GetNamespace(), value))
			}
		}
		return values, nil
	}
}

func indexed(namespace, value string) string { return namespace + "\x00" + value }

// Get implements client.Reader. A Namespace is read as metav1.PartialObjectMetadata.
func (s *Snapshot) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	kind, err := apiutil.GVKForObject(into, s.scheme)
	if err != nil {
		return fmt.Errorf("find kind: %w", err)
	}
	found, ok, err := s.indexer(kind).GetByKey(cache.NewObjectName(key.Namespace, key.Name).String())
	if err != nil || !ok {
		plural, _ := meta.UnsafeGuessKindToResource(kind)
		return apierrors.NewNotFound(plural.GroupResource(), key.Name)
	}
	return set(into, found.(client.Object).DeepCopyObject())
}

// set makes an object what another one is.
func set(into, from runtime.Object) error {
	to, value := reflect.ValueOf(into), reflect.ValueOf(from)
	if to.Type() != value.Type() {
		return fmt.Errorf("%T is read as %T", into, from)
	}
	to.Elem().Set(value.Elem())
	return nil
}

// List implements client.Reader. Objects come by namespace and name. They are not copied where client.UnsafeDisableDeepCopy
// says so.
func (s *Snapshot) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	var of client.ListOptions
	of.ApplyOptions(options)
	kind, err := apiutil.GVKForObject(list, s.scheme)
	if err != nil {
		return fmt.Errorf("find kind: %w", err)
	}
	kind.Kind = strings.TrimSuffix(kind.Kind, "List")
	found, err := s.find(kind, of)
	if err != nil {
		return err
	}
	whole := of.UnsafeDisableDeepCopy != nil && *of.UnsafeDisableDeepCopy
	items := make([]runtime.Object, 0, len(found))
	for _, object := range found {
		o := object.(client.Object)
		if of.LabelSelector != nil && !of.LabelSelector.Matches(labels.Set(o.GetLabels())) {
			continue
		}
		if whole {
			items = append(items, o)
		} else {
			items = append(items, o.DeepCopyObject())
		}
	}
	slices.SortFunc(items, func(a, b runtime.Object) int { return strings.Compare(keyOf(a), keyOf(b)) })
	if err := meta.SetList(list, items); err != nil {
		return fmt.Errorf("list %s: %w", kind.Kind, err)
	}
	return nil
}

func keyOf(o runtime.Object) string {
	object := o.(client.Object)
	return object.GetNamespace() + "/" + object.GetName()
}

// find returns the objects of a kind in a namespace, or with a field's value.
func (s *Snapshot) find(kind schema.GroupVersionKind, of client.ListOptions) ([]any, error) {
	index, value := cache.NamespaceIndex, of.Namespace
	switch {
	case of.FieldSelector != nil && !of.FieldSelector.Empty():
		requirements := of.FieldSelector.Requirements()
		if len(requirements) != 1 {
			return nil, errors.New("a list has one field selector at most")
		}
		index, value = requirements[0].Field, indexed(of.Namespace, requirements[0].Value)
	case of.Namespace == "":
		return s.indexer(kind).List(), nil
	}
	found, err := s.indexer(kind).ByIndex(index, value)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", kind.Kind, err)
	}
	return found, nil
}
