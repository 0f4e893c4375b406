// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// NewTransport returns the transport that a Client should use: through the proxy that the environment names
// (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), trusting the system's roots and the certificates in caPEM, with few idle
// connections and a time-out on every step of a connection's life. Nil caPEM adds no root. It fails if caPEM holds
// no certificate.
func NewTransport(caPEM []byte) (*http.Transport, error) {
	roots, err := trustedRoots(caPEM)
	if err != nil {
		return nil, fmt.Errorf("load CA bundle: %w", err)
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  quietly(http.ProxyFromEnvironment),
		OnProxyConnectResponse: proxyAnswered,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ExpectContinueTimeout:  time.Second,
		ForceAttemptHTTP2:      true,
		// A firewall that forgets a connection says nothing: without pings each request on it would wait for its time-out.
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 10 * time.Second},
		MaxIdleConns:           4,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}, nil
}

// quietly replaces the error about a proxy's URL, which quotes that URL and the password in it.
func quietly(proxy func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	return func(r *http.Request) (*url.URL, error) {
		u, err := proxy(r)
		if err != nil {
			return nil, errors.New("the proxy that the environment names has no valid URL")
		}
		return u, nil
	}
}

// proxySecrets returns the password of the proxy that the environment names, which a proxy may send back. net/http reads the
// environment once as well. A password of a few letters is in too many words.
var proxySecrets = sync.OnceValue(func() []string {
	const shortest = 4
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: &url.URL{Scheme: "https", Host: "proxied.invalid"}})
	if err != nil || proxy == nil {
		return nil
	}
	password, _ := proxy.User.Password()
	if len(password) < shortest {
		return nil
	}
	return []string{password}
})

// proxyRefusal says that a proxy does not connect to where a request goes. To https nothing else of a proxy's is seen.
type proxyRefusal struct {
	proxy, target, server string
	status                int
}

// Error names the proxy without its password.
func (e *proxyRefusal) Error() string {
	text := fmt.Sprintf("the proxy %s does not connect to %s: %d %s", e.proxy, e.target, e.status, http.StatusText(e.status))
	if e.server != "" {
		text += ", says " + e.server
	}
	return text
}

func proxyAnswered(_ context.Context, proxy *url.URL, request *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyRefusal{proxy.Host, request.Host, answer.Header.Get("Server"), answer.StatusCode}
}

// trustedRoots returns nil, which means the system's roots, where there is nothing to add to them.
func trustedRoots(caPEM []byte) (*x509.CertPool, error) {
	if caPEM == nil {
		return nil, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, err
	}
	if !roots.AppendCertsFromPEM(caPEM) {
		return nil, errors.New("it holds no PEM certificate")
	}
	return roots, nil
}

// newHTTPClient follows no redirect, keeps no cookie, and names itself in every request.
func newHTTPClient(cfg Config) *http.Client {
	return &http.Client{
		Transport: sender{userAgent: cfg.UserAgent, requested: cfg.Requested, next: cfg.Transport},
		Timeout:   cfg.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// sender names itself in every request, and says how each went. It lies below x/oauth2, which builds the token request itself.
type sender struct {
	userAgent string
	requested func(api, code string)
	next      http.RoundTripper
}

func (s sender) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("User-Agent", s.userAgent)
	res, err := s.next.RoundTrip(req)
	if s.requested != nil {
		s.requested(apiOf(req.URL.Path), codeOf(res))
	}
	return res, err
}

// apiOf returns what a request is for, by its path.
func apiOf(path string) string {
	for _, to := range []api{deployments, builds} {
		if strings.Contains(path, "/jira/"+to.path+"/cloud/") {
			return to.noun
		}
	}
	if strings.HasSuffix(path, tenantInfoPath) {
		return "cloudid"
	}
	return "token"
}

// codeOf returns the status of an answer as a text; error where there is none, or none that HTTP knows.
func codeOf(res *http.Response) string {
	if res == nil || res.StatusCode < 100 || res.StatusCode > 599 {
		return "error"
	}
	return strconv.Itoa(res.StatusCode)
}
