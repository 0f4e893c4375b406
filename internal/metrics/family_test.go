// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"context"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// everything returns a registry with a series of each metric, and the values of cluster.
func everything(t *testing.T, reader client.Reader) *prometheus.Registry {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	m, elected := New(registry), make(chan struct{})
	close(elected)
	registry.MustRegister(NewBuildInfo("v1.2.3", "abc", runtime.Version()), NewCollector(reader, pendingIndex, elected, time.Now))
	for _, v := range m.vectors {
		switch v := v.(type) {
		case *prometheus.CounterVec:
			v.With(labelsFor(m, v)).Inc()
		case *prometheus.GaugeVec:
			v.With(labelsFor(m, v)).Set(1)
		case *prometheus.HistogramVec:
			v.With(labelsFor(m, v)).Observe(1)
		default:
			t.Fatalf("%T is not known to this test", v)
		}
	}
	return registry
}

func labelsFor(m *Metrics, v vector) prometheus.Labels {
	labels := prometheus.Labels{}
	for _, name := range m.families[slices.Index(m.vectors, v)].Labels {
		labels[name] = "x"
	}
	return labels
}

func TestFamiliesAreWhatIsServed(t *testing.T) {
	served := map[string]Family{}
	families, err := everything(t, cluster(t, deployment("acme", "web", ""), build("acme", "web", "")).Build()).Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		var labels []string
		for _, pair := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, pair.GetName())
		}
		kind := map[string]string{"COUNTER": "counter", "GAUGE": "gauge", "HISTOGRAM": "histogram"}[f.GetType().String()]
		served[f.GetName()] = Family{f.GetName(), kind, labels, f.GetHelp()}
	}
	listed := map[string]Family{}
	for _, f := range Families() {
		f.Labels = slices.Sorted(slices.Values(f.Labels))
		listed[f.Name] = f
	}
	if diff := cmp.Diff(listed, served); diff != "" {
		t.Errorf("Families() and what is served (-listed +served):\n%s", diff)
	}
}

func TestMetricsKeepPrometheusConventions(t *testing.T) {
	families, err := everything(t, cluster(t, deployment("acme", "web", ""), build("acme", "web", "")).Build()).Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestNoLabelGrowsWithWorkloads holds for what is collected, whose records are given, and for the labels' names: what else a
// label could name is a workload, a namespace, an issue or an image.
func TestNoLabelGrowsWithWorkloads(t *testing.T) {
	bounded := regexp.MustCompile(`^(site|kind|api|code|outcome|reason|result|state|environment_type|host|version|commit|goversion)$`)
	for _, f := range Families() {
		for _, label := range f.Labels {
			if !bounded.MatchString(label) {
				t.Errorf("%s has label %s: is the number of its values bounded?", f.Name, label)
			}
		}
	}
	series := func(workloads int) int {
		many := interceptor.Funcs{List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
			for n := range workloads {
				switch list := list.(type) {
				case *v1alpha1.JiraDeploymentList:
					list.Items = append(list.Items, *deployment("acme", fmt.Sprintf("web-%d", n), ""))
				case *v1alpha1.JiraBuildList:
					list.Items = append(list.Items, *build("acme", fmt.Sprintf("run-%d", n), "NotSelected"))
				default:
					return c.List(ctx, list, opts...)
				}
			}
			return nil
		}}
		families, err := everything(t, cluster(t).WithInterceptorFuncs(many).Build()).Gather()
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		for _, f := range families {
			count += len(f.GetMetric())
		}
		return count
	}
	if few, many := series(10), series(10_000); few != many {
		t.Errorf("with 10 workloads there are %d series, with 10,000 there are %d", few, many)
	}
}

func TestOldestPending(t *testing.T) {
	at := func(minutes int) time.Time {
		return time.Date(2026, 11, 26, 12, minutes, 0, 0, time.UTC)
	}
	first, second := deployment("acme", "first", ""), deployment("acme", "second", "")
	first.CreationTimestamp.Time, first.Status.DeliveredTime.Time = at(0), at(20)
	second.CreationTimestamp.Time = at(10)
	byHand := deployment("acme", "by-hand", "")
	byHand.CreationTimestamp.Time, byHand.Spec.LastUpdated.Time = at(12), at(50)
	withheld := deployment("acme", "withheld", "NotSelected")
	withheld.CreationTimestamp.Time = at(1)
	registry, elected := prometheus.NewPedanticRegistry(), make(chan struct{})
	close(elected)
	registry.MustRegister(NewCollector(cluster(t, first, second, byHand, withheld).Build(), pendingIndex, elected, time.Now))
	name := "rollcall_records_oldest_pending_timestamp_seconds{kind=JiraDeployment,site=acme}"
	seen := scrape(t, registry)
	if got := seen[name]; got != float64(at(10).Unix()) {
		t.Errorf("%s = %v, want %v", name, got, at(10).Unix())
	}
	if _, ok := seen["rollcall_records_oldest_pending_timestamp_seconds{kind=JiraBuild,site=acme}"]; ok {
		t.Error("a time is shown though no build waits")
	}
}
