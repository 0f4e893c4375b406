// SPDX-License-Identifier: Apache-2.0

package panics_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/rollcall-dev/rollcall/internal/panics"
)

const canary = "c4n4ry-of-a-panic"

// buffer takes a log from several goroutines.
type buffer struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.String()
}

// holder is a client with a credential in it.
type holder struct{ Secret string }

func fails(how func()) reconcile.Reconciler {
	return reconcile.Func(func(context.Context, ctrl.Request) (ctrl.Result, error) {
		how()
		return ctrl.Result{}, nil
	})
}

// logged runs a controller whose reconciler panics, with the log at its highest level, until it said so.
func logged(t *testing.T, name string, r reconcile.Reconciler) string {
	t.Helper()
	var log buffer
	c, err := controller.NewTypedUnmanaged("panics-"+name, controller.TypedOptions[ctrl.Request]{
		Reconciler: r, SkipNameValidation: new(true), Logger: zap.New(zap.WriteTo(&log), zap.UseDevMode(true)),
	})
	if err != nil {
		t.Fatal(err)
	}
	err = c.Watch(source.TypedFunc[ctrl.Request](func(_ context.Context, queue workqueue.TypedRateLimitingInterface[ctrl.Request]) error {
		queue.Add(ctrl.Request{})
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = c.Start(ctx) })
	for end := time.Now().Add(20 * time.Second); !strings.Contains(log.String(), "Reconciler error") && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	running.Wait()
	return log.String()
}

func TestAPanicShowsNoCredential(t *testing.T) {
	for name, how := range map[string]func(){
		"text":    func() { panic("cannot parse https://me:" + canary + "@git.example") },
		"error":   func() { panic(fmt.Errorf("call: %w", errors.New(canary))) },
		"pointer": func() { panic(&holder{canary}) },
		"struct":  func() { panic(holder{canary}) },
		"bytes":   func() { panic([]byte(canary)) },
	} {
		t.Run(name, func(t *testing.T) {
			log := logged(t, name, panics.Hide(fails(how)))
			for _, spelling := range []string{canary, fmt.Sprintf("%v", []byte(canary)), fmt.Sprintf("%#v", []byte(canary)), fmt.Sprintf("%x", canary)} {
				if strings.Contains(log, spelling) {
					t.Errorf("the log holds the credential: %s", log)
				}
			}
			for _, part := range []string{"a value of type ", "which is not shown", "Observed a panic", "TestAPanicShowsNoCredential"} {
				if !strings.Contains(log, part) {
					t.Errorf("the log does not say %q: %s", part, log)
				}
			}
		})
	}
}

// What the test above looks for would be found: without Hide it is there.
func TestAPanicThatIsNotHiddenShowsItsValue(t *testing.T) {
	if log := logged(t, "bare", fails(func() { panic(canary) })); !strings.Contains(log, canary) {
		t.Errorf("the log does not hold the value: Hide is needed no more: %s", log)
	}
}

func TestAPanicOfGoSaysWhatIsWrong(t *testing.T) {
	var numbers []int
	log := logged(t, "go", panics.Hide(fails(func() { _ = numbers[len(canary)] })))
	if !strings.Contains(log, "index out of range [17] with length 0") {
		t.Errorf("the log does not say what is wrong: %s", log)
	}
}

func TestWithoutAPanicNothingChanges(t *testing.T) {
	want := errors.New("not now")
	r := panics.Hide(reconcile.Func(func(context.Context, ctrl.Request) (ctrl.Result, error) {
		return ctrl.Result{RequeueAfter: time.Minute}, want
	}))
	if result, err := r.Reconcile(t.Context(), ctrl.Request{}); result.RequeueAfter != time.Minute || !errors.Is(err, want) {
		t.Errorf("Reconcile() = %v, %v", result, err)
	}
}
