// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	k8stypes "k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/commits/gittest"
	"github.com/rollcall-dev/rollcall/internal/image/imagetest"
	"github.com/rollcall-dev/rollcall/internal/metrics"
	"github.com/rollcall-dev/rollcall/internal/record"
)

const operatorNamespace = "rollcall-system"

// clock is moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a site, its Secrets, and a Resolver that asks on their behalf.
type world struct {
	t        *testing.T
	client   client.Client
	site     *v1alpha1.JiraSite
	clock    *clock
	measured *prometheus.Registry
	cfg      Config
	resolver *Resolver
	wakes    chan event.GenericEvent
}

func newWorld(t *testing.T, configure func(*v1alpha1.Commits), secrets ...*corev1.Secret) *world {
	t.Helper()
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	w := &world{
		t: t, clock: &clock{at: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)}, measured: prometheus.NewRegistry(),
		wakes: make(chan event.GenericEvent, 100_000),
		site: &v1alpha1.JiraSite{
			ObjectMeta: metav1.ObjectMeta{Name: "acme", UID: "site", Generation: 1},
			Spec:       v1alpha1.JiraSiteSpec{Commits: &v1alpha1.Commits{}},
		},
	}
	configure(w.site.Spec.Commits)
	objects := []client.Object{w.site}
	for _, secret := range secrets {
		objects = append(objects, secret)
	}
	w.client = fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
	w.cfg = Config{
		Client: w.client, APIReader: w.client, Namespace: operatorNamespace, UserAgent: "rollcall/test", Loopback: true,
		Metrics: metrics.New(w.measured), Now: w.clock.now,
		Transport: func(caPEM []byte) (http.RoundTripper, error) {
			if string(caPEM) == "bad" {
				return nil, fmt.Errorf("no certificate in %q", caPEM)
			}
			return &http.Transport{}, nil
		},
	}
	var err error
	if w.resolver, err = New(w.cfg); err != nil {
		t.Fatal(err)
	}
	return w
}

// start runs the Resolver until the test ends, and fails the test where it does not end then.
func (w *world) start() *world {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.resolver.Start(ctx) }()
	w.t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				w.t.Errorf("Start() error = %v", err)
			}
		case <-time.After(10 * time.Second):
			w.t.Error("Start() does not end")
		}
	})
	return w
}

// solve takes the steps of a question one after the other, without queue and memory.
func (w *world) solve(q record.Question) record.Answer { return w.outcome(q).answer }

func (w *world) outcome(q record.Question) outcome {
	w.t.Helper()
	out := w.resolver.solver.start(w.of(q)).do(w.t.Context())
	for i := 0; out.next != nil; i++ {
		if i == 5 {
			w.t.Fatal("it takes too many steps")
		}
		out = out.next.do(w.t.Context())
	}
	if strings.Contains(fmt.Sprintf("%+v", out.answer), "s3cret") {
		w.t.Errorf("the answer holds a secret: %+v", out.answer)
	}
	return out
}

// of completes a question with the site.
func (w *world) of(q record.Question) record.Question {
	q.Site, q.SiteUID, q.Generation = w.site.Name, w.site.UID, w.site.Generation
	return q
}

func (w *world) asker(namespace, workload string) Asker {
	return Asker{Wake: w.wakes, Object: k8stypes.NamespacedName{Namespace: namespace, Name: workload}}
}

// ask asks on behalf of a workload.
func (w *world) ask(q record.Question, namespace, workload string) record.Answer {
	return w.resolver.Ask(w.of(q), w.asker(namespace, workload))
}

// await asks until there is another answer than Resolving, and fails the test where nobody is woken meanwhile.
func (w *world) await(q record.Question, namespace string) record.Answer {
	w.t.Helper()
	limit := time.After(20 * time.Second)
	for {
		answer := w.ask(q, namespace, "await")
		if answer.Reason != v1alpha1.ReasonResolving {
			return answer
		}
		select {
		case <-w.wakes:
		case <-limit:
			w.t.Fatalf("nobody is woken: %+v", answer)
		}
	}
}

