// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// shipsCheckout are the recipes that roll out the Deployment checkout.
var shipsCheckout = map[string]bool{
	"docs/recipes/README.md": true, "docs/recipes/helm.md": true, "docs/recipes/kustomize.md": true,
	"docs/recipes/github-actions.md": true, "docs/recipes/gitlab-ci.md": true,
}

// newest is when Jira was last told of checkout.
func (w *world) newest() (last time.Time, state string, shown bool) {
	for _, d := range w.jira.Deployments() {
		if d.Pipeline.ID == "eu-1/shop-prod/Deployment/checkout" && d.LastReceived.After(last) {
			last, state, shown = d.LastReceived, d.State, strings.Contains(string(d.JSON), `"SHOP-12"`)
		}
	}
	return last, state, shown
}

// expectShown waits until Jira shows on SHOP-12 what a recipe rolled out.
func (w *world) expectShown(t *testing.T, before time.Time) {
	t.Helper()
	NewWithT(t).Eventually(func(g Gomega) {
		last, state, shown := w.newest()
		g.Expect(last.After(before)).To(BeTrue(), "Jira was told of nothing new")
		g.Expect(state).To(Equal("successful"))
		g.Expect(shown).To(BeTrue(), "SHOP-12 is not among its issues")
	}).WithTimeout(patience).WithPolling(polling).Should(Succeed())
}
