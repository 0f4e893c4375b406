// SPDX-License-Identifier: Apache-2.0

package site

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// validate checks what can be known without Jira and without the Secret: the spec, where it leads, and the older sites with
// the same Secret.
func (r *Reconciler) validate(ctx context.Context, p *pass) (bool, error) {
	if problems := p.state.problems; len(problems) > 0 {
		var messages []string
		for _, problem := range problems {
			messages = append(messages, problem.Message)
		}
		return p.notReady(problems[0].Reason, strings.Join(messages, "; ")), nil
	}
	if p.site.Spec.Suspend {
		return p.notReady(v1alpha1.ReasonSuspended, "spec.suspend is set: records are written, and wait"), nil
	}
	if message := r.Hosts.refuse(p.site); message != "" {
		return p.notReady(v1alpha1.ReasonHostNotAllowed, message), nil
	}
	var sites v1alpha1.JiraSiteList
	if err := r.Client.List(ctx, &sites, client.MatchingFields{indexSecret: p.site.Spec.Credentials.SecretName}, client.UnsafeDisableDeepCopy); err != nil {
		return false, fmt.Errorf("list JiraSites: %w", err)
	}
	for i := range sites.Items {
		if other := &sites.Items[i]; older(other, p.site) && sameWorkloads(other, p.site) {
			return p.notReady(v1alpha1.ReasonDuplicateSite, fmt.Sprintf(
				"JiraSite %s reports the same workloads to the same Jira with the same credential, and Jira would keep either's issues only: "+
					"put the projects of both into %s, or select other namespaces or workloads", other.Name, other.Name)), nil
		}
	}
	return true, nil
}

// older says whether a site was created before another one: of two that report the same it is right.
func older(site, than *v1alpha1.JiraSite) bool {
	return cmp.Or(site.CreationTimestamp.Compare(than.CreationTimestamp.Time), cmp.Compare(site.Name, than.Name)) < 0
}

// sameCredential says whether two sites read client id and secret from the same keys of the same Secret.
func sameCredential(a, b v1alpha1.Credentials) bool {
	return a.SecretName == b.SecretName && a.ClientIDKey == b.ClientIDKey && a.ClientSecretKey == b.ClientSecretKey
}

// sameWorkloads says whether two sites report the same workloads to the same Jira with the same credential.
func sameWorkloads(a, b *v1alpha1.JiraSite) bool {
	return a.Spec.Host == b.Spec.Host && a.Spec.CloudID == b.Spec.CloudID && sameCredential(a.Spec.Credentials, b.Spec.Credentials) &&
		sets.New(a.Spec.ExcludeNamespaces...).Equal(sets.New(b.Spec.ExcludeNamespaces...)) &&
		equality.Semantic.DeepEqual(a.Spec.NamespaceSelector, b.Spec.NamespaceSelector) &&
		equality.Semantic.DeepEqual(a.Spec.WorkloadSelector, b.Spec.WorkloadSelector)
}
