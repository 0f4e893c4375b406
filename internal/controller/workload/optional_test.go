// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

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
				if err := OnceServed(t.Context(), a, "rollouts", rollout.ArgoRollout, func() error { watched++; return nil }); err != nil {
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
		err := OnceServed(ctx, a, "rollouts", rollout.ArgoRollout, func() error { t.Error("it is watched"); return nil })
		if err != nil || a.asked != 7 {
			t.Errorf("onceServed() = %v after %d questions; want nil after 7", err, a.asked)
		}
	})
}

func TestAnOptionalKindThatCannotBeWatchedIsAnError(t *testing.T) {
	err := OnceServed(t.Context(), &apiServer{answers: []error{served}}, "rollouts", rollout.ArgoRollout, func() error { return errors.New("no room") })
	if err == nil || !strings.Contains(err.Error(), "watch Rollout for rollouts: no room") {
		t.Errorf("onceServed() error = %v, want one that tells why", err)
	}
}

// A manager that several controllers were added to in the moment in which it was stopped did not end, about once in forty times.
func TestAManagerThatIsStoppedWhileKindsComeEnds(t *testing.T) {
	var began atomic.Int64
	for range 400 {
		grace := 10 * time.Second
		mgr, err := ctrl.NewManager(&rest.Config{Host: "http://127.0.0.1:1"}, ctrl.Options{
			Logger:                  logr.Discard(),
			Metrics:                 metricsserver.Options{BindAddress: "0"},
			GracefulShutdownTimeout: &grace,
			MapperProvider:          func(*rest.Config, *http.Client) (meta.RESTMapper, error) { return allServed{}, nil },
		})
		if err != nil {
			t.Fatalf("make manager: %v", err)
		}
		for range 6 {
			controller := manager.RunnableFunc(func(ctx context.Context) error {
				began.Add(1)
				<-ctx.Done()
				return nil
			})
			add := func(to ctrl.Manager) error { return to.Add(controller) }
			if err := mgr.Add(WhenServed(mgr, "rollouts", rollout.ArgoRollout, add)); err != nil {
				t.Fatalf("add: %v", err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Duration(rand.IntN(400))*time.Microsecond, cancel)
		if err := mgr.Start(ctx); err != nil {
			t.Fatalf("the manager did not end well: %v", err)
		}
	}
	if began.Load() == 0 {
		t.Error("no controller ran at all")
	}
}

// allServed serves every kind.
type allServed struct{ meta.RESTMapper }

func (allServed) RESTMapping(schema.GroupKind, ...string) (*meta.RESTMapping, error) { return nil, nil }
