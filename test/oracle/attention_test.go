// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"testing"
	"time"
)

func TestAFactIsNoticedByWhoWasThereForLongEnough(t *testing.T) {
	var a Attention
	a.Begin(at(0))
	a.Begin(at(5)) // it is open already
	a.End(at(10))
	a.End(at(12)) // it is closed already
	a.Begin(at(20))
	for second := range 32 {
		if second != 26 && second != 27 { // it is busy then
			a.CaughtUp(at(second))
		}
	}
	for name, tc := range map[string]struct {
		fact Fact
		want bool
	}{
		"all the time":            {Fact{From: at(1), To: at(9)}, true},
		"for the grace":           {Fact{From: at(7), To: at(15)}, true},
		"not long enough":         {Fact{From: at(8), To: at(15)}, false},
		"nobody":                  {Fact{From: at(11), To: at(19)}, false},
		"twice for a moment":      {Fact{From: at(8), To: at(22)}, false},
		"up to now":               {Fact{From: at(15), To: at(30)}, true},
		"not as long as it needs": {Fact{From: at(0), To: at(10), Needs: 8 * time.Second}, false},
		"as long as it needs":     {Fact{From: at(20), To: at(31), Needs: 8 * time.Second}, true},
		"when it was busy":        {Fact{From: at(23), To: at(27)}, false},
		"until it was busy":       {Fact{From: at(22), To: at(27)}, true},
		"after it was busy":       {Fact{From: at(23), To: at(28)}, true},
		"what nobody can tell":    {Fact{From: at(0), To: at(10), Vague: true}, false},
	} {
		if got := a.Noticed(tc.fact, 3*time.Second); got != tc.want {
			t.Errorf("%s: noticed is %t, want %t", name, got, tc.want)
		}
	}
}
