// SPDX-License-Identifier: Apache-2.0

package site

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

func limitFault(reason, retryAfter string) jiratest.Fault {
	return jiratest.Fault{Match: jiratest.Bulk, Status: http.StatusTooManyRequests, Times: 1, Header: http.Header{
		"Ratelimit-Reason": {reason}, "Retry-After": {retryAfter},
	}}
}

// requests counts what arrived at Jira's API since the start.
func (p *post) requests(path string) int {
	n := 0
	for _, request := range p.jira.Requests() {
		if strings.Contains(request.Path, path) {
			n++
		}
	}
	return n
}

func (p *post) readyMessage(site string) string {
	p.t.Helper()
	return meta.FindStatusCondition(p.site(site).Status.Conditions, v1alpha1.ConditionReady).Message
}

// A refusal that names the credential's limit needs no probe: the site stays Ready, says so, and its records wait.
func TestALimitOfTheCredentialIsSaidAndKept(t *testing.T) {
	p := newPost(t)
	p.passFor("acme", 10*time.Minute)
	probes := p.requests("rollcall-probe")
	p.jira.Inject(limitFault("jira-quota-tenant-based", "64"))
	p.write("acme", 2)
	p.passFor("acme", 30*time.Second)
	p.expectReady("acme", v1alpha1.ReasonReady)
	p.expectReasons("acme", map[string]int{pending: 2})
	var d v1alpha1.JiraDeployment
	if err := p.kube.Get(t.Context(), client.ObjectKey{Namespace: "shop-acme", Name: "web-1"}, &d); err != nil {
		t.Fatal(err)
	}
	const want = "Jira limits the requests of this credential (jira-quota-tenant-based): at "
	if got := d.Status.Conditions[0].Message; !strings.Contains(got, want) {
		t.Errorf("the record says %q, want that it says %q", got, want)
	}
	if got := p.requests("rollcall-probe"); got != probes {
		t.Errorf("the site was probed %d times more", got-probes)
	}
	p.passFor("acme", time.Minute)
	p.expectReasons("acme", map[string]int{accepted: 2})
	p.expectReady("acme", v1alpha1.ReasonReady, want, "Rollcall sends at most 2 of 900 requests a minute")
	said := p.readyMessage("acme")
	p.passFor("acme", time.Hour)
	if got := p.readyMessage("acme"); got != said {
		t.Errorf("an hour later the site says %q, after %q", got, said)
	}
	if limited, pace := p.measured("rollcall_limited_seconds_total", "site=acme"), p.measured("rollcall_pace_requests_per_minute", "site=acme"); limited < 60 || limited > 70 || pace < 2 || pace > 6 {
		t.Errorf("records waited %.0f s, and the pace is %.1f", limited, pace)
	}
	p.passFor("acme", 3*time.Hour)
	if got := p.readyMessage("acme"); strings.Contains(got, want) {
		t.Errorf("four hours later the site says %q", got)
	}
}

// A record that something on the way refuses with 429, whatever the rate, is nobody else's trouble: the others are sent, at the
// pace that they had.
func TestARefusalOfOneRecordIsNobodyElses(t *testing.T) {
	p := newPost(t)
	p.passFor("acme", 10*time.Minute)
	hot := makeRecord("acme", "hot", "SHOP-9")
	hot.Namespace = "mallory"
	p.create(hot)
	p.gatewayRefuses("hot", `{"message":"too many"}`)
	p.passFor("acme", time.Second)
	p.write("acme", 2)
	p.passFor("acme", time.Minute) // the first refusal is believed
	p.expectReasons("acme", map[string]int{accepted: 2})
	if pace := p.r.stateOf(p.site("acme")).pace.PerMinute(p.now); pace < 900 {
		t.Errorf("the pace is %.1f, want 900", pace)
	}
}

// Nor are the others refused with it over and over, because Jira takes builds in between.
func TestARefusalOfOneRecordIsNobodyElsesWhileBuildsGoThrough(t *testing.T) {
	p := newPost(t)
	p.permit("acme", jiratest.Deployments, jiratest.Builds)
	p.passFor("acme", 10*time.Minute)
	hot := makeRecord("acme", "hot", "SHOP-9")
	hot.Namespace = "mallory"
	p.create(hot)
	p.gatewayRefuses("hot", `{"message":"too many"}`)
	p.write("acme", 2)
	for i := range 5 {
		p.create(makeBuild("acme", fmt.Sprint("ci-", i), "SHOP-1"))
		p.passFor("acme", 20*time.Second)
	}
	p.expectReasons("acme", map[string]int{accepted: 2})
	if pace := p.r.stateOf(p.site("acme")).pace.PerMinute(p.now); pace < 900 {
		t.Errorf("the pace is %.1f, want 900", pace)
	}
}

// Where no record waits for the end of a limit, none of the time until the next one comes is counted.
func TestTimeInWhichNothingWaitsIsNotCountedAsLimited(t *testing.T) {
	for name, meanwhile := range map[string]func(p *post){
		"nothing waits": func(*post) {},
		"the site is suspended": func(p *post) {
			p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.Suspend = true })
			p.passFor("acme", 5*time.Hour)
			p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.Suspend = false })
		},
		"the site is in a dry run": func(p *post) {
			p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.DryRun = true })
			p.passFor("acme", 5*time.Hour)
			p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.DryRun = false })
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			p.passFor("acme", 10*time.Minute)
			refused := limitFault("jira-quota-tenant-based", "64")
			refused.Match = jiratest.Get
			p.jira.Inject(refused)
			p.doubt("acme")
			p.pass("acme")
			if pace := p.measured("rollcall_pace_requests_per_minute", "site=acme"); pace != 2 {
				t.Errorf("the pace is shown as %.1f after a probe was refused, want 2", pace)
			}
			meanwhile(p)
			p.passFor("acme", time.Hour)
			p.write("acme", 1)
			p.passFor("acme", time.Minute)
			p.expectReasons("acme", map[string]int{accepted: 1})
			if limited := p.measured("rollcall_limited_seconds_total", "site=acme"); limited != 0 {
				t.Errorf("%.0f s are counted, want none", limited)
			}
		})
	}
}

// gatewayRefuses answers each submission that tells of a pipeline with 429, and does not say why.
func (p *post) gatewayRefuses(pipeline, body string) {
	p.gateway = func(submission string) (int, string) {
		if strings.Contains(submission, pipeline) {
			return http.StatusTooManyRequests, body
		}
		return 0, ""
	}
}
