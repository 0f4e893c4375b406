// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	kjson "sigs.k8s.io/json"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// kinds are those that are read, by their version and kind.
var kinds = map[schema.GroupVersionKind]func() client.Object{
	appsv1.SchemeGroupVersion.WithKind("Deployment"):  func() client.Object { return &appsv1.Deployment{} },
	appsv1.SchemeGroupVersion.WithKind("StatefulSet"): func() client.Object { return &appsv1.StatefulSet{} },
	appsv1.SchemeGroupVersion.WithKind("DaemonSet"):   func() client.Object { return &appsv1.DaemonSet{} },
	corev1.SchemeGroupVersion.WithKind("Namespace"):   func() client.Object { return &corev1.Namespace{} },
	v1alpha1.GroupVersion.WithKind("JiraSite"):        func() client.Object { return &v1alpha1.JiraSite{} },
	rollout.ArgoRollout:                               func() client.Object { return rollout.NewArgoRollout() },
	rollout.Canary:                                    func() client.Object { return rollout.NewCanary() },
}

// decode makes an object of its fields; nil where its kind is not read. A JiraSite is read strictly: a field with a typing error
// would decide nothing, and nobody would know.
func decode(fields map[string]any, version, kind string) (client.Object, error) {
	of := schema.FromAPIVersionAndKind(version, kind)
	newObject := kinds[of]
	if newObject == nil {
		return nil, nil
	}
	object := newObject()
	text, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", kind, err)
	}
	if untyped, ok := object.(*unstructured.Unstructured); ok {
		if err := untyped.UnmarshalJSON(text); err != nil {
			return nil, fmt.Errorf("it is not written as a %s is: %s", kind, withoutValue(err))
		}
		return untyped, nil
	}
	strict, err := kjson.UnmarshalStrict(text, object)
	if err != nil {
		return nil, fmt.Errorf("it is not written as a %s is: %s", kind, withoutValue(err))
	}
	if _, isSite := object.(*v1alpha1.JiraSite); isSite && len(strict) > 0 {
		return nil, fmt.Errorf("it is not written as a JiraSite is: %w", errors.Join(strict...))
	}
	return object, nil
}

// ofField is what an error of the decoder says of where it is, and of what type that should be.
var ofField = regexp.MustCompile(`cannot unmarshal (\w+).* into Go struct field \w+\.(\S+) of type (\S+)`)

// withoutValue tells an error of the decoder without the value that is wrong.
func withoutValue(err error) string {
	if found := ofField.FindStringSubmatch(err.Error()); found != nil {
		return fmt.Sprintf("%s is a %s, and should be a %s", found[2], found[1], found[3])
	}
	return "a field has a value of a wrong type"
}
