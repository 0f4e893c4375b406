// SPDX-License-Identifier: Apache-2.0

// Package imagetest is a registry on loopback: go-containerregistry's own, which keeps its requests. Tests, the demo and the
// benchmarks use it.
package imagetest

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Request is one that the registry got.
type Request struct{ Method, Host, Path, Authorization string }

// Registry serves images until Close.
type Registry struct {
	// URL is where it is, and Host its name in references.
	URL, Host string

	server *httptest.Server

	mutex    sync.Mutex
	requests []Request
	before   func(http.ResponseWriter, *http.Request) bool
}

// Start starts a registry that is empty.
func Start() *Registry {
	r := &Registry{}
	next := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.mutex.Lock()
		r.requests = append(r.requests, Request{request.Method, request.Host, request.URL.Path, request.Header.Get("Authorization")})
		before := r.before
		r.mutex.Unlock()
		if before == nil || !before(w, request) {
			next.ServeHTTP(w, request)
		}
	}))
	r.URL, r.Host = r.server.URL, strings.TrimPrefix(r.server.URL, "http://")
	return r
}

// Close stops the registry.
func (r *Registry) Close() { r.server.Close() }

// Before lets a function see every request before the registry does. Where it returns true it has answered.
func (r *Registry) Before(before func(http.ResponseWriter, *http.Request) bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.before = before
}

// Taken returns the requests since the last call.
func (r *Registry) Taken() []Request {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	defer func() { r.requests = nil }()
	return r.requests
}

// Push stores an image or index under a name, such as acme/shop:1.0, and returns its whole reference. The requests so far are
// forgotten.
func (r *Registry) Push(as string, what remote.Taggable) (string, error) {
	ref, err := name.ParseReference(r.Host + "/" + as)
	if err == nil {
		err = remote.Push(ref, what)
	}
	if err != nil {
		return "", fmt.Errorf("push image: %w", err)
	}
	r.Taken()
	return ref.Name(), nil
}

// Image returns one that has nothing in it but labels.
func Image(labels map[string]string) (v1.Image, error) {
	plain := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	labelled, err := mutate.Config(plain, v1.Config{Labels: labels})
	if err != nil {
		return nil, fmt.Errorf("label image: %w", err)
	}
	return labelled, nil
}
