// SPDX-License-Identifier: Apache-2.0

package site

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/internal/metrics"
)

const secretOfTheTest = "s3cr3t-of-the-test"

// noon is when the tests begin.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// post is a site controller with a Jira that keeps Jira's rules, and an API server that does as it is told.
type post struct {
	t    *testing.T
	jira *jiratest.Server
	kube client.Client
	told *prometheus.Registry
	said *events.FakeRecorder
	r    *Reconciler
	mu   sync.Mutex // of now
	now  time.Time
	// refuse makes the API server refuse to write statuses. stale, where it is set, is what lists of records show instead.
	refuse bool
	stale  *v1alpha1.JiraDeploymentList
	// staleSite, where it is set, is the site as the cache shows it.
	staleSite *v1alpha1.JiraSite
	writes    atomic.Int64
	lists     atomic.Int64
	// siteWrites are those of the statuses of sites.
	siteWrites atomic.Int64
	// gateway, where it is set, sees what is submitted before Jira does. A status that is not 0 is its answer, with a body.
	gateway func(submission string) (status int, body string)
	// reads, where it is set, does the same with what is read of one deployment.
	reads func(path string) (status int, body string)
}

// RoundTrip implements http.RoundTripper.
func (p *post) RoundTrip(request *http.Request) (*http.Response, error) {
	if p.gateway != nil && strings.HasSuffix(request.URL.Path, "/bulk") {
		submission, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, err
		}
		if status, body := p.gateway(string(submission)); status != 0 {
			return answerOf(request, status, body), nil
		}
		request.Body = io.NopCloser(bytes.NewReader(submission))
	}
	if p.reads != nil && isReadBack(request.Method, request.URL.Path) {
		if status, body := p.reads(request.URL.Path); status != 0 {
			return answerOf(request, status, body), nil
		}
	}
	return http.DefaultTransport.RoundTrip(request)
}

func answerOf(request *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: request,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)),
	}
}

// newPost has the sites acme and pay, each with a Secret of its own.
func newPost(t *testing.T) *post {
	t.Helper()
	p := &post{t: t, now: noon, told: prometheus.NewRegistry(), said: events.NewFakeRecorder(1000)}
	clock := func() time.Time {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.now
	}
	server, err := jiratest.Start(jiratest.WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	server.AddProject("SHOP", 1000)
	p.jira = server
	scheme := runtime.NewScheme()
	if err := errors.Join(v1alpha1.AddToScheme(scheme), corev1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	p.kube = fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&v1alpha1.JiraDeployment{}, &v1alpha1.JiraBuild{}, &v1alpha1.JiraSite{}).
		WithIndex(&v1alpha1.JiraDeployment{}, IndexPending, pendingAt).
		WithIndex(&v1alpha1.JiraBuild{}, IndexPending, pendingAt).
		WithIndex(&v1alpha1.JiraSite{}, indexSecret, secretOf).
		WithInterceptorFuncs(interceptor.Funcs{Get: p.get, List: p.list, SubResourcePatch: p.patch}).Build()
	p.r = &Reconciler{
		Client: p.kube, APIReader: p.kube, Cluster: "eu-1", Namespace: "rollcall-system", Hosts: Hosts{Insecure: true}, Transport: p, UserAgent: "rollcall/test",
		Metrics: metrics.New(p.told), Recorder: p.said, Now: clock, Random: func() float64 { return 0 },
	}
	p.r.statuses = newStatusWriter(p.kube, p.said, clock)
	elected := make(chan struct{})
	close(elected)
	p.told.MustRegister(metrics.NewCollector(p.kube, IndexPending, elected, clock))
	for _, name := range []string{"acme", "pay"} {
		p.addSite(name, p.jira.Host(), p.jira.URL())
	}
	return p
}

func (p *post) addSite(name, host, api string) {
	p.t.Helper()
	p.jira.AddCredential(name, secretOfTheTest, jiratest.Deployments)
	p.create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "rollcall-system", Name: name + "-jira", Annotations: map[string]string{v1alpha1.AnnotationAPIURL: api}},
		Data:       map[string][]byte{v1alpha1.SecretClientID: []byte(name), v1alpha1.SecretClientSecret: []byte(secretOfTheTest)},
	})
	p.create(&v1alpha1.JiraSite{
		ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("uid-of-" + name), Generation: 1},
		Spec: v1alpha1.JiraSiteSpec{
			Host: host, APIURL: api, RequestsPerMinute: 900, Handmade: v1alpha1.Handmade{Allow: v1alpha1.HandmadeAny}, Credentials: v1alpha1.Credentials{
				SecretName: name + "-jira", ClientIDKey: v1alpha1.SecretClientID, ClientSecretKey: v1alpha1.SecretClientSecret,
			},
		},
	})
}

