package site

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
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

// credentials reads the Secret. Another configuration makes another client, which is probed before anything is sent.
func (r *Reconciler) credentials(ctx context.Context, p *pass) (bool, error) {
	want := p.site.Spec.Credentials
	var secret corev1.Secret
	err := r.Client.Get(ctx, client.ObjectKey{Namespace: r.Namespace, Name: want.SecretName}, &secret, client.UnsafeDisableDeepCopy)
	if apierrors.IsNotFound(err) {
		return p.notReady(v1alpha1.ReasonSecretNotFound, fmt.Sprintf("create Secret %s in namespace %s, with the keys %s and %s",
			want.SecretName, r.Namespace, want.ClientIDKey, want.ClientSecretKey)), nil
	}
	if err != nil {
		return false, fmt.Errorf("get Secret: %w", err)
	}
	for _, key := range []string{want.ClientIDKey, want.ClientSecretKey} {
		if strings.TrimSpace(string(secret.Data[key])) == "" {
			return p.notReady(v1alpha1.ReasonSecretIncomplete, fmt.Sprintf("Secret %s in namespace %s has no key %s, or an empty one: add it",
				want.SecretName, r.Namespace, key)), nil
		}
	}
	config := jira.Config{
		Host:              p.site.Spec.Host,
		CloudID:           p.site.Spec.CloudID,
		APIURL:            p.site.Spec.APIURL,
		TokenURL:          want.TokenURL,
		Audience:          want.Audience,
		ClientID:          string(secret.Data[want.ClientIDKey]),
		ClientSecret:      string(secret.Data[want.ClientSecretKey]),
		RequestsPerMinute: int(p.site.Spec.RequestsPerMinute),
		Transport:         r.Transport,
		UserAgent:         r.UserAgent,
		Now:               r.Now,
	}
	if s, fingerprint := p.state, fingerprintOf(config); s.client == nil || s.fingerprint != fingerprint {
		if s.client, err = jira.New(config); err != nil {
			return p.notReady(v1alpha1.ReasonSiteNotFound, "make Jira client: "+err.Error()), nil
		}
		s.fingerprint, s.health = fingerprint, health{backoff: probeBackoff}
	}
	return true, nil
}

// fingerprintOf tells configurations apart without keeping the secret.
func fingerprintOf(c jira.Config) [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q %q %q %d",
		c.Host, c.CloudID, c.APIURL, c.TokenURL, c.Audience, c.ClientID, c.ClientSecret, c.RequestsPerMinute))
}
