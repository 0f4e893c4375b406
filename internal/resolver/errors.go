// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/commits"
	"github.com/rollcall-dev/rollcall/internal/image"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// cause is an error, and the reason that it is told with.
type cause struct {
	err    error
	reason string
}

// causes are tried in order. What is none of them is Unreachable.
var causes = []cause{
	{commits.ErrRepositoryNotFound, v1alpha1.ReasonUnauthorized},
	{commits.ErrUnauthorized, v1alpha1.ReasonUnauthorized},
	{commits.ErrRevisionNotFound, v1alpha1.ReasonRevisionNotFound},
	{commits.ErrTooLarge, v1alpha1.ReasonTooLarge},
	{commits.ErrInvalid, v1alpha1.ReasonNoSource},

	{image.ErrUnauthorized, v1alpha1.ReasonUnauthorized},
	{image.ErrNotFound, v1alpha1.ReasonRevisionNotFound},
	{image.ErrTooLarge, v1alpha1.ReasonTooLarge},
	{image.ErrMalformed, v1alpha1.ReasonNoSource},
	{image.ErrInvalidReference, v1alpha1.ReasonNoSource},
}

func reasonOf(err error) string {
	for _, c := range causes {
		if errors.Is(err, c.err) {
			return c.reason
		}
	}
	return v1alpha1.ReasonUnreachable
}

// holdFor is how long a host is left alone that no connection can be made to.
const holdFor = 30 * time.Second

// commitsFailed makes the answer of a Git server's failure. The errors of internal/commits hold no credential and no text of a
// server.
func (w *work) commitsFailed(err error, c *connection) outcome {
	if w.head.confirm && errors.Is(err, commits.ErrRevisionNotFound) {
		out := w.answer(v1alpha1.ReasonNoSource, fmt.Sprintf(
			"The tag of image %s may be a commit id, but %s has no such commit: write the annotation %s on the pod template, or build the image with the label org.opencontainers.image.revision.",
			w.image(), w.head.repository, v1alpha1.AnnotationRevision))
		out.answer.Source.Revision, out.answer.Source.From = "", ""
		return out
	}
	out := outcome{answer: record.Answer{Reason: reasonOf(err), Message: "The repository could not be asked.", Source: w.source()}, secrets: c.used()}
	var failed *commits.Error
	if !errors.As(err, &failed) {
		return out
	}
	out.answer.Message = capital(failed.Error()) + w.remedy(out.answer.Reason, c)
	out.answer.RetryAfter = failed.RetryAfter
	switch {
	case out.answer.Reason != v1alpha1.ReasonUnreachable:
	case failed.StatusCode == http.StatusTooManyRequests, failed.StatusCode == http.StatusServiceUnavailable && failed.RetryAfter > 0:
		out.hold = holdFor
		if failed.RetryAfter > 0 {
			out.hold = failed.RetryAfter
		}
	case failed.StatusCode == 0 && failed.Err == nil && c.transport.unreached.Load():
		out.hold = holdFor
	}
	if out.hold > 0 {
		// What is told to everybody else names no repository: it may be another namespace's.
		out.why = fmt.Sprintf("%s is left alone for now: %s.", w.entry.URL, failed.Message)
	}
	return out
}

// remedy names the Secret that was refused.
func (w *work) remedy(reason string, c *connection) string {
	switch {
	case reason != v1alpha1.ReasonUnauthorized:
		return "."
	case c.secret.name == "":
		return fmt.Sprintf(". If it is not public, name a Secret beside %s in spec.commits.repositories of JiraSite %s.", w.entry.URL, w.question.Site)
	}
	return fmt.Sprintf(". The credential is that of Secret %s in namespace %s.", c.secret.name, w.cfg.Namespace)
}

// imageFailed makes the answer of a registry's failure. The registry holds itself back: see internal/image.
func (w *work) imageFailed(err error, c *connection) outcome {
	out := outcome{answer: record.Answer{Reason: reasonOf(err), Message: "The registry could not be asked.", Source: w.source()}, secrets: c.used()}
	var failed *image.Error
	if !errors.As(err, &failed) {
		return out
	}
	out.answer.RetryAfter = failed.RetryAfter
	if errors.Is(err, image.ErrMalformed) && failed.RetryAfter == 0 {
		out.answer.RetryAfter = time.Hour // what answered may have been a proxy's page
	}
	told := *failed
	told.RetryAfter = 0 // it is another one each time, and is told beside the message
	out.answer.Message = capital(told.Error()) + "."
	if out.answer.Reason == v1alpha1.ReasonUnauthorized {
		out.answer.Message += w.registryRemedy()
	}
	return out
}

func (w *work) registryRemedy() string {
	if name := w.site.Spec.Commits.RegistrySecretName; name != "" {
		return fmt.Sprintf(" The credentials are those of Secret %s in namespace %s.", name, w.cfg.Namespace)
	}
	return fmt.Sprintf(" If it is not public, name a Secret in spec.commits.registrySecretName of JiraSite %s.", w.question.Site)
}

// refused makes the answer where a Secret opens nothing.
func (w *work) refused(c *connection) outcome {
	out := w.answer(v1alpha1.ReasonUnauthorized, c.refusal)
	out.secrets = c.used()
	return out
}

// unread makes the answer where the API server does not give a Secret. The error is that server's own, and is not told.
func (w *work) unread(error) outcome {
	return w.answer(v1alpha1.ReasonUnreachable, fmt.Sprintf("A Secret of JiraSite %s in namespace %s cannot be read from the API server.", w.question.Site, w.cfg.Namespace))
}

// messageOf returns what an error of internal/commits says, without a repository.
func messageOf(err error) string {
	var failed *commits.Error
	if errors.As(err, &failed) {
		return failed.Message
	}
	return "it cannot be read"
}

// capital begins a sentence, unless it begins with a URL.
func capital(text string) string {
	if text == "" || text[0] < 'a' || text[0] > 'z' || len(text) > 4 && text[:4] == "http" {
		return text
	}
	return string(text[0]-'a'+'A') + text[1:]
}
