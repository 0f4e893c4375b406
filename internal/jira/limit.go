// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// Limit is what Jira says where it refuses a request to an API because there were too many.
type Limit struct {
	// Reason names the limit, such as jira-quota-tenant-based; empty where Jira does not name it.
	Reason string
	// RetryAfter is how long Jira asks to be left alone, an hour at most; zero where it does not say.
	RetryAfter time.Duration
}

// LimitOf returns the limit that a request to an API ran into (429); false where err is another error. Those of the token
// endpoint and of the lookup of the cloud id are other limits: they are not the credential's.
func LimitOf(err error) (Limit, bool) {
	var e *Error
	if !errors.As(err, &e) || e.StatusCode != http.StatusTooManyRequests || e.Op == opToken || e.Op == OpCloudID {
		return Limit{}, false
	}
	return Limit{Reason: e.LimitReason, RetryAfter: e.RetryAfter}, true
}

// OfIssue says that the limit is that of an issue: other issues may be written.
func (l Limit) OfIssue() bool {
	return strings.HasPrefix(l.Reason, "jira-per-issue")
}

// OfCredential says that Jira names a limit of the credential, or of the site: no request does better than another.
func (l Limit) OfCredential() bool {
	return strings.HasPrefix(l.Reason, "jira-quota") || l.OfBurst()
}

// OfBurst says that the limit counts the requests of seconds.
func (l Limit) OfBurst() bool {
	return strings.HasPrefix(l.Reason, "jira-burst")
}

// limitReasons are the reasons that are shown. Anything else in the header is none.
var limitReasons = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// maxLimitReason is the longest reason that is shown.
const maxLimitReason = 64

// limitReason reads RateLimit-Reason.
func limitReason(h http.Header, hide scrubber) string {
	said := strings.TrimSpace(h.Get("RateLimit-Reason"))
	reason := strings.ToLower(said)
	if len(said) > maxLimitReason || !limitReasons.MatchString(reason) || hide.scrub(said) != said {
		return ""
	}
	return reason
}
