// SPDX-License-Identifier: Apache-2.0

package check

import (
	"bytes"
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func TestRelease(t *testing.T) {
	for name, c := range map[string]struct {
		image, plugin string
		want          Status
	}{
		"the same":               {"registry.example:5000/rollcall:0.4.1", "v0.4.1", OK},
		"another patch":          {"rollcall:v0.4.1", "0.4.9", OK},
		"another minor":          {"rollcall:0.5.0", "0.4.9", Failed},
		"with a digest":          {"rollcall:0.5.0@sha256:00", "0.4.9", Failed},
		"a digest alone":         {"registry.example:5000/rollcall@sha256:00", "0.4.9", OK},
		"a build of a developer": {"rollcall:dev", "0.4.9", OK},
	} {
		t.Run(name, func(t *testing.T) {
			got := (&target{version: c.plugin}).release(&corev1.Container{Image: c.image})
			NewWithT(t).Expect(got.Status).To(Equal(c.want), got.Message)
		})
	}
}

func TestProxyShowsNoPassword(t *testing.T) {
	for value, want := range map[string]Finding{
		"http://me:hunter2@proxy.example:3128": ok("proxy", "HTTPS_PROXY leads to proxy.example:3128"),
		"me:hunter2@proxy.example:3128":        ok("proxy", "HTTPS_PROXY leads to proxy.example:3128"),
		"me:12/34@proxy.example:3128":          ok("proxy", "HTTPS_PROXY leads to proxy.example:3128"),
		"proxy.example:3128":                   ok("proxy", "HTTPS_PROXY leads to proxy.example:3128"),
		"http://me:hunter2@proxy example":      failed("proxy", "write it as http://proxy.example:3128", "HTTPS_PROXY names no proxy"),
		"":                                     ok("proxy", "HTTPS_PROXY is empty: none"),
	} {
		NewWithT(t).Expect(proxy(&corev1.Container{Env: []corev1.EnvVar{{Name: "HTTPS_PROXY", Value: value}}})).To(Equal(want), value)
	}
	NewWithT(t).Expect(proxy(&corev1.Container{}).Message).To(Equal("none: the manager asks Jira directly"))
}

func TestCA(t *testing.T) {
	g := NewWithT(t)
	mounted := &corev1.Container{VolumeMounts: []corev1.VolumeMount{{Name: "ca", MountPath: "/etc/ca"}}}
	g.Expect(ca("", mounted).Status).To(Equal(OK))
	g.Expect(ca("/etc/ca/ca.crt", mounted).Status).To(Equal(OK))
	g.Expect(ca("/etc/cas/ca.crt", mounted).Status).To(Equal(Failed))
}

func TestAvailable(t *testing.T) {
	g := NewWithT(t)
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "rollcall"}}
	g.Expect(available("", d).Message).To(ContainSubstring("no controller has looked at it"))
	d.Status.Conditions = []appsv1.DeploymentCondition{{Type: appsv1.DeploymentAvailable, Status: corev1.ConditionFalse, Message: "too few"}}
	g.Expect(available("", d).Message).To(ContainSubstring("is not available: too few"))
	d.Status.Conditions[0].Status = corev1.ConditionTrue
	g.Expect(available("", d).Status).To(Equal(OK))
	d.Spec.Replicas = ptr.To[int32](0)
	g.Expect(available("", d).Status).To(Equal(Failed))
}

func TestRightsFollowTheFlags(t *testing.T) {
	sentences := func(args ...string) map[string]bool {
		var m manager
		m.read(&appsv1.Deployment{}, &corev1.Container{Args: append(args, "--not-known=x")})
		rights, err := m.rights("rollcall-system")
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		said := map[string]bool{}
		for _, r := range rights {
			said[sentence(r)] = true
		}
		return said
	}
	all := sentences("--workloads=deployments,statefulsets,daemonsets,rollouts", "--builds=jobs")
	some := sentences("--workloads=statefulsets", "--watch-namespaces=shop,pay", "--metrics-bind-address=0")
	for right, want := range map[string][2]bool{
		"list daemonsets.apps":                                 {true, false},
		"list rollouts.argoproj.io":                            {true, false},
		"list controllerrevisions.apps":                        {true, false},
		"list controllerrevisions.apps in pay":                 {false, true},
		"list jobs.batch":                                      {true, false},
		"list pipelineruns.tekton.dev":                         {false, false},
		"patch jirabuilds.rollcall.dev":                        {true, false},
		"create tokenreviews.authentication.k8s.io":            {true, false},
		"list namespaces":                                      {true, true},
		"patch jirasites.rollcall.dev/status":                  {true, true},
		"patch jiradeployments.rollcall.dev/status in shop":    {false, true},
		"get secrets in rollcall-system":                       {true, true},
		"get secrets":                                          {false, false},
		"update leases.coordination.k8s.io in rollcall-system": {true, true},
	} {
		NewWithT(t).Expect([2]bool{all[right], some[right]}).To(Equal(want), right)
	}
}

