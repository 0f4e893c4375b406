// SPDX-License-Identifier: Apache-2.0

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

// cause is what an error of a probe comes from, by the reason of the condition and what a person can do.
type cause struct{ reason, advice string }

// Advice for each kind of error. A kind that is not listed is Unreachable.
var advice = map[jira.ErrorKind]cause{
	jira.Unauthorized:      {v1alpha1.ReasonCredentialsRejected, "Jira refuses the credentials: check client-id and client-secret in the Secret, and that the credential was not revoked in Jira"},
	jira.ScopeMissing:      {v1alpha1.ReasonPermissionMissing, "Jira knows the credential, but its tokens are not for the Deployments API: take one that was made under OAuth credentials in Jira with the Deployments permission, not that of an app or of a service account"},
	jira.Forbidden:         {v1alpha1.ReasonPermissionMissing, "the credential may not do this: give it the Deployments permission in Jira"},
	jira.AddressNotAllowed: {v1alpha1.ReasonAddressNotAllowed, "the IP allowlist of the Jira site does not hold the cluster's address: have the address that the cluster is seen with outside added at admin.atlassian.com, Security, IP allowlists"},
	jira.Blocked:           {v1alpha1.ReasonUnreachable, "a proxy or a firewall on the way refuses the request, not Jira: have it let requests to this host pass"},
	jira.NotFound:          {v1alpha1.ReasonSiteNotFound, "there is no such site: check spec.host, and spec.cloudID where it is set; a renamed site has a new host"},
	jira.Redirected:        {v1alpha1.ReasonSiteNotFound, "the API answers with a redirect, which is not followed: check spec.host, spec.apiURL and spec.credentials.tokenURL; a renamed site has a new host"},
	jira.Invalid:           {v1alpha1.ReasonUnreachable, "Jira refuses whatever is sent: check spec.apiURL, spec.host and spec.cloudID, and whether there is a newer version of Rollcall"},
	jira.Throttled:         {v1alpha1.ReasonRateLimited, "Jira asks to wait; what is pending is sent afterwards"},
}

// unreachable is the cause of every other kind.
var unreachable = cause{v1alpha1.ReasonUnreachable, "Jira cannot be reached, or does not answer sensibly: check the network, the proxy and the CA bundle; it is tried again by itself"}

// withoutLookup is further advice where the site's own host keeps its cloud id to itself, for these kinds of errors.
const withoutLookup = "; or set spec.cloudID, and the site's own host is not asked (a browser shows the id at https://<host>/_edge/tenant_info)"

// NewSiteError returns what the error of a probe says of a site.
func NewSiteError(err error) *SiteError {
	found, ok := advice[jira.KindOf(err)]
	if !ok {
		found = unreachable
	}
	if found.reason == v1alpha1.ReasonAddressNotAllowed || found.reason == v1alpha1.ReasonUnreachable {
		if e := (*jira.Error)(nil); errors.As(err, &e) && e.Op == jira.OpCloudID {
			found.advice += withoutLookup
		}
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
