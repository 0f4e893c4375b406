// SPDX-License-Identifier: Apache-2.0

// Package controller starts what the tests of the controllers share: an API server that knows the product's CRDs.
package controller

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	kruntime "k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/programs"
)

// StartAPIServer starts an API server. It returns how to reach it, a scheme with all types, and how to stop it.
func StartAPIServer() (*rest.Config, *kruntime.Scheme, func() error, error) {
	dir, err := programs.ControlPlane(context.Background(), os.Stderr)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("find control plane: %w", err)
	}
	_, file, _, _ := runtime.Caller(0)
	plane := &envtest.Environment{
		BinaryAssetsDirectory: dir,
		CRDDirectoryPaths:     []string{filepath.Join(filepath.Dir(file), "..", "..", "config", "crd", "bases")},
		ErrorIfCRDPathMissing: true,
	}
	config, err := plane.Start()
	if err != nil {
		return nil, nil, nil, fmt.Errorf("start API server: %w", err)
	}
	config.QPS = -1
	scheme := kruntime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, nil, nil, errors.Join(err, plane.Stop())
	}
	return config, scheme, plane.Stop, nil
}
