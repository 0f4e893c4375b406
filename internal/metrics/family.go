// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"cmp"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// prefix is what the names of all metrics begin with.
const prefix = "rollcall_"

// Family is a metric as its reader knows it.
type Family struct {
	// Name is the whole name. Type is counter, gauge or histogram.
	Name, Type string
	// Labels tell the series apart.
	Labels []string
	// Help says what is measured, and with it what the values of labels mean.
	Help string
}

// Families returns every metric, by name.
func Families() []Family {
	families := slices.Concat(New(prometheus.NewRegistry()).families, stateFamilies, []Family{buildInfo})
	slices.SortFunc(families, func(a, b Family) int { return cmp.Compare(a.Name, b.Name) })
	return families
}

// vector is what is measured of each set of labels.
type vector interface {
	prometheus.Collector
	DeletePartialMatch(labels prometheus.Labels) int
}

// add takes a metric into the families.
func add[V vector](m *Metrics, f Family, vectorOf func(name string) V) V {
	f.Name = prefix + f.Name
	v := vectorOf(f.Name)
	m.families, m.vectors = append(m.families, f), append(m.vectors, v)
	return v
}

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	return add(m, Family{name, "counter", labels, help}, func(name string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	})
}

func (m *Metrics) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	return add(m, Family{name, "gauge", labels, help}, func(name string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	})
}

func (m *Metrics) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return add(m, Family{name, "histogram", labels, help}, func(name string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	})
}

// buildInfo is the metric of the program itself.
var buildInfo = Family{prefix + "build_info", "gauge", []string{"version", "commit", "goversion"}, "1. The labels say which Rollcall this is."}

// NewBuildInfo returns the metric that says which program runs.
func NewBuildInfo(version, commit, goVersion string) prometheus.Collector {
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: buildInfo.Name, Help: buildInfo.Help}, buildInfo.Labels)
	info.WithLabelValues(version, commit, goVersion).Set(1)
	return info
}
