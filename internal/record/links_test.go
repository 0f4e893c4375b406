package record

import (
	"strings"
	"testing"
)

func TestValidURL(t *testing.T) {
	for text, want := range map[string]bool{
		"https://argocd.acme.io/applications/shop":           true,
		"http://argocd.acme.io":                              true,
		"HTTPS://argocd.acme.io":                             true,
		"https://argocd.acme.io:8443/a?b=c#d":                true,
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
		if got := ValidURL(text); got != want {
			t.Errorf("ValidURL(%.40q) = %v, want %v", text, got, want)
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
			wantErr: `yields "https://", which is no http or https URL`,
		},
		"too long": {
			template: "https://a.io/{{ .Name }}", fields: Fields{Name: strings.Repeat("a", 2000)},
			wantErr: "yields more than 2000 bytes",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			parsed, err := parse("spec.templates.url", tt.template, exampleFields, renderURL)
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
		if got := BrowseURL("acme.atlassian.net", key); got != want || !ValidURL(got) {
			t.Errorf("BrowseURL(%q) = %q, want %q", key, got, want)
		}
	}
}
