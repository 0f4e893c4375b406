package site

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

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
	err = p.state.connect(jira.Config{
		Host:              p.site.Spec.Host,
		CloudID:           p.site.Spec.CloudID,
		APIURL:            p.site.Spec.APIURL,
		ClientID:          string(secret.Data[want.ClientIDKey]),
		ClientSecret:      string(secret.Data[want.ClientSecretKey]),
		RequestsPerMinute: int(p.site.Spec.RequestsPerMinute),
		Transport:         r.Transport,
		UserAgent:         r.UserAgent,
		Now:               r.Now,
	})
	if err != nil {
		return p.notReady(v1alpha1.ReasonSiteNotFound, err.Error()), nil
	}
	return true, nil
}

// connect makes the client of a configuration, where there is none yet.
func (s *state) connect(config jira.Config) error {
	fingerprint := fingerprintOf(config)
	if s.client != nil && s.fingerprint == fingerprint {
		return nil
	}
	made, err := jira.New(config)
	s.client, s.fingerprint, s.health = made, fingerprint, health{backoff: probeBackoff}
	if err != nil {
		return fmt.Errorf("make Jira client: %w", err)
	}
	return nil
}

// fingerprintOf tells configurations apart without keeping the secret.
func fingerprintOf(c jira.Config) [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q %d",
		c.Host, c.CloudID, c.APIURL, c.ClientID, c.ClientSecret, c.RequestsPerMinute))
}
