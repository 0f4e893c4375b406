// SPDX-License-Identifier: Apache-2.0

package image

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"syscall"
	"time"
)

const (
	// maxRedirects bounds a chain. The library bounds none for images.
	maxRedirects = 5
	// maxRetryAfter keeps a clock that is wrong from silencing a registry for days.
	maxRetryAfter = time.Hour
	// defaultRetryAfter is for a 429 that does not say, as Docker Hub's.
	defaultRetryAfter = 5 * time.Minute
	// holdDown is how long a registry is left alone that no connection could be made to.
	holdDown = 30 * time.Second
)

// content is what may be served by another host than the registry's: blobs lie in object stores, and registry.k8s.io redirects
// manifests, too.
var content = regexp.MustCompile(`^/v2/.+/(?:manifests|blobs)/[^/]+$`)

// guard is the last stop of every request about one registry. It holds what does not depend on what the library does above it:
// where a request may go, where a credential may go, how much is read, and that errors hold no foreign text.
type guard struct {
	registry     *registry
	tokenServers map[string]bool
	next         http.RoundTripper
	userAgent    string
	limits       Limits
	now          func() time.Time
}

func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if held := g.registry.whyHeld(g.now()); held != nil {
		return nil, held
	}
	out := req.Clone(req.Context())
	out.Header.Set("User-Agent", g.userAgent)
	if req.URL.Host == g.registry.host {
		// The library takes http for addresses that it holds to be local.
		out.URL.Scheme = g.registry.scheme
	}
	if err := g.admit(out); err != nil {
		return nil, err
	}
	res, err := g.next.RoundTrip(out)
	if err != nil {
		return nil, g.failure(out, err)
	}
	if err := g.refusal(out, res); err != nil {
		_ = res.Body.Close()
		return nil, err
	}
	res.Request = out // by which admit follows a chain of redirects
	res.Body = &boundedBody{ReadCloser: res.Body, ctx: req.Context(), bytes: g.limits.Bytes, values: g.limits.Values}
	return res, nil
}

// admit says whether a request may go out: to the registry, to its token server, or to where the registry redirects.
func (g *guard) admit(req *http.Request) error {
	switch own := req.URL.Host == g.registry.host; {
	case req.URL.User != nil:
		return g.refuse("it names a URL with a password")
	case req.Response != nil:
		return g.admitRedirect(req, own)
	case !own && !g.registry.tokenServer(req.URL):
		return g.refuse("it names a token server that is not listed")
	}
	return nil
}

// admitRedirect lets a redirect be followed that serves content, and takes no credential elsewhere.
func (g *guard) admitRedirect(req *http.Request, own bool) error {
	first, hops := req, 0
	for first.Response != nil {
		first, hops = first.Response.Request, hops+1
	}
	reads := req.Method == http.MethodGet || req.Method == http.MethodHead
	switch {
	case hops > maxRedirects:
		return g.refuse("it redirects without end")
	case first.URL.Host != g.registry.host || !content.MatchString(first.URL.Path):
		return g.refuse("it redirects a request that may carry a credential")
	case !reads || !own && req.Header.Get("Authorization") != "":
		return g.refuse("it redirects a credential")
	case req.URL.Scheme != "https" && req.URL.Scheme != g.registry.scheme:
		return g.refuse("it redirects from https to another scheme")
	}
	return nil
}

func (g *guard) refuse(detail string) *Error {
	return &Error{Reason: ErrUnauthorized, Detail: detail}
}

// failure makes an Error of a request without an answer. A registry that no connection can be made to is left alone for a
// while: that is no image's fault, and all would wait for it.
func (g *guard) failure(req *http.Request, err error) *Error {
	failed := &Error{Reason: ErrUnreachable, Detail: cause(req.Context(), err)}
	var dial *net.OpError
	var name *net.DNSError
	connecting := errors.As(err, &name) || errors.As(err, &dial) && dial.Op == "dial"
	if connecting && req.URL.Host == g.registry.host {
		g.registry.hold(failed, g.now().Add(holdDown))
	}
	return failed
}

// refusal makes an Error of the statuses that say the same about every image. The others are the library's to read.
func (g *guard) refusal(req *http.Request, res *http.Response) error {
	switch {
	case res.StatusCode == http.StatusTooManyRequests:
		limited := &Error{Reason: ErrRateLimited, Status: res.StatusCode, RetryAfter: g.retryAfter(res.Header)}
		if req.Response == nil { // not an object store, which a redirect led to
			g.registry.hold(limited, g.now().Add(limited.RetryAfter))
		}
		return limited
	case res.StatusCode >= http.StatusInternalServerError:
		return &Error{Reason: ErrUnreachable, Status: res.StatusCode}
	}
	return nil
}

// retryAfter reads seconds or a date.
func (g *guard) retryAfter(h http.Header) time.Duration {
	wait := defaultRetryAfter
	if seconds, err := strconv.ParseUint(h.Get("Retry-After"), 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(h.Get("Retry-After")); err == nil {
		wait = at.Sub(g.now())
	}
	return min(max(wait, time.Second), maxRetryAfter)
}

// cause says in our words why a request failed. The transport's error may quote URLs and what the other side sent.
func cause(ctx context.Context, err error) string {
	var dns *net.DNSError
	var authority x509.UnknownAuthorityError
	var other x509.HostnameError
	var certificate *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "it did not answer in time"
	case errors.As(err, &dns):
		return "its name cannot be resolved"
	case errors.As(err, &authority):
		return "its certificate is of an unknown authority: add that to the CA bundle"
	case errors.As(err, &other):
		return "its certificate is for another name"
	case errors.As(err, &certificate):
		return "its certificate is not valid"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "it refuses connections"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "it did not answer in time"
	}
	return "the connection failed"
}

// boundedBody ends an answer that is longer, or holds more JSON values, than allowed. Three bytes can make a value that takes a
// hundred in memory, and the library decodes every manifest. Each value but the first of its list follows one of the separators.
type boundedBody struct {
	io.ReadCloser
	ctx           context.Context
	bytes, values int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.bytes -= int64(n)
	for _, c := range p[:n] {
		if c == ',' || c == '{' || c == '[' {
			b.values--
		}
	}
	switch {
	case b.bytes < 0:
		return 0, &Error{Reason: ErrTooLarge}
	case b.values < 0:
		return 0, &Error{Reason: ErrTooLarge, Detail: "it holds too many entries"}
	case err != nil && !errors.Is(err, io.EOF):
		return n, &Error{Reason: ErrUnreachable, Detail: fmt.Sprintf("its answer broke off: %s", cause(b.ctx, err))}
	}
	return n, err
}
