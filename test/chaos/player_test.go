// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"testing"
	"time"

	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/rollcall-dev/rollcall/test/oracle"
)

func TestWhatTheClusterIsStuckWithIsGivenUp(t *testing.T) {
	a, b := Step{Number: 1, Want: &Manifest{Release: "a"}}, Step{Number: 2, Want: &Manifest{Release: "b"}}
	for name, tc := range map[string]struct {
		seen       bool // b has a number
		unnumbered int64
	}{
		"its pods do not come": {true, 0},
		"it has no number":     {false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := Workload{Kind: kindDaemonSet, Namespace: "tools", Name: "agent"}
			o := newObserver(Plan{Workloads: []Workload{w}, Items: []Item{{Step: &a}, {Step: &b}}})
			life := &oracle.Life{IsSet: true}
			o.tracks[0].lives = []*oracle.Life{life}
			life.Note(time.Now(), oracle.Status{Step: 1, Revision: 1, Phase: oracle.Finished}, a.Want.template(Workload{}))
			if tc.seen {
				life.Note(time.Now(), oracle.Status{Step: 2, Revision: 2, Phase: oracle.Rolling}, b.Want.template(Workload{}))
			}
			p := &player{kube: fake.NewClientBuilder().WithScheme(clientgoscheme.Scheme).WithObjects(build(w, a)).Build(), observer: o}
			steps := make(chan Step, 1)
			steps <- b
			close(steps)
			ctx, cancel := context.WithTimeout(t.Context(), 4*polling)
			defer cancel()
			if err := p.follow(ctx, w, steps); err != nil {
				t.Fatal(err)
			}
			if p.givenUp.Load() != 1 || p.unnumbered.Load() != tc.unnumbered || (life.Unnumbered != nil) == tc.seen {
				t.Errorf("%d given up, %d of them without a number, and of the life that is %v", p.givenUp.Load(), p.unnumbered.Load(), life.Unnumbered)
			}
		})
	}
}
