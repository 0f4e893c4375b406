// SPDX-License-Identifier: Apache-2.0

package rollout

import "testing"

func TestSourcesAreReadFromThePodTemplateFirst(t *testing.T) {
	sources := Sources{
		Annotations:         map[string]string{"both": "workload", "workload": "workload", "emptied": "workload"},
		Labels:              map[string]string{"both": "workload", "workload": "workload", "emptied": "workload"},
		TemplateAnnotations: map[string]string{"both": "template", "template": "template", "emptied": ""},
		TemplateLabels:      map[string]string{"both": "template", "template": "template", "emptied": ""},
	}
	tests := map[string]struct {
		name      string
		want      string
		wantFound bool
	}{
		"on both, the template's counts":            {"both", "template", true},
		"on the template alone":                     {"template", "template", true},
		"on the workload alone":                     {"workload", "workload", true},
		"on the template, emptied: it still counts": {"emptied", "", true},
		"on neither":                                {"neither", "", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, found := sources.Annotation(tt.name); got != tt.want || found != tt.wantFound {
				t.Errorf("Annotation(%q) = %q, %v; want %q, %v", tt.name, got, found, tt.want, tt.wantFound)
			}
			if got, found := sources.Label(tt.name); got != tt.want || found != tt.wantFound {
				t.Errorf("Label(%q) = %q, %v; want %q, %v", tt.name, got, found, tt.want, tt.wantFound)
			}
		})
	}
}
