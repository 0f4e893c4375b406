package workload

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// What an API server says when it is asked whether it serves a kind.
var (
	served    error
	absent    error = &meta.NoKindMatchError{}
	errBroken       = errors.New("connection refused")
)

// apiServer gives one answer after the other, and the last one again and again.
type apiServer struct {
	meta.RESTMapper
	answers []error
	asked   int
}

func (a *apiServer) RESTMapping(schema.GroupKind, ...string) (*meta.RESTMapping, error) {
	a.asked++
	return nil, a.answers[min(a.asked, len(a.answers))-1]
}

// rolloutsOf returns a reconciler of Argo's Rollouts.
func rolloutsOf(a *apiServer) *Reconciler {
	optional := slices.IndexFunc(Kinds, func(kind Kind) bool { return kind.Optional })
	return &Reconciler{Client: fake.NewClientBuilder().WithRESTMapper(a).Build(), Kind: Kinds[optional]}
}

func TestAnOptionalKindIsWatchedOnceItIsServed(t *testing.T) {
	tests := map[string]struct {
		answers   []error
		wantAfter time.Duration
	}{
		"at the start": {[]error{served}, 0},
		"later":        {[]error{absent, absent, absent, served}, 30 * time.Second},
		"though the API server could not be asked":  {[]error{errBroken, served}, 10 * time.Second},
		"though it could not be asked in the midst": {[]error{absent, errBroken, absent, served}, 30 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, watched, start := &apiServer{answers: tt.answers}, 0, time.Now()
				if err := rolloutsOf(a).onceServed(t.Context(), rollout.ArgoRollout, func() error { watched++; return nil }); err != nil {
					t.Fatalf("onceServed() error = %v", err)
				}
				if after := time.Since(start); after != tt.wantAfter || a.asked != len(tt.answers) || watched != 1 {
					t.Errorf("after %v, %d questions, watched %d times; want %v, %d and once", after, a.asked, watched, tt.wantAfter, len(tt.answers))
				}
			})
		})
	}
}

func TestAnOptionalKindThatNeverComesIsNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &apiServer{answers: []error{absent}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute+time.Second)
		defer cancel()
		err := rolloutsOf(a).onceServed(ctx, rollout.ArgoRollout, func() error { t.Error("it is watched"); return nil })
		if err != nil || a.asked != 7 {
			t.Errorf("onceServed() = %v after %d questions; want nil after 7", err, a.asked)
		}
	})
}

func TestAnOptionalKindThatCannotBeWatchedIsAnError(t *testing.T) {
	err := rolloutsOf(&apiServer{answers: []error{served}}).onceServed(t.Context(), rollout.ArgoRollout, func() error { return errors.New("no room") })
	if err == nil || !strings.Contains(err.Error(), "watch Rollout for rollouts: no room") {
		t.Errorf("onceServed() error = %v, want one that tells why", err)
	}
}
