// SPDX-License-Identifier: Apache-2.0

package site

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

// A site that swallows connections holds up no other, and eight of them do not either.
func TestSitesThatSwallowConnectionsHoldUpNoOther(t *testing.T) {
	p := newPost(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never says a word
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	for i := range 8 {
		p.addSite(fmt.Sprintf("hole-%d", i), listener.Addr().String(), "http://"+listener.Addr().String())
	}
	if workers < 9 {
		t.Fatalf("there are %d workers: nine sites do not fit", workers)
	}
	ctx := t.Context()
	var passes sync.WaitGroup
	for i := range 8 {
		passes.Go(func() {
			_, _ = p.r.Reconcile(ctx, ctrl.Request{NamespacedName: client.ObjectKey{Name: fmt.Sprintf("hole-%d", i)}})
		})
	}
	p.write("acme", 2)
	p.passFor("acme", time.Second)
	p.expectReasons("acme", map[string]int{accepted: 2})
	_ = listener.Close()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

func TestAPassThatWaitsListsNothing(t *testing.T) {
	p := newPost(t)
	p.write("acme", 4)
	p.passFor("acme", time.Second)
	for name, wait := range map[string]func(){
		"for the rate limit": func() { p.useUp("acme") },
		"for a window to close": func() {
			for i := range 10 {
				p.create(makeRecord("acme", fmt.Sprintf("api-%d", i), "SHOP-1"))
			}
			p.pass("acme")
		},
		"for a site that does not answer": func() {
			p.api(jiratest.Fault{Status: 500})
			p.doubt("acme")
			p.pass("acme")
		},
	} {
		t.Run(name, func(t *testing.T) {
			p.jira.ClearFaults()
			p.passFor("acme", time.Minute)
			wait()
			before := p.lists.Load()
			for range 20 {
				if p.pass("acme") == 0 {
					t.Error("the pass does not wait")
				}
			}
			if got := p.lists.Load() - before; got > 0 {
				t.Errorf("20 passes that wait listed records %d times", got)
			}
		})
	}
}

func TestASiteThatIsSuspendedBetweenTwoBatchesIsSentNoMore(t *testing.T) {
	p := newPost(t)
	p.gateway = func(string) (int, string) {
		if !p.site("acme").Spec.Suspend {
			p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.Suspend = true })
		}
		return 0, ""
	}
	for i := range 300 {
		p.create(makeRecord("acme", fmt.Sprintf("web-%d", i), "SHOP-1"))
	}
	p.passFor("acme", time.Minute)
	p.expectReasons("acme", map[string]int{accepted: 100, siteNotReady: 200})
	if got := p.ready("acme"); got != v1alpha1.ReasonSuspended {
		t.Errorf("the site says %s", got)
	}
}

func TestARotatedSecretIsProbedAndUsed(t *testing.T) {
	p := newPost(t)
	p.passFor("acme", time.Second)
	p.jira.AddCredential("acme", "rotated", jiratest.Deployments)
	p.write("acme", 1)
	secret := p.secret("acme-jira")
	secret.Data = map[string][]byte{v1alpha1.SecretClientID: []byte("acme"), v1alpha1.SecretClientSecret: []byte("rotated")}
	if err := p.kube.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	p.passFor("acme", time.Second)
	p.expectReasons("acme", map[string]int{accepted: 1})
}

func TestAFingerprintTellsConfigurationsApart(t *testing.T) {
	base := jira.Config{Host: "acme.atlassian.net", APIURL: "https://api.atlassian.com", ClientID: "client-1", ClientSecret: secretOfTheTest}
	if same := base; fingerprintOf(same) != fingerprintOf(base) {
		t.Error("the same configuration has two fingerprints")
	}
	for name, change := range map[string]func(*jira.Config){
		"a rotated secret":        func(c *jira.Config) { c.ClientSecret = "rotated" },
		"another client id":       func(c *jira.Config) { c.ClientID = "client-2" },
		"another host":            func(c *jira.Config) { c.Host = "globex.atlassian.net" },
		"a cloud id":              func(c *jira.Config) { c.CloudID = "11223344-a1b2" },
		"another API URL":         func(c *jira.Config) { c.APIURL = "https://gateway.acme.io" },
		"another token URL":       func(c *jira.Config) { c.TokenURL = "https://auth.acme.io/oauth/token" },
		"another audience":        func(c *jira.Config) { c.Audience = "api.acme.io" },
		"a quote moved elsewhere": func(c *jira.Config) { c.ClientID, c.ClientSecret = `client-1" "s3cr3t`, "of-the-test" },
	} {
		changed := base
		if change(&changed); fingerprintOf(changed) == fingerprintOf(base) {
			t.Errorf("%s makes no other fingerprint", name)
		}
	}
}

