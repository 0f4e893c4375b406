// SPDX-License-Identifier: Apache-2.0

// Package gittest is a Git server on loopback: Git's own `git http-backend`, behind net/http/cgi. Tests and the demo use it.
// It needs git on the machine, and nothing of the machine's configuration reaches it.
package gittest

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Options say how a server differs from one that does all.
type Options struct {
	// User and Password are wanted of every request where they are set.
	User, Password string
	// NoFilter: it sends folders and files whatever it is asked for, as git does where nobody configured it.
	NoFilter bool
	// Version0: it knows version 0 of the protocol alone, and gives whatever it has.
	Version0 bool
	// Before sees every request. Where it returns true it has answered.
	Before func(http.ResponseWriter, *http.Request) bool
}

// Server serves the repositories of one folder.
type Server struct {
	// URL is what a repository's URL begins with.
	URL string

	options  Options
	root     string
	http     *httptest.Server
	backend  http.Handler
	mutex    sync.Mutex
	requests []string
}

// Available says whether there is git on this machine.
func Available() bool {
	_, err := backendPath()
	return err == nil
}

func backendPath() (string, error) {
	out, err := exec.CommandContext(context.Background(), "git", "--exec-path").Output()
	if err != nil {
		return "", fmt.Errorf("find git: %w", err)
	}
	path := filepath.Join(strings.TrimSpace(string(out)), "git-http-backend")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("find git http-backend: %w", err)
	}
	return path, nil
}

// Start serves the repositories of a folder until Close.
func Start(root string, options Options) (*Server, error) {
	path, err := backendPath()
	if err != nil {
		return nil, err
	}
	s := &Server{options: options, root: root}
	s.backend = &cgi.Handler{
		Path: path, Dir: root,
		Env: append(environment(root), "GIT_PROJECT_ROOT="+root, "GIT_HTTP_EXPORT_ALL=1",
			"GIT_CONFIG_COUNT=2", "GIT_CONFIG_KEY_0=uploadpack.allowFilter", fmt.Sprintf("GIT_CONFIG_VALUE_0=%t", !options.NoFilter),
			"GIT_CONFIG_KEY_1=uploadpack.allowAnySHA1InWant", fmt.Sprintf("GIT_CONFIG_VALUE_1=%t", options.Version0)),
		Stderr: io.Discard, // git says there that a want is not known
		Logger: log.New(io.Discard, "", 0),
	}
	s.http = httptest.NewServer(s)
	s.URL = s.http.URL
	return s, nil
}

// environment keeps the machine's configuration out.
func environment(home string) []string {
	return []string{
		"HOME=" + home, "PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=A. U. Thor", "GIT_AUTHOR_EMAIL=author@acme.example",
		"GIT_COMMITTER_NAME=A. U. Thor", "GIT_COMMITTER_EMAIL=author@acme.example",
	}
}

// Close stops the server.
func (s *Server) Close() { s.http.Close() }

// Requests returns method and path of what was asked, in order.
func (s *Server) Requests() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]string(nil), s.requests...)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	s.mutex.Unlock()
	if s.options.Before != nil && s.options.Before(w, r) {
		return
	}
	if !s.mayRead(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if s.options.Version0 {
		r.Header.Del("Git-Protocol")
	}
	s.backend.ServeHTTP(w, r)
}

func (s *Server) mayRead(r *http.Request) bool {
	if s.options.Password == "" {
		return true
	}
	user, password, _ := r.BasicAuth()
	return user == s.options.User && subtle.ConstantTimeCompare([]byte(password), []byte(s.options.Password)) == 1
}
