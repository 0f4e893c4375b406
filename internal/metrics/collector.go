package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Collector measures what is, from the cache, when it is scraped: so no gauge is out of date, and none outlives its site.
// Of the managers the leader alone measures: the caches of the others show the same.
type Collector struct {
	reader       client.Reader
	pendingIndex string
	elected      <-chan struct{}

	pending, withheld, ready *prometheus.Desc
}

// NewCollector returns a collector. pendingIndex is the cache's index of pending records by site; elected is closed when
// the manager becomes the leader.
func NewCollector(reader client.Reader, pendingIndex string, elected <-chan struct{}) *Collector {
	describe := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("rollcall_"+name, help, []string{"site"}, nil)
	}
	return &Collector{
		reader: reader, pendingIndex: pendingIndex, elected: elected,
		pending:  describe("records_pending", "Records that Jira has not given its last word on, but for those that are withheld."),
		withheld: describe("records_withheld", "Records that wait because their namespaces may not say what they say."),
		ready:    describe("site_ready", "1 where the site is Ready, else 0."),
	}
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- c.pending
	descriptions <- c.withheld
	descriptions <- c.ready
}

// Collect implements prometheus.Collector. Where the cache cannot be read, the scrape fails.
func (c *Collector) Collect(metrics chan<- prometheus.Metric) {
	select {
	case <-c.elected:
	default:
		return
	}
	ctx := context.Background()
	var sites v1alpha1.JiraSiteList
	if err := c.reader.List(ctx, &sites, client.UnsafeDisableDeepCopy); err != nil {
		metrics <- prometheus.NewInvalidMetric(c.ready, err)
		return
	}
	for i := range sites.Items {
		site := &sites.Items[i]
		var records v1alpha1.JiraDeploymentList
		if err := c.reader.List(ctx, &records, client.MatchingFields{c.pendingIndex: site.Name}, client.UnsafeDisableDeepCopy); err != nil {
			metrics <- prometheus.NewInvalidMetric(c.pending, err)
			return
		}
		ready, refused := 0.0, 0.0
		for j := range records.Items {
			if isRefused(&records.Items[j]) {
				refused++
			}
		}
		if meta.IsStatusConditionTrue(site.Status.Conditions, v1alpha1.ConditionReady) {
			ready = 1
		}
		metrics <- prometheus.MustNewConstMetric(c.pending, prometheus.GaugeValue, float64(len(records.Items))-refused, site.Name)
		metrics <- prometheus.MustNewConstMetric(c.withheld, prometheus.GaugeValue, refused, site.Name)
		metrics <- prometheus.MustNewConstMetric(c.ready, prometheus.GaugeValue, ready, site.Name)
	}
}

func isRefused(d *v1alpha1.JiraDeployment) bool {
	delivered := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ConditionDelivered)
	return delivered != nil && v1alpha1.Refused(delivered.Reason)
}
