package jira

import (
	"context"
	"encoding/json"
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
	// Forbidden: the credential is good, but lacks the permission. An administrator of the site helps.
	Forbidden
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
	Unknown: "Unknown", Unauthorized: "Unauthorized", Forbidden: "Forbidden", NotFound: "NotFound", Invalid: "Invalid",
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
	// Messages are the other side's, or ours where it has none: at most 10, each one line and bounded.
	Messages []string
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
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, ", retry after %s", e.RetryAfter)
	}
	if len(e.Messages) > 0 {
		b.WriteString(": " + strings.Join(e.Messages, "; "))
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
	// The URL that url.Error adds is long, and Op and Host say it better.
	var network *url.Error
	if errors.As(err, &network) {
		err = network.Err
	}
	e.Messages = hide.messages([]string{err.Error()})
	return e
}

// unreadable makes an Error of a success whose body is not what was announced.
func unreadable(op, host string, res *answer, err error) *Error {
	return &Error{Op: op, Host: host, Kind: Unavailable, StatusCode: res.status,
		Messages: res.hide.messages([]string{"cannot read answer: " + err.Error()})}
}

// parseMessages finds the messages in the shapes that Jira and the gateway before it use: an array of {message}, an
// object with errors or errorMessages, or a single {message}. Anything else, a proxy's HTML page for one, has none.
func parseMessages(body []byte) []string {
	var list []messageJSON
	if json.Unmarshal(body, &list) == nil {
		return texts(list)
	}
	var object struct {
		messageJSON
		Errors        []messageJSON `json:"errors"`
		ErrorMessages []string      `json:"errorMessages"`
	}
	if json.Unmarshal(body, &object) != nil {
		return nil
	}
	return append(texts(append(object.Errors, object.messageJSON)), object.ErrorMessages...)
}

// messageJSON is one message of an error. Its trace id means something to Atlassian alone.
type messageJSON struct {
	Message string `json:"message"`
}

func texts(list []messageJSON) []string {
	var out []string
	for _, m := range list {
		if m.Message != "" {
			out = append(out, m.Message)
		}
	}
	return out
}
