// SPDX-License-Identifier: Apache-2.0

// Package forge is a code host and a registry on loopback: Git's own server, and go-containerregistry's. Its images say which
// commit they are built from, as build tools have them do.
package forge

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/rollcall-dev/rollcall/internal/commits/gittest"
	"github.com/rollcall-dev/rollcall/internal/image/imagetest"
)

// Forge serves repositories and images until Close.
type Forge struct {
	// User and Password open the repositories.
	User, Password string

	git      *gittest.Server
	registry *imagetest.Registry
	pulls    atomic.Int64
	down     atomic.Bool
}

// Start starts both servers. The repositories are below a folder, and want the user and the password.
func Start(dir, user, password string) (*Forge, error) {
	f := &Forge{User: user, Password: password}
	root, err := filepath.Abs(dir)
	if err == nil {
		err = errors.Join(os.RemoveAll(root), os.MkdirAll(root, 0o755))
	}
	if err != nil {
		return nil, fmt.Errorf("make folder of repositories: %w", err)
	}
	f.git, err = gittest.Start(root, gittest.Options{User: user, Password: password, Before: func(w http.ResponseWriter, _ *http.Request) bool {
		if f.down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return f.down.Load()
	}})
	if err != nil {
		return nil, fmt.Errorf("start Git server: %w", err)
	}
	f.registry = imagetest.Start()
	f.registry.Before(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			f.pulls.Add(1)
		}
		return false
	})
	return f, nil
}

// Close stops both.
func (f *Forge) Close() {
	f.git.Close()
	f.registry.Close()
}

// RepositoriesURL is where all repositories are.
func (f *Forge) RepositoriesURL() string { return f.git.URL }

// RegistryURL is that of the registry, and Registry its name in references.
func (f *Forge) RegistryURL() string { return f.registry.URL }

// Registry is the name of the registry in references.
func (f *Forge) Registry() string { return f.registry.Host }

// Down has the Git server refuse everything, or serve again.
func (f *Forge) Down(down bool) { f.down.Store(down) }

// GitRequests is how many requests the Git server got.
func (f *Forge) GitRequests() int { return len(f.git.Requests()) }

// Pulls is how many requests the registry got that read something.
func (f *Forge) Pulls() int { return int(f.pulls.Load()) }

// Repository is one of a forge.
type Repository struct {
	// Name is its path, such as acme/shop, and URL is where it is.
	Name, URL string

	forge *Forge
	git   *gittest.Repository
	last  string
}

// Create makes an empty repository.
func (f *Forge) Create(name string) (*Repository, error) {
	git, err := f.git.Create(name + ".git")
	if err != nil {
		return nil, fmt.Errorf("create repository: %w", err)
	}
	return &Repository{Name: name, URL: f.git.URL + "/" + name, forge: f, git: git}, nil
}

// Commit adds a commit to the branch main, and returns its id.
func (r *Repository) Commit(message string) (string, error) {
	commit := gittest.Commit{Message: message}
	if r.last != "" {
		commit.First = []string{r.last}
	}
	ids, err := r.git.Import(commit)
	if err == nil {
		err = r.git.SetBranch("main", ids[0])
	}
	if err != nil {
		return "", fmt.Errorf("commit: %w", err)
	}
	r.last = ids[0]
	return r.last, nil
}

// Build pushes an image of the newest commit, and returns its reference. The image says which commit it is built from.
func (r *Repository) Build(tag string) (string, error) {
	built, err := imagetest.Image(map[string]string{"org.opencontainers.image.source": r.URL, "org.opencontainers.image.revision": r.last})
	if err != nil {
		return "", err
	}
	return r.forge.registry.Push(r.Name+":"+tag, built)
}
