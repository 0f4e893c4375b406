// SPDX-License-Identifier: Apache-2.0

package image

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// answer is what is remembered about a reference.
type answer struct {
	source Source
	err    *Error
	// digest is what a tag named. The source is then the digest's own answer.
	digest string
	// until is when the answer ends; zero: never, since what a digest names does not change.
	until time.Time
	// read is when the tag was read.
	read time.Time
}

func (a *answer) result() (Source, error) {
	if a.err != nil {
		return Source{}, a.err
	}
	return a.source, nil
}

// tagLife is how long a tag is taken to name the same image. After that it is asked for its digest, by HEAD.
const tagLife = 5 * time.Minute

// lives says how long failures are remembered. They are by image: a missing one may be pushed any moment, and a credential is
// mended by hand. What is too large or malformed stays so.
var lives = map[error]time.Duration{
	ErrNotFound:     time.Minute,
	ErrUnreachable:  30 * time.Second,
	ErrUnauthorized: 5 * time.Minute,
	ErrTooLarge:     time.Hour,
	ErrMalformed:    time.Hour,
}

// known returns the answer that still holds, and of a tag was read late enough.
func (c *Client) known(ref name.Reference, readAfter time.Time) (*answer, bool) {
	kept, ok := c.kept(ref)
	if !ok || !kept.until.IsZero() && !c.now().Before(kept.until) {
		return nil, false
	}
	if kept.digest == "" {
		return kept, true
	}
	if kept.read.Before(readAfter) {
		return nil, false
	}
	return c.kept(ref.Context().Digest(kept.digest))
}

// kept returns an answer, also one that ended.
func (c *Client) kept(ref name.Reference) (*answer, bool) {
	value, ok := c.answers.Get(ref.Name())
	if !ok {
		return nil, false
	}
	kept, ok := value.(*answer)
	return kept, ok
}

// found remembers what an image says, under its digest, and under the tag that named it.
func (c *Client) found(ref name.Reference, source Source, read time.Time) *answer {
	a := &answer{source: source}
	c.answers.Add(ref.Context().Digest(source.Digest).Name(), a)
	if tag, ok := ref.(name.Tag); ok {
		c.answers.Add(tag.Name(), &answer{digest: source.Digest, until: read.Add(tagLife), read: read})
	}
	return a
}

// failed remembers why an image could not be read.
func (c *Client) failed(ref name.Reference, err *Error) *answer {
	life := max(lives[err.Reason], err.RetryAfter)
	a := &answer{err: err, until: c.now().Add(life)}
	c.answers.Add(ref.Name(), a)
	return a
}

// statuses says what the statuses of a registry mean for one image. The others are ErrUnreachable.
var statuses = map[int]error{
	http.StatusUnauthorized: ErrUnauthorized,
	http.StatusForbidden:    ErrUnauthorized,
	http.StatusNotFound:     ErrNotFound,
	http.StatusGone:         ErrNotFound,
}

// classify makes an Error of what reading an image failed with. Of the library's errors only the kind is kept: they quote URLs
// and answers.
func classify(err error) *Error {
	var own *Error
	var status *transport.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Reason: ErrUnreachable, Detail: "it did not answer in time"}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Reason: ErrUnreachable, Detail: "its answer broke off"}
	case errors.As(err, &status):
		reason, ok := statuses[status.StatusCode]
		if !ok {
			reason = ErrUnreachable
		}
		return &Error{Reason: reason, Status: status.StatusCode}
	}
	return &Error{Reason: ErrMalformed}
}
