// SPDX-License-Identifier: Apache-2.0

package record

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// A story of states at minutes, and how long the rollout took.
func TestHowLongARolloutTook(t *testing.T) {
	const (
		pending, inProgress = v1alpha1.StatePending, v1alpha1.StateInProgress
		successful, failed  = v1alpha1.StateSuccessful, v1alpha1.StateFailed
		unknown             = -time.Second
	)
	type change struct {
		state  v1alpha1.DeploymentState
		minute int
	}
	for name, tt := range map[string]struct {
		story []change
		want  time.Duration
	}{
		"it began and finished":                    {[]change{{inProgress, 10}, {successful, 13}}, 3 * time.Minute},
		"it finished at once":                      {[]change{{inProgress, 10}, {successful, 10}}, 0},
		"it failed":                                {[]change{{inProgress, 10}, {failed, 20}}, 10 * time.Minute},
		"it failed, and finished after all":        {[]change{{inProgress, 10}, {failed, 20}, {inProgress, 21}, {successful, 25}}, 15 * time.Minute},
		"it was paused half-way":                   {[]change{{inProgress, 10}, {pending, 11}, {inProgress, 30}, {successful, 31}}, 21 * time.Minute},
		"no pod was wanted for an hour":            {[]change{{pending, 10}, {inProgress, 70}, {successful, 71}}, time.Minute},
		"it was superseded":                        {[]change{{inProgress, 10}, {v1alpha1.StateCancelled, 12}}, 2 * time.Minute},
		"it finished, and was rolled back later":   {[]change{{inProgress, 10}, {successful, 13}, {v1alpha1.StateRolledBack, 99}}, 3 * time.Minute},
		"it was rolled back before it finished":    {[]change{{inProgress, 10}, {v1alpha1.StateRolledBack, 12}}, 2 * time.Minute},
		"it had finished when it was seen first":   {[]change{{successful, 13}}, unknown},
		"it has not finished":                      {[]change{{inProgress, 10}}, unknown},
		"it failed, and goes on":                   {[]change{{inProgress, 10}, {failed, 20}, {inProgress, 21}}, unknown},
		"it had failed when it was seen, and ends": {[]change{{failed, 20}, {successful, 25}}, unknown},
	} {
		t.Run(name, func(t *testing.T) {
			var d v1alpha1.JiraDeployment
			p := planner{observation: Observation{Now: now}}
			for _, c := range tt.story {
				p.setState(&d, c.state, at(c.minute))
			}
			got := unknown
			if took := d.Spec.CompletionTime; took != (metav1.Time{}) {
				got = took.Sub(d.Spec.StartTime.Time)
			}
			if got != tt.want {
				t.Errorf("it took %s, want %s", got, tt.want)
			}
		})
	}
}