func TestFields(t *testing.T) {
	g := NewWithT(t)
	own, err := ownCRDs()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(own).To(HaveLen(3))
	for _, crd := range own {
		fields := fieldsOf(ownSchema(crd))
		g.Expect(fields).To(HaveKey("status.conditions.reason"), crd.Name)
		g.Expect(fields).NotTo(HaveKey("apiVersion"))
		g.Expect(compare("", fields, fields).Status).To(Equal(OK))
	}
	got := compare("", map[string]bool{"spec.a": true, "spec.b": true, "spec.c": true, "spec.d": true, "spec.e": true}, map[string]bool{"spec.a": true, "spec.x": true})
	g.Expect(got.Message).To(HavePrefix("lacks spec.b, spec.c, spec.d and 1 fields more: "))
	newer := compare("", map[string]bool{"spec.a": true}, map[string]bool{"spec.a": true, "spec.x": true})
	g.Expect(newer.Status).To(Equal(OK))
	g.Expect(newer.Message).To(ContainSubstring("it has spec.x, which this plug-in does not know"))
}

func TestReadyAndWaiting(t *testing.T) {
	g := NewWithT(t)
	site := &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: "acme", Generation: 2}}
	at := &target{now: func() time.Time { return noon }}
	g.Expect(ready(site).Message).To(Equal("no manager has looked at it as it is now"))
	site.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: "Unreachable", Message: "no route", ObservedGeneration: 2}}
	g.Expect(ready(site)).To(Equal(failed("JiraSite acme", "kubectl describe jirasite acme; what each reason means: docs/user-guide.md", "Unreachable: no route")))
	site.Status.Pending, site.Status.OldestPending = ptr.To[int32](3), metav1.NewTime(noon.Add(-20*time.Minute))
	g.Expect(at.waiting(site)).To(Equal(failed("records of acme", "kubectl get jira -A | grep -v Accepted", "3 wait, the oldest for 20m0s")))
	site.Spec.Suspend = true
	g.Expect(at.waiting(site).Status).To(Equal(OK))
	g.Expect(ready(site).Status).To(Equal(OK))
}

func TestClock(t *testing.T) {
	for ahead, want := range map[time.Duration]Finding{
		time.Second:      ok("clock", "the API server's and this machine's agree"),
		-9 * time.Second: ok("clock", "the API server's is 9s behind this machine's"),
		90 * time.Second: failed("clock", "set both by NTP: tokens and leases are judged by the time, and Jira shows it", "the API server's is 1m30s ahead of this machine's"),
	} {
		at := &target{date: &serverDate{last: noon}, ahead: ahead}
		NewWithT(t).Expect(at.clock(t.Context())).To(Equal([]Finding{want}))
	}
}

func TestAnswer(t *testing.T) {
	g := NewWithT(t)
	forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, "x", errors.New("no"))
	a := answer([]Finding{ok("one", "fine"), unread("two", forbidden)})
	g.Expect(a.OK).To(BeTrue(), "what cannot be seen is not wrong")
	a = answer(append(a.Findings, failed("three\x1b[2J", "mend it", "broken")))
	g.Expect(a.OK).To(BeFalse())
	var out bytes.Buffer
	g.Expect(a.write(&out)).To(Succeed())
	g.Expect(out.String()).To(And(HavePrefix("✔   one "), ContainSubstring("\n!   two "), ContainSubstring("\n✗   three\ufffd[2J "), ContainSubstring("-> mend it\n")))
}
