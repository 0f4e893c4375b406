// SPDX-License-Identifier: Apache-2.0

package site

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

func TestASecretSaysWhereItMayGo(t *testing.T) {
	const (
		atlassian = "https://api.atlassian.com"
		gateway   = "https://gateway.acme.example/atlassian"
		auth      = "https://auth.acme.example/oauth/token"
	)
	for name, tt := range map[string]struct {
		annotations   map[string]string
		api, tokenURL string
		want          string // what the refusal holds; empty: none
	}{
		"nothing: to Atlassian":                {api: atlassian},
		"nothing: to the default":              {},
		"nothing: nowhere else":                {api: gateway, want: "rollcall.dev/api-url of the Secret to that"},
		"nothing: tokens from nowhere else":    {api: atlassian, tokenURL: auth, want: "rollcall.dev/token-url of the Secret to that"},
		"the site's API":                       {map[string]string{v1alpha1.AnnotationAPIURL: gateway}, gateway, "", ""},
		"a slash at the end matters not":       {map[string]string{v1alpha1.AnnotationAPIURL: gateway + "/"}, gateway, "", ""},
		"neither does one of the site's":       {map[string]string{v1alpha1.AnnotationAPIURL: gateway + "\n"}, gateway + "/", "", ""},
		"the default's token URL, written":     {map[string]string{v1alpha1.AnnotationAPIURL: gateway}, gateway, gateway + "/oauth/token", ""},
		"another path":                         {map[string]string{v1alpha1.AnnotationAPIURL: gateway}, gateway + "/x", "", `may be sent to "` + gateway + `", and spec.apiURL is ` + gateway + "/x"},
		"another API: not Atlassian's":         {map[string]string{v1alpha1.AnnotationAPIURL: gateway}, atlassian, "", "spec.apiURL is " + atlassian},
		"an empty one: nowhere":                {map[string]string{v1alpha1.AnnotationAPIURL: ""}, atlassian, "", "spec.apiURL is"},
		"another token URL":                    {map[string]string{v1alpha1.AnnotationAPIURL: gateway}, gateway, auth, "spec.credentials.tokenURL is " + auth},
		"the site's token URL":                 {map[string]string{v1alpha1.AnnotationAPIURL: gateway, v1alpha1.AnnotationTokenURL: auth}, gateway, auth, ""},
		"a token URL, and not that of the API": {map[string]string{v1alpha1.AnnotationTokenURL: auth}, atlassian, "", "spec.credentials.tokenURL is " + atlassian + "/oauth/token"},
		"the site among others":                {map[string]string{v1alpha1.AnnotationSites: "pay, acme\nother"}, atlassian, "", ""},
		"other sites":                          {map[string]string{v1alpha1.AnnotationSites: "pay,acme-2"}, atlassian, "", `is for the sites "pay,acme-2" alone`},
		"no site":                              {map[string]string{v1alpha1.AnnotationSites: ""}, atlassian, "", "add acme to its annotation rollcall.dev/sites"},
	} {
		t.Run(name, func(t *testing.T) {
			secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "acme-jira", Annotations: tt.annotations}}
			site := &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: "acme"}}
			site.Spec.APIURL, site.Spec.Credentials.TokenURL = tt.api, tt.tokenURL
			got := refusal(secret, site)
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("refusal() = %q, want %q in it", got, tt.want)
			}
		})
	}
}

