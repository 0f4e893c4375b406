// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// owner is the field manager of what is written.
const owner = client.FieldOwner("kubectl-rollcall")

// writer writes the two objects.
type writer struct {
	client.Client
	out io.Writer
	// confirm is asked before something is changed that is there already.
	confirm func(ctx context.Context, what string) error
}

// check has the API server look at both objects, and asks about those that are there already. Nothing is written.
func (w *writer) check(ctx context.Context, secret *corev1.Secret, site *v1alpha1.JiraSite) error {
	for _, object := range both(secret, site) {
		if err := w.apply(ctx, object, client.DryRunAll); err != nil {
			return fmt.Errorf("the %s is not accepted, and nothing was written: %w", describe(object), err)
		}
	}
	for _, object := range both(secret, site) {
		there := object.DeepCopyObject().(client.Object)
		err := w.Get(ctx, client.ObjectKeyFromObject(object), there)
		if apierrors.IsNotFound(err) {
			continue
		}
		if apierrors.IsForbidden(err) {
			err = w.confirm(ctx, "perhaps a "+describe(object)+" (you may not see it)")
		} else if err == nil {
			err = w.confirm(ctx, "a "+describe(object))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// write writes the Secret, then the JiraSite, so that its first look finds the credential.
func (w *writer) write(ctx context.Context, secret *corev1.Secret, site *v1alpha1.JiraSite) error {
	var written []string
	wanted := site.Spec.Projects
	for _, object := range both(secret, site) {
		if err := w.apply(ctx, object); err != nil {
			sofar := "nothing was written"
			if len(written) > 0 {
				sofar = "written, and left as it is: " + strings.Join(written, ", ")
			}
			return fmt.Errorf("write the %s: %w (%s)", describe(object), err, sofar)
		}
		written = append(written, describe(object))
		fmt.Fprintf(w.out, "%s written\n", describe(object))
	}
	if len(wanted) > 0 && len(site.Spec.Projects) > len(wanted) {
		fmt.Fprintf(w.out, "The JiraSite lists more projects than you named: %s. Others wrote them: kubectl edit jirasite %s\n", strings.Join(site.Spec.Projects, ", "), site.Name)
	}
	return nil
}

func both(secret *corev1.Secret, site *v1alpha1.JiraSite) []client.Object {
	if secret == nil {
		return []client.Object{site}
	}
	return []client.Object{secret, site}
}

func describe(o client.Object) string {
	kind := reflect.TypeOf(o).Elem().Name()
	if o.GetNamespace() == "" {
		return kind + " " + o.GetName()
	}
	return fmt.Sprintf("%s %s/%s", kind, o.GetNamespace(), o.GetName())
}

// apply applies what an object says, and keeps in it what the API server made of it.
func (w *writer) apply(ctx context.Context, o client.Object, options ...client.ApplyOption) error {
	text, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(text); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	unstructured.RemoveNestedField(u.Object, "status")
	unstructured.RemoveNestedField(u.Object, "metadata", "creationTimestamp")
	if err := w.Apply(ctx, client.ApplyConfigurationFromUnstructured(u), append(options, owner, client.ForceOwnership)...); err != nil {
		return err
	}
	if site, is := o.(*v1alpha1.JiraSite); is {
		projects, _, _ := unstructured.NestedStringSlice(u.Object, "spec", "projects")
		site.Spec.Projects = projects
	}
	return nil
}
