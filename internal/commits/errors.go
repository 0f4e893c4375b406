// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"errors"
	"fmt"
	"time"
)

// The causes of an Error. Ask with errors.Is.
var (
	// ErrInvalid means that a repository URL, a revision or a path cannot be used. Nothing was sent.
	ErrInvalid = errors.New("invalid request")
	// ErrNotAllowed means that the server sends the request elsewhere. It was not followed.
	ErrNotAllowed = errors.New("redirected")
	// ErrUnauthorized means that a credential is missing or refused, or lacks a permission.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrRepositoryNotFound means that there is no such repository, or that the credential may not see it.
	ErrRepositoryNotFound = errors.New("repository not found")
	// ErrRevisionNotFound means that the repository has no such commit, or no tag or branch of that name.
	ErrRevisionNotFound = errors.New("revision not found")
	// ErrTooLarge means that an answer is larger than the limits allow.
	ErrTooLarge = errors.New("too large")
	// ErrUnsupported means that the server cannot do what is needed, such as protocol version 2.
	ErrUnsupported = errors.New("not supported")
	// ErrUnreachable means that there was no usable answer. Trying again later may help.
	ErrUnreachable = errors.New("unreachable")
)

// Error is what every method of a Client returns. Its text names the repository and the next step for a person. It holds
// neither a credential nor any text that came from a server.
type Error struct {
	// Cause is one of the Err… values of this package.
	Cause error
	// Repository is the URL of the repository in its one spelling; empty where it has none.
	Repository string
	// Message says what is wrong and what helps.
	Message string
	// StatusCode is the HTTP status of a refusal, else 0.
	StatusCode int
	// RetryAfter is how long the server asks to be left alone; 0 where it does not say.
	RetryAfter time.Duration
	// Err is context.Canceled or context.DeadlineExceeded where one of them ended the request.
	Err error
}

// Error returns one line.
func (e *Error) Error() string {
	if e.Repository == "" {
		return e.Message
	}
	return e.Repository + ": " + e.Message
}

// Unwrap returns the cause, and the context's error where there is one.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Cause}
	}
	return []error{e.Cause, e.Err}
}

// fail makes an Error that does not know its repository yet; remote.named adds it.
func fail(cause error, format string, args ...any) *Error {
	return &Error{Cause: cause, Message: fmt.Sprintf(format, args...)}
}

// named adds the repository to an error of this package.
func named(err error, repository string) error {
	var e *Error
	if errors.As(err, &e) && e.Repository == "" {
		e.Repository = repository
	}
	return err
}
