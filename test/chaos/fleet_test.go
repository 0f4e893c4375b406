// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAManagerIsAtWorkOnceItsControllersAre(t *testing.T) {
	var lines []string
	for _, name := range controllers {
		lines = append(lines, `{"level":"info","msg":"Starting workers","controller":"`+name+`","worker count":1}`)
	}
	if !atWork([]byte(strings.Join(lines, "\n"))) {
		t.Error("it is not at work, though all its controllers are")
	}
	for i := range lines {
		rest := append(append([]string{`{"msg":"Starting Controller","controller":"` + controllers[i] + `"}`}, lines[:i]...), lines[i+1:]...)
		if atWork([]byte(strings.Join(rest, "\n"))) {
			t.Errorf("it is at work without %s", controllers[i])
		}
	}
}

func TestABlowFindsItsManager(t *testing.T) {
	for name, tc := range map[string]struct {
		blow   Blow
		atWork []bool
		want   []bool
	}{
		"the leader":                    {KillLeader, []bool{false, true, false}, []bool{false, true, false}},
		"a follower":                    {KillFollower, []bool{true, false, false}, []bool{false, true, false}},
		"all":                           {KillAll, []bool{true, false, false}, []bool{true, true, true}},
		"the leader, and nobody leads":  {KillLeader, []bool{false, false}, []bool{true, false}},
		"a follower, and there is none": {KillFollower, []bool{true}, []bool{true}},
	} {
		f := &fleet{}
		for _, at := range tc.atWork {
			f.members = append(f.members, &member{atWork: at})
		}
		if diff := cmp.Diff(tc.want, f.targets(tc.blow)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
