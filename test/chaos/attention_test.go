package main

import (
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/internal/record/oracle"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

func TestAFactIsNoticedByWhoWasThereForLongEnough(t *testing.T) {
	var a attention
	a.begin(at(0))
	a.begin(at(5)) // it is open already
	a.end(at(10))
	a.end(at(12)) // it is closed already
	a.begin(at(20))
	for name, tc := range map[string]struct {
		fact oracle.Fact
		want bool
	}{
		"all the time":            {oracle.Fact{From: at(1), To: at(9)}, true},
		"for the grace":           {oracle.Fact{From: at(7), To: at(15)}, true},
		"not long enough":         {oracle.Fact{From: at(8), To: at(15)}, false},
		"nobody":                  {oracle.Fact{From: at(11), To: at(19)}, false},
		"twice for a moment":      {oracle.Fact{From: at(8), To: at(22)}, false},
		"up to now":               {oracle.Fact{From: at(15), To: at(30)}, true},
		"not as long as it needs": {oracle.Fact{From: at(0), To: at(10), Needs: 8 * time.Second}, false},
		"as long as it needs":     {oracle.Fact{From: at(20), To: at(31), Needs: 8 * time.Second}, true},
		"what nobody can tell":    {oracle.Fact{From: at(0), To: at(10), Vague: true}, false},
	} {
		if got := a.noticed(tc.fact); got != tc.want {
			t.Errorf("%s: noticed is %t, want %t", name, got, tc.want)
		}
	}
}
