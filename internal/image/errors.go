// SPDX-License-Identifier: Apache-2.0

package image

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The reasons of an Error, for errors.Is. Each says what happened and what helps.
var (
	ErrInvalidReference  = errors.New("its name is no image reference")
	ErrRegistryNotListed = errors.New("its registry is not listed: list it, or write repository and revision on the pod template")
	ErrNotFound          = errors.New("the registry has no such image")
	ErrUnauthorized      = errors.New("the registry does not let it be read: give a credential that may pull it")
	ErrUnreachable       = errors.New("the registry cannot be reached")
	ErrRateLimited       = errors.New("the registry wants fewer requests")
	ErrTooLarge          = errors.New("what the registry answered is too large to be read")
	ErrMalformed         = errors.New("what the registry answered is no image")
)

// Error is what Client.Source returns, unless the caller's context ended. It holds no text of the other side.
type Error struct {
	// Reason is one of the errors above.
	Reason error
	// Image is registry and repository, without tag and digest: ghcr.io/acme/checkout. Empty for ErrInvalidReference.
	Image string
	// Detail says more about the reason. Empty: there is no more to say.
	Detail string
	// Status is that of the HTTP answer, 0 where there was none.
	Status int
	// RetryAfter is how long the registry is left alone, 0 where it may be asked at once.
	RetryAfter time.Duration
}

// Error returns one line: read image ghcr.io/acme/checkout: the registry has no such image (HTTP 404).
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("read image")
	if e.Image != "" {
		b.WriteString(" " + e.Image)
	}
	fmt.Fprintf(&b, ": %s", e.Reason)
	if e.Status != 0 {
		fmt.Fprintf(&b, " (HTTP %d)", e.Status)
	}
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, ", retry after %s", e.RetryAfter)
	}
	return b.String()
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Reason }

// about returns the same error about an image.
func (e *Error) about(image string) *Error {
	of := *e
	of.Image = image
	return &of
}
