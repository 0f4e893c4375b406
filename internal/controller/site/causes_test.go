// SPDX-License-Identifier: Apache-2.0

package site

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

// expectReady compares what a site says with a reason, and with words of the message.
func (p *post) expectReady(site, reason string, words ...string) {
	p.t.Helper()
	ready := meta.FindStatusCondition(p.site(site).Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil || ready.Reason != reason {
		p.t.Errorf("the site says %+v, want %s", ready, reason)
		return
	}
	for _, word := range words {
		if !strings.Contains(ready.Message, word) {
			p.t.Errorf("the site says %q, want that it names %q", ready.Message, word)
		}
	}
}

// Four causes of a 401 or a 403, each with its own advice, wherever they are met.
func TestCausesOfARefusalHaveAdviceOfTheirOwn(t *testing.T) {
	everywhere := []jiratest.Endpoint{jiratest.Get, jiratest.Bulk}
	for name, tc := range map[string]struct {
		fault  jiratest.Fault
		at     []jiratest.Endpoint
		reason string
		words  []string
	}{
		"an IP allowlist": {
			jiratest.AddressNotAllowed(), everywhere, v1alpha1.ReasonAddressNotAllowed,
			[]string{"IP allowlist", "admin.atlassian.com", "The IP address has been rejected"},
		},
		"an IP allowlist of the site's own host": {
			jiratest.AddressNotAllowed(), []jiratest.Endpoint{jiratest.TenantInfo}, v1alpha1.ReasonAddressNotAllowed,
			[]string{"IP allowlist", "set spec.cloudID"},
		},
		"a proxy": {
			jiratest.BlockedByProxy(), everywhere, v1alpha1.ReasonUnreachable,
			[]string{"a proxy or a firewall", "answered by squid/6.6, via 1.1 proxy.acme.example", "ERROR: The requested URL could not be retrieved"},
		},
		"a proxy before the token endpoint": {
			jiratest.BlockedByProxy(), []jiratest.Endpoint{jiratest.Token}, v1alpha1.ReasonUnreachable, []string{"a proxy or a firewall", "squid/6.6"},
		},
		"a proxy before the site's own host": {
			jiratest.BlockedByProxy(), []jiratest.Endpoint{jiratest.TenantInfo}, v1alpha1.ReasonUnreachable,
			[]string{"a proxy or a firewall", "squid/6.6", "set spec.cloudID"},
		},
		"a scope that does not match": {
			jiratest.ScopeMissing(), everywhere, v1alpha1.ReasonPermissionMissing,
			[]string{"its tokens are not for the Deployments API", "Unauthorized; scope does not match"},
		},
		"a permission that is missing": {
			jiratest.PermissionMissing(), everywhere, v1alpha1.ReasonPermissionMissing,
			[]string{"give it the Deployments permission", "The credential lacks the permission for deployments."},
		},
		"a permission to write that is missing": {
			jiratest.PermissionMissing(), []jiratest.Endpoint{jiratest.Bulk}, v1alpha1.ReasonPermissionMissing, []string{"give it the Deployments permission"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			for _, at := range tc.at {
				tc.fault.Match = at
				p.jira.Inject(tc.fault)
			}
			p.write("acme", 2)
			p.passFor("acme", 500*time.Millisecond)
			p.expectReady("acme", tc.reason, tc.words...)
			p.expectReasons("acme", map[string]int{siteNotReady: 2})
			p.jira.ClearFaults()
			p.passFor("acme", time.Minute)
			p.expectReady("acme", v1alpha1.ReasonReady)
			p.expectReasons("acme", map[string]int{accepted: 2})
		})
	}
}

func TestAnAllowlistBeforeTheSitesOwnHostIsPassedByItsCloudID(t *testing.T) {
	p := newPost(t)
	fault := jiratest.AddressNotAllowed()
	fault.Match = jiratest.TenantInfo
	p.jira.Inject(fault)
	p.write("acme", 1)
	p.passFor("acme", time.Second)
	p.expectReady("acme", v1alpha1.ReasonAddressNotAllowed)
	p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.CloudID = p.jira.CloudID() })
	p.passFor("acme", time.Second)
	p.expectReady("acme", v1alpha1.ReasonReady)
	p.expectReasons("acme", map[string]int{accepted: 1})
}