// update changes the site, and with it its generation.
func (w *world) update(change func(*v1alpha1.Commits)) {
	w.t.Helper()
	change(w.site.Spec.Commits)
	w.site.Generation++
	if err := w.client.Update(w.t.Context(), w.site); err != nil {
		w.t.Fatal(err)
	}
}

// secret is one of the operator's namespace, for a place. Pairs are keys and values.
func secret(name, repositories string, pairs ...string) *corev1.Secret {
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: name}, Data: map[string][]byte{}}
	if repositories != "" {
		s.Annotations = map[string]string{v1alpha1.AnnotationRepositories: repositories}
	}
	for i := 0; i < len(pairs); i += 2 {
		s.Data[pairs[i]] = []byte(pairs[i+1])
	}
	return s
}

// change updates a Secret.
func (w *world) change(s *corev1.Secret) {
	w.t.Helper()
	if err := w.client.Update(w.t.Context(), s); err != nil {
		w.t.Fatal(err)
	}
}

// gitServer starts a Git server.
func gitServer(t *testing.T, options gittest.Options) *gittest.Server {
	t.Helper()
	if !gittest.Available() {
		t.Skip("there is no git http-backend on this machine")
	}
	s, err := gittest.Start(t.TempDir(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// repo is a repository with a history.
type repo struct {
	*gittest.Repository
	url string
	ids []string
}

// repository makes a repository with a line of commits, and the branch main at its end.
func repository(t *testing.T, s *gittest.Server, path string, messages ...string) repo {
	t.Helper()
	var list []gittest.Commit
	for i, message := range messages {
		c := gittest.Commit{Message: message, Files: map[string]string{"file": message}}
		if i > 0 {
			c.Parents = []int{i - 1}
		}
		list = append(list, c)
	}
	return imported(t, s, path, list...)
}

func imported(t *testing.T, s *gittest.Server, path string, list ...gittest.Commit) repo {
	t.Helper()
	r, err := s.Create(path + ".git")
	if err != nil {
		t.Fatal(err)
	}
	ids, err := r.Import(list...)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.SetBranch("main", ids[len(ids)-1]); err != nil {
		t.Fatal(err)
	}
	return repo{r, s.URL + "/" + path, ids}
}

func (r repo) last() string { return r.ids[len(r.ids)-1] }

// allows lists places that may be asked without a credential.
func allows(urls ...string) func(*v1alpha1.Commits) {
	return func(c *v1alpha1.Commits) {
		for _, url := range urls {
			c.Repositories = append(c.Repositories, v1alpha1.CommitRepositories{URL: url})
		}
	}
}

// fakeRegistry is a registry of a test.
type fakeRegistry struct{ *imagetest.Registry }

func newRegistry(t *testing.T) *fakeRegistry {
	t.Helper()
	f := &fakeRegistry{imagetest.Start()}
	t.Cleanup(f.Close)
	return f
}

// push stores an image with labels, and returns its name.
func (f *fakeRegistry) push(t *testing.T, as string, labels ...string) string {
	t.Helper()
	config := map[string]string{}
	for i := 0; i < len(labels); i += 2 {
		config[labels[i]] = labels[i+1]
	}
	labelled, err := imagetest.Image(config)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := f.Push(as, labelled)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// digest returns that of an image.
func (f *fakeRegistry) digest(t *testing.T, image string) string {
	t.Helper()
	ref, err := name.ParseReference(f.Host + "/" + image)
	if err != nil {
		t.Fatal(err)
	}
	found, err := remote.Head(ref)
	if err != nil {
		t.Fatal(err)
	}
	return found.Digest.String()
}

const (
	labelSource   = "org.opencontainers.image.source"
	labelRevision = "org.opencontainers.image.revision"
)
