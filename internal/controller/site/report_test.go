// SPDX-License-Identifier: Apache-2.0

package site

import (
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

// Jira fails and works again before the cache shows what was written of it.
func TestAStatusIsComparedWithWhatWasWritten(t *testing.T) {
	p := newPost(t)
	p.passFor("acme", time.Minute)
	p.staleSite = p.site("acme")
	p.api(jiratest.Fault{Status: 503, Times: 1})
	p.doubt("acme")
	p.pass("acme")
	if got := p.ready("acme"); got != v1alpha1.ReasonRateLimited {
		t.Fatalf("the site is %s", got)
	}
	p.passFor("acme", time.Minute)
	if got := p.ready("acme"); got != v1alpha1.ReasonReady {
		t.Errorf("the site works again, and says %s", got)
	}
	if n := p.siteWrites.Load(); n > 4 {
		t.Errorf("%d writes of the site's status", n)
	}
}
