// SPDX-License-Identifier: Apache-2.0

package why

import (
	"fmt"
	"slices"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Manager is what is known of the manager.
type Manager struct {
	// Holder is the leader, and Renewed when it said so last; both are empty where the lease could not be read, or there is none.
	Holder  string    `json:"holder,omitempty"`
	Renewed time.Time `json:"renewed,omitzero"`
	// Works says whether one works; empty where that is not known.
	Works string `json:"works,omitempty"`
	// Because says why.
	Because string `json:"because,omitempty"`
}

// probed is how long a site that works is without a probe at most, and some.
const probed = 12 * time.Minute

// readSites says which sites are not Ready.
func (q *question) readSites() {
	unread := slices.ContainsFunc(q.Unread, func(text string) bool { return strings.Contains(text, "jirasites") })
	if len(q.Sites) == 0 && !unread {
		q.add(Finding{
			Reason: ReasonNoSite, Text: "There is no JiraSite: nobody is to be told.", Do: "Create one.", Command: "kubectl rollcall site create", rank: rankNoSite,
		})
	}
	for i := range q.Sites {
		site := &q.Sites[i]
		found := Site{Name: site.Name, Host: site.Spec.Host}
		ready := meta.FindStatusCondition(site.Status.Conditions, v1alpha1.ConditionReady)
		if ready != nil {
			found.Ready, found.Reason, found.Message = string(ready.Status), ready.Reason, ready.Message
		}
		q.answer.Sites = append(q.answer.Sites, found)
		q.notReady(found)
		if c := meta.FindStatusCondition(site.Status.Conditions, v1alpha1.ConditionBuildsPermissionMissing); c != nil && c.Status == metav1.ConditionTrue && q.waits(site.Name, "JiraBuild") {
			q.add(Finding{
				Reason: v1alpha1.ConditionBuildsPermissionMissing, Site: site.Name, Object: "JiraSite " + site.Name, Text: c.Message,
				Do: adviceFor(v1alpha1.ConditionBuildsPermissionMissing).do, Command: "kubectl describe jirasite " + site.Name, rank: rankSite,
			})
		}
	}
	for _, r := range q.answer.Records {
		if named := func(s Site) bool { return s.Name == r.Site }; len(q.Sites) > 0 && !slices.ContainsFunc(q.answer.Sites, named) {
			q.add(Finding{
				Reason: ReasonSiteGone, Object: r.object(), Site: r.Site, Text: fmt.Sprintf("There is no JiraSite %s, which the record is for.", r.Site),
				Do: "Write the record anew with the right name, or create the site.", Command: "kubectl get jirasites", rank: rankSite,
			})
		}
	}
}

// notReady says that a site is not Ready, and how much that matters.
func (q *question) notReady(s Site) {
	if s.Ready == string(metav1.ConditionTrue) {
		return
	}
	f := Finding{
		Reason: s.Reason, Object: "JiraSite " + s.Name, Site: s.Name, Text: fmt.Sprintf("It is not Ready (%s): %s", s.Reason, s.Message),
		Do: adviceFor(s.Reason).do, Command: "kubectl describe jirasite " + s.Name, rank: rankIdleSite,
	}
	if s.Ready == "" {
		f.Reason, f.Text, f.Do = ReasonNotChecked, "No manager has checked it.", adviceFor(ReasonNotChecked).do
		f.Command = q.managerCommand()
	}
	if q.waits(s.Name, "") {
		f.rank = rankSite
	}
	q.add(f)
}

// waits says whether a record with the issue waits for a site. kind is its kind, or empty for any.
func (q *question) waits(site, kind string) bool {
	return slices.ContainsFunc(q.answer.Records, func(r Record) bool {
		return r.Site == site && (kind == "" || r.Kind == kind) && r.Delivered != string(metav1.ConditionTrue)
	})
}

// managerCommand shows how the manager is.
func (q *question) managerCommand() string {
	return "kubectl -n " + q.Operator + " get deployments,pods"
}

// readManager says that no manager works, where something waits for one.
func (q *question) readManager() {
	m := &q.answer.Manager
	if m.Works == "" {
		m.Works, m.Because = q.inferred()
	}
	missing := len(q.answer.Records) == 0 || slices.ContainsFunc(q.answer.Findings, func(f Finding) bool {
		return slices.Contains([]string{ReasonNotChecked, ReasonNotWatched, v1alpha1.ReasonPending, v1alpha1.ReasonSiteNotReady}, f.Reason)
	})
	if m.Works != No || !missing {
		return
	}
	q.add(Finding{Reason: ReasonNoManager, Text: "No manager works: " + m.Because, Do: adviceFor(ReasonNoManager).do, Command: q.managerCommand(), rank: rankManager})
}

// Whether a manager works.
const (
	Yes = "yes"
	No  = "no"
)

// inferred says whether a manager works by what it would have written; nothing where that is not known.
func (q *question) inferred() (works, because string) {
	for i := range q.Sites {
		site := &q.Sites[i]
		ready := meta.FindStatusCondition(site.Status.Conditions, v1alpha1.ConditionReady)
		last := site.Status.LastProbeTime.Time
		switch {
		case ready == nil && q.Now.Sub(site.CreationTimestamp.Time) > settling:
			return No, fmt.Sprintf("JiraSite %s was created %s, and none has checked it.", site.Name, ago(q.Now, site.CreationTimestamp.Time))
		case ready != nil && ready.Status == metav1.ConditionTrue && !last.IsZero() && q.Now.Sub(last) > probed:
			return No, fmt.Sprintf("JiraSite %s is probed every five minutes, and was %s.", site.Name, ago(q.Now, last))
		case !last.IsZero() && q.Now.Sub(last) < probed:
			works = Yes
		}
	}
	return works, ""
}

// ManagerOf says whether a manager works by the lease of the leader, which is renewed every few seconds.
func ManagerOf(lease *coordinationv1.Lease, now time.Time) Manager {
	m := Manager{Works: No, Because: "the lease of the leader has no holder."}
	if lease.Spec.HolderIdentity != nil {
		m.Holder = *lease.Spec.HolderIdentity
	}
	if lease.Spec.RenewTime != nil {
		m.Renewed = lease.Spec.RenewTime.Time
	}
	switch {
	case m.Holder == "":
	case now.Sub(m.Renewed) > settling:
		m.Because = fmt.Sprintf("the leader %s renewed its lease %s.", m.Holder, ago(now, m.Renewed))
	default:
		m.Works, m.Because = Yes, ""
	}
	return m
}
