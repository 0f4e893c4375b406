// SPDX-License-Identifier: Apache-2.0

package record

import (
	"maps"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// setLabels writes the labels of a record that Rollcall made. Those that somebody else added stay.
//
// A new record gets them at its creation, and that of the current revision whenever one is missing or wrong: so
// what runs now is found by them right after an upgrade. A record of an earlier revision gets them with the next
// write that happens anyway. A label is no part of the spec: Jira is sent nothing for it.
func setLabels(d *v1alpha1.JiraDeployment) {
	if d.Labels == nil {
		d.Labels = map[string]string{}
	}
	maps.Copy(d.Labels, map[string]string{
		v1alpha1.LabelManagedBy:       v1alpha1.ManagedByRollcall,
		v1alpha1.LabelSite:            labelValue(d.Spec.Site),
		v1alpha1.LabelWorkloadKind:    labelValue(d.Spec.Workload.Kind),
		v1alpha1.LabelWorkloadName:    labelValue(d.Spec.Workload.Name),
		v1alpha1.LabelEnvironmentType: string(d.Spec.Environment.Type),
	})
}

// labelValue returns a name as the value of a label. What is longer than a label takes is cut, and ends in a hash
// of the whole. What no label takes in any length (a person wrote the record) is its hash.
func labelValue(name string) string {
	if isLabelValue(name) {
		return name
	}
	start := name[:min(len(name), validation.LabelValueMaxLength-hashDigits-1)]
	if value := strings.TrimRight(start, "-._") + "-" + hash(name); isLabelValue(value) {
		return value
	}
	return hash(name)
}

func isLabelValue(text string) bool {
	return len(validation.IsValidLabelValue(text)) == 0
}
