// SPDX-License-Identifier: Apache-2.0

package record

import (
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// odd are fields whose values are none that Kubernetes would take for a name.
var odd = Fields{
	Cluster: "eu-1", Namespace: "shop", Kind: "Deployment", Name: "web", Revision: 7, Version: "1/../2?a=b&c=d#e f%2F+é",
	Environment: "Production EU", EnvironmentType: "production", IssueKey: "SHOP-12",
}

const oddEncoded = "1%2F..%2F2%3Fa%3Db%26c%3Dd%23e%20f%252F%2B%C3%A9"

func TestTemplatesOfLinks(t *testing.T) {
	for name, tt := range map[string]struct{ template, want string }{
		"as documented":                     {"https://argocd.acme.example/applications/{{ .Namespace }}/{{ .Name }}?rev={{ .Revision }}", "https://argocd.acme.example/applications/shop/web?rev=7"},
		"a query that is escaped by hand":   {"https://grafana.acme.example/d/rollouts?var-app={{ urlquery .Version }}", "https://grafana.acme.example/d/rollouts?var-app=1%2F..%2F2%3Fa%3Db%26c%3Dd%23e+f%252F%2B%C3%A9"},
		"the same, piped":                   {"https://a.example/?q={{ .Environment | urlquery }}", "https://a.example/?q=Production+EU"},
		"in the path":                       {"https://a.example/{{ .Version }}/x", "https://a.example/" + oddEncoded + "/x"},
		"in the query":                      {"https://a.example/?v={{ .Version }}", "https://a.example/?v=" + oddEncoded},
		"in the fragment":                   {"https://a.example/#{{ .Version }}", "https://a.example/#" + oddEncoded},
		"in the host":                       {"https://{{ .Cluster }}.acme.example/{{ .Name }}", "https://eu-1.acme.example/web"},
		"in the port":                       {"https://a.example:{{ .Revision }}/", "https://a.example:7/"},
		"a condition":                       {`https://a.example/{{ if eq .EnvironmentType "production" }}prod{{ else }}dev{{ end }}/{{ .Name }}`, "https://a.example/prod/web"},
		"a condition on the host":           {`https://{{ if eq .Namespace "pay" }}pay{{ else }}shop{{ end }}.example/{{ .Name }}`, "https://shop.example/web"},
		"a condition on the whole host":     {`{{ if eq .Namespace "pay" }}https://pay.example/{{ else }}https://shop.example/{{ end }}{{ .Environment }}`, "https://shop.example/Production%20EU"},
		"with":                              {"https://a.example/{{ with .IssueKey }}{{ . }}/{{ $.Name }}{{ end }}", "https://a.example/SHOP-12/web"},
		"functions":                         {`https://a.example/{{ slice .Name 0 1 }}{{ len .Name }}{{ or .IssueKey "none" }}{{ if and (not false) (ge .Revision 7) }}!{{ end }}`, "https://a.example/w3SHOP-12!"},
		"nothing, which is no link":         {"{{ if false }}https://a.example/{{ end }}", ""},
		"a comment":                         {"https://a.example/{{/* the page */}}", "https://a.example/"},
		"a value that is no part of a host": {"https://{{ .Environment }}.example/", "cannot be a part of a host's name"},
	} {
		t.Run(name, func(t *testing.T) {
			example := exampleFields
			example.Environment = "production"
			parsed, err := parseTemplate("spec.templates.url", tt.template, example, true)
			if err != nil {
				t.Fatalf("parseTemplate() error = %v", err)
			}
			got, err := renderURL(parsed, odd)
			if err != nil {
				got = err.Error()
			}
			if got != tt.want && (err == nil || !strings.Contains(got, tt.want)) {
				t.Errorf("renderURL() = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestATemplateOfATextIsNotEscaped(t *testing.T) {
	parsed, err := parseTemplate("spec.templates.displayName", "{{ .Name }} {{ .Version }} ({{ .Environment }})", exampleFields, false)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := render(parsed, odd); err != nil || got != "web "+odd.Version+" (Production EU)" {
		t.Errorf("render() = %q, %v", got, err)
	}
}

func TestTemplatesThatAreNotSupported(t *testing.T) {
	for _, text := range []string{
		"{{ $a := .Name }}{{ $a }}", "{{ with $a := .Name }}{{ $a }}{{ end }}", "{{ if $a := .Name }}{{ end }}",
		"{{ print .Name .Name }}", `{{ printf "%1000000d" 1 }}`, "{{ println .Name }}", "{{ html .Name }}", "{{ js .Name }}", "{{ index .Name 0 }}", "{{ call .Name }}",
		"{{ range .Name }}{{ end }}", "{{ range 3 }}{{ break }}{{ end }}", `{{ define "a" }}{{ end }}x`, `{{ block "a" . }}{{ end }}`, `{{ template "spec.templates.description" }}`,
		"{{ if true }}{{ print .Name }}{{ end }}", "{{ if true }}{{ else if true }}{{ print .Name }}{{ end }}", "{{ with .Name }}{{ else }}{{ print . }}{{ end }}",
		"{{ or (print .Name) .Name }}", "{{ .Name | print }}", "{{ (.Name).Length }}", "{{ nil }}", "{{ host .Name }}", "{{ encode .Name }}",
	} {
		_, problems := Compile(makeSite("acme").Texts("", text).Obj())
		if len(problems) != 1 || problems[0].Reason != v1alpha1.ReasonInvalidTemplate {
			t.Errorf("Compile() of %q = %v, want one problem", text, problems)
		}
	}
	for _, text := range []string{
		"{{ .Cluster }}://a.example/", "https:{{ .Name }}", "https://a.example/{{ .Name }}/../x", "https://user@a.example/", "https://{{ .Name }}@a.example/",
		"https://a.example/{{ if true }}{{ print .Name }}{{ end }}", "https://a.example/\u202e", "https://a.example/%e2%80%ae",
	} {
		_, problems := Compile(makeSite("acme").URL(text).Obj())
		if len(problems) != 1 || problems[0].Reason != v1alpha1.ReasonInvalidTemplate {
			t.Errorf("Compile() of the link %q = %v, want one problem", text, problems)
		}
	}
}

// A site that is applied must not be able to end the manager, however its templates are written.
func TestTemplatesAllocateLittle(t *testing.T) {
	const most = 8 << 20
	for name, text := range map[string]string{
		"a wide number": `{{ printf "%1000000000d" 1 }}`,
		"variables that double": `{{ $a := printf "%1000000d" 1 }}` +
			strings.Repeat(`{{ $a = print $a $a }}`, 20),
		"a template that calls itself": `{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}`,
		"a loop":                       `{{ range 1000000000 }}x{{ end }}`,
		"nested escapes":               "https://a.example/" + strings.Repeat("{{ urlquery ", 1) + strings.Repeat("(urlquery ", 150) + `"%%%%%%%%"` + strings.Repeat(")", 150) + "}}",
		"an escape of many":            "https://a.example/{{ urlquery" + strings.Repeat(" .Environment", 150) + "}}",
		"many fields":                  "https://a.example/" + strings.Repeat("{{.Environment}}", 120),
		"many conditions":              "https://a.example/" + strings.Repeat("{{if .Name}}", 100) + strings.Repeat("{{end}}", 100),
		"many parentheses":             "{{ or " + strings.Repeat("(", 900) + ".Name" + strings.Repeat(")", 900) + "}}",
	} {
		t.Run(name, func(t *testing.T) {
			if len(text) > 2000 {
				t.Fatalf("no API server takes a template of %d characters", len(text))
			}
			fields := odd
			fields.Environment = strings.Repeat("%", maxText)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for _, site := range []*siteBuilder{makeSite("acme").URL(text), makeSite("acme").Texts(text, text)} {
				compiled, _ := Compile(site.Obj())
				compiled.deploymentURL(makeRollout("web").Obj(), nil, fields)
				_ = rendered(render(compiled.links.displayName, fields))
			}
			runtime.ReadMemStats(&after)
			if bytes := after.TotalAlloc - before.TotalAlloc; bytes > most {
				t.Errorf("%d characters allocate %d bytes, want %d at most", len(text), bytes, most)
			}
		})
	}
}

// FuzzLinks puts whatever a value may be into each place of a link: where it leads, how deep and with which parameters is
// the template's to say.
func FuzzLinks(f *testing.F) {
	for _, value := range []string{"web", "../..", "..", ".", "a/b", "@evil.example", "evil.example/", "?a=b", "#", "%2e%2e", `\evil.example`, "\u202e", "a b", "&x=y", ":8080", "é", ""} {
		f.Add(value)
	}
	templates := []string{
		"https://a.example/{{ .Version }}", "https://a.example/x{{ .Version }}/y?z={{ .Version }}&w=1#f", "https://a.example?q={{ .Version }}",
		"https://{{ .Version }}.a.example/{{ .Name }}", "https://a.example/{{ urlquery .Version }}/{{ .Version }}?a={{ urlquery .Version }}",
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, text := range templates {
			plain, hostile := exampleFields, exampleFields
			plain.Version, hostile.Version = "v1", value
			parsed, err := parseTemplate("spec.templates.url", text, plain, true)
			if err != nil {
				t.Fatal(err)
			}
			link, err := renderURL(parsed, hostile)
			if err != nil {
				continue // it gives way to another link
			}
			if diff := cmp.Diff(shapeOf(t, rendered(renderURL(parsed, plain))), shapeOf(t, link)); diff != "" {
				t.Errorf("%q makes of %q the link %q (-want +got):\n%s", value, text, link, diff)
			}
		}
	})
}

// shapeOf returns of a link all that its template decides.
func shapeOf(t *testing.T, link string) []any {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatalf("%q is no URL: %v", link, err)
	}
	host := strings.Split(u.Host, ".")
	var names []string
	for name, values := range u.Query() {
		names = append(names, name+strings.Repeat("+", len(values)))
	}
	slices.Sort(names)
	return []any{u.Scheme, u.User == nil, len(host), host[max(0, len(host)-2):], strings.Count(u.EscapedPath(), "/"), names, u.Fragment}
}
