// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"path/filepath"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/node"
)

const (
	clusterName = "e2e-node"
	clientID    = "rollcall-e2e-node"
)

// world is what the steps share.
type world struct {
	settings
	scratch string
	secret  string
	jira    *jiratest.Server
	node    *node.Node
	kube    client.Client
}

func (w *world) start(ctx context.Context) error {
	files, err := w.imageFiles()
	if err != nil {
		return err
	}
	dir := filepath.Join(w.output, "cluster")
	if w.node, err = node.Start(ctx, node.Options{Dir: dir, Scratch: w.scratch, Images: files}); err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, apiextensionsv1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return fmt.Errorf("make scheme: %w", err)
		}
	}
	if w.kube, err = client.New(w.node.Config(), client.Options{Scheme: scheme}); err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	return w.startJira()
}

// startJira: on the port of https, because that is what the chart's NetworkPolicy lets managers reach.
func (w *world) startJira() error {
	address := net.JoinHostPort(node.HostAddress, "443")
	server, err := jiratest.Start(jiratest.WithAddress(address), jiratest.WithTLS(node.HostAddress))
	if err != nil {
		return err
	}
	w.secret = rand.Text()
	server.AddCredential(clientID, w.secret, jiratest.Deployments)
	server.AddProject("SHOP", 100)
	w.jira = server
	return nil
}

func (w *world) stop() error {
	if w.jira != nil {
		w.jira.Close()
	}
	if w.node == nil {
		return nil
	}
	if err := w.node.Stop(); err != nil {
		return fmt.Errorf("stop node: %w", err)
	}
	return nil
}

// get reads an object by its key.
func (w *world) get(ctx context.Context, namespace, name string, object client.Object) error {
	return w.kube.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, object)
}

// create creates objects.
func (w *world) create(ctx context.Context, objects ...client.Object) error {
	var errs []error
	for _, object := range objects {
		if err := w.kube.Create(ctx, object); err != nil {
			errs = append(errs, fmt.Errorf("create %T %s: %w", object, object.GetName(), err))
		}
	}
	return errors.Join(errs...)
}