func (p *post) site(name string) *v1alpha1.JiraSite {
	p.t.Helper()
	var site v1alpha1.JiraSite
	if err := p.kube.Get(p.t.Context(), client.ObjectKey{Name: name}, &site); err != nil {
		p.t.Fatal(err)
	}
	return &site
}

// edit changes a site, as a person does.
func (p *post) edit(name string, change func(*v1alpha1.JiraSiteSpec)) {
	p.t.Helper()
	site := p.site(name)
	change(&site.Spec)
	site.Generation++
	if err := p.kube.Update(p.t.Context(), site); err != nil {
		p.t.Fatal(err)
	}
}

func (p *post) secret(name string) *corev1.Secret {
	p.t.Helper()
	var secret corev1.Secret
	if err := p.kube.Get(p.t.Context(), client.ObjectKey{Namespace: "rollcall-system", Name: name}, &secret); err != nil {
		p.t.Fatal(err)
	}
	return &secret
}

// annotate writes an annotation on a Secret; an empty value takes it away.
func (p *post) annotate(secret, annotation, value string) {
	p.t.Helper()
	s := p.secret(secret)
	if delete(s.Annotations, annotation); value != "" {
		metav1.SetMetaDataAnnotation(&s.ObjectMeta, annotation, value)
	}
	if err := p.kube.Update(p.t.Context(), s); err != nil {
		p.t.Fatal(err)
	}
}

// ready returns the reason of a site's condition Ready.
func (p *post) ready(name string) string {
	p.t.Helper()
	if ready := meta.FindStatusCondition(p.site(name).Status.Conditions, v1alpha1.ConditionReady); ready != nil {
		return ready.Reason
	}
	return ""
}

// doubt has a site be probed in its next pass.
func (p *post) doubt(site string) {
	p.t.Helper()
	p.r.stateOf(p.site(site)).health = health{backoff: probeBackoff}
}

// useUp takes what the pace of a site grants.
func (p *post) useUp(site string) {
	p.t.Helper()
	for pace := p.r.stateOf(p.site(site)).pace; pace.Delay(p.now) == 0; {
		pace.Take(p.now)
	}
}

// passFor lets the controller work on a site whenever it wants to, for so long.
func (p *post) passFor(site string, long time.Duration) {
	p.t.Helper()
	for end := p.now.Add(long); ; {
		wait := p.pass(site)
		if wait == 0 || p.now.Add(wait).After(end) {
			p.set(end)
			return
		}
		p.set(p.now.Add(wait))
	}
}

func (p *post) set(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = now
}

func (p *post) create(o client.Object) {
	p.t.Helper()
	if _, isRecord := o.(v1alpha1.Record); isRecord {
		p.addNamespace(o.GetNamespace())
	}
	if err := p.kube.Create(p.t.Context(), o); err != nil {
		p.t.Fatal(err)
	}
}

// addNamespace makes a namespace, where there is none.
func (p *post) addNamespace(name string) {
	p.t.Helper()
	err := p.kube.Create(p.t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: name, Labels: map[string]string{corev1.LabelMetadataName: name}, CreationTimestamp: metav1.NewTime(noon.Add(-time.Hour)),
	}})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		p.t.Fatal(err)
	}
}

