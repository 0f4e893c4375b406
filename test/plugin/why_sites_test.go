// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/internal/why"
)

// siteThat is a trouble of a site of this spec, and of a release that it is to report.
func siteThat(reason, says string, breaks func(context.Context, place)) trouble {
	return trouble{
		title: "a site that is not Ready: " + reason, reason: reason, says: says, rows: []string{"The site is not Ready: `" + reason + "`"},
		breaks: func(ctx context.Context, p place) {
			p.keyed(ctx, p.site)
			breaks(ctx, p)
		},
	}
}

// faulty is a trouble of a site that Jira, or what is on the way, answers so.
func faulty(reason, says string, fault jiratest.Fault) trouble {
	return siteThat(reason, says, func(ctx context.Context, p place) {
		jiraNow.Inject(fault)
		DeferCleanup(jiraNow.ClearFaults)
		p.site1(ctx)
	})
}

// specThat is a trouble of a site whose spec says so.
func specThat(reason, says string, f func(*v1alpha1.JiraSiteSpec)) trouble {
	return siteThat(reason, says, func(ctx context.Context, p place) { p.site1(ctx, f) })
}

// unusable adds the row of those specs by which nothing is recorded.
func unusable(t trouble) trouble {
	t.rows = append(t.rows, "There is no record: the site is False, `InvalidNamespacePattern` or `InvalidSelector`")
	return t
}

// siteTroubles are those of sites, and of the manager.
var siteTroubles = []trouble{
	siteThat(v1alpha1.ReasonSecretNotFound, "-jira", func(ctx context.Context, p place) { create(ctx, makeSite(p.site)) }),
	siteThat(v1alpha1.ReasonSecretIncomplete, "client-secret", func(ctx context.Context, p place) {
		mendSecret(ctx, p.site+"-jira", clientID, "")
		create(ctx, makeSite(p.site))
	}),
	siteThat(v1alpha1.ReasonCredentialsRefused, "rollcall.dev/sites", func(ctx context.Context, p place) {
		mendSecret(ctx, p.site+"-jira", clientID, canary)
		change(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: p.site + "-jira"}}, func(s *corev1.Secret) {
			s.Annotations[v1alpha1.AnnotationSites] = "another"
		})
		create(ctx, makeSite(p.site))
	}),
	specThat(v1alpha1.ReasonHostNotAllowed, "--allowed-api-hosts", func(s *v1alpha1.JiraSiteSpec) { s.APIURL = "https://evil.example" }),
	siteThat(v1alpha1.ReasonDuplicateSite, "reports the same workloads", func(ctx context.Context, p place) {
		of := func(s *v1alpha1.JiraSiteSpec) {
			s.Credentials.SecretName, s.WorkloadSelector = p.site+"-jira", &metav1.LabelSelector{MatchLabels: map[string]string{"site": p.site}}
		}
		mendSecret(ctx, p.site+"-jira", clientID, canary)
		create(ctx, makeSite(p.site, of))
		awaitReason(ctx, p.site, v1alpha1.ReasonReady)
		create(ctx, makeSite(p.site+"-twin", of))
	}).alsoInJira(),
	siteThat(v1alpha1.ReasonCredentialsRejected, "check client-id and client-secret", func(ctx context.Context, p place) {
		mendSecret(ctx, p.site+"-jira", clientID, "not-the-secret")
		create(ctx, makeSite(p.site))
	}),
	siteThat(v1alpha1.ReasonPermissionMissing, "Deployments permission", func(ctx context.Context, p place) {
		jiraNow.AddCredential(p.site, canary, jiratest.Builds)
		mendSecret(ctx, p.site+"-jira", p.site, canary)
		create(ctx, makeSite(p.site))
	}),
	faulty(v1alpha1.ReasonAddressNotAllowed, "IP allowlist", jiratest.AddressNotAllowed()),
	faulty(v1alpha1.ReasonSiteNotFound, "", jiratest.Fault{Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {"https://elsewhere.example/"}}}),
	faulty(v1alpha1.ReasonUnreachable, "a proxy or a firewall", jiratest.BlockedByProxy()),
	faulty(v1alpha1.ReasonRateLimited, "", jiratest.Fault{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"2"}}}),
	specThat(v1alpha1.ReasonSuspended, "suspend", func(s *v1alpha1.JiraSiteSpec) { s.Suspend = true }),
	specThat(v1alpha1.ReasonInvalidTemplate, "spec.templates.url", func(s *v1alpha1.JiraSiteSpec) { s.Templates.URL = "https://argocd.example/{{ .Name" }),
	unusable(specThat(v1alpha1.ReasonInvalidNamespacePattern, `"shop-[prod"`, func(s *v1alpha1.JiraSiteSpec) { s.Environments[0].Namespaces = []string{"shop-[prod"} })),
	unusable(specThat(v1alpha1.ReasonInvalidSelector, "spec.namespaceSelector", func(s *v1alpha1.JiraSiteSpec) {
		s.NamespaceSelector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "team", Operator: "Is"}}}
	})),
	{
		title: "no manager that works", reason: why.ReasonNoManager, says: "No manager works",
		rows: []string{"There is no record: nothing at all happens", "It is not delivered: empty", "The site is not Ready: empty"},
		breaks: func(ctx context.Context, p place) {
			Expect(running.Stop()).To(Succeed())
			DeferCleanup(func(ctx SpecContext) {
				runManager()
				awaitReason(ctx, "acme", v1alpha1.ReasonReady)
			})
			p.byHand(ctx, func(*v1alpha1.JiraDeployment) {})
		},
	},
}

// alsoInJira says that Jira has the issue all the same, from another site.
func (t trouble) alsoInJira() trouble {
	t.inJira = true
	return t
}
