// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

func TestARowOfAKindFitsItself(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	for _, kind := range Kinds {
		gvk, err := apiutil.GVKForObject(kind.New(), scheme)
		if err != nil {
			t.Fatalf("%s: %v", kind.Resource, err)
		}
		list, err := apiutil.GVKForObject(kind.NewList(), scheme)
		if err != nil {
			t.Fatalf("%s: %v", kind.Resource, err)
		}
		if gvk.GroupKind() != kind.GroupKind || list.Kind != kind.GroupKind.Kind+"List" || kind.Resource != strings.ToLower(kind.GroupKind.Kind)+"s" {
			t.Errorf("kind %s of resource %s makes a %s and a %s", kind.GroupKind.Kind, kind.Resource, gvk.Kind, list.Kind)
		}
		if _, ok := kind.Observe(kind.New(), Beside{}); ok {
			t.Errorf("Observe of an empty %s tells something", kind.GroupKind.Kind)
		}
	}
}
