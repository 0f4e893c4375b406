// SPDX-License-Identifier: Apache-2.0

package report

import "time"

// Stage is a part of the way from the end of a rollout to the status of its record, and how long each rollout took
// over it.
type Stage struct {
	Name    string
	Samples []time.Duration
}

// Stages is the table of where the time goes.
func Stages(stages []Stage) Table {
	t := Table{heads: []string{"where the time goes", "p50", "p99", "max"}, rules: []string{"---", "--:", "--:", "--:"}}
	for _, s := range stages {
		line := []string{s.Name}
		for _, q := range []float64{0.5, 0.99, 1} {
			line = append(line, Millis(Quantile(s.Samples, q)).String())
		}
		t.lines = append(t.lines, line)
	}
	return t
}
