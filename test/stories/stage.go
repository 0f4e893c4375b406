// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/test/oracle"
	"github.com/rollcall-dev/rollcall/test/recording"
)

// story is what people do to one workload.
type story struct {
	title string
	kind  string
	play  func(*stage)
}

// stage is where a story is played and recorded: a namespace with one workload.
type stage struct {
	ctx       context.Context
	kube      client.WithWatch
	namespace string
	kind      string

	mu      sync.Mutex
	err     error // the first that came up; nothing more is done then
	moments []recording.Moment
	state   map[string]any
	status  oracle.Phase
	changed time.Time
	written int64           // the generation that the last verb made
	healed  map[string]bool // images whose pods become ready after all
}

// quietFinished and quietElse are for how long nothing may change until a workload is at rest. Where its rollout is not
// finished, its deadline of three seconds may still come.
const (
	quietFinished = 2 * time.Second
	quietElse     = 8 * time.Second
	polling       = 50 * time.Millisecond
)

func play(ctx context.Context, kube client.WithWatch, namespace string, s story) ([]recording.Moment, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := &stage{ctx: ctx, kube: kube, namespace: namespace, kind: s.kind, state: map[string]any{}, healed: map[string]bool{}, changed: time.Now()}
	// A pod on the node's own network is refused: that is the release that may have no pods.
	err := kube.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: namespace, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "baseline"},
	}})
	if err != nil {
		return nil, fmt.Errorf("create namespace: %w", err)
	}
	for _, list := range []client.ObjectList{newList(s.kind), &appsv1.ControllerRevisionList{}} {
		w, err := kube.Watch(ctx, list, client.InNamespace(namespace))
		if err != nil {
			return nil, fmt.Errorf("watch: %w", err)
		}
		go p.see(w)
	}
	go p.heal()
	p.mark(recording.Moment{Title: s.title})
	s.play(p)
	p.rest()
	return p.moments, p.err
}

func newList(kind string) client.ObjectList {
	switch kind {
	case kindStatefulSet:
		return &appsv1.StatefulSetList{}
	case kindDaemonSet:
		return &appsv1.DaemonSetList{}
	}
	return &appsv1.DeploymentList{}
}

// see records what a watch shows.
func (p *stage) see(w watch.Interface) {
	for event := range w.ResultChan() {
		switch o := event.Object.(type) {
		case *appsv1.ControllerRevision:
			p.note(func(next map[string]any) {
				revisions := copyOf(next["revisions"])
				delete(revisions, o.Name)
				if event.Type != watch.Deleted {
					revisions[o.Name] = trimRevision(o)
				}
				next["revisions"] = revisions
			})
		case client.Object:
			p.note(func(next map[string]any) {
				delete(next, "object")
				if event.Type != watch.Deleted {
					next["object"] = trim(o)
				}
			})
			p.observe(o)
		}
	}
}

func copyOf(value any) map[string]any {
	from, _ := value.(map[string]any)
	to := map[string]any{}
	for name, v := range from {
		to[name] = v
	}
	return to
}

// note records a change of the state.
func (p *stage) note(change func(next map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := copyOf(p.state)
	change(next)
	if patch := recording.Change(p.state, next); patch != nil {
		p.moments = append(p.moments, recording.Moment{At: now(), Change: patch})
		p.state, p.changed = next, time.Now()
	}
}

func (p *stage) observe(o client.Object) {
	var revisions []appsv1.ControllerRevision
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, content := range copyOf(p.state["revisions"]) {
		var r appsv1.ControllerRevision
		if text, err := json.Marshal(content); err == nil && json.Unmarshal(text, &r) == nil {
			revisions = append(revisions, r)
		}
	}
	status, ok := oracle.StatusOf(o, revisions)
	if p.status = status.Phase; !ok {
		p.status = oracle.Rolling
	}
}

func (p *stage) fail(err error) {
	if p.err == nil && !errors.Is(err, context.Canceled) {
		p.err = err
	}
}

func (p *stage) failed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err != nil
}

// do records what somebody does, and does it. Nothing is done after something failed.
func (p *stage) do(text string, verb func() error) {
	p.mark(recording.Moment{Do: text})
	if verb == nil || p.failed() {
		return
	}
	if err := verb(); err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.fail(fmt.Errorf("%s: %w", text, err))
	}
}

// manager records what happens to the manager.
func (p *stage) manager(what, text string) {
	p.mark(recording.Moment{Do: text, Manager: what})
}

func (p *stage) mark(m recording.Moment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m.At = now()
	p.moments = append(p.moments, m)
}

// pass lets time pass.
func (p *stage) pass(d time.Duration) {
	if !p.failed() {
		time.Sleep(d)
	}
}

// halfWay waits until some pods are new, and not all.
func (p *stage) halfWay() {
	for end := time.Now().Add(time.Minute); time.Now().Before(end) && !p.failed(); time.Sleep(polling / 5) {
		p.mu.Lock()
		object := copyOf(p.state["object"])
		meta, status := copyOf(object["metadata"]), copyOf(object["status"])
		p.mu.Unlock()
		updated := status["updatedReplicas"]
		if p.kind == kindDaemonSet {
			updated = status["updatedNumberScheduled"]
		}
		pods, _ := updated.(float64)
		generation, _ := meta["generation"].(float64)
		if pods > 0 && int64(generation) >= p.written && meta["generation"] == status["observedGeneration"] {
			return
		}
	}
}

// rest waits until everything has happened that happens by itself.
func (p *stage) rest() {
	start := time.Now()
	for p.ctx.Err() == nil && !p.failed() {
		p.mu.Lock()
		quiet := time.Since(p.changed)
		if since := time.Since(start); since < quiet {
			quiet = since
		}
		enough := quietElse
		if p.status == oracle.Finished || p.state["object"] == nil {
			enough = quietFinished
		}
		p.mu.Unlock()
		if quiet >= enough {
			p.mark(recording.Moment{Rest: true})
			return
		}
		time.Sleep(polling)
	}
}

func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
