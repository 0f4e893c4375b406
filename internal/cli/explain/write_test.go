// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"bytes"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/cli/command"
	"github.com/rollcall-dev/rollcall/internal/explain"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestARelease(t *testing.T) {
	g := NewWithT(t)
	since := noon.Add(-5 * time.Minute)
	e := &explain.Explanation{
		Workload: explain.Workload{Kind: "Deployment", Namespace: "shop-prod", Name: "web"}, Revision: 7, TemplateHash: "v2-0123456789abcdef",
		Images: []string{"shop/web:1.4"}, State: "successful", Since: &since, Why: "Every pod that is wanted is of this revision and available.",
		Sites: []explain.Site{
			{
				Name: "acme", Selected: true, Ready: &explain.Condition{Status: "True"},
				Compared:    &explain.Compared{Note: explain.Note{Text: "Its pod template is a new one: it is a release."}, Record: "web-6-x", Revision: 6},
				Keys:        []explain.Key{{Key: "SHOP-12", Place: "pod template", Name: "rollcall.dev/commit-message", Text: "SHOP-12: \x1b[2Jmend", Because: "It comes with this revision."}},
				NearMisses:  []explain.Key{{Key: "SHOP-13", Place: "image", Name: "shop/web:shop-13", Text: "shop-13", Because: "It is in lower case."}},
				Commits:     &explain.Commits{Source: v1alpha1.Source{}, Resolved: &explain.Condition{Status: "True", Reason: "Resolved", Message: "3 commits."}},
				Environment: &explain.Environment{Name: "Production EU", Type: "production", Because: "spec.environments[0] (id prod-eu) matches"},
				Record:      &explain.Record{Name: "web-7-x", State: "successful", Generation: 3, URL: "https://acme.atlassian.net/browse/SHOP-12"},
				Delivered:   &explain.Condition{Status: "True"}, Jira: "Jira has it, since 2026-03-01T11:56:00Z.",
			},
			{
				Name: "beta", NotSelected: "its spec.excludeNamespaces leaves it out", Ready: &explain.Condition{Status: "False", Reason: "Unreachable", Message: "No answer."},
				Notes: []explain.Note{{Text: "First."}, {Text: "Second."}},
				Would: &explain.Record{Name: "web-7-y", State: "in_progress", Issues: []string{"SHOP-12"}, Withheld: &explain.Note{Rule: "ProjectNotAllowed", Text: "No."}},
			},
		},
	}
	var out bytes.Buffer
	g.Expect(write(&out, false, e, noon)).To(Succeed())
	g.Expect(out.String()).To(Equal(`Deployment shop-prod/web, revision 7
  State        successful since 2026-03-01T11:55:00Z (5m ago): Every pod that is wanted is of this revision and available.
  Template     v2-012345678
  Images       shop/web:1.4

JiraSite acme
  Release      Its pod template is a new one: it is a release. Compared with web-6-x (revision 6).
  Issues       SHOP-12 in the pod template rollcall.dev/commit-message ("SHOP-12: \x1b[2Jmend"): It comes with this revision.
  Nearly       SHOP-13 in the image shop/web:shop-13: It is in lower case.
  Commits      Resolved: 3 commits.
  Environment  Production EU (production): spec.environments[0] (id prod-eu) matches
  Record       web-7-x: successful, generation 3, https://acme.atlassian.net/browse/SHOP-12
  Jira         Jira has it, since 2026-03-01T11:56:00Z.
  More         kubectl -n shop-prod describe jiradeployment web-7-x

JiraSite beta, not Ready
  Ready        Unreachable: No answer.
  Selected     no: its spec.excludeNamespaces leaves it out
  Notes        First.
               Second.
  Would be     web-7-y: in_progress, SHOP-12
  Withheld     ProjectNotAllowed: No.
`))
	g.Expect(write(&out, true, e, noon)).To(Succeed())
	g.Expect(out.String()).To(ContainSubstring("\x1b[32mJira has it"), "a terminal shows colours")
}

func TestNothingToTell(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	e := &explain.Explanation{Workload: explain.Workload{Kind: "Deployment", Namespace: "shop", Name: "web"}, Problem: "It is not reported itself."}
	g.Expect(write(&out, false, e, noon)).To(Succeed())
	g.Expect(out.String()).To(Equal("Deployment shop/web\n  Problem      It is not reported itself.\n  Sites        There is no JiraSite, or none that may be read: kubectl get jirasites.\n"))
}

func TestArgumentsThatNameNoWorkload(t *testing.T) {
	for name, args := range map[string][]string{"none": {}, "a name": {"web"}, "a pod": {"pod/web"}, "too many": {"deploy", "web", "api"}} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			cmd := New(&command.Env{IOStreams: genericiooptions.NewTestIOStreamsDiscard(), Flags: genericclioptions.NewConfigFlags(true)})
			cmd.SetArgs(args)
			cmd.SilenceErrors, cmd.SilenceUsage = true, true
			code, untold := command.Code(cmd.Execute())
			g.Expect(code).To(Equal(command.ExitUsage))
			g.Expect(untold).To(BeTrue())
		})
	}
}
