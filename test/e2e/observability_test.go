// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/rollcall-dev/rollcall/test/forge"
	"github.com/rollcall-dev/rollcall/test/observability"
)

// needsPrometheus is the label of what needs a package that may be missing: make observability-test runs it, make test-e2e
// does not.
const needsPrometheus = "prometheus"

// The installs that Prometheus sees: the suite's manager, another one, and one that there is not.
const (
	ourJob      = "rollcall-metrics"
	otherSystem = "other-system"
	noSystem    = "no-system"
)

// picture is where the dashboard is drawn, after some minutes of releases.
var picture = flag.String("picture", "", "where to draw the dashboard, and so play releases for two minutes; empty: nowhere")

var _ = Describe("A Prometheus that scrapes two installs", Label(needsPrometheus), Ordered, func() {
	var (
		prometheus *observability.Prometheus
		dashboard  observability.Dashboard
		shop       *forge.Repository
		begun      time.Time
	)

	BeforeAll(func(ctx SpecContext) {
		if missing, fail := observability.Missing(); fail {
			Fail(missing)
		} else if missing != "" {
			Skip(missing)
		}
		var err error
		dashboard, err = observability.LoadDashboard("../..")
		Expect(err).NotTo(HaveOccurred())
		dir := GinkgoT().TempDir()
		rules := filepath.Join(dir, "rules.yaml")
		rendered, err := observability.RenderRules(ctx, "../..")
		Expect(err).NotTo(HaveOccurred())
		Expect(rendered.Write(rules)).To(Succeed())
		shop = makeWatchedSite(ctx)
		address, show := otherInstall()
		begun = time.Now()
		prometheus, err = observability.Start(ctx, dir, rules,
			observability.Target{Address: metricsAddress, Job: ourJob, Namespace: operatorNamespace, Token: metricsToken(ctx)},
			observability.Target{Address: address, Job: ourJob, Namespace: otherSystem})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() error { return prometheus.Stop() })
		playReleases(ctx, shop)
		show(scrape(ctx))
	})

	answers := func(ctx context.Context, namespace string, q observability.Query) ([]observability.Series, error) {
		span := time.Since(begun)
		query := observability.Choice{Namespace: namespace, Range: span}.Of(q)
		return prometheus.QueryRange(ctx, query, span, time.Second)
	}

	It("answers every query of the dashboard", func(ctx SpecContext) {
		Eventually(func(g Gomega) {
			var silent []string
			for _, p := range dashboard.Panels {
				for _, q := range p.Targets {
					series, err := answers(ctx, operatorNamespace, q)
					g.Expect(err).NotTo(HaveOccurred())
					if !slices.ContainsFunc(series, observability.Series.Finite) {
						silent = append(silent, p.Title+": "+strings.SplitAfterN(q.Expr, "{", 2)[0])
					}
				}
			}
			g.Expect(silent).To(BeEmpty())
		}).WithPolling(time.Second).Should(Succeed())
	})

	It("shows of each install its own", func(ctx SpecContext) {
		for _, p := range dashboard.Panels {
			for _, q := range p.Targets {
				for namespace, sites := range map[string][]string{operatorNamespace: {"acme", watchedSite}, otherSystem: {"other"}, noSystem: {}} {
					series, err := answers(ctx, namespace, q)
					Expect(err).NotTo(HaveOccurred())
					if namespace == noSystem {
						Expect(series).To(BeEmpty(), "%s: %s", p.Title, q.Expr)
					}
					for _, s := range series {
						if site, ok := s.Labels["site"]; ok {
							Expect(sites).To(ContainElement(site), "%s: %s in %s", p.Title, q.Expr, namespace)
						}
					}
				}
			}
		}
	})

	It("fires the alerts of the one, and evaluates all", func(ctx SpecContext) {
		var firing []observability.FiringAlert
		Eventually(func(g Gomega) {
			var err error
			firing, err = prometheus.Alerts(ctx)
			g.Expect(err).NotTo(HaveOccurred())
			for _, name := range []string{"RollcallUnmapped", "RollcallRecordsRefused"} {
				g.Expect(firing).To(ContainElement(And(HaveField("State", "firing"), HaveField("Labels", HaveKeyWithValue("alertname", name)))))
			}
		}).Should(Succeed())
		for _, alert := range firing {
			// The other install is broken in every way: that is not for these rules to say.
			Expect(alert.Labels).To(HaveKeyWithValue("namespace", operatorNamespace), "%v", alert)
			Expect(alert.Labels).NotTo(HaveKeyWithValue("site", "other"), "%v", alert)
			Expect(alert.Annotations["runbook_url"]).To(HaveSuffix("docs/alerts.md#" + strings.ToLower(alert.Labels["alertname"])))
		}
		loaded, err := prometheus.Rules(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(len(loaded)).To(BeNumerically(">=", 10))
		for _, rule := range loaded {
			Expect(rule.Health).To(Equal("ok"), "%s: %s", rule.Name, rule.LastError)
		}
	})

	It("is the source of a picture", func(ctx SpecContext) {
		if *picture == "" {
			Skip("make dashboard-picture draws it")
		}
		playDay(ctx, shop, 2*time.Minute)
		file, err := os.Create(*picture)
		Expect(err).NotTo(HaveOccurred())
		Expect(observability.Draw(ctx, file, dashboard, prometheus, observability.Choice{Namespace: operatorNamespace, Range: time.Since(begun)})).To(Succeed())
		Expect(file.Close()).To(Succeed())
		fmt.Fprintln(GinkgoWriter, "The dashboard is drawn in", *picture)
	})
})

// otherInstall serves the metrics of another install, at an address, once it was given those of ours: they are the same, but
// that its one site is other and not Ready, and that nobody leads it.
func otherInstall() (address string, show func(ours string)) {
	var shown atomic.Value
	shown.Store("")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		_, _ = io.WriteString(w, shown.Load().(string)) // who hangs up asks again
	}))
	DeferCleanup(server.Close)
	return server.Listener.Addr().String(), func(ours string) { shown.Store(broken(ours)) }
}

// broken makes of our metrics those of an install whose one site is other.
func broken(ours string) string {
	var lines []string
	for line := range strings.Lines(ours) {
		switch {
		case strings.HasPrefix(line, "#"), strings.Contains(line, `site="`) && !strings.Contains(line, `site="`+watchedSite+`"`):
			continue
		case strings.HasPrefix(line, "rollcall_site_ready{"), strings.HasPrefix(line, "leader_election_master_status{"):
			line = line[:strings.LastIndex(line, " ")] + " 0\n"
		}
		lines = append(lines, strings.ReplaceAll(line, `site="`+watchedSite+`"`, `site="other"`))
	}
	return strings.Join(lines, "")
}
