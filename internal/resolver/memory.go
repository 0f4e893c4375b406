// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"context"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// known is an answer that is kept. It does not change.
type known struct {
	answer record.Answer
	// until is when the question may be asked again; zero for never. The answer stands until there is another one.
	until time.Time
	// forgotten is when nothing is known any more, because the question names an image by its tag; zero for never.
	forgotten time.Time
	// retries is how long the next failure without a time of its own holds.
	retries wait.Backoff
	// secrets are the Secrets that were used. Where one of them is another now, the question may be asked again at once.
	secrets []secretVersion
}

// retries are 30 s, 1 min, 2 min, and so on to an hour.
var retries = wait.Backoff{Duration: 30 * time.Second, Factor: 2, Steps: 20, Cap: time.Hour}

// unauthorizedRetry is how long a refused credential is taken to be refused. A Secret that changes ends it at once.
const unauthorizedRetry = 5 * time.Minute

// tagLife is how long a tag is taken to name the same image. Whoever has an answer by then keeps it in a record.
const tagLife = 5 * time.Minute

// final are the reasons that nothing but another question changes, unless the outcome has a time of its own.
var final = []string{v1alpha1.ReasonResolved, v1alpha1.ReasonNoSource, v1alpha1.ReasonRepositoryNotListed}

// keep makes what is kept of an outcome. before is what was kept until now; nil for nothing.
func keep(question record.Question, out outcome, before *known, now time.Time) *known {
	k := &known{answer: out.answer, secrets: out.secrets, retries: retries}
	if before != nil {
		k.retries = before.retries
	}
	switch {
	case out.answer.RetryAfter > 0:
	case slices.Contains(final, out.answer.Reason):
		if question.Image != "" && !strings.Contains(question.Image, "@") {
			k.forgotten = now.Add(tagLife)
		}
		return k
	case out.answer.Reason == v1alpha1.ReasonUnauthorized:
		k.answer.RetryAfter = unauthorizedRetry
	default:
		k.answer.RetryAfter = k.retries.Step()
	}
	k.until = now.Add(k.answer.RetryAfter)
	return k
}

// at returns the answer, with the time that is left of its RetryAfter.
func (k *known) at(now time.Time) record.Answer {
	answer := k.answer
	if !k.until.IsZero() {
		answer.RetryAfter = k.until.Sub(now)
	}
	return answer
}

// known returns what is kept of a question; nil for nothing.
func (r *Resolver) known(question record.Question) *known {
	value, ok := r.answers.Get(question)
	if !ok {
		return nil
	}
	k, _ := value.(*known)
	if k != nil && !k.forgotten.IsZero() && !r.now().Before(k.forgotten) {
		return nil
	}
	return k
}

// isDue says whether a question that has an answer may be asked again.
func (r *Resolver) isDue(k *known, now time.Time) bool {
	if k.until.IsZero() {
		return false
	}
	return !now.Before(k.until) || slices.ContainsFunc(k.secrets, func(used secretVersion) bool {
		current, err := r.solver.clients.versionOf(context.Background(), used.name)
		return err == nil && current != used
	})
}
