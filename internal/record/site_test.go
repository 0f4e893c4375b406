// SPDX-License-Identifier: Apache-2.0

package record

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
)

// unparsable is a selector that no API server's schema refuses, and that does not parse.
var unparsable = metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "team", Operator: "Like", Values: []string{"a"}}}}

func TestCompile(t *testing.T) {
	tests := map[string]struct {
		site         *siteBuilder
		wantReasons  []string
		wantMessages []string // what the messages hold, one by one
	}{
		"nothing is wrong": {
			site: makeSite("acme").
				URL("https://argocd.acme.io/{{ .Cluster }}/{{ .Namespace }}/{{ .Kind }}/{{ .Name }}/{{ .Revision }}/{{ .Version }}").
				Pipeline("{{ .Name }} in {{ .Environment }}", "https://ci.acme.io/{{ .EnvironmentType }}/{{ .IssueKey }}").
				Namespaces(in("team", "shop")).Workloads(in("tier", "front")).
				Rules(v1alpha1.EnvironmentRule{ID: "prod", Type: "production", Namespaces: []string{"*-prod"}}),
		},
		"a template that does not parse": {
			site:         makeSite("acme").URL("https://argocd.acme.io/{{ .Name"),
			wantReasons:  []string{v1alpha1.ReasonInvalidTemplate},
			wantMessages: []string{"spec.templates.url does not parse: "},
		},
		"a template that yields no URL": {
			site:         makeSite("acme").URL("argocd.acme.io/"),
			wantReasons:  []string{v1alpha1.ReasonInvalidTemplate},
			wantMessages: []string{`spec.templates.url: yields "argocd.acme.io/", which is no http or https URL`},
		},
		"a template that begins with no scheme": {
			site:         makeSite("acme").URL("argocd.acme.io/{{ .Name }}"),
			wantReasons:  []string{v1alpha1.ReasonInvalidTemplate},
			wantMessages: []string{"spec.templates.url: a link begins with https:// or http://, before any field"},
		},
		"a template that yields a URL which no browser should open": {
			site:         makeSite("acme").Pipeline("", "javascript:alert(1)"),
			wantReasons:  []string{v1alpha1.ReasonInvalidTemplate},
			wantMessages: []string{`spec.templates.pipelineURL: yields "javascript:alert(1)", which is no http or https URL`},
		},
		"a template with a field that there is not": {
			site:         makeSite("acme").URL("https://argocd.acme.io/{{ .Password }}"),
			wantReasons:  []string{v1alpha1.ReasonInvalidTemplate},
			wantMessages: []string{"can't evaluate field Password"},
		},
		"a template with a function that there is not": {
			site:         makeSite("acme").Pipeline(`{{ env "HOME" }}`, ""),
			wantReasons:  []string{v1alpha1.ReasonInvalidTemplate},
			wantMessages: []string{`spec.templates.pipelineName does not parse: template: spec.templates.pipelineName:1: function "env" not defined`},
		},
		"a template that yields too much": {
			site:         makeSite("acme").URL(`https://argocd.acme.io/` + strings.Repeat("{{ .EnvironmentType }}{{ .EnvironmentType }}", 150)),
			wantReasons:  []string{v1alpha1.ReasonInvalidTemplate},
			wantMessages: []string{"spec.templates.url: run template: yields more than 2000 bytes"},
		},
		"a template that never ends": {
			site:         makeSite("acme").Pipeline(`{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}`, ""),
			wantReasons:  []string{v1alpha1.ReasonInvalidTemplate},
			wantMessages: []string{"spec.templates.pipelineName: define, block and template are not supported"},
		},
		"a template that runs for long": {
			site:         makeSite("acme").Pipeline(`{{range 100000000}}{{end}}`, ""),
			wantReasons:  []string{v1alpha1.ReasonInvalidTemplate},
			wantMessages: []string{`"{{range 100000000}}{{end}}" is not supported: a template is text, fields, if and with`},
		},
		"two templates: both are named": {
			site:         makeSite("acme").URL("{{").Pipeline("}}{{ .Nam }}", ""),
			wantReasons:  []string{v1alpha1.ReasonInvalidTemplate},
			wantMessages: []string{"spec.templates.url does not parse"},
		},
		"a namespace selector": {
			site:         makeSite("acme").Namespaces(unparsable),
			wantReasons:  []string{v1alpha1.ReasonInvalidSelector},
			wantMessages: []string{`spec.namespaceSelector does not parse: "Like" is not a valid label selector operator`},
		},
		"a workload selector": {
			site:         makeSite("acme").Workloads(unparsable),
			wantReasons:  []string{v1alpha1.ReasonInvalidSelector},
			wantMessages: []string{"spec.workloadSelector does not parse: "},
		},
		"the selector of a rule": {
			site: makeSite("acme").Rules(
				v1alpha1.EnvironmentRule{ID: "prod", Type: "production", Namespaces: []string{"*-prod"}},
				v1alpha1.EnvironmentRule{ID: "test", Type: "testing", NamespaceSelector: &unparsable},
			),
			wantReasons:  []string{v1alpha1.ReasonInvalidSelector},
			wantMessages: []string{"spec.environments[1] (id test): namespaceSelector does not parse: "},
		},
		"the glob of a rule": {
			site:         makeSite("acme").Rules(v1alpha1.EnvironmentRule{ID: "prod", Type: "production", Namespaces: []string{"*-prod", "shop-[a"}}),
			wantReasons:  []string{v1alpha1.ReasonInvalidNamespacePattern},
			wantMessages: []string{`spec.environments[0] (id prod): namespace pattern "shop-[a" does not parse`},
		},
		"the second of two rules that share an id": {
			site: makeSite("acme").Rules(
				v1alpha1.EnvironmentRule{ID: "prod", Type: "production", Namespaces: []string{"*-prod"}},
				v1alpha1.EnvironmentRule{ID: "prod", Type: "production", Namespaces: []string{"["}},
			),
			wantReasons:  []string{v1alpha1.ReasonInvalidNamespacePattern},
			wantMessages: []string{`spec.environments[1] (id prod): namespace pattern "[" does not parse`},
		},
		"the workload selector of a rule": {
			site:         makeSite("acme").Rules(v1alpha1.EnvironmentRule{ID: "load", Type: "testing", WorkloadSelector: &unparsable}),
			wantReasons:  []string{v1alpha1.ReasonInvalidSelector},
			wantMessages: []string{"spec.environments[0] (id load): workloadSelector does not parse: "},
		},
		"the glob of a namespace that is left out": {
			site:         makeSite("acme").Excludes("pr-*", "mr-["),
			wantReasons:  []string{v1alpha1.ReasonInvalidNamespacePattern},
			wantMessages: []string{`spec.excludeNamespaces: namespace pattern "mr-[" does not parse`},
		},
		"the templates of a deployment's name and text": {
			site:         makeSite("acme").Texts("{{ .Nam }}", "{{ range .Name }}{{ end }}"),
			wantReasons:  []string{v1alpha1.ReasonInvalidTemplate},
			wantMessages: []string{"spec.templates.displayName: run template: "},
		},
		"all at once": {
			site: makeSite("acme").URL("{{").Workloads(unparsable).
				Rules(v1alpha1.EnvironmentRule{ID: "prod", Type: "production", Namespaces: []string{"["}}),
			wantReasons:  []string{v1alpha1.ReasonInvalidSelector, v1alpha1.ReasonInvalidNamespacePattern, v1alpha1.ReasonInvalidTemplate},
			wantMessages: []string{"spec.workloadSelector", "spec.environments[0] (id prod)", "spec.templates.url"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			site, problems := Compile(tt.site.Obj())
			if site.Name() != "acme" {
				t.Errorf("Name() = %q, want acme", site.Name())
			}
			var reasons []string
			for _, problem := range problems {
				reasons = append(reasons, problem.Reason)
			}
			if diff := cmp.Diff(tt.wantReasons, reasons); diff != "" {
				t.Fatalf("reasons (-want +got):\n%s", diff)
			}
			for i, want := range tt.wantMessages {
				if !strings.Contains(problems[i].Message, want) {
					t.Errorf("message %d = %q, want it to hold %q", i, problems[i].Message, want)
				}
			}
		})
	}
}

