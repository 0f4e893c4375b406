// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxErrorText bounds what Error returns, in bytes.
const maxErrorText = 512

// ErrorKind says what a caller can do about an error.
type ErrorKind int

// The kinds of errors, and what helps.
const (
	// Unknown is no error, or an error of another package.
	Unknown ErrorKind = iota
	// Unauthorized: the credential is refused, also with a fresh token. A new secret helps.
	Unauthorized
	// ScopeMissing: the credential is good, but its tokens are not for this API (401, "scope does not match").
	ScopeMissing
	// Forbidden: the credential is good, but lacks the permission. An administrator of the site helps.
	Forbidden
	// AddressNotAllowed: the site's IP allowlist does not hold the address that the request came from (403).
	AddressNotAllowed
	// Blocked: a proxy or a firewall on the way refused the request, not Jira. Whoever runs it helps.
	Blocked
	// NotFound: there is no such site, or no such deployment.
	NotFound
	// Invalid: the request is wrong as a whole (400). The same request again will not do.
	Invalid
	// TooLarge: the request holds too many deployments (413). Fewer will do.
	TooLarge
	// Throttled: too many requests, or the service is down for a moment (429, 503). Waiting for RetryAfter helps.
	Throttled
	// Redirected: the API answered 3xx, which is never followed. The API URL, or something on the way to it, is wrong.
	Redirected
	// Unavailable: everything else, from a reset connection to an answer that is not JSON. Trying again helps, later.
	Unavailable
)

var kindNames = [...]string{
	Unknown: "Unknown", Unauthorized: "Unauthorized", ScopeMissing: "ScopeMissing", Forbidden: "Forbidden",
	AddressNotAllowed: "AddressNotAllowed", Blocked: "Blocked", NotFound: "NotFound", Invalid: "Invalid",
	TooLarge: "TooLarge", Throttled: "Throttled", Redirected: "Redirected", Unavailable: "Unavailable",
}

// String returns the constant's name.
func (k ErrorKind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("ErrorKind(%d)", int(k))
	}
	return kindNames[k]
}

// Error is what every method of a Client that talks to Jira returns. Nothing in it holds a secret or a token.
type Error struct {
	// Op is what was tried, as a verb and a noun: "submit deployments".
	Op string
	// Host is who answered, or did not: the API's host, or the site's own for the cloud id.
	Host string
	// Kind says what can be done.
	Kind ErrorKind
	// StatusCode is the HTTP status, or 0 where there was no usable answer.
	StatusCode int
	// RetryAfter is how long the other side asks to be left alone, an hour at most; 0 where it does not say.
	RetryAfter time.Duration
	// LimitReason names the limit that the request ran into, as RateLimit-Reason does; empty where it does not say.
	LimitReason string
	// Messages are Jira's, or ours where it has none: at most 10, each one line and bounded.
	Messages []string
	// Gateway is who answered in Jira's place, as far as it says: its name, and what its page says. One bounded line.
	Gateway string
	// Err is context.Canceled or context.DeadlineExceeded where one of them ended the request (the latter also for the
	// client's own time-out), else nil. The transport's error is not kept: it may quote what the other side sent.
	Err error
}

// Error returns one line of at most 512 bytes.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s at %s: %s", e.Op, clip(e.Host, 80), e.Kind)
	if e.StatusCode != 0 {
		fmt.Fprintf(&b, " (HTTP %d)", e.StatusCode)
	}
	if e.LimitReason != "" {
		b.WriteString(", limited by " + e.LimitReason)
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, ", retry after %s", e.RetryAfter)
	}
	if len(e.Messages) > 0 {
		b.WriteString(": " + strings.Join(e.Messages, "; "))
	}
	if e.Gateway != "" {
		b.WriteString(": answered by " + e.Gateway)
	}
	return clip(b.String(), maxErrorText)
}

// Unwrap returns Err, so that errors.Is(err, context.Canceled) holds where the caller gave up.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the first *Error in err's tree, and Unknown where there is none.
func KindOf(err error) ErrorKind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Unknown
}

// kinds of the statuses that mean something of their own.
var kinds = map[int]ErrorKind{
	http.StatusOK:                    Unknown,
	http.StatusAccepted:              Unknown,
	http.StatusNoContent:             Unknown,
	http.StatusBadRequest:            Invalid,
	http.StatusUnauthorized:          Unauthorized,
	http.StatusForbidden:             Forbidden,
	http.StatusNotFound:              NotFound,
	http.StatusRequestEntityTooLarge: TooLarge,
	http.StatusTooManyRequests:       Throttled,
	http.StatusServiceUnavailable:    Throttled,
}

// kindOfStatus returns Unknown for the statuses of success.
func kindOfStatus(status int) ErrorKind {
	if kind, known := kinds[status]; known {
		return kind
	}
	if status >= 300 && status < 400 {
		return Redirected
	}
	return Unavailable
}

// unreachable makes an Error of a failure without a usable answer.
func unreachable(op, host string, err error, hide scrubber) *Error {
	e := &Error{Op: op, Host: host, Kind: Unavailable}
	for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, end) {
			e.Err = end
			break
		}
	}
	var refused *proxyRefusal
	if errors.As(err, &refused) && (refused.status == http.StatusForbidden || refused.status == http.StatusProxyAuthRequired) {
		e.Kind = Blocked
	}
	// The URL that url.Error adds is long, and Op and Host say it better.
	var network *url.Error
	if errors.As(err, &network) {
		err = network.Err
	}
	e.Messages = hide.messages([]string{err.Error()})
	return e
}

// unreadable makes an Error of a success whose body is not what was announced, for the reason given.
func unreadable(op, host string, res *answer, reason string) *Error {
	e := &Error{Op: op, Host: host, Kind: Unavailable, StatusCode: res.status, Messages: res.hide.messages([]string{reason})}
	if content := res.read(); content.page {
		e.Gateway = res.gateway(content)
	}
	return e
}

// refusal makes an Error of an answer that is no success.
func refusal(op, host string, res *answer, now func() time.Time) *Error {
	content := res.read()
	e := &Error{
		Op: op, Host: host, Kind: content.kind(res.status), StatusCode: res.status, RetryAfter: retryAfter(res.header, now),
		LimitReason: limitReason(res.header, res.hide),
	}
	if content.page || e.Kind == Blocked {
		e.Gateway = res.gateway(content)
	} else {
		e.Messages = res.hide.messages(content.texts)
	}
	return e
}
