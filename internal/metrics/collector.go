// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// The metrics of what is. Their help says what they mean where the site is suspended or in a dry run.
var (
	siteReady = Family{prefix + "site_ready", "gauge", []string{"site", "reason"},
		"1 where the site is Ready, else 0. reason is that of the condition: Ready, DryRun, or what is wrong."}
	siteProbed = Family{prefix + "site_last_probe_timestamp_seconds", "gauge", []string{"site"},
		"When the site was last seen to work, or not to, in seconds since 1970; no series where it never was."}
	siteAccepted = Family{prefix + "site_last_accepted_timestamp_seconds", "gauge", []string{"site"},
		"When Jira last took a record, to the minute, in seconds since 1970; no series where it never did."}
	recordsPending = Family{prefix + "records_pending", "gauge", []string{"site", "kind"},
		"Records that Jira has not given its last word on; in a dry run, or at a suspended site, all that wait. Those that are withheld do not count."}
	oldestPending = Family{prefix + "records_oldest_pending_timestamp_seconds", "gauge", []string{"site", "kind"},
		"Since when the oldest of them waits, in seconds since 1970; no series where none does. A record that only corrects what Jira has does not count."}
	recordsWithheld = Family{prefix + "records_withheld", "gauge", []string{"site", "kind"},
		"Records that wait because their namespaces may not say what they say: NotSelected, ProjectNotAllowed, HandmadeNotAllowed or EnvironmentNotAllowed."}
)

var stateFamilies = []Family{siteReady, siteProbed, siteAccepted, recordsPending, oldestPending, recordsWithheld}

func (f Family) desc() *prometheus.Desc { return prometheus.NewDesc(f.Name, f.Help, f.Labels, nil) }

// Collector measures what is, from the cache, when it is scraped: so no gauge is out of date, and none outlives its site.
// Of the managers the leader alone measures: the caches of the others show the same.
type Collector struct {
	reader       client.Reader
	pendingIndex string
	elected      <-chan struct{}
	now          func() time.Time

	ready, probed, accepted, pending, oldest, withheld *prometheus.Desc
}

// NewCollector returns a collector. pendingIndex is the cache's index of pending records by site; elected is closed when
// the manager becomes the leader.
func NewCollector(reader client.Reader, pendingIndex string, elected <-chan struct{}, now func() time.Time) *Collector {
	return &Collector{
		reader: reader, pendingIndex: pendingIndex, elected: elected, now: now,
		ready: siteReady.desc(), probed: siteProbed.desc(), accepted: siteAccepted.desc(),
		pending: recordsPending.desc(), oldest: oldestPending.desc(), withheld: recordsWithheld.desc(),
	}
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(descriptions chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.ready, c.probed, c.accepted, c.pending, c.oldest, c.withheld} {
		descriptions <- d
	}
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
		c.collectSite(metrics, site)
		if err := c.collectPending(ctx, metrics, site.Name); err != nil {
			metrics <- prometheus.NewInvalidMetric(c.pending, err)
			return
		}
	}
}

// collectSite measures what the status of a site says.
func (c *Collector) collectSite(metrics chan<- prometheus.Metric, site *v1alpha1.JiraSite) {
	value, reason := 0.0, "Unknown" // no pass was made yet
	if ready := meta.FindStatusCondition(site.Status.Conditions, v1alpha1.ConditionReady); ready != nil {
		if reason = ready.Reason; ready.Status == metav1.ConditionTrue {
			value = 1
		}
	}
	metrics <- prometheus.MustNewConstMetric(c.ready, prometheus.GaugeValue, value, site.Name, reason)
	for desc, at := range map[*prometheus.Desc]metav1.Time{c.probed: site.Status.LastProbeTime, c.accepted: site.Status.LastAccepted} {
		if !at.IsZero() {
			metrics <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(at.Unix()), site.Name)
		}
	}
}

// waiting are the pending records of a kind.
type waiting struct {
	pending, withheld int
	oldest            time.Time
}

func (w *waiting) add(r v1alpha1.Record, now time.Time) {
	if delivered := meta.FindStatusCondition(r.GetRecordStatus().Conditions, v1alpha1.ConditionDelivered); delivered != nil && v1alpha1.Refused(delivered.Reason) {
		w.withheld++
		return
	}
	w.pending++
	if since := v1alpha1.PendingSince(r, now); !since.IsZero() && (w.oldest.IsZero() || since.Before(w.oldest)) {
		w.oldest = since
	}
}

// collectPending counts the records of a site that are pending, by their kind.
func (c *Collector) collectPending(ctx context.Context, metrics chan<- prometheus.Metric, site string) error {
	var deployments v1alpha1.JiraDeploymentList
	var builds v1alpha1.JiraBuildList
	of := client.MatchingFields{c.pendingIndex: site}
	if err := c.reader.List(ctx, &deployments, of, client.UnsafeDisableDeepCopy); err != nil {
		return err
	}
	if err := c.reader.List(ctx, &builds, of, client.UnsafeDisableDeepCopy); err != nil {
		return err
	}
	var ofDeployments, ofBuilds waiting
	for i := range deployments.Items {
		ofDeployments.add(&deployments.Items[i], c.now())
	}
	for i := range builds.Items {
		ofBuilds.add(&builds.Items[i], c.now())
	}
	for kind, w := range map[string]waiting{"JiraDeployment": ofDeployments, "JiraBuild": ofBuilds} {
		metrics <- prometheus.MustNewConstMetric(c.pending, prometheus.GaugeValue, float64(w.pending), site, kind)
		metrics <- prometheus.MustNewConstMetric(c.withheld, prometheus.GaugeValue, float64(w.withheld), site, kind)
		if !w.oldest.IsZero() {
			metrics <- prometheus.MustNewConstMetric(c.oldest, prometheus.GaugeValue, float64(w.oldest.UnixMilli())/1000, site, kind)
		}
	}
	return nil
}
