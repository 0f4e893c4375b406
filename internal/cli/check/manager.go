// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/pflag"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/cli/command"
)

const (
	// lease is the name of the manager's lease.
	lease = "rollcall.rollcall.dev"
	// defaultAccount is the manager's ServiceAccount where no Deployment says another.
	defaultAccount = "rollcall"
)

// manager is what the manager's Deployment says; empty where it cannot be seen.
type manager struct {
	seen                     bool
	account                  string
	workloads, builds, watch []string
	leaderElect              bool
	caFile, metricsAddress   string
	metricsSecure            bool
}

// deployment looks at the manager's Deployment, and at how it reaches Jira.
func (t *target) deployment(ctx context.Context) []Finding {
	const check = "manager"
	t.manager = manager{account: defaultAccount, metricsSecure: true}
	var list appsv1.DeploymentList
	if err := t.List(ctx, &list, client.InNamespace(t.namespace)); err != nil {
		return []Finding{unread(check, err)}
	}
	for i := range list.Items {
		d := &list.Items[i]
		c := command.ManagerOf(d.Spec.Template.Labels, &d.Spec.Template.Spec)
		if c == nil {
			continue
		}
		t.manager.read(d, c)
		return []Finding{available(check, d), t.release(c), proxy(c), ca(t.manager.caFile, c)}
	}
	return []Finding{failed(check, "install Rollcall, or name its namespace with --operator-namespace", "the namespace %s has no Deployment of Rollcall's manager", t.namespace)}
}

// read reads the flags that say what the manager does.
func (m *manager) read(d *appsv1.Deployment, c *corev1.Container) {
	m.seen = true
	if account := d.Spec.Template.Spec.ServiceAccountName; account != "" {
		m.account = account
	}
	flags := pflag.NewFlagSet(command.ManagerContainer, pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.BoolVar(&m.leaderElect, "leader-elect", false, "")
	flags.BoolVar(&m.metricsSecure, "metrics-secure", true, "")
	flags.StringVar(&m.metricsAddress, "metrics-bind-address", "", "")
	flags.StringVar(&m.caFile, "ca-file", "", "")
	workloads, builds, watch := flags.String("workloads", "", ""), flags.String("builds", "", ""), flags.String("watch-namespaces", "", "")
	_ = flags.Parse(c.Args) // the manager itself says what is wrong with them
	m.workloads, m.builds, m.watch = names(*workloads), names(*builds), names(*watch)
}

func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

func available(check string, d *appsv1.Deployment) Finding {
	next := fmt.Sprintf("kubectl -n %s describe deployment %s; kubectl -n %s logs deployment/%s", d.Namespace, d.Name, d.Namespace, d.Name)
	if ptr.Deref(d.Spec.Replicas, 1) == 0 {
		return failed(check, fmt.Sprintf("kubectl -n %s scale deployment %s --replicas=1", d.Namespace, d.Name), "Deployment %s has no replicas: nothing is recorded and nothing is sent", d.Name)
	}
	for _, c := range d.Status.Conditions {
		if c.Type != appsv1.DeploymentAvailable {
			continue
		}
		if c.Status != corev1.ConditionTrue {
			return failed(check, next, "Deployment %s is not available: %s", d.Name, c.Message)
		}
		return ok(check, "Deployment %s is available, %d of %d replicas", d.Name, d.Status.AvailableReplicas, ptr.Deref(d.Spec.Replicas, 1))
	}
	return failed(check, next, "Deployment %s is not available: no controller has looked at it yet", d.Name)
}

// release compares the version of the image with the plug-in's, where both have one.
func (t *target) release(c *corev1.Container) Finding {
	const check = "version"
	_, tag, _ := strings.Cut(c.Image[strings.LastIndex(c.Image, "/")+1:], ":")
	tag, _, _ = strings.Cut(tag, "@")
	running, err := version.ParseSemantic(tag)
	own, ownErr := version.ParseSemantic(t.version)
	switch {
	case err != nil || ownErr != nil:
		return ok(check, "the manager's image is %s, this plug-in is %s", c.Image, t.version)
	case running.Major() != own.Major() || running.Minor() != own.Minor():
		return failed(check, "take the plug-in of the manager's version", "the manager is %s, this plug-in is %s: they may know other fields", tag, t.version)
	}
	return ok(check, "the manager is %s, this plug-in is %s", tag, t.version)
}

// proxy says through which proxy the manager reaches Jira, without the name and the password in its URL.
func proxy(c *corev1.Container) Finding {
	const check = "proxy"
	for _, e := range c.Env {
		if !strings.EqualFold(e.Name, "HTTPS_PROXY") {
			continue
		}
		if e.ValueFrom != nil {
			return ok(check, "%s comes from elsewhere (valueFrom)", e.Name)
		}
		if e.Value == "" {
			return ok(check, "%s is empty: none", e.Name)
		}
		_, text, found := strings.Cut(e.Value, "://")
		if !found { // it may be left out
			text = e.Value
		}
		leads, err := url.Parse("http://" + text[strings.LastIndex(text, "@")+1:])
		if err != nil || leads.Hostname() == "" {
			return failed(check, "write it as http://proxy.example:3128", "%s names no proxy", e.Name)
		}
		return ok(check, "%s leads to %s", e.Name, leads.Host)
	}
	return ok(check, "none: the manager asks Jira directly")
}

// ca says whether the file of certificates is mounted.
func ca(file string, c *corev1.Container) Finding {
	const check = "CA"
	if file == "" {
		return ok(check, "the usual certificates alone")
	}
	for _, mount := range c.VolumeMounts {
		if file == mount.MountPath || strings.HasPrefix(file, strings.TrimSuffix(mount.MountPath, "/")+"/") {
			return ok(check, "--ca-file=%s, from the volume %s", file, mount.Name)
		}
	}
	return failed(check, "mount it, or set the chart's ca.configMapName", "--ca-file=%s, and no volume is mounted there", file)
}

// leader looks whether somebody holds the lease, and renews it. The API server's clock decides.
func (t *target) leader(ctx context.Context) []Finding {
	const check = "leader"
	if t.manager.seen && !t.manager.leaderElect {
		return []Finding{ok(check, "not elected: the manager has no --leader-elect")}
	}
	var l coordinationv1.Lease
	next := fmt.Sprintf("kubectl -n %s get pods; kubectl -n %s logs deployment/rollcall", t.namespace, t.namespace)
	err := t.Get(ctx, client.ObjectKey{Namespace: t.namespace, Name: lease}, &l)
	if apierrors.IsNotFound(err) {
		return []Finding{failed(check, next, "there is no lease %s: no manager has led yet", lease)}
	}
	if err != nil {
		return []Finding{unread(check, err)}
	}
	holder, renewed := ptr.Deref(l.Spec.HolderIdentity, ""), l.Spec.RenewTime
	if holder == "" || renewed == nil {
		return []Finding{failed(check, next, "nobody holds the lease: no manager works")}
	}
	held := time.Duration(ptr.Deref(l.Spec.LeaseDurationSeconds, 15)) * time.Second
	if age := t.serverTime().Sub(renewed.Time).Round(time.Second); age > held+clockTolerance {
		return []Finding{failed(check, next, "%s holds the lease, and has not renewed it for %s: no manager works", holder, age)}
	}
	return []Finding{ok(check, "%s", holder)}
}
