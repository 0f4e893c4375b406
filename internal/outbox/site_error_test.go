// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

func TestNewSiteError(t *testing.T) {
	wantReasons := map[jira.ErrorKind]string{
		jira.Unknown:           v1alpha1.ReasonUnreachable,
		jira.Unauthorized:      v1alpha1.ReasonCredentialsRejected,
		jira.ScopeMissing:      v1alpha1.ReasonPermissionMissing,
		jira.Forbidden:         v1alpha1.ReasonPermissionMissing,
		jira.AddressNotAllowed: v1alpha1.ReasonAddressNotAllowed,
		jira.Blocked:           v1alpha1.ReasonUnreachable,
		jira.NotFound:          v1alpha1.ReasonSiteNotFound,
		jira.Redirected:        v1alpha1.ReasonSiteNotFound,
		jira.Throttled:         v1alpha1.ReasonRateLimited,
		jira.Unavailable:       v1alpha1.ReasonUnreachable,
		jira.Invalid:           v1alpha1.ReasonUnreachable,
		jira.TooLarge:          v1alpha1.ReasonUnreachable,
	}
	given := map[string]jira.ErrorKind{}
	for kind := jira.Unknown; !strings.HasPrefix(kind.String(), "ErrorKind("); kind++ {
		t.Run(kind.String(), func(t *testing.T) {
			got := NewSiteError(jiraError(kind, "says Jira"))
			if got.Reason != wantReasons[kind] {
				t.Errorf("reason = %q, want %q", got.Reason, wantReasons[kind])
			}
			if advice, _, found := strings.Cut(got.Message, " ("); !found || len(advice) < 40 || !strings.Contains(got.Message, "says Jira") {
				t.Errorf("message = %q, want advice, and what Jira says", got.Message)
			} else if other, twice := given[advice]; twice && got.Reason != v1alpha1.ReasonUnreachable {
				t.Errorf("the advice is that of %s", other)
			} else {
				given[advice] = kind
			}
		})
	}
	if got := NewSiteError(errors.New("boom")); got.Reason != v1alpha1.ReasonUnreachable || !strings.HasSuffix(got.Message, "(boom)") {
		t.Errorf("NewSiteError(boom) = %+v, want Unreachable (boom)", got)
	}
	throttled := errors.Join(&jira.Error{Kind: jira.Throttled, RetryAfter: 17 * time.Second})
	if got := NewSiteError(throttled).RetryAfter; got != 17*time.Second {
		t.Errorf("RetryAfter = %s, want the 17s that Jira asks for", got)
	}
}

func TestASiteThatKeepsItsCloudIDToItselfNamesTheWayOut(t *testing.T) {
	for kind, want := range map[jira.ErrorKind]bool{
		jira.AddressNotAllowed: true, jira.Blocked: true, jira.Unavailable: true, jira.Throttled: false,
	} {
		for op, lookup := range map[string]bool{jira.OpCloudID: true, "probe": false} {
			got := NewSiteError(&jira.Error{Op: op, Kind: kind, Host: "acme.test"}).Message
			if named := strings.Contains(got, "set spec.cloudID"); named != (want && lookup) {
				t.Errorf("%s at %q: message = %q, names spec.cloudID: %v, want %v", kind, op, got, named, want && lookup)
			}
		}
	}
}

func TestTheMessageOfASiteErrorIsBounded(t *testing.T) {
	got := NewSiteError(errors.New(strings.Repeat("ü", 5000))).Message
	if n := len(got); n < 1020 || n > 1024 || !utf8.ValidString(got) || !strings.HasSuffix(got, "ü…") {
		t.Errorf("message has %d bytes and ends in %q, want almost 1024 and an ellipsis", n, got[len(got)-8:])
	}
}