func TestCompileNamesEveryTemplateThatIsWrong(t *testing.T) {
	_, problems := Compile(makeSite("acme").URL("{{").Pipeline("{{ .Nam }}", "ftp://a.io").Texts("{{ .Env }}", "{{ if").Obj())
	if len(problems) != 1 {
		t.Fatalf("Compile() found %v, want one problem", problems)
	}
	for _, want := range []string{
		"spec.templates.url ", "spec.templates.pipelineURL: ", "spec.templates.pipelineName: ",
		"spec.templates.displayName: ", "spec.templates.description does not parse",
	} {
		if !strings.Contains(problems[0].Message, want) {
			t.Errorf("message = %q, want it to hold %q", problems[0].Message, want)
		}
	}
}

func TestSelects(t *testing.T) {
	const name = "kubernetes.io/metadata.name"
	tests := map[string]struct {
		site      *siteBuilder
		namespace environment.Namespace
		rollout   *rolloutBuilder
		want      bool
	}{
		"a site without selectors takes all": {
			site: makeSite("acme"), namespace: namespace("shop"), rollout: makeRollout("web"), want: true,
		},
		"the namespace matches": {
			site: makeSite("acme").Namespaces(in("team", "shop")), namespace: namespace("shop", "team", "shop"),
			rollout: makeRollout("web"), want: true,
		},
		"the namespace does not match": {
			site: makeSite("acme").Namespaces(in("team", "shop")), namespace: namespace("pay", "team", "pay"),
			rollout: makeRollout("web"),
		},
		"the workload matches": {
			site: makeSite("acme").Workloads(in("tier", "front")), namespace: namespace("shop"),
			rollout: makeRollout("web").Label("tier", "front"), want: true,
		},
		"the workload does not match": {
			site: makeSite("acme").Workloads(in("tier", "front")), namespace: namespace("shop"),
			rollout: makeRollout("web").Label("tier", "back"),
		},
		"a label of the pod template is none of the workload": {
			site: makeSite("acme").Workloads(in("tier", "front")), namespace: namespace("shop"),
			rollout: makeRollout("web").TemplateLabel("tier", "front"),
		},
		"the namespace matches, the workload does not": {
			site: makeSite("acme").Namespaces(in("team", "shop")).Workloads(in("tier", "front")), namespace: namespace("shop", "team", "shop"),
			rollout: makeRollout("web"),
		},
		"narrowed to this site": {
			site: makeSite("acme"), namespace: namespace("shop"),
			rollout: makeRollout("web").Annotation(v1alpha1.AnnotationSites, "globex, acme"), want: true,
		},
		"narrowed to another site": {
			site: makeSite("acme"), namespace: namespace("shop"),
			rollout: makeRollout("web").Annotation(v1alpha1.AnnotationSites, "globex,acme-2"),
		},
		"narrowed to no site at all": {
			site: makeSite("acme"), namespace: namespace("shop"),
			rollout: makeRollout("web").Annotation(v1alpha1.AnnotationSites, ""),
		},
		"narrowing does not widen": {
			site: makeSite("acme").Namespaces(in("team", "shop")), namespace: namespace("pay"),
			rollout: makeRollout("web").Annotation(v1alpha1.AnnotationSites, "acme"),
		},
		"the pod template narrows before the workload does": {
			site: makeSite("acme"), namespace: namespace("shop"),
			rollout: makeRollout("web").Annotation(v1alpha1.AnnotationSites, "acme").TemplateAnnotation(v1alpha1.AnnotationSites, "globex"),
		},
		"a namespace that is left out": {
			site: makeSite("acme").Excludes("mr-*", "pr-*"), namespace: namespace("pr-12"), rollout: makeRollout("web"),
		},
		"a namespace that is left out by its name": {
			site: makeSite("acme").Excludes("scratch"), namespace: namespace("scratch"), rollout: makeRollout("web"),
		},
		"a namespace that is not left out": {
			site: makeSite("acme").Excludes("pr-*", "scratch"), namespace: namespace("shop-pr-12"), rollout: makeRollout("web"), want: true,
		},
		"a namespace that is selected, named by a rule, and left out": {
			site: makeSite("acme").Excludes("pr-*").Namespaces(in("team", "shop")).
				Rules(v1alpha1.EnvironmentRule{ID: "pr", Type: "development", Namespaces: []string{"pr-12"}}),
			namespace: namespace("pr-12", "team", "shop"), rollout: makeRollout("web").Annotation(v1alpha1.AnnotationSites, "acme"),
		},
		"a site with a namespace to leave out that does not parse takes nothing": {
			site: makeSite("acme").Excludes("pr-["), namespace: namespace("shop"), rollout: makeRollout("web"),
		},
		"kube-system": {
			site: makeSite("acme"), namespace: namespace("kube-system", name, "kube-system"), rollout: makeRollout("coredns"),
		},
		"kube-system, selected by a label that it happens to have": {
			site: makeSite("acme").Namespaces(in("team", "platform")), namespace: namespace("kube-system", "team", "platform"),
			rollout: makeRollout("coredns"),
		},
		"kube-system, selected by its name": {
			site: makeSite("acme").Namespaces(in(name, "shop", "kube-system")), namespace: namespace("kube-system", name, "kube-system"),
			rollout: makeRollout("coredns"), want: true,
		},
		"kube-system, named by a rule": {
			site:      makeSite("acme").Rules(v1alpha1.EnvironmentRule{ID: "prod", Type: "production", Namespaces: []string{"kube-system"}}),
			namespace: namespace("kube-system"), rollout: makeRollout("coredns"), want: true,
		},
		"kube-system, matched by a glob": {
			site:      makeSite("acme").Rules(v1alpha1.EnvironmentRule{ID: "prod", Type: "production", Namespaces: []string{"kube-*"}}),
			namespace: namespace("kube-system"), rollout: makeRollout("coredns"),
		},
		"kube-system, excluded by its name": {
			site: makeSite("acme").Namespaces(notIn(name, "kube-system")), namespace: namespace("kube-system", name, "kube-system"),
			rollout: makeRollout("coredns"),
		},
		"a namespace that only begins like it": {
			site: makeSite("acme"), namespace: namespace("kubernetes-shop"), rollout: makeRollout("web"), want: true,
		},
		"the operator's own namespace": {
			site: makeSite("acme"), namespace: namespace("rollcall-system"), rollout: makeRollout("rollcall"),
		},
		"the operator's own namespace, named by a rule": {
			site:      makeSite("acme").Rules(v1alpha1.EnvironmentRule{ID: "ops", Type: "production", Namespaces: []string{"rollcall-system"}}),
			namespace: namespace("rollcall-system"), rollout: makeRollout("rollcall"), want: true,
		},
		"a site whose namespace selector does not parse takes nothing": {
			site: makeSite("acme").Namespaces(unparsable), namespace: namespace("shop"), rollout: makeRollout("web"),
		},
		"a site whose workload selector does not parse takes nothing": {
			site: makeSite("acme").Workloads(unparsable), namespace: namespace("shop"), rollout: makeRollout("web"),
		},
		"a site with a rule that does not parse takes nothing": {
			site:      makeSite("acme").Rules(v1alpha1.EnvironmentRule{ID: "prod", Type: "production", Namespaces: []string{"["}}),
			namespace: namespace("shop"), rollout: makeRollout("web"),
		},
		"a site whose template does not parse loses its links only": {
			site: makeSite("acme").URL("{{"), namespace: namespace("shop"), rollout: makeRollout("web"), want: true,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			site, _ := Compile(tt.site.Obj())
			if got := site.Selects(tt.namespace, tt.rollout.Obj(), "rollcall-system"); got != tt.want {
				t.Errorf("Selects() = %v, want %v", got, tt.want)
			}
		})
	}
}

// namespace returns a namespace with labels, given as names and values.
func namespace(name string, labels ...string) environment.Namespace {
	ns := environment.Namespace{Name: name, Labels: map[string]string{}}
	for i := 0; i < len(labels); i += 2 {
		ns.Labels[labels[i]] = labels[i+1]
	}
	return ns
}
