// SPDX-License-Identifier: Apache-2.0

package build

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

const (
	commit  = "7f2f46e1b97df36b2b82d1b1d87c81b8b3d21601"
	another = "0123456789abcdef0123456789abcdef01234567"
	shopURL = "https://git.example.com/shop/web"
)

// Digests of three images.
var (
	one   = "sha256:" + strings.Repeat("1", 64)
	two   = "sha256:" + strings.Repeat("2", 64)
	three = "sha256:" + strings.Repeat("3", 64)
)

// at returns a time in the hour in which the runs of the tests are created.
func at(minute int) time.Time {
	return time.Date(2026, 11, 26, 9, minute, 0, 0, time.UTC)
}

// runBuilder builds a run that has no Go type.
type runBuilder struct {
	o *unstructured.Unstructured
}

// Set sets a field by its path.
func (b runBuilder) Set(path string, value any) runBuilder {
	if err := unstructured.SetNestedField(b.o.Object, value, strings.Split(path, ".")...); err != nil {
		panic(err)
	}
	return b
}

func makeRun(o *unstructured.Unstructured, name string) runBuilder {
	b := runBuilder{o}
	o.SetName(name)
	o.SetNamespace("shop")
	o.SetUID("uid")
	o.SetResourceVersion("7")
	o.SetGeneration(2)
	o.SetCreationTimestamp(metav1.NewTime(at(0)))
	o.SetAnnotations(map[string]string{"kubectl.kubernetes.io/last-applied-configuration": "{}", "example.com/team": "shop"})
	o.SetLabels(map[string]string{"rollcall.dev/build": "true"})
	o.SetManagedFields([]metav1.ManagedFieldsEntry{{Manager: "controller", Operation: metav1.ManagedFieldsOperationUpdate}})
	return b.Set("spec.unread", strings.Repeat("x", 100)).Set("status.unread", []any{int64(1)})
}

func (b runBuilder) Generated(prefix string) runBuilder {
	b.o.SetGenerateName(prefix)
	return b
}

func (b runBuilder) Annotation(name, value string) runBuilder {
	texts := b.o.GetAnnotations()
	texts[name] = value
	b.o.SetAnnotations(texts)
	return b
}

func (b runBuilder) Label(name, value string) runBuilder {
	texts := b.o.GetLabels()
	texts[name] = value
	b.o.SetLabels(texts)
	return b
}

func (b runBuilder) Deleted(minute int) runBuilder {
	when := metav1.NewTime(at(minute))
	b.o.SetDeletionTimestamp(&when)
	return b
}

// Succeeded sets the condition of that name, beside another one.
func (b runBuilder) Succeeded(status, reason, message string, minute int) runBuilder {
	return b.Set("status.conditions", []any{
		map[string]any{"type": "Ready", "status": "False", "reason": "Other"},
		map[string]any{"type": "Succeeded", "status": status, "reason": reason, "message": message, "lastTransitionTime": written3339(minute)},
	})
}

// Results sets a list of names and values.
func (b runBuilder) Results(path string, namesAndValues ...string) runBuilder {
	var list []any
	for i := 0; i < len(namesAndValues); i += 2 {
		list = append(list, map[string]any{"name": namesAndValues[i], "value": namesAndValues[i+1], "type": "string"})
	}
	return b.Set(path, list)
}

func written3339(minute int) string { return at(minute).Format(time.RFC3339) }

// observed returns how a run stands. It does so before and after Trim, which has to change nothing of it, and tells when a
// second Trim changes anything.
func observed(t *testing.T, object runtime.Object) Build {
	t.Helper()
	before := object.DeepCopyObject()
	whole, ok := From(object)
	if !ok {
		t.Fatalf("From() does not know a %T", object)
	}
	if diff := cmp.Diff(before, object); diff != "" {
		t.Errorf("the run was changed (-before +after):\n%s", diff)
	}
	once, ok := Trim(object.DeepCopyObject())
	if !ok {
		t.Fatalf("Trim() does not know a %T", object)
	}
	again, _ := From(once)
	if diff := cmp.Diff(whole, again); diff != "" {
		t.Errorf("what is told of a run after Trim (-before +after):\n%s", diff)
	}
	twice, _ := Trim(once.(runtime.Object).DeepCopyObject())
	if diff := cmp.Diff(once, twice); diff != "" {
		t.Errorf("Trim of a trimmed run (-once +twice):\n%s", diff)
	}
	return whole
}

// checkBuild compares what is told of a run with what is wanted: the identity of the run is left out, and so are its
// labels and annotations.
func checkBuild(t *testing.T, object runtime.Object, want Build) {
	t.Helper()
	identity := cmpopts.IgnoreFields(Build{}, "APIVersion", "Kind", "Namespace", "Name", "UID", "Created", "Labels", "Annotations")
	if diff := cmp.Diff(want, observed(t, object), identity); diff != "" {
		t.Errorf("what is told of the run (-want +got):\n%s", diff)
	}
}
