package outbox

import (
	"errors"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// SiteError says why a site takes nothing at the moment, in the words of the JiraSite's Ready condition.
type SiteError struct {
	Reason, Message string
	// RetryAfter is how long Jira asks to be left alone; zero where it does not say.
	RetryAfter time.Duration
}

// Advice for each kind of error. A kind that is not listed is Unreachable.
var advice = map[jira.ErrorKind]struct{ reason, advice string }{
	jira.Unauthorized: {v1alpha1.ReasonCredentialsRejected, "Jira refuses the credentials: check client-id and client-secret in the Secret, and that the credential was not revoked in Jira"},
	jira.Forbidden:    {v1alpha1.ReasonPermissionMissing, "the credential may not do this: give it the Deployments permission in Jira"},
	jira.NotFound:     {v1alpha1.ReasonSiteNotFound, "there is no such site: check spec.host, and spec.cloudID where it is set; a renamed site has a new host"},
	jira.Redirected:   {v1alpha1.ReasonSiteNotFound, "the API answers with a redirect, which is not followed: check spec.host and spec.apiURL; a renamed site has a new host"},
	jira.Invalid:      {v1alpha1.ReasonUnreachable, "Jira refuses whatever is sent: check spec.apiURL, spec.host and spec.cloudID, and whether there is a newer version of Rollcall"},
	jira.Throttled:    {v1alpha1.ReasonRateLimited, "Jira asks to wait; what is pending is sent afterwards"},
}

// NewSiteError returns what the error of a probe says of a site.
func NewSiteError(err error) *SiteError {
	found, ok := advice[jira.KindOf(err)]
	if !ok {
		found.reason = v1alpha1.ReasonUnreachable
		found.advice = "Jira cannot be reached, or does not answer sensibly: check the network, the proxy and the CA bundle; it is tried again by itself"
	}
	return &SiteError{Reason: found.reason, Message: Bounded(found.advice + " (" + err.Error() + ")"), RetryAfter: retryAfter(err)}
}

func retryAfter(err error) time.Duration {
	var e *jira.Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}
