// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds what a server may ask for.
const maxRetryAfter = time.Hour

// answer is the body of a success, and what it cost so far.
type answer struct {
	ctx    context.Context
	cancel context.CancelFunc
	body   io.ReadCloser
	left   int64
	idle   *time.Timer
	wait   time.Duration
}

var (
	errIdle = errors.New("nothing arrives")
	errLong = errors.New("longer than the limit")
)

// Read counts what arrives, and starts the time without anything anew.
func (a *answer) Read(p []byte) (int, error) {
	if a.left <= 0 {
		return 0, errLong
	}
	n, err := a.body.Read(p[:min(int64(len(p)), a.left)])
	a.left -= int64(n)
	a.idle.Reset(a.wait)
	if err != nil && !errors.Is(err, io.EOF) && a.ctx.Err() != nil {
		err = context.Cause(a.ctx)
	}
	return n, err
}

func (a *answer) Close() {
	a.idle.Stop()
	a.cancel()
	_ = a.body.Close()
}

// exchange sends one request to a repository and returns the body of a success of the kind that is wanted.
func (c *Client) exchange(ctx context.Context, repo repository, method, target, kind string, body []byte) (*answer, error) {
	request, cred, err := c.request(ctx, repo, method, target, body)
	if err != nil {
		return nil, err
	}
	total, stop := context.WithTimeout(ctx, c.limits.Timeout)
	sent, cancel := context.WithCancelCause(total)
	idle := time.AfterFunc(c.limits.Idle, func() { cancel(errIdle) })
	end := func() { cancel(context.Canceled); stop() }

	response, err := c.http.Do(request.WithContext(sent)) //nolint:bodyclose // answer.Close does it
	if err != nil {
		if sent.Err() != nil {
			err = context.Cause(sent)
		}
		idle.Stop()
		end()
		return nil, c.unreachable(ctx, err)
	}
	a := &answer{ctx: sent, cancel: end, body: response.Body, left: c.limits.ResponseBytes, idle: idle, wait: c.limits.Idle}
	if err := check(response, repo, kind, cred); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

func (c *Client) request(ctx context.Context, repo repository, method, target string, body []byte) (*http.Request, Credential, error) {
	u, err := url.Parse(repo.String())
	if err != nil {
		return nil, Credential{}, fail(ErrInvalid, "the repository's URL cannot be read")
	}
	cred, err := c.credential(ctx, u)
	if err != nil {
		return nil, Credential{}, asError(err, "the credential cannot be read")
	}
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, Credential{}, fail(ErrInvalid, "the repository's URL cannot be read")
	}
	// Some hosts answer Git clients alone, and know them by the beginning of their name.
	request.Header.Set("User-Agent", "git/2.0 ("+c.agent+")")
	request.Header.Set("Git-Protocol", "version=2")
	// Go would ask for gzip and unpack it without a bound.
	request.Header.Set("Accept-Encoding", "identity")
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-git-upload-pack-request")
		request.Header.Set("Accept", "application/x-git-upload-pack-result")
	}
	cred.sign(request)
	return request, cred, nil
}

// asError passes an error of this package on, and hides the text of any other: it may quote a secret.
func asError(err error, message string) error {
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	e = fail(ErrUnauthorized, "%s", message)
	for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, end) {
			e.Cause, e.Err = ErrUnreachable, end
		}
	}
	return e
}

// check makes an error of every response but a success of the kind that is wanted.
func check(r *http.Response, repo repository, kind string, cred Credential) error {
	status := r.StatusCode
	e := &Error{StatusCode: status, RetryAfter: retryAfter(r.Header)}
	switch {
	case status == http.StatusOK:
		return checkContent(r, kind)
	case status >= 300 && status < 400:
		e.Cause, e.Message = ErrNotAllowed, redirection(r, repo)
	case status == http.StatusUnauthorized && cred.isZero():
		e.Cause, e.Message = ErrUnauthorized, "the server wants a credential, and none is configured for this repository (or there is no such repository)"
	case status == http.StatusUnauthorized:
		cred.refused()
		e.Cause, e.Message = ErrUnauthorized, "the server refuses the credential: it ended, was revoked, or has a wrong user name"
	case status == http.StatusForbidden:
		e.Cause, e.Message = ErrUnauthorized, "the server forbids it: the credential lacks the permission to read the repository's contents"
	case status == http.StatusNotFound, status == http.StatusGone:
		e.Cause, e.Message = ErrRepositoryNotFound, "there is no such repository, or the credential may not see it"
	case status == http.StatusTooManyRequests:
		e.Cause, e.Message = ErrUnreachable, "the server asks for fewer requests"
	default:
		e.Cause, e.Message = ErrUnreachable, "the server answers with HTTP "+strconv.Itoa(status)
	}
	return e
}

func checkContent(r *http.Response, kind string) error {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return fail(ErrUnreachable, "the server packs its answer, which it was asked not to do")
	}
	if got, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(got) != kind {
		return fail(ErrUnreachable, "what answers is no Git server: a page to log in, a proxy, or a wrong URL")
	}
	return nil
}

// redirection says where a redirect leads, if that can be said: a host that is allowed to choose the text could choose
// something that looks like ours.
func redirection(r *http.Response, repo repository) string {
	const message = "the server sends the request elsewhere, and redirects are not followed"
	location, err := r.Location()
	if err != nil {
		return message
	}
	location.RawQuery, location.Fragment = "", ""
	location.Path = strings.TrimSuffix(location.Path, "/info/refs")
	to, err := parseRepository(location.String())
	switch {
	case err != nil:
		return message
	case to.host != repo.host:
		return message + ", least of all to another host"
	case to.path == repo.path:
		return message
	}
	return message + ": if the repository was renamed, write its new URL"
}

// retryAfter reads seconds alone: what a date means depends on the server's clock.
func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(min(seconds, 1<<20))*time.Second, maxRetryAfter)
}

// unreachable makes an Error of a failure on the way. The transport's own text is not kept, since it quotes what the
// other side sent.
func (c *Client) unreachable(ctx context.Context, err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	e = fail(ErrUnreachable, "%s", c.whatFailed(err))
	if ctx.Err() != nil {
		e.Err = ctx.Err()
	}
	return e
}

func (c *Client) whatFailed(err error) string {
	var (
		name      *net.DNSError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		handshake tls.RecordHeaderError
		network   *net.OpError
	)
	switch {
	case errors.Is(err, context.Canceled):
		return "the request was given up"
	case errors.Is(err, errIdle):
		return "nothing arrives from the server for " + c.limits.Idle.String()
	case errors.Is(err, context.DeadlineExceeded):
		return "the server did not answer within " + c.limits.Timeout.String()
	case errors.As(err, &name):
		return "the host's name is not known to DNS"
	case errors.As(err, &authority):
		return "the server's certificate is signed by an authority that is not trusted: name its CA"
	case errors.As(err, &host):
		return "the server's certificate is for another host"
	case errors.As(err, &invalid):
		return "the server's certificate is not valid"
	case errors.As(err, &handshake):
		return "the server does not speak TLS"
	case errors.As(err, &network) && network.Op == "dial":
		return "no connection can be made to the server"
	case errors.Is(err, errMalformed), errors.Is(err, io.ErrUnexpectedEOF):
		return "the server's answer is cut off or not Git's"
	}
	return "the connection to the server failed"
}
