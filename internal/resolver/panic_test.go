// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/go-logr/logr/funcr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// An answer that ends in a panic is trouble of who asked, and nobody else's: the manager goes on, and no line of the log holds what
// the panic's value held.
func TestAPanicIsNobodyElsesAndShowsNoCredential(t *testing.T) {
	const canary = "c4n4ry-of-a-repository"
	h := &hosts{answer: func(r *http.Request) (int, error) {
		if strings.HasPrefix(r.URL.Path, "/acme/shop-7") {
			panic(fmt.Errorf("cannot read https://me:%s@git.example", canary))
		}
		return http.StatusNotFound, nil
	}}
	w := newWorld(t, allows("https://git.example")).through(h)
	var mutex sync.Mutex
	var lines []string
	logger := funcr.New(func(_, line string) {
		mutex.Lock()
		defer mutex.Unlock()
		lines = append(lines, line)
	}, funcr.Options{Verbosity: 10})
	ctx, cancel := context.WithCancel(log.IntoContext(context.Background(), logger))
	var running sync.WaitGroup
	running.Go(func() { _ = w.resolver.Start(ctx) })
	hostile, fine := w.await(at("git.example", 7), "hostile"), w.await(at("git.example", 1), "fine")
	cancel()
	running.Wait()
	if hostile.Reason != v1alpha1.ReasonUnreachable || !strings.Contains(hostile.Message, "report it as a bug") {
		t.Errorf("who asked is told %s: %s", hostile.Reason, hostile.Message)
	}
	if fine.Reason != v1alpha1.ReasonUnauthorized {
		t.Errorf("another namespace is told %s: %s", fine.Reason, fine.Message)
	}
	all := strings.Join(lines, "\n")
	if !strings.Contains(all, "Observed a panic") || !strings.Contains(all, "panic_test.go") || strings.Contains(all+hostile.Message, canary) {
		t.Errorf("the log is to say where, and not with what: %s", all)
	}
}
