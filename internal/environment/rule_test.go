// SPDX-License-Identifier: Apache-2.0

package environment

import (
	"strings"
	"testing"
)

func TestGlobsValidate(t *testing.T) {
	tests := map[string]struct {
		globs   Globs
		wantErr string
	}{
		"names and globs":        {globs: Globs{"shop-prod", "*-prod", "shop-[a-c]?"}},
		"a range without an end": {globs: Globs{"ok", "shop-[a"}, wantErr: `namespace pattern "shop-[a" does not parse`},
		"a dangling escape":      {globs: Globs{`shop\`}, wantErr: `"shop\\" does not parse`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := tt.globs.Validate()
			switch {
			case tt.wantErr == "" && err != nil:
				t.Errorf("Validate() = %v, want no error", err)
			case tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)):
				t.Errorf("Validate() = %v, want an error with %q", err, tt.wantErr)
			}
		})
	}
}

func TestGlobsMatch(t *testing.T) {
	globs := Globs{"pr-*", "[", "shop"}
	for name, want := range map[string]bool{"pr-12": true, "pr-": true, "shop": true, "shop-pr-12": false, "shop-2": false, "[": false, "": false} {
		if got := globs.Match(name); got != want {
			t.Errorf("Match(%q) = %v, want %v", name, got, want)
		}
	}
	if Globs(nil).Match("shop") {
		t.Error("no glob matches nothing, want so")
	}
}

func TestRuleNames(t *testing.T) {
	rule := Rule{Globs: Globs{"kube-*", "kube-system"}}
	for namespace, want := range map[string]bool{"kube-system": true, "kube-public": false} {
		if got := rule.Names(namespace); got != want {
			t.Errorf("Names(%q) = %v, want %v", namespace, got, want)
		}
	}
}
