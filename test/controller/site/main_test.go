// SPDX-License-Identifier: Apache-2.0

package site_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	rollcall "github.com/rollcall-dev/rollcall/internal/controller"
	"github.com/rollcall-dev/rollcall/internal/controller/site"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/internal/metrics"
	"github.com/rollcall-dev/rollcall/test/controller"
)

const (
	operatorNamespace = "rollcall-system"
	secretOfTheTests  = "s3cr3t-of-the-tests"
	clusterUID        = "0c5ad1f4-9c5b-4d34-9a58-4b0b0a4a6a52"
	eventually        = 20 * time.Second
)

// shared is what all tests use: an API server, the site controller on it, and a Jira.
var shared struct {
	start sync.Once
	stop  []func() error
	err   error

	kube client.Client // reads and writes at the API server
	jira *jiratest.Server
	// secrets is what the manager got of Secrets.
	secrets secretTraffic
}

func TestMain(m *testing.M) {
	ctrllog.SetLogger(logr.Discard())
	code := m.Run()
	for _, stop := range shared.stop {
		if err := stop(); err != nil {
			fmt.Fprintln(os.Stderr, "Error:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// start starts all of it. go test -short does without.
func start(t *testing.T) *WithT {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts an API server, which is not done under -short")
	}
	shared.start.Do(func() { shared.err = startController() })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return NewWithT(t)
}

func startController() error {
	config, scheme, stop, err := controller.StartAPIServer()
	if err != nil {
		return err
	}
	shared.stop = append(shared.stop, stop)
	if shared.jira, err = jiratest.Start(); err != nil {
		return err
	}
	shared.jira.AddProject("SHOP", 1000)
	if shared.kube, err = client.New(config, client.Options{Scheme: scheme}); err != nil {
		return err
	}
	config = rest.CopyConfig(config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return counted{next, &shared.secrets} })
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme: scheme, Metrics: metricsserver.Options{BindAddress: "0"},
		Cache: rollcall.CacheOptions(operatorNamespace, workload.Kinds[:1], nil, rollcall.Ignored{}),
	})
	if err != nil {
		return err
	}
	reconciler := &site.Reconciler{
		Client: manager.GetClient(), APIReader: manager.GetAPIReader(), Namespace: operatorNamespace, Cluster: "eu-1", Hosts: site.Hosts{Insecure: true},
		Home:      workload.Homes{Reader: manager.GetClient(), Kinds: workload.Kinds[:1], Cluster: clusterUID}.Of,
		Transport: http.DefaultTransport, UserAgent: "rollcall/test",
		Metrics: metrics.New(prometheus.NewRegistry()), Recorder: manager.GetEventRecorder("rollcall"), Now: time.Now, Random: rand.Float64,
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = errors.Join(workload.SetupIndexes(ctx, manager, workload.Kinds[:1]), reconciler.SetupWithManager(ctx, manager))
	if err != nil {
		cancel()
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- manager.Start(ctx) }()
	shared.stop = append([]func() error{func() error { cancel(); return <-ended }}, shared.stop...)
	if !manager.GetCache().WaitForCacheSync(ctx) {
		return errors.New("the cache does not sync")
	}
	return makeNamespace(ctx, operatorNamespace)
}

func makeNamespace(ctx context.Context, name string) error {
	err := shared.kube.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// makeSecret makes a Secret with a credential that the Jira knows.
func makeSecret(g *WithT, name string) {
	shared.jira.AddCredential(name, secretOfTheTests, jiratest.Deployments)
	g.Expect(shared.kube.Create(context.Background(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: name, Annotations: map[string]string{v1alpha1.AnnotationAPIURL: shared.jira.URL()}},
		Data:       map[string][]byte{v1alpha1.SecretClientID: []byte(name), v1alpha1.SecretClientSecret: []byte(secretOfTheTests)},
	})).To(Succeed())
}

// annotateSecret says where a Secret may be sent.
func annotateSecret(g *WithT, name, api string) {
	patch := fmt.Sprintf(`{"metadata": {"annotations": {%q: %q}}}`, v1alpha1.AnnotationAPIURL, api)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: name}}
	g.Expect(shared.kube.Patch(context.Background(), secret, client.RawPatch(types.MergePatchType, []byte(patch)))).To(Succeed())
}

func makeSite(g *WithT, name, secret string, change ...func(*v1alpha1.JiraSiteSpec)) {
	s := &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.JiraSiteSpec{
		Host: shared.jira.Host(), APIURL: shared.jira.URL(), Credentials: v1alpha1.Credentials{SecretName: secret},
		Handmade: v1alpha1.Handmade{Allow: v1alpha1.HandmadeAny},
	}}
	for _, f := range change {
		f(&s.Spec)
	}
	g.Expect(shared.kube.Create(context.Background(), s)).To(Succeed())
}

func edit(g *WithT, name string, change func(*v1alpha1.JiraSiteSpec)) {
	g.Eventually(func() error {
		var s v1alpha1.JiraSite
		if err := shared.kube.Get(context.Background(), client.ObjectKey{Name: name}, &s); err != nil {
			return err
		}
		change(&s.Spec)
		return shared.kube.Update(context.Background(), &s)
	}, eventually).Should(Succeed())
}

// ready returns the reason of a site's Ready condition, and of the condition beside it.
func ready(name string) func() []string {
	return func() []string {
		var s v1alpha1.JiraSite
		if err := shared.kube.Get(context.Background(), client.ObjectKey{Name: name}, &s); err != nil {
			return []string{err.Error()}
		}
		condition := meta.FindStatusCondition(s.Status.Conditions, v1alpha1.ConditionReady)
		if condition == nil || condition.ObservedGeneration != s.Generation {
			return nil
		}
		said := []string{condition.Reason}
		for _, kind := range []string{v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled} {
			if meta.IsStatusConditionTrue(s.Status.Conditions, kind) {
				said = append(said, kind)
			}
		}
		return said
	}
}

// makeRecord makes a record by hand.
func makeRecord(g *WithT, namespace, name, site string, change ...func(*v1alpha1.JiraDeployment)) {
	g.Expect(makeNamespace(context.Background(), namespace)).To(Succeed())
	d := &v1alpha1.JiraDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: v1alpha1.JiraDeploymentSpec{
		Site: site, State: v1alpha1.StateSuccessful, IssueKeys: []string{"SHOP-1"},
		Pipeline:    v1alpha1.Pipeline{ID: namespace + "/" + name},
		Environment: v1alpha1.Environment{ID: "prod", Type: v1alpha1.EnvironmentProduction},
	}}
	for _, f := range change {
		f(d)
	}
	g.Expect(shared.kube.Create(context.Background(), d)).To(Succeed())
}

// delivered returns the reasons of the Delivered conditions in a namespace, by the names of the records.
func delivered(namespace string) func() map[string]string {
	return func() map[string]string {
		var list v1alpha1.JiraDeploymentList
		if err := shared.kube.List(context.Background(), &list, client.InNamespace(namespace)); err != nil {
			return map[string]string{"error": err.Error()}
		}
		reasons := map[string]string{}
		for i := range list.Items {
			reasons[list.Items[i].Name] = ""
			if c := meta.FindStatusCondition(list.Items[i].Status.Conditions, v1alpha1.ConditionDelivered); c != nil {
				reasons[list.Items[i].Name] = c.Reason
			}
		}
		return reasons
	}
}
