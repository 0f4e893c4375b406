// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// uninstall removes everything in the order that is the hardest: the manager first, so that nobody is left who
// could answer a finalizer; then what it wrote.
func (w *world) uninstall(ctx context.Context) error {
	if err := w.runHelm(ctx, "uninstall", release, "--wait"); err != nil {
		return err
	}
	if err := w.noFinalizers(ctx); err != nil {
		return err
	}
	var namespaces, definitions []client.Object
	for _, name := range []string{webNamespace, lateNamespace, systemNamespace} {
		namespaces = append(namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	for _, name := range []string{"jiradeployments.rollcall.dev", "jirasites.rollcall.dev"} {
		definitions = append(definitions, &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	if err := w.remove(ctx, namespaces...); err != nil {
		return err
	}
	return w.remove(ctx, definitions...)
}

// noFinalizers: the chart leaves CRDs, sites and records in place; none of them may wait for the manager.
func (w *world) noFinalizers(ctx context.Context) error {
	var records v1alpha1.JiraDeploymentList
	var sites v1alpha1.JiraSiteList
	if err := errors.Join(w.kube.List(ctx, &records), w.kube.List(ctx, &sites)); err != nil {
		return fmt.Errorf("list what is left: %w", err)
	}
	if len(records.Items) != 3 || len(sites.Items) != 1 {
		return fmt.Errorf("%d records and %d sites are left, not 3 and 1", len(records.Items), len(sites.Items))
	}
	for _, r := range records.Items {
		if len(r.Finalizers) > 0 {
			return fmt.Errorf("record %s has finalizers %q", r.Name, r.Finalizers)
		}
	}
	if finalizers := sites.Items[0].Finalizers; len(finalizers) > 0 {
		return fmt.Errorf("the site has finalizers %q", finalizers)
	}
	return nil
}

// remove deletes objects, and waits until they are gone.
func (w *world) remove(ctx context.Context, objects ...client.Object) error {
	for _, object := range objects {
		if err := w.kube.Delete(ctx, object); err != nil {
			return fmt.Errorf("delete %s: %w", object.GetName(), err)
		}
	}
	for _, object := range objects {
		if err := eventually(ctx, func() error { return w.gone(ctx, object) }); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) gone(ctx context.Context, object client.Object) error {
	err := w.kube.Get(ctx, client.ObjectKeyFromObject(object), object)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("%s is still there, with finalizers %q", object.GetName(), object.GetFinalizers())
}
