// SPDX-License-Identifier: Apache-2.0

package check

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// patience is for how long a record may wait while its site is Ready.
const patience = 15 * time.Minute

// sites looks at each JiraSite: whether it is Ready, whether its Secret has its keys, and what waits.
func (t *target) sites(ctx context.Context) []Finding {
	var list v1alpha1.JiraSiteList
	err := t.List(ctx, &list)
	switch {
	case meta.IsNoMatchError(err) || apierrors.IsNotFound(err): // the line of the CRD says it
		return nil
	case err != nil:
		return []Finding{unread("JiraSites", err)}
	case len(list.Items) == 0:
		return []Finding{failed("JiraSites", "kubectl rollcall site create NAME", "there is none: nothing is reported")}
	}
	var findings []Finding
	for i := range list.Items {
		site := &list.Items[i]
		findings = append(findings, ready(site), t.secret(ctx, site), t.waiting(site))
	}
	return findings
}

func ready(site *v1alpha1.JiraSite) Finding {
	check := "JiraSite " + site.Name
	condition := meta.FindStatusCondition(site.Status.Conditions, v1alpha1.ConditionReady)
	switch {
	case site.Spec.Suspend:
		return ok(check, "suspended, as its spec says: nothing is sent to %s", site.Spec.Host)
	case condition == nil || condition.ObservedGeneration != site.Generation:
		return failed(check, "see the lines of the manager and of its leader", "no manager has looked at it as it is now")
	case condition.Status != metav1.ConditionTrue:
		return failed(check, fmt.Sprintf("kubectl describe jirasite %s; what each reason means: docs/user-guide.md", site.Name), "%s: %s", condition.Reason, condition.Message)
	}
	return ok(check, "%s: %s", condition.Reason, condition.Message)
}

// secret looks for the keys of a site's Secret. It looks at no value but to see whether there is one.
func (t *target) secret(ctx context.Context, site *v1alpha1.JiraSite) Finding {
	want := site.Spec.Credentials
	check := "Secret " + want.SecretName
	var secret corev1.Secret
	err := t.Get(ctx, client.ObjectKey{Namespace: t.namespace, Name: want.SecretName}, &secret)
	if apierrors.IsNotFound(err) {
		return failed(check, fmt.Sprintf("create it, with the keys %s and %s, or have `kubectl rollcall site create` do it", want.ClientIDKey, want.ClientSecretKey),
			"there is none in the namespace %s", t.namespace)
	}
	if err != nil {
		return unread(check, err)
	}
	var lacking []string
	for _, key := range []string{cmp.Or(want.ClientIDKey, v1alpha1.SecretClientID), cmp.Or(want.ClientSecretKey, v1alpha1.SecretClientSecret)} {
		if strings.TrimSpace(string(secret.Data[key])) == "" {
			lacking = append(lacking, key)
		}
	}
	if len(lacking) > 0 {
		return failed(check, fmt.Sprintf("add it to the Secret %s in the namespace %s", want.SecretName, t.namespace), "has no %s, or it is empty", strings.Join(lacking, " and no "))
	}
	return ok(check, "has %s and %s", want.ClientIDKey, want.ClientSecretKey)
}

// waiting says how many records wait for Jira, and since when.
func (t *target) waiting(site *v1alpha1.JiraSite) Finding {
	check := "records of " + site.Name
	pending := ptr.Deref(site.Status.Pending, 0)
	if pending == 0 {
		return ok(check, "none waits")
	}
	if site.Status.OldestPending.IsZero() {
		return ok(check, "%d wait", pending)
	}
	age := t.serverTime().Sub(site.Status.OldestPending.Time).Round(time.Second)
	if age > patience && !site.Spec.Suspend {
		return failed(check, "kubectl get jira -A | grep -v Accepted", "%d wait, the oldest for %s", pending, age)
	}
	return ok(check, "%d wait, the oldest for %s", pending, age)
}
