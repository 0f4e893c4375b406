// SPDX-License-Identifier: Apache-2.0

package jiratest

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

// Server is one Jira Cloud site and Atlassian's API in front of it. Its methods are safe for concurrent use.
type Server struct {
	options  options
	listener net.Listener
	http     *http.Server
	caPEM    []byte
	faults   *faults

	mu          sync.Mutex // guards everything below
	cloudID     string
	credentials map[string]*credential
	tokens      map[string]*token
	known       catalog
	deployments *family[jira.DeploymentKey]
	builds      *family[BuildKey]
	gates       map[jira.DeploymentKey]*gate
	requests    []Request
	changed     chan struct{}
}

// Start listens on a free port of 127.0.0.1 and serves until Close.
func Start(opts ...Option) (*Server, error) {
	s := newServer(opts)
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", s.options.address)
	if err != nil {
		return nil, fmt.Errorf("start Jira: %w", err)
	}
	if s.options.tls {
		if listener, err = s.secure(listener); err != nil {
			return nil, fmt.Errorf("start Jira: %w", err)
		}
	}
	s.listener = listener
	s.http = &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: 10 * time.Second,
		// Connections that break off are this server's business, and no news.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() { _ = s.http.Serve(listener) }()
	return s, nil
}

func newServer(opts []Option) *Server {
	o := options{
		address:       "127.0.0.1:0",
		cloudID:       newUUID(),
		now:           time.Now, //nolint:forbidigo // The one place where real time enters; WithClock replaces it.
		tokenLifetime: defaultTokenLifetime,
		audience:      defaultAudience,
	}
	for _, opt := range opts {
		opt(&o)
	}
	return &Server{
		options:     o,
		faults:      newFaults(o.seed),
		cloudID:     o.cloudID,
		credentials: map[string]*credential{},
		tokens:      map[string]*token{},
		known:       newCatalog(),
		deployments: deploymentFamily(),
		builds:      buildFamily(),
		gates:       map[jira.DeploymentKey]*gate{},
		changed:     make(chan struct{}),
	}
}

// secure puts TLS, and HTTP/2, over a listener.
func (s *Server) secure(listener net.Listener) (net.Listener, error) {
	certificate, caPEM, err := newCertificate(s.options.tlsNames)
	if err != nil {
		return nil, err
	}
	s.caPEM = caPEM
	return tls.NewListener(listener, &tls.Config{
		Certificates: []tls.Certificate{certificate},
		NextProtos:   []string{"h2", "http/1.1"},
		MinVersion:   tls.VersionTLS12,
	}), nil
}

// Close stops the server and cuts its connections.
func (s *Server) Close() {
	_ = s.http.Close()
}

// URL is the base of the token endpoint and of the API: jira.Config.APIURL.
func (s *Server) URL() string {
	if s.options.tls {
		return "https://" + s.Host()
	}
	return "http://" + s.Host()
}

// Host is the site's host and port: jira.Config.Host.
func (s *Server) Host() string {
	return s.listener.Addr().String()
}

// CAPEM is the certificate of the authority that signed the server's own; nil without WithTLS.
func (s *Server) CAPEM() []byte {
	return s.caPEM
}

// routes lists everything that is served. Whatever else is asked for is a 404, logged like the rest.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for _, r := range []struct {
		pattern string
		at      Endpoint
		handler handler
	}{
		{"POST /oauth/token", Token, s.issueToken},
		{"GET /_edge/tenant_info", TenantInfo, s.tenantInfo},
		{"POST " + deploymentsPath + "/bulk", Bulk, s.authorized(Deployments, bulk(s, s.deployments))},
		{"DELETE " + deploymentsPath + "/bulkByProperties", Delete, s.authorized(Deployments, deleteByProperties(s, s.deployments))},
		{"GET " + deploymentPath, Get, s.authorized(Deployments, get(s, s.deployments))},
		{"DELETE " + deploymentPath, Delete, s.authorized(Deployments, deleteOne(s, s.deployments))},
		{"GET " + deploymentPath + "/gating-status", Gating, s.authorized(Deployments, s.gatingStatus)},
		{"POST " + buildsPath + "/bulk", Bulk, s.authorized(Builds, bulk(s, s.builds))},
		{"DELETE " + buildsPath + "/bulkByProperties", Delete, s.authorized(Builds, deleteByProperties(s, s.builds))},
		{"GET " + buildPath, Get, s.authorized(Builds, get(s, s.builds))},
		{"DELETE " + buildPath, Delete, s.authorized(Builds, deleteOne(s, s.builds))},
		{"/", Any, func(*exchange) reply { return failure(http.StatusNotFound, "There is nothing at this path.") }},
	} {
		mux.Handle(r.pattern, s.serve(r.at, r.handler))
	}
	return mux
}

// newUUID returns a random id in the form that Atlassian gives its sites.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
