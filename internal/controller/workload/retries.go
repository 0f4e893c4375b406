// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	ctrl "sigs.k8s.io/controller-runtime"
)

// Errors after which a workload is observed again, and which are not logged as errors.
var (
	// ErrOutdated: the cache is behind the API server. Example: Jira's answer to a record was written at the moment at
	// which its rollout ended, and the update met a conflict.
	ErrOutdated = errors.New("the cache is outdated")
	// ErrRefused: the API server does not take a record. Example: the namespace's quota is used up.
	ErrRefused = errors.New("the API server refused it")
)

// backoffs are how long to wait before a workload is observed again, by the error.
var backoffs = map[error]wait.Backoff{
	ErrOutdated: {Duration: 5 * time.Millisecond, Factor: 2, Steps: 20, Cap: time.Minute},
	ErrRefused:  {Duration: 10 * time.Second, Factor: 2, Steps: 20, Cap: 5 * time.Minute},
}

// refusals are the codes with which the API server refuses what is written, with the reason that is counted. The
// reason that comes with the code is a webhook's own text, and no label.
var refusals = map[int32]metav1.StatusReason{
	http.StatusBadRequest:            metav1.StatusReasonBadRequest,
	http.StatusForbidden:             metav1.StatusReasonForbidden,
	http.StatusConflict:              metav1.StatusReasonAlreadyExists,
	http.StatusRequestEntityTooLarge: metav1.StatusReasonRequestEntityTooLarge,
	http.StatusUnprocessableEntity:   metav1.StatusReasonInvalid,
}

// Refusal returns the reason with which the API server refused a write; empty where it did not refuse it.
func Refusal(err error) metav1.StatusReason {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return refusals[status.Status().Code]
	}
	return ""
}

// Retries are the waits of a workload, by the error that it is observed again after.
type Retries map[error]*wait.Backoff

// Result returns when to observe the workload again, after at most that long; zero is never.
//
// What needs no person is not returned as an error, because controller-runtime logs every error as such. It is returned
// as RequeueAfter with a back-off, and so a site's own deadline is kept while another site's record is refused.
func (r Retries) Result(after time.Duration, errs ...error) (ctrl.Result, error) {
	for reason, backoff := range backoffs {
		others := slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return errors.Is(err, reason) })
		if len(others) == len(errs) {
			delete(r, reason)
			continue
		}
		if r[reason] == nil {
			r[reason] = &backoff
		}
		after, errs = sooner(after, r[reason].Step()), others
	}
	if err := errors.Join(errs...); err != nil {
		return ctrl.Result{}, fmt.Errorf("record rollout: %w", err)
	}
	return ctrl.Result{RequeueAfter: after}, nil
}

// sooner returns the shorter of two waits; zero is never.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}