// A credential that may not read is good enough: all that Rollcall reads is the probe.
func TestACredentialThatWritesAloneWorks(t *testing.T) {
	for name, happens := range map[string]func(*post){
		"by its permissions":          func(p *post) { p.jira.SetPermissions("acme", jiratest.WriteDeployments) },
		"401, scope does not match":   func(p *post) { p.onlyAt(jiratest.Get, jiratest.ScopeMissing()) },
		"403, the permission to read": func(p *post) { p.onlyAt(jiratest.Get, jiratest.PermissionMissing()) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			happens(p)
			p.write("acme", 2)
			p.passFor("acme", time.Second)
			p.expectReady("acme", v1alpha1.ReasonReady)
			p.expectReasons("acme", map[string]int{accepted: 2})
		})
	}
}

func (p *post) onlyAt(at jiratest.Endpoint, fault jiratest.Fault) {
	fault.Match = at
	p.jira.Inject(fault)
}

// A 400 with any sentence of Jira's is a rejection, and the record shows the sentence. A page is not Jira's.
func TestARefusalOfJirasIsReadInEveryShape(t *testing.T) {
	const sentence = "deployments: the label is from a poem"
	bodies := map[string]string{}
	for name, fault := range jiratest.ErrorShapes(sentence) {
		bodies[name] = fault.Body
	}
	for name, fault := range jiratest.Pages(sentence) {
		bodies["a page with "+name] = fault.Body
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			p.gateway = func(submission string) (int, string) {
				if strings.Contains(submission, "eu-1/bad") {
					return http.StatusBadRequest, body
				}
				return 0, ""
			}
			p.create(makeRecord("acme", "bad", "SHOP-1"))
			p.write("acme", 2)
			p.passFor("acme", 10*time.Second)
			p.create(makeRecord("acme", "later", "SHOP-9"))
			p.passFor("acme", 10*time.Minute)
			var d v1alpha1.JiraDeployment
			if err := p.kube.Get(t.Context(), client.ObjectKey{Namespace: "shop-acme", Name: "bad"}, &d); err != nil {
				t.Fatal(err)
			}
			want := rejected
			if strings.HasPrefix(name, "a page") {
				want = pending
			}
			delivered := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ConditionDelivered)
			if delivered == nil || delivered.Reason != want || !strings.Contains(delivered.Message, sentence) {
				t.Errorf("the record says %+v, want %s, and the sentence", delivered, want)
			}
			p.expectReady("acme", v1alpha1.ReasonReady)
			p.expectReasons("acme", map[string]int{want: 1, accepted: 3})
		})
	}
}

// The client secret goes to the token URL, for the audience that the site names.
func TestASiteOfTheGovernmentCloud(t *testing.T) {
	p := newPost(t)
	p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.Credentials.Audience = "api.elsewhere.example" })
	p.write("acme", 1)
	p.passFor("acme", time.Second)
	p.expectReady("acme", v1alpha1.ReasonCredentialsRejected, "The audience must be api.atlassian.com.")
	p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) {
		spec.Credentials.Audience, spec.Credentials.TokenURL = "api.atlassian.com", p.jira.URL()+"/oauth/token"
	})
	p.passFor("acme", time.Second)
	p.expectReady("acme", v1alpha1.ReasonReady)
	p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.Credentials.TokenURL = p.jira.URL() + "/nowhere" })
	p.passFor("acme", time.Second)
	p.expectReady("acme", v1alpha1.ReasonCredentialsRefused, "rollcall.dev/token-url")
	p.annotate("acme-jira", v1alpha1.AnnotationTokenURL, p.jira.URL()+"/nowhere")
	p.passFor("acme", time.Second)
	p.expectReady("acme", v1alpha1.ReasonUnreachable, "get token", "There is nothing at this path.")
}
