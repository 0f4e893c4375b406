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
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// validate checks what can be known without Jira: the spec, and the older sites with the same Secret.
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
	var sites v1alpha1.JiraSiteList
	if err := r.Client.List(ctx, &sites, client.MatchingFields{indexSecret: p.site.Spec.Credentials.SecretName}, client.UnsafeDisableDeepCopy); err != nil {
		return false, fmt.Errorf("list JiraSites: %w", err)
	}
	for i := range sites.Items {
		if reason, message := conflict(&sites.Items[i], p.site); reason != "" {
			return p.notReady(reason, message), nil
		}
	}
	return true, nil
}

// conflict returns why a site cannot work beside another one with the same Secret; no reason where it can. The older of
// two sites is right.
func conflict(other, site *v1alpha1.JiraSite) (reason, message string) {
	switch {
	case cmp.Or(other.CreationTimestamp.Compare(site.CreationTimestamp.Time), cmp.Compare(other.Name, site.Name)) >= 0:
		return "", ""
	case other.Spec.APIURL != site.Spec.APIURL:
		return v1alpha1.ReasonCredentialsShared, sharedWith(other, "apiURL")
	case tokenURL(other) != tokenURL(site):
		return v1alpha1.ReasonCredentialsShared, sharedWith(other, "credentials.tokenURL")
	case sameWorkloads(other, site):
		return v1alpha1.ReasonDuplicateSite, fmt.Sprintf(
			"JiraSite %s reports the same workloads to the same Jira with the same credential, and Jira would keep either's issues only: "+
				"put the projects of both into %s, or select other namespaces or workloads", other.Name, other.Name)
	}
	return "", ""
}

func sharedWith(other *v1alpha1.JiraSite, field string) string {
	return fmt.Sprintf("JiraSite %s sends Secret %s to another %s, and a credential is sent to one place only: give this site a Secret of its own",
		other.Name, other.Spec.Credentials.SecretName, field)
}

// tokenURL is where the client secret of a site is sent.
func tokenURL(site *v1alpha1.JiraSite) string {
	return cmp.Or(site.Spec.Credentials.TokenURL, jira.DefaultTokenURL(site.Spec.APIURL))
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
