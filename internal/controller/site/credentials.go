// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// credential is what was found when the Secret of a site was last read.
type credential struct {
	// generation is that of the site, and uid and version are the Secret's, as the cache showed them.
	generation int64
	uid        types.UID
	version    string
	// changed is when the Secret was last written; zero where it does not say.
	changed time.Time
	// reason and message say why it opens nothing; empty where it does.
	reason, message string
}

// credentials makes sure that the client of the site has what its Secret holds. The cache tells that a Secret has changed,
// and holds nothing of what is in it: the one that the site names is then read from the API server. Another configuration
// makes another client, which is probed before anything is sent.
func (r *Reconciler) credentials(ctx context.Context, p *pass) (bool, error) {
	s, name := p.state, p.site.Spec.Credentials.SecretName
	seen := metav1.PartialObjectMetadata{}
	seen.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	key := client.ObjectKey{Namespace: r.Namespace, Name: name}
	if err := r.Client.Get(ctx, key, &seen, client.UnsafeDisableDeepCopy); client.IgnoreNotFound(err) != nil {
		return false, fmt.Errorf("get metadata of Secret: %w", err)
	}
	now := credential{generation: p.site.Generation, uid: seen.UID, version: seen.ResourceVersion}
	if last := s.credential; last.generation != now.generation || last.uid != now.uid || last.version != now.version {
		config, err := r.read(ctx, p.site, &now)
		if err != nil {
			return false, err
		}
		isFirst := s.fingerprint == [sha256.Size]byte{}
		if s.use(config, &now) {
			s.pace = outbox.NewPace(int(p.site.Spec.RequestsPerMinute), r.Now(), r.Random)
		}
		if s.credential = now; isFirst {
			s.health.provedAt = workedBefore(p.site, now.changed, r.Now())
		}
	}
	if s.pace != nil {
		s.pace.SetCeiling(int(p.site.Spec.RequestsPerMinute))
	}
	if s.credential.reason != "" {
		return p.notReady(s.credential.reason, s.credential.message), nil
	}
	return true, nil
}

// read returns the configuration of a site's client. Where there is none it says why.
func (r *Reconciler) read(ctx context.Context, site *v1alpha1.JiraSite, found *credential) (jira.Config, error) {
	want := site.Spec.Credentials
	var secret corev1.Secret
	err := r.APIReader.Get(ctx, client.ObjectKey{Namespace: r.Namespace, Name: want.SecretName}, &secret)
	if apierrors.IsNotFound(err) {
		found.reason, found.message = v1alpha1.ReasonSecretNotFound, fmt.Sprintf("create Secret %s in namespace %s, with the keys %s and %s",
			want.SecretName, r.Namespace, want.ClientIDKey, want.ClientSecretKey)
		return jira.Config{}, nil
	}
	if err != nil {
		return jira.Config{}, fmt.Errorf("get Secret: %w", err)
	}
	for _, entry := range secret.ManagedFields {
		if entry.Time != nil && entry.Time.After(found.changed) {
			found.changed = entry.Time.Time
		}
	}
	if found.message = refusal(&secret, site); found.message != "" {
		found.reason = v1alpha1.ReasonCredentialsRefused
		return jira.Config{}, nil
	}
	for _, key := range []string{want.ClientIDKey, want.ClientSecretKey} {
		if strings.TrimSpace(string(secret.Data[key])) == "" {
			found.reason, found.message = v1alpha1.ReasonSecretIncomplete, fmt.Sprintf("Secret %s in namespace %s has no key %s, or an empty one: add it",
				want.SecretName, r.Namespace, key)
			return jira.Config{}, nil
		}
	}
	return jira.Config{
		Host:         site.Spec.Host,
		CloudID:      site.Spec.CloudID,
		APIURL:       site.Spec.APIURL,
		TokenURL:     want.TokenURL,
		Audience:     want.Audience,
		ClientID:     string(secret.Data[want.ClientIDKey]),
		ClientSecret: string(secret.Data[want.ClientSecretKey]),
		Transport:    r.Transport,
		UserAgent:    r.UserAgent,
		Requested:    func(api, code string) { r.Metrics.Requested(site.Name, api, code) },
		Now:          r.Now,
	}, nil
}

// use makes the client of a configuration, where that is another one. A site whose Secret opens nothing keeps no client,
// and so neither a secret nor a token in memory. It returns whether it made one.
func (s *state) use(config jira.Config, found *credential) bool {
	if found.reason != "" {
		s.client = nil
		return false
	}
	fingerprint := fingerprintOf(config)
	if s.client != nil && s.fingerprint == fingerprint {
		return false
	}
	made, err := jira.New(config)
	if err != nil {
		s.client, found.reason, found.message = nil, v1alpha1.ReasonSiteNotFound, "make Jira client: "+err.Error()
		return false
	}
	s.readNow = s.fingerprint != [sha256.Size]byte{} // another credential reads other things, or may read
	s.client, s.fingerprint, s.health = made, fingerprint, health{backoff: probeBackoff}
	for _, d := range s.deliveries {
		d.refusal, d.readAfter = health{backoff: probeBackoff}, time.Time{}
	}
	return true
}

// fingerprintOf tells configurations apart without keeping the secret.
func fingerprintOf(c jira.Config) [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q %q %q",
		c.Host, c.CloudID, c.APIURL, c.TokenURL, c.Audience, c.ClientID, c.ClientSecret))
}
