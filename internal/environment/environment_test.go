package environment

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGuess(t *testing.T) {
	tests := map[string]struct {
		names []string
		want  Type
	}{
		"words for production": {
			names: []string{"production", "shop-prod", "prd", "eu.live", "PROD", "prod-eu-1"}, want: Production,
		},
		"words for staging": {
			names: []string{"staging", "shop-stage", "stg-shop", "preprod", "preproduction"}, want: Staging,
		},
		"pre before production is staging": {
			names: []string{"pre-prod", "shop-pre-production", "pre_live"}, want: Staging,
		},
		"words for testing": {
			names: []string{"test", "shop-qa", "uat", "int", "sit-2", "acceptance"}, want: Testing,
		},
		"words for development": {
			names: []string{"dev", "shop-sandbox", "review-142", "preview", "trunk"}, want: Development,
		},
		"no word that tells": {
			names: []string{"shop", "", "team-a", "pre-shop"}, want: Unmapped,
		},
		"a part of a word does not tell": {
			names: []string{"maintenance", "product-catalog", "printing", "deliveries", "developers", "latest", "nonprod"}, want: Unmapped,
		},
		"digits at the end of a word do not count": {
			names: []string{"dev2", "dev-2", "shop-sandbox01", "2-dev", "dev1-dev2"}, want: Development,
		},
		"nor between pre and production": {
			names: []string{"pre-prod3", "pre2-prod", "pre-1-live2"}, want: Staging,
		},
		"digits at the start of a word, or within it, do": {
			names: []string{"2dev", "d3v", "e2", "e2e2e", "prod1a"}, want: Unmapped,
		},
		"non before anything is never a type": {
			names: []string{"non-prod", "shop-non-production", "non-dev"}, want: Unmapped,
		},
		"words of two types": {
			names: []string{"prod-test", "dev-staging", "qa-live"}, want: Unmapped,
		},
		"two words of one type": {
			names: []string{"prod-live", "production-prod"}, want: Production,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, namespace := range tt.names {
				if got := Guess(namespace); got != tt.want {
					t.Errorf("Guess(%q) = %s, want %s", namespace, got, tt.want)
				}
			}
		})
	}
}