func TestTheManagerSaysWhereSitesMayLead(t *testing.T) {
	const atlassian, site = "https://api.atlassian.com", "acme.atlassian.net"
	hosts := []string{"api.atlassian.com", "gateway.acme.example:8443", "10.1.0.1"}
	for name, tt := range map[string]struct {
		host, api, tokenURL string
		insecure            bool
		want                string
	}{
		"to Atlassian":                        {site, atlassian, "", false, ""},
		"to the default":                      {site, "", "", false, ""},
		"in upper case, with its port":        {site, "https://API.atlassian.com:443/", "", false, ""},
		"on another port":                     {site, "https://api.atlassian.com:8443", "", false, "spec.apiURL leads to api.atlassian.com:8443"},
		"to a port that is listed":            {site, "https://gateway.acme.example:8443/x", "", false, ""},
		"to a listed host, on 443":            {site, "https://gateway.acme.example", "", false, "spec.apiURL leads to"},
		"elsewhere":                           {site, "https://evil.example", "", false, "--allowed-api-hosts"},
		"to a host below a listed one":        {site, "https://x.api.atlassian.com", "", false, "spec.apiURL leads to x.api.atlassian.com"},
		"elsewhere, though tests are on":      {site, "https://evil.example", "", true, "spec.apiURL leads to evil.example"},
		"elsewhere for tokens":                {site, atlassian, "https://evil.example/oauth/token", false, "spec.credentials.tokenURL leads to evil.example"},
		"by http":                             {site, "http://api.atlassian.com", "", true, "spec.apiURL leads to api.atlassian.com"},
		"to itself":                           {site, "http://127.0.0.1:8080", "", false, "--allow-insecure-api"},
		"to itself, by https":                 {site, "https://localhost:8080", "", false, "--allow-insecure-api"},
		"to itself for tokens":                {site, atlassian, "https://[::1]/oauth/token", false, "spec.credentials.tokenURL leads to [::1]"},
		"to itself in a test":                 {"127.0.0.1:8080", "http://127.0.0.1:8080", "http://[::1]:8080/oauth/token", true, ""},
		"the site to itself":                  {"127.0.0.1:8080", atlassian, "", false, "spec.host is 127.0.0.1:8080"},
		"the site to a name with a port":      {site + ":443", atlassian, "", false, ""},
		"the site to another name":            {"jira.acme.example", atlassian, "", false, ""},
		"the site to an address":              {"169.254.169.254", atlassian, "", true, "spec.host is 169.254.169.254"},
		"the site to an address with a port":  {"10.1.0.2:443", atlassian, "", false, "spec.host is 10.1.0.2:443"},
		"the site to a listed address":        {"10.1.0.1:443", atlassian, "", false, ""},
		"the site to a name of this cluster":  {"kubernetes.default.svc", atlassian, "", false, "which no Jira Cloud site is called"},
		"the site to a long one":              {"kubernetes.default.svc.cluster.local", atlassian, "", false, "which no Jira Cloud site is called"},
		"the site to a cloud's metadata":      {"metadata.google.internal:443", atlassian, "", false, "which no Jira Cloud site is called"},
		"the site to a name without a domain": {"vault", atlassian, "", false, "which no Jira Cloud site is called"},
	} {
		t.Run(name, func(t *testing.T) {
			var s v1alpha1.JiraSite
			s.Spec.Host, s.Spec.APIURL, s.Spec.Credentials.TokenURL = tt.host, tt.api, tt.tokenURL
			got := Hosts{Allowed: hosts, Insecure: tt.insecure}.refuse(&s)
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("refuse() = %q, want %q in it", got, tt.want)
			}
		})
	}
}

// A site that leads elsewhere gets nothing of another's Secret: neither beside the older site, nor once that is deleted.
func TestASecretGoesNowhereElseWhoeverIsOlder(t *testing.T) {
	p := newPost(t)
	thief, err := jiratest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(thief.Close)
	p.addSite("thief", thief.Host(), thief.URL())
	p.edit("thief", func(spec *v1alpha1.JiraSiteSpec) { spec.Credentials.SecretName = "acme-jira" })
	for _, then := range []func(){
		func() {},
		func() {
			if err := p.kube.Delete(t.Context(), p.site("acme")); err != nil {
				t.Fatal(err)
			}
		},
		func() {
			p.edit("thief", func(spec *v1alpha1.JiraSiteSpec) {
				spec.APIURL, spec.Credentials.TokenURL = p.jira.URL(), thief.URL()+"/oauth/token"
			})
		},
	} {
		then()
		p.passFor("thief", 20*probeInterval)
		if got := p.ready("thief"); got != v1alpha1.ReasonCredentialsRefused {
			t.Errorf("the site says %s, want %s", got, v1alpha1.ReasonCredentialsRefused)
		}
	}
	if got := thief.Requests(); len(got) > 0 {
		t.Errorf("the thief was sent %d requests", len(got))
	}
}

// Another Secret takes effect without a restart. What the site was sent with before goes nowhere any more.
func TestASiteGoesOnWithAnotherSecret(t *testing.T) {
	p := newPost(t)
	p.write("acme", 1)
	p.passFor("acme", 2*time.Second)
	p.jira.AddCredential("new-id", "new-secret", jiratest.Deployments)
	p.create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "rollcall-system", Name: "acme-new"},
		Data:       map[string][]byte{v1alpha1.SecretClientID: []byte("new-id"), v1alpha1.SecretClientSecret: []byte("new-secret")},
	})
	p.edit("acme", func(spec *v1alpha1.JiraSiteSpec) { spec.Credentials.SecretName = "acme-new" })
	p.passFor("acme", 2*time.Second)
	if got := p.ready("acme"); got != v1alpha1.ReasonCredentialsRefused || p.r.stateOf(p.site("acme")).client != nil {
		t.Errorf("the site says %s, want %s and no client with the old credential", got, v1alpha1.ReasonCredentialsRefused)
	}
	p.annotate("acme-new", v1alpha1.AnnotationAPIURL, p.jira.URL())
	p.create(makeRecord("acme", "late", "SHOP-2"))
	p.jira.RevokeCredential("acme")
	p.passFor("acme", probeInterval)
	p.expectReasons("acme", map[string]int{accepted: 2})
	if got := p.ready("acme"); got != v1alpha1.ReasonReady {
		t.Errorf("the site says %s, want %s", got, v1alpha1.ReasonReady)
	}
}
