package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
)

// SiteState is what is measured of a site when the metrics are scraped.
type SiteState struct {
	Name string
	// Ready says whether the site is Ready.
	Ready bool
	// Pending is how many of its records Jira has not given its last word on.
	Pending int
}

// Collector measures what is, when it is scraped: so no gauge is out of date, and none outlives its site.
type Collector struct {
	read           func() ([]SiteState, error)
	pending, ready *prometheus.Desc
}

// NewCollector returns a collector of what read returns. Where that fails, the scrape does.
func NewCollector(read func() ([]SiteState, error)) *Collector {
	return &Collector{
		read:    read,
		pending: prometheus.NewDesc("rollcall_records_pending", "Records that Jira has not given its last word on.", []string{"site"}, nil),
		ready:   prometheus.NewDesc("rollcall_site_ready", "1 where the site is Ready, else 0.", []string{"site"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- c.pending
	descriptions <- c.ready
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(metrics chan<- prometheus.Metric) {
	sites, err := c.read()
	if err != nil {
		metrics <- prometheus.NewInvalidMetric(c.pending, err)
		return
	}
	for _, site := range sites {
		ready := 0.0
		if site.Ready {
			ready = 1
		}
		metrics <- prometheus.MustNewConstMetric(c.pending, prometheus.GaugeValue, float64(site.Pending), site.Name)
		metrics <- prometheus.MustNewConstMetric(c.ready, prometheus.GaugeValue, ready, site.Name)
	}
}
