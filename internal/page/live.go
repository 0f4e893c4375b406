// SPDX-License-Identifier: Apache-2.0

package page

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/page/view"
)

// Source is where the page reads.
type Source interface {
	// Snapshot returns what is known now. Nothing in it is changed.
	Snapshot() Snapshot
	// Changed returns a channel that is closed with the next change.
	Changed() <-chan struct{}
}

// Snapshot is what is known at a moment.
type Snapshot struct {
	view.Records
	// Scope is the namespace that is read; empty for all of them.
	Scope string
	// Notices say what could not be read, and why.
	Notices []string
	// Loading says that not everything was read yet.
	Loading bool
}

// Live watches records with the rights of a client.
type Live struct {
	scope     string
	notice    string
	resources []*resource

	mu      sync.Mutex
	changed chan struct{}

	client client.Reader
	now    func() time.Time
	// looked are the workloads as they were read last; looking guards them.
	looking sync.Mutex
	looked  view.Workloads
}

// resource is a kind of objects that is watched.
type resource struct {
	name     string
	live     *Live
	informer cache.SharedIndexInformer
	// problem is why it could not be read; guarded by the Live's lock.
	problem string
}

// Watch watches the records of a namespace, or of all where it is empty, until the context ends. Where the user may not list those
// of all namespaces, it watches fallback instead, and says so.
func Watch(ctx context.Context, c client.WithWatch, namespace, fallback string, now func() time.Time) *Live {
	l := &Live{scope: namespace, changed: make(chan struct{}), client: c, now: now}
	if namespace == "" && apierrors.IsForbidden(c.List(ctx, &v1alpha1.JiraDeploymentList{}, client.Limit(1))) {
		l.scope = fallback
		l.notice = fmt.Sprintf("You may not list the records of all namespaces, so that this page shows the namespace %s. Another one: kubectl rollcall dashboard -n NAME", fallback)
	}
	l.add(ctx, c, "jiradeployments", &v1alpha1.JiraDeployment{}, func() client.ObjectList { return &v1alpha1.JiraDeploymentList{} }, l.scope)
	l.add(ctx, c, "jirabuilds", &v1alpha1.JiraBuild{}, func() client.ObjectList { return &v1alpha1.JiraBuildList{} }, l.scope)
	l.add(ctx, c, "jirasites", &v1alpha1.JiraSite{}, func() client.ObjectList { return &v1alpha1.JiraSiteList{} }, "")
	return l
}

// add begins to watch a kind.
func (l *Live) add(ctx context.Context, c client.WithWatch, name string, object client.Object, list func() client.ObjectList, namespace string) {
	r := &resource{name: name, live: l}
	r.informer = cache.NewSharedIndexInformer(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			all := list()
			err := c.List(ctx, all, &client.ListOptions{Namespace: namespace, Raw: &o})
			r.note(err)
			return all, err
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			w, err := c.Watch(ctx, list(), &client.ListOptions{Namespace: namespace, Raw: &o})
			if !apierrors.IsForbidden(err) { // who may list and not watch has the list read again and again
				r.note(err)
			}
			return w, err
		},
	}, object, 0, cache.Indexers{})
	// The errors of these come before the informer is started, and there are no others.
	_ = r.informer.SetTransform(trim)
	_ = r.informer.SetWatchErrorHandlerWithContext(func(context.Context, *cache.Reflector, error) {}) // it is noted above
	_, _ = r.informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { l.change() },
		UpdateFunc: func(any, any) { l.change() },
		DeleteFunc: func(any) { l.change() },
	})
	l.resources = append(l.resources, r)
	go r.informer.RunWithContext(ctx)
}

// trim drops what no view reads.
func trim(o any) (any, error) {
	if m, err := meta.Accessor(o); err == nil {
		m.SetManagedFields(nil)
	}
	return o, nil
}

// note remembers why a kind cannot be read, or that it can.
func (r *resource) note(err error) {
	problem := ""
	switch {
	case err == nil:
	case apierrors.IsForbidden(err):
		problem = fmt.Sprintf("You may not read %s; what they would say is missing here. Ask for get and list on them, and watch.", r.name)
	case meta.IsNoMatchError(err), apierrors.IsNotFound(err):
		problem = fmt.Sprintf("The cluster has no %s: is Rollcall installed? kubectl rollcall check says what is missing.", r.name)
	default:
		problem = fmt.Sprintf("The %s could not be read, which is tried again: %v", r.name, err)
	}
	r.live.mu.Lock()
	same := r.problem == problem
	r.problem = problem
	r.live.mu.Unlock()
	if !same {
		r.live.change()
	}
}

func (l *Live) change() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
}

// Changed implements Source.
func (l *Live) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

// Snapshot implements Source.
func (l *Live) Snapshot() Snapshot {
	s := Snapshot{Scope: l.scope}
	if l.notice != "" {
		s.Notices = append(s.Notices, l.notice)
	}
	l.mu.Lock()
	for _, r := range l.resources {
		if r.problem != "" {
			s.Notices = append(s.Notices, r.problem)
		}
		s.Loading = s.Loading || r.problem == "" && !r.informer.HasSynced()
	}
	l.mu.Unlock()
	for _, r := range l.resources {
		for _, o := range r.informer.GetStore().List() {
			switch o := o.(type) {
			case *v1alpha1.JiraDeployment:
				s.Deployments = append(s.Deployments, o)
			case *v1alpha1.JiraBuild:
				s.Builds = append(s.Builds, o)
			case *v1alpha1.JiraSite:
				s.Sites = append(s.Sites, o)
			}
		}
	}
	slices.SortFunc(s.Sites, func(a, b *v1alpha1.JiraSite) int { return cmp.Compare(a.Name, b.Name) })
	return s
}
