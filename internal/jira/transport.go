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
		Transport: userAgent{name: cfg.UserAgent, next: cfg.Transport},
		Timeout:   cfg.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// userAgent sets the header below x/oauth2, which builds the token request itself.
type userAgent struct {
	name string
	next http.RoundTripper
}

func (t userAgent) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("User-Agent", t.name)
	return t.next.RoundTrip(req)
}