// endNamespace lets a namespace be gone.
func (p *post) endNamespace(name string) {
	p.t.Helper()
	if err := p.kube.Delete(p.t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *post) get(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
	if site, ok := o.(*v1alpha1.JiraSite); ok && p.staleSite != nil && len(options) > 0 { // the controller's, from its cache
		p.staleSite.DeepCopyInto(site)
		return nil
	}
	return c.Get(ctx, key, o, options...)
}

func (p *post) list(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
	records, ok := list.(*v1alpha1.JiraDeploymentList)
	if ok {
		p.lists.Add(1)
	}
	if ok && p.stale != nil {
		p.stale.DeepCopyInto(records)
		return nil
	}
	return c.List(ctx, list, options...)
}

func (p *post) patch(ctx context.Context, c client.Client, sub string, o client.Object, patch client.Patch, options ...client.SubResourcePatchOption) error {
	if _, ok := o.(*v1alpha1.JiraSite); ok {
		p.siteWrites.Add(1)
		return c.SubResource(sub).Patch(ctx, o, patch, options...)
	}
	if p.refuse {
		return errors.New("the API server is busy")
	}
	p.writes.Add(1)
	return c.SubResource(sub).Patch(ctx, o, patch, options...)
}

// write writes records web-1, web-2, ... of a site, each with an issue of its own.
func (p *post) write(site string, n int) {
	p.t.Helper()
	for i := range n {
		p.create(makeRecord(site, fmt.Sprintf("web-%d", i+1), fmt.Sprintf("SHOP-%d", i+1)))
	}
}

func makeRecord(site, name string, keys ...string) *v1alpha1.JiraDeployment {
	return &v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop-" + site, Name: name, UID: types.UID(site + "/" + name), Generation: 1, CreationTimestamp: metav1.NewTime(noon),
		},
		Spec: v1alpha1.JiraDeploymentSpec{
			Site: site, Sequence: 1, State: v1alpha1.StateSuccessful, LastUpdated: metav1.NewTime(noon), IssueKeys: keys,
			Pipeline:    v1alpha1.Pipeline{ID: "eu-1/" + name},
			Environment: v1alpha1.Environment{ID: "prod", Type: v1alpha1.EnvironmentProduction},
		},
	}
}

// pass lets the controller work on a site once, and returns how long it wants to wait.
func (p *post) pass(site string) time.Duration {
	p.t.Helper()
	result, err := p.r.Reconcile(p.t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Name: site}})
	if err != nil {
		p.t.Errorf("Reconcile() error = %v", err)
	}
	p.writeStatuses()
	return result.RequeueAfter
}

// writeStatuses writes what is to be written, as far as the API server lets it be.
func (p *post) writeStatuses() {
	p.t.Helper()
	for key := range p.r.statuses.writes.Range {
		p.r.statuses.work(p.t.Context(), key.(recordKey))
	}
}

// reasons returns the reason of each record's condition Delivered.
func (p *post) reasons(site string) map[string]string {
	p.t.Helper()
	var records v1alpha1.JiraDeploymentList
	if err := p.kube.List(p.t.Context(), &records, client.InNamespace("shop-"+site)); err != nil {
		p.t.Fatal(err)
	}
	reasons := map[string]string{}
	for _, d := range records.Items {
		reasons[d.Name] = ""
		if delivered := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ConditionDelivered); delivered != nil {
			reasons[d.Name] = delivered.Reason
		}
	}
	return reasons
}

// expectPending compares the gauge of a site's pending records with how many there are, and with how many there should be.
func (p *post) expectPending(site string, want int) {
	p.t.Helper()
	var records v1alpha1.JiraDeploymentList
	if err := p.kube.List(p.t.Context(), &records, client.MatchingFields{IndexPending: site}); err != nil {
		p.t.Fatal(err)
	}
	gauge := int(p.measured("rollcall_records_pending", "kind=JiraDeployment", "site="+site))
	if gauge != want || len(records.Items) != want {
		p.t.Errorf("%d records of %s are pending, and the gauge says %d; want %d", len(records.Items), site, gauge, want)
	}
}

// measured returns what the series of a metric hold that have these labels, such as site=acme: the sum of counters or gauges,
// and of a histogram how many values there are.
func (p *post) measured(name string, labels ...string) (value float64) {
	p.t.Helper()
	families, err := p.told.Gather()
	if err != nil {
		p.t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			has := map[string]bool{}
			for _, label := range m.GetLabel() {
				has[label.GetName()+"="+label.GetValue()] = true
			}
			other := slices.ContainsFunc(labels, func(label string) bool { return !has[label] })
			if family.GetName() == name && !other {
				value += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return value
}

// sent returns how many records each request to Jira that it processed carried, since the start.
func (p *post) sent() []int {
	var sizes []int
	for _, request := range p.jira.Requests() {
		if len(request.Deployments) > 0 {
			sizes = append(sizes, len(request.Deployments))
		}
	}
	return sizes
}
