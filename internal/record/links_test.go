// SPDX-License-Identifier: Apache-2.0

package record

import (
	"os"
	"strings"
	"testing"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func TestCheckURL(t *testing.T) {
	for text, want := range map[string]bool{
		"https://argocd.acme.io/applications/shop":           true,
		"http://argocd.acme.io":                              true,
		"HTTPS://argocd.acme.io":                             true,
		"https://argocd.acme.io:8443/a?b=c#d":                true,
		"https://a.io/x@y?z=@#@":                             true,
		"https://a.io/?q=one%0Atwo":                          true,
		"https://a.io/größe":                                 true,
		"https://acme.atlassian.net@evil.example/":           false,
		"https://user:secret@a.io/":                          false,
		"https://@a.io/":                                     false,
		"https://acme.atlassian.net\\@evil.example/":         false,
		"https://a.io/\u202egpj.exe":                         false,
		"https://a.io/%E2%80%AEgpj.exe":                      false,
		"https://a.io/%e2%81%a6":                             false,
		"https://a.io/in\u200bvisible":                       false,
		"https://a.io/in%EF%BB%BFvisible":                    false,
		"https://a\u200b.io/":                                false,
		"https://a.io/" + strings.Repeat("a", 2000-13):       true,
		"https://a.io/" + strings.Repeat("a", 2000-13) + "a": false,
		"":                         false,
		"argocd.acme.io":           false,
		"/applications/shop":       false,
		"https:///applications":    false,
		"ftp://argocd.acme.io":     false,
		"javascript:alert(1)":      false,
		"https://a.io/line\nbreak": false,
		"https://a .io/":           false,
		"<no value>":               false,
	} {
		if err := CheckURL(text); (err == nil) != want {
			t.Errorf("CheckURL(%.40q) = %v, want a link: %v", text, err, want)
		}
	}
}

// A record by hand is checked by the API server, an annotation and a template by CheckURL.
func TestTheAPIServerHidesTheSameCharacters(t *testing.T) {
	for file, rules := range map[string]int{"jiradeployments": 2, "jirasites": 1} {
		crd, err := os.ReadFile("../../config/crd/bases/rollcall.dev_" + file + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(crd), "self.matches(r''"+hidden.String()+"'')"); n != rules {
			t.Errorf("the CRD of %s has %d rules with %s, want %d", file, n, hidden, rules)
		}
	}
}

func TestALinkThatIsNotUsedIsSaidOnce(t *testing.T) {
	for link, want := range map[string]string{
		"https://ci.example/7":                "",
		"https://acme.atlassian.net@evil.io/": `rollcall.dev/url is not used: "https://acme.atlassian.net@evil.io/" names a user before its host`,
		"https://ci.example/\u202e":           `rollcall.dev/url is not used: "https://ci.example/\u202e" holds characters that cannot be seen`,
		"ci.example/7":                        `rollcall.dev/url is not used: "ci.example/7" is no http or https URL`,
	} {
		b := makeRollout("web").Keys("SHOP-1").TemplateAnnotation(v1alpha1.AnnotationURL, link)
		first := observe(b)
		got := plan(t, makeSite("acme"), first)
		if len(got.Create) != 1 || (got.Create[0].Spec.URL == link) != (want == "") {
			t.Fatalf("of %q Plan() makes %d records", link, len(got.Create))
		}
		if want == "" && len(got.Events) == 0 {
			continue
		}
		if len(got.Events) != 1 || got.Events[0].Reason != v1alpha1.EventLinkIgnored || !strings.HasPrefix(got.Events[0].Note, want) {
			t.Errorf("of %q Plan() has the Events %v, want %q", link, got.Events, want)
		}
		again := observe(b)
		again.observation.Records = got.Create
		if events := plan(t, makeSite("acme"), again).Events; len(events) > 0 {
			t.Errorf("the Event is made again: %v", events)
		}
	}
}

// A template that is fine with the example may fail on a workload: nobody can know its fields beforehand.
func TestRenderURLOfAWorkloadThatATemplateDoesNotFit(t *testing.T) {
	tests := map[string]struct {
		template string
		fields   Fields
		want     string
		wantErr  string
	}{
		"it fits": {
			template: "https://a.io/{{ .Namespace }}/{{ .Name }}", fields: Fields{Namespace: "shop", Name: "web"},
			want: "https://a.io/shop/web",
		},
		"white space around it does no harm": {
			template: "\n  https://a.io/{{ .Name }}\n", fields: Fields{Name: "web"}, want: "https://a.io/web",
		},
		"nothing is no URL, and no error": {
			template: `{{ with .IssueKey }}https://a.io/{{ . }}{{ end }}`, fields: Fields{Name: "web"},
		},
		"no URL": {
			template: "https://{{ .IssueKey }}", fields: Fields{Name: "web"},
			wantErr: `"" cannot be a part of a host's name`,
		},
		"too long": {
			template: "https://a.io/{{ .Name }}", fields: Fields{Name: strings.Repeat("a", 2000)},
			wantErr: "yields more than 2000 bytes",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			parsed, err := parseTemplate("spec.templates.url", tt.template, exampleFields, true)
			if err != nil {
				t.Fatalf("parse() error = %v", err)
			}
			got, err := renderURL(parsed, tt.fields)
			switch {
			case got != tt.want:
				t.Errorf("renderURL() = %q, want %q", got, tt.want)
			case tt.wantErr == "" && err != nil:
				t.Errorf("renderURL() error = %v, want none", err)
			case tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)):
				t.Errorf("renderURL() error = %v, want one with %q", err, tt.wantErr)
			}
		})
	}
}

func TestBrowseURL(t *testing.T) {
	for key, want := range map[string]string{
		"SHOP-1": "https://acme.atlassian.net/browse/SHOP-1",
		"":       "https://acme.atlassian.net",
	} {
		if got := BrowseURL("acme.atlassian.net", key); got != want || CheckURL(got) != nil {
			t.Errorf("BrowseURL(%q) = %q, want %q", key, got, want)
		}
	}
}