func TestResolve(t *testing.T) {
	const key = "example.com/type"
	isEU := func(labels map[string]string) bool { return labels["region"] == "eu" }
	rules := []Rule{
		{ID: "prod-eu", Name: "Production EU", Type: Production, Globs: []string{"shop-prod", "*-prod"}, Selector: isEU},
		{ID: "prod", Name: "Production", Type: Production, Globs: []string{"*-prod"}},
		{ID: "eu", Name: "Europe", Type: Testing, Selector: isEU},
		{ID: "broken", Name: "Broken", Type: Production, Globs: []string{"shop-[d"}},
		{ID: "lab", Name: "Lab", Type: Unmapped, Globs: []string{"lab-?", "lab-[x-z][x-z]"}},
	}
	tests := map[string]struct {
		namespace Namespace
		want      Environment
	}{
		"the first rule whose glob and selector match": {
			namespace: Namespace{Name: "pay-prod", Labels: map[string]string{"region": "eu"}},
			want:      Environment{ID: "prod-eu", Name: "Production EU", Type: Production},
		},
		"a rule whose selector does not match gives way to the next": {
			namespace: Namespace{Name: "shop-prod"},
			want:      Environment{ID: "prod", Name: "Production", Type: Production},
		},
		"a rule with a selector alone": {
			namespace: Namespace{Name: "shop", Labels: map[string]string{"region": "eu"}},
			want:      Environment{ID: "eu", Name: "Europe", Type: Testing},
		},
		"a rule comes before the label, the annotation and the name": {
			namespace: Namespace{Name: "test-prod", Labels: map[string]string{key: "staging"}, Annotations: map[string]string{key: "development"}},
			want:      Environment{ID: "prod", Name: "Production", Type: Production},
		},
		"a rule may say that the type is not known": {
			namespace: Namespace{Name: "lab-1", Labels: map[string]string{key: "staging"}},
			want:      Environment{ID: "lab", Name: "Lab", Type: Unmapped},
		},
		"any of a rule's globs": {
			namespace: Namespace{Name: "lab-xy"},
			want:      Environment{ID: "lab", Name: "Lab", Type: Unmapped},
		},
		"a glob matches the whole name": {
			namespace: Namespace{Name: "lab-xyz"},
			want:      Environment{Name: "lab-xyz", Type: Unmapped},
		},
		"a glob that does not parse matches nothing": {
			namespace: Namespace{Name: "shop-d"},
			want:      Environment{Name: "shop-d", Type: Unmapped},
		},
		"no rule, the label decides": {
			namespace: Namespace{Name: "shop-dev", Labels: map[string]string{key: "staging"}},
			want:      Environment{Name: "shop-dev", Type: Staging},
		},
		"no rule, the annotation decides": {
			namespace: Namespace{Name: "shop-dev", Annotations: map[string]string{key: "staging"}},
			want:      Environment{Name: "shop-dev", Type: Staging},
		},
		"the label comes before the annotation": {
			namespace: Namespace{Name: "shop-dev", Labels: map[string]string{key: "staging"}, Annotations: map[string]string{key: "testing"}},
			want:      Environment{Name: "shop-dev", Type: Staging},
		},
		"the label may say that the type is not known": {
			namespace: Namespace{Name: "shop-dev", Labels: map[string]string{key: "unmapped"}},
			want:      Environment{Name: "shop-dev", Type: Unmapped},
		},
		"a label that is no type is not guessed over": {
			namespace: Namespace{Name: "shop-dev", Labels: map[string]string{key: "Produktion"}},
			want:      Environment{Name: "shop-dev", Type: Unmapped},
		},
		"nor is one that is empty, or not in Jira's spelling": {
			namespace: Namespace{Name: "shop-dev", Labels: map[string]string{key: ""}, Annotations: map[string]string{key: "Staging"}},
			want:      Environment{Name: "shop-dev", Type: Unmapped},
		},
		"an annotation that is no type is not guessed over": {
			namespace: Namespace{Name: "shop-dev", Annotations: map[string]string{key: "Staging"}},
			want:      Environment{Name: "shop-dev", Type: Unmapped},
		},
		"a label that is no type hides the annotation": {
			namespace: Namespace{Name: "shop-dev", Labels: map[string]string{key: "prod"}, Annotations: map[string]string{key: "production"}},
			want:      Environment{Name: "shop-dev", Type: Unmapped},
		},
		"no rule and no label, the name decides": {
			namespace: Namespace{Name: "shop-dev"},
			want:      Environment{Name: "shop-dev", Type: Development},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Resolve(tt.namespace, rules, key)); diff != "" {
				t.Errorf("Resolve (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRuleValidate(t *testing.T) {
	tests := map[string]struct {
		globs   []string
		wantErr string
	}{
		"names and globs":        {globs: []string{"shop-prod", "*-prod", "shop-[a-c]?"}},
		"a range without an end": {globs: []string{"ok", "shop-[a"}, wantErr: `namespace pattern "shop-[a" does not parse`},
		"a dangling escape":      {globs: []string{`shop\`}, wantErr: `"shop\\" does not parse`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := Rule{ID: "prod", Globs: tt.globs}.Validate()
			switch {
			case tt.wantErr == "" && err != nil:
				t.Errorf("Validate() = %v, want no error", err)
			case tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)):
				t.Errorf("Validate() = %v, want an error with %q", err, tt.wantErr)
			}
		})
	}
}

func TestRuleNames(t *testing.T) {
	rule := Rule{Globs: []string{"kube-*", "kube-system"}}
	for namespace, want := range map[string]bool{"kube-system": true, "kube-public": false} {
		if got := rule.Names(namespace); got != want {
			t.Errorf("Names(%q) = %v, want %v", namespace, got, want)
		}
	}
}
