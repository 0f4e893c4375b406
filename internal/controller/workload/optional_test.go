package workload

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// answer is what a cluster says when it is asked whether it serves a kind.
type answer struct {
	served bool
	err    error
}

func waiting(answers []answer) (w *Optional, asked, begun *int) {
	asked, begun = new(int), new(int)
	return &Optional{
		reconciler: &Reconciler{Kind: Kind{Resource: "rollouts", Name: "Rollout"}},
		interval:   10 * time.Second,
		served: func() (bool, error) {
			now := answers[min(*asked, len(answers)-1)]
			*asked++
			return now.served, now.err
		},
		begin: func() error {
			*begun++
			return nil
		},
	}, asked, begun
}

func TestAnOptionalKindIsWatchedOnceItIsServed(t *testing.T) {
	absent, broken, served := answer{}, answer{err: errors.New("connection refused")}, answer{served: true}
	tests := map[string]struct {
		answers   []answer
		wantAfter time.Duration
	}{
		"at the start": {[]answer{served}, 0},
		"later":        {[]answer{absent, absent, absent, served}, 30 * time.Second},
		"though the API server could not be asked":  {[]answer{broken, served}, 10 * time.Second},
		"though it could not be asked in the midst": {[]answer{absent, broken, absent, served}, 30 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, asked, begun := waiting(tt.answers)
				start := time.Now()
				if err := w.Start(t.Context()); err != nil {
					t.Fatalf("Start() error = %v", err)
				}
				if after := time.Since(start); after != tt.wantAfter || *asked != len(tt.answers) || *begun != 1 {
					t.Errorf("after %v, %d questions, watched %d times; want %v, %d and once", after, *asked, *begun, tt.wantAfter, len(tt.answers))
				}
			})
		})
	}
}

func TestAnOptionalKindThatNeverComesIsNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, asked, begun := waiting([]answer{{}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute+time.Second)
		defer cancel()
		if err := w.Start(ctx); err != nil || *begun > 0 || *asked != 7 {
			t.Errorf("Start() = %v after %d questions, watched %d times; want nil after 7, and no watch", err, *asked, *begun)
		}
	})
}

func TestAnOptionalKindThatCannotBeWatchedIsAnError(t *testing.T) {
	w, _, _ := waiting([]answer{{served: true}})
	w.begin = func() error { return errors.New("no room") }
	if err := w.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "set up controller of rollouts: no room") {
		t.Errorf("Start() error = %v, want one that tells why", err)
	}
}
