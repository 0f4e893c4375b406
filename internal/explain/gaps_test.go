// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"context"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/snapshot"
)

// forbidding is a cluster in which a user may not list one kind.
type forbidding struct {
	client.Reader
	list string
}

func (f forbidding) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	if fmt.Sprintf("%T", list) == f.list {
		return apierrors.NewForbidden(schema.GroupResource{}, "", nil)
	}
	return f.Reader.List(ctx, list, options...)
}

// What may not be read is never told as if it were not there.
func TestWhatMayNotBeReadIsNotTold(t *testing.T) {
	for name, tt := range map[string]struct {
		list string
		kind workload.Kind
		want string // a note, a problem or an error
	}{
		"the sites":      {"*v1alpha1.JiraSiteList", workload.Kinds[0], words(RuleSiteUnread)},
		"the records":    {"*v1alpha1.JiraDeploymentList", workload.Kinds[0], words(RuleRecordsUnread)},
		"the namespaces": {"*v1.PartialObjectMetadataList", workload.Kinds[0], words(RuleNamespaceUnread)},
		"the workloads":  {"*v1.DeploymentList", workload.Kinds[0], "Could not read deployments: "},
		"the history":    {"*v1.ControllerRevisionList", workload.Kinds[1], "Its revisions could not be read"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: "shop-prod", Name: "web", UID: "uid-of-set"}}
			w := newWorld(t).with(web("shop-prod", onTemplate(v1alpha1.AnnotationIssueKeys, "SHOP-12")), set)
			if name != "the workloads" {
				w.recorded("shop-prod")
			}
			read, err := snapshot.Read(t.Context(), forbidding{w.explainer().snapshot, tt.list}, snapshot.Options{})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(read.Gaps()).To(HaveLen(1))
			e, err := New(t.Context(), read, Options{Now: func() time.Time { return noon }})
			g.Expect(err).NotTo(HaveOccurred())
			found, err := e.Workload(t.Context(), tt.kind, "shop-prod", "web")
			if found == nil {
				g.Expect(err).To(MatchError(ContainSubstring(tt.want)))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			said := []string{found.Problem}
			for _, site := range found.Sites {
				for _, note := range site.Notes {
					said = append(said, note.Text)
				}
			}
			g.Expect(said).To(ContainElement(ContainSubstring(tt.want)))
		})
	}
}

// A site that is gone takes its records with it; one that may not be read does not.
func TestASiteThatIsGone(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t).with(web("shop-prod", onTemplate(v1alpha1.AnnotationIssueKeys, "SHOP-12"))).recorded("shop-prod")
	w.objects = w.objects[1:] // the site is the first
	g.Expect(w.explain("shop-prod").Sites).To(ConsistOf(And(HaveField("Name", "acme"), HaveField("Notes", ConsistOf(noteOf(RuleSiteGone))))))
}
