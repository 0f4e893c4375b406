// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/internal/why"
)

// place is where a trouble is made: a namespace of its own, an issue of its own, and the name of a site that may be made.
type place struct{ namespace, issue, site string }

// other returns an issue that is not the one that is asked for.
func (p place) other() string { return "PAY-" + strings.TrimPrefix(p.issue, "SHOP-") }

// trouble is something that keeps an issue from Jira, or that people wonder about. It is what rows of the user guide tell of.
type trouble struct {
	// title says what is wrong, and rows are the beginnings of the guide's rows, each "section: first cell".
	title string
	rows  []string
	// breaks makes the trouble.
	breaks func(context.Context, place)
	// reason is that of the finding that names the trouble, and says is in its text. Where Jira has not the issue, it is the first
	// finding, unless it is one among others.
	reason, says string
	inJira       bool
	among        bool
	// issue is the one that is asked for, where any does not do, and system says that the namespace is called kube-*.
	issue  string
	system bool
}

var troubles = append(append(append(append([]trouble{}, textTroubles...), selectionTroubles...), recordTroubles...), siteTroubles...)

var _ = Describe("kubectl rollcall why names it:", func() {
	for i, t := range troubles {
		It(t.title, func(ctx SpecContext) {
			p := place{t.namespace(ctx), fmt.Sprintf("SHOP-%d", 100+i), fmt.Sprintf("site-%d", i)}
			if t.issue != "" {
				p.issue = t.issue
			}
			t.breaks(ctx, p)
			Eventually(func(g Gomega) { t.expectNamed(g, askWhy(ctx, g, p.issue, p.namespace)) }).Should(Succeed())
			text := rollcall(ctx, control.Kubeconfig(), "why", p.issue, "-n", p.namespace)
			Expect(text.code).To(Equal(map[bool]int{true: 0, false: 1}[t.inJira]), text.String())
			Expect(text.stdout).To(And(ContainSubstring(t.reason), ContainSubstring(p.issue+" is "), ContainSubstring("\nRun: kubectl ")))
		})
	}
})

func (t trouble) namespace(ctx context.Context) string {
	if !t.system {
		return makeNamespace(ctx, "prod")
	}
	create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "kube-why"}})
	return "kube-why"
}

func (t trouble) expectNamed(g Gomega, a why.Answer) {
	all, _ := json.MarshalIndent(a, "", " ")
	g.Expect(a.InJira).To(Equal(t.inJira), string(all))
	var named *why.Finding
	for i, f := range a.Findings {
		if f.Reason == t.reason && named == nil && (i == 0 || t.inJira || t.among) {
			named = &a.Findings[i]
		}
	}
	g.Expect(named).NotTo(BeNil(), "%s is not the reason: %s", t.reason, all)
	g.Expect(named.Text).To(ContainSubstring(t.says))
	if !t.inJira && !t.among {
		g.Expect(a.Sentence).To(ContainSubstring(named.Text))
		g.Expect(a.Command).NotTo(BeEmpty())
	}
}

// askWhy asks as the administrator, of one namespace.
func askWhy(ctx context.Context, g Gomega, issue, namespace string) why.Answer {
	GinkgoHelper()
	r := rollcall(ctx, control.Kubeconfig(), "why", issue, "-n", namespace, "-o", "json")
	var a why.Answer
	g.Expect(json.Unmarshal([]byte(r.stdout), &a)).To(Succeed(), r.String())
	return a
}
