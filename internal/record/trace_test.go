// SPDX-License-Identifier: Apache-2.0

package record

import (
	"slices"
	"testing"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Where the record's state is not what the workload shows, somebody who asks is told why.
func TestWhyAStateIsNotTheWorkloadsIsExplained(t *testing.T) {
	stalled := func() *recordBuilder { return makeRecord(db(1, "A").Stalled(at(12))) }
	former := func() *recordBuilder { return makeRecord(web(1, "A").Failed(at(10))) }
	tests := map[Rule]struct {
		o    *observationBuilder
		want v1alpha1.DeploymentState // of the record that is written, if one is
	}{
		RuleFinal:         {observe(web(1, "A").InProgress(at(20))).Records(makeRecord(web(1, "A").Successful(at(10)))), ""},
		RuleNoProgress:    {observe(db(1, "A").InProgress(at(2)).Pods(3, 1, 1)).At(at(20)).FirstSeen(at(20)).Records(stalled()), ""},
		RuleSettling:      {observe(web(1, "A").Failed(at(10))).At(at(10)), v1alpha1.StateInProgress},
		RuleFormerFailure: {observe(web(2, "B").Failed(at(10))).At(at(11)).Records(former()), v1alpha1.StateInProgress},
	}
	for rule, tt := range tests {
		t.Run(string(rule), func(t *testing.T) {
			var told []Rule
			observation := tt.o.Obj()
			observation.Explain = func(d Decision) {
				if d.Place == PlaceRecord {
					told = append(told, d.Rule)
				}
			}
			planned := makeSite("acme").Compiled(t).Plan(observation)
			if !slices.Contains(told, rule) {
				t.Errorf("rules are %v, want %s", told, rule)
			}
			var state v1alpha1.DeploymentState
			if len(planned.Create) > 0 {
				state = planned.Create[0].Spec.State
			}
			if state != tt.want {
				t.Errorf("a record is made with the state %q, want %q", state, tt.want)
			}
		})
	}
}