func TestARateThatIsUsedUpIsSaidWhereItLasts(t *testing.T) {
	p := newPost(t)
	p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.RequestsPerMinute = 1 })
	p.write("acme", 1)
	p.passFor("acme", 2*time.Second) // the probe used it up
	p.expectReasons("acme", map[string]int{pending: 1})
	p.passFor("acme", time.Minute)
	p.expectReasons("acme", map[string]int{accepted: 1})
}

func TestTheCloudIDGoesWithItsHost(t *testing.T) {
	p := newPost(t)
	p.passFor("acme", time.Second)
	if got := p.site("acme").Status.CloudID; got != p.jira.CloudID() {
		t.Fatalf("the status has the cloud id %q, want that of the site", got)
	}
	p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.Host, spec.Suspend = "127.0.0.1:1", true })
	p.passFor("acme", time.Second)
	if got := p.site("acme").Status.CloudID; got != "" {
		t.Errorf("the status has the cloud id %q of a host that the spec does not name", got)
	}
}

// What a site says: the first of the checks that fails, from the cheapest to the dearest.
func TestTheOrderOfChecks(t *testing.T) {
	p := newPost(t)
	expect := func(reason, words string) {
		t.Helper()
		p.passFor("pay", 2*time.Second)
		ready := p.site("pay").Status.Conditions[0]
		if ready.Reason != reason || !strings.Contains(ready.Message, words) {
			t.Errorf("the site says %s: %s; want %s: … %s", ready.Reason, ready.Message, reason, words)
		}
	}
	p.api(jiratest.Fault{Status: 403})
	p.edit("pay", func(spec *v1alpha1.JiraSiteSpec) {
		spec.Credentials.SecretName, spec.APIURL, spec.Suspend = "acme-jira", "https://elsewhere.example", true
		spec.Templates.URL = "https://a.example/{{ .Nope }}"
	})
	expect(v1alpha1.ReasonInvalidTemplate, "Nope")
	p.edit("pay", func(spec *v1alpha1.JiraSiteSpec) { spec.Templates.URL = "" })
	expect(v1alpha1.ReasonSuspended, "spec.suspend")
	p.edit("pay", func(spec *v1alpha1.JiraSiteSpec) { spec.Suspend = false })
	expect(v1alpha1.ReasonHostNotAllowed, "spec.apiURL leads to elsewhere.example")
	p.edit("pay", func(spec *v1alpha1.JiraSiteSpec) {
		spec.APIURL, spec.Credentials.TokenURL, spec.Credentials.Audience = p.jira.URL(), p.jira.URL()+"/oauth/token", "elsewhere"
	})
	expect(v1alpha1.ReasonDuplicateSite, "JiraSite acme")
	p.edit("pay", func(spec *v1alpha1.JiraSiteSpec) { spec.Credentials.TokenURL, spec.Credentials.Audience = "", "" })
	p.edit("pay", func(spec *v1alpha1.JiraSiteSpec) { spec.Credentials.SecretName = "nowhere" })
	expect(v1alpha1.ReasonSecretNotFound, "create Secret nowhere in namespace rollcall-system")
	p.create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "rollcall-system", Name: "nowhere"},
		Data:       map[string][]byte{v1alpha1.SecretClientID: []byte("pay"), v1alpha1.SecretClientSecret: []byte("\n")},
	})
	expect(v1alpha1.ReasonCredentialsRefused, "set the annotation rollcall.dev/api-url")
	p.annotate("nowhere", v1alpha1.AnnotationAPIURL, p.jira.URL())
	expect(v1alpha1.ReasonSecretIncomplete, "client-secret")
	p.edit("pay", func(spec *v1alpha1.JiraSiteSpec) { spec.Credentials.SecretName = "pay-jira" })
	expect(v1alpha1.ReasonPermissionMissing, "Deployments permission")
	p.jira.ClearFaults()
	p.now = p.now.Add(10 * time.Minute)
	expect(v1alpha1.ReasonReady, "Jira accepts the credentials")
	p.edit("pay", func(spec *v1alpha1.JiraSiteSpec) { spec.DryRun = true })
	expect(v1alpha1.ReasonDryRun, "nothing is sent")
	if diff := cmp.Diff(metav1.ConditionTrue, p.site("pay").Status.Conditions[0].Status); diff != "" {
		t.Errorf("Ready in a dry run (-want +got):\n%s", diff)
	}
}
