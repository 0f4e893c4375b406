package outbox

import (
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// MaxBatch is how many records a request holds at most. Jira publishes no limit; it says so when a request
// is too large.
const MaxBatch = 100

// Step is what to do after a batch failed as a whole.
type Step int

// What can be done.
const (
	// Wait: nothing goes out to the site for a while, then the records are sent again.
	Wait Step = iota
	// Again: the records are sent again at once, in smaller batches.
	Again
	// Drop: the one record of the batch is refused.
	Drop
)

// Next returns what to do after a batch of that size failed.
func Next(err error, size int) Step {
	switch jira.KindOf(err) {
	case jira.Invalid, jira.TooLarge:
		if size <= 1 {
			return Drop
		}
		return Again
	default:
		return Wait
	}
}

// Window is how many records the next batch to a site holds.
type Window struct {
	size, limit int
}

// NewWindow returns the window of a site that nothing is known of.
func NewWindow() Window {
	return Window{size: MaxBatch, limit: MaxBatch}
}

// Size returns how many records the next batch holds.
func (w Window) Size() int {
	return w.size
}

// After returns the window after a batch of that size was answered. A batch that Jira calls wrong is halved
// until what is wrong stands alone; then the window opens again. One that is too large is halved for good.
func (w Window) After(err error, size int) Window {
	half := max(1, size/2)
	switch kind := jira.KindOf(err); {
	case err == nil:
		w.size = min(w.limit, 2*w.size)
	case kind == jira.Invalid:
		w.size = half
	case kind == jira.TooLarge && size > 1:
		w.size, w.limit = half, half
	case kind == jira.TooLarge:
		w.limit = MaxBatch // it is the record that is too large, not the batch
	}
	return w
}

// Trouble is why a site takes nothing at the moment, in the words of the JiraSite's Ready condition.
type Trouble struct {
	Reason  string
	Message string
	// Kind is that of the error: two of them may share a reason, and need other advice.
	Kind jira.Kind
}

// TroubleOf returns what an error says of a site.
func TroubleOf(err error) Trouble {
	kind := jira.KindOf(err)
	reason, advice := v1alpha1.ReasonUnreachable, "Jira cannot be reached, or does not answer sensibly: check the network, the proxy and the CA bundle; it is tried again by itself"
	switch kind {
	case jira.Unauthorized:
		reason, advice = v1alpha1.ReasonCredentialsRejected, "Jira refuses the credentials: check client-id and client-secret in the Secret, and that the credential was not revoked in Jira"
	case jira.Forbidden:
		reason, advice = v1alpha1.ReasonPermissionMissing, "the credential may not do this: give it the Deployments permission in Jira"
	case jira.NotFound:
		reason, advice = v1alpha1.ReasonSiteNotFound, "there is no such site: check spec.host, and spec.cloudID where it is set; a renamed site has a new host"
	case jira.Redirected:
		reason, advice = v1alpha1.ReasonSiteNotFound, "the API answers with a redirect, which is not followed: check spec.host and spec.apiURL; a renamed site has a new host"
	case jira.Invalid:
		advice = "Jira refuses whatever is sent: check spec.apiURL, spec.host and spec.cloudID, and whether there is a newer version of Rollcall"
	case jira.Throttled:
		reason, advice = v1alpha1.ReasonRateLimited, "Jira asks to wait; what is pending is sent afterwards"
	}
	return Trouble{Reason: reason, Message: Bounded(advice + " (" + err.Error() + ")"), Kind: kind}
}

// RetryAfter returns how long Jira asks to be left alone; zero where it does not say.
func RetryAfter(err error) time.Duration {
	var e *jira.Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

// NewBackoff returns how long to wait between tries of a site in trouble: from 1 s to 5 min, doubling, with
// jitter, for ever. The jitter comes on top of the cap.
func NewBackoff() wait.Backoff {
	return wait.Backoff{Duration: time.Second, Factor: 2, Jitter: 0.2, Steps: 16, Cap: 250 * time.Second}
}
