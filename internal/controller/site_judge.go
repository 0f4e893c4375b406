package controller

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/outbox"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// probeEvery is how often a site that is sent nothing is probed: so a revoked credential shows before the
// next release.
const probeEvery = 10 * time.Minute

// verdict is what was found of a site: a reason of the Ready condition, and its message.
type verdict struct {
	reason, message string
	cloudID         string
	// wake is when to look again though nothing changes.
	wake time.Duration
	// keepsConnection says that the connection stays open; news, that it can be sent over from now on.
	keepsConnection, news bool
}

// judge finds out whether a site works, from the cheapest look to the dearest. An error is one of the API
// server's, never of the site's.
func (r *SiteReconciler) judge(ctx context.Context, site *v1alpha1.JiraSite) (verdict, error) {
	if _, problems := record.Compile(site); len(problems) > 0 {
		return verdict{reason: problems[0].Reason, message: describe(problems)}, nil
	}
	if site.Spec.Suspend {
		return verdict{reason: v1alpha1.ReasonSuspended, message: "spec.suspend is set: records are written, and wait"}, nil
	}
	if wrong, err := r.siblingsAllow(ctx, site); err != nil || wrong.reason != "" {
		return wrong, err
	}
	config, wrong, err := r.configOf(ctx, site)
	if err != nil || wrong.reason != "" {
		return wrong, err
	}
	conn, err := r.Connections.open(site.Name, config)
	if err != nil {
		return verdict{reason: v1alpha1.ReasonSiteNotFound, message: err.Error()}, nil
	}
	return r.prove(ctx, site, conn)
}

func describe(problems []record.Problem) string {
	const most = 5
	var texts []string
	for _, problem := range problems[:min(most, len(problems))] {
		texts = append(texts, problem.Message)
	}
	if more := len(problems) - most; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, "; ")
}

// siblingsAllow looks at the older sites with the same Secret. The verdict says what one of them forbids; it has no
// reason where that is nothing.
func (r *SiteReconciler) siblingsAllow(ctx context.Context, site *v1alpha1.JiraSite) (verdict, error) {
	var sites v1alpha1.JiraSiteList
	if err := r.List(ctx, &sites, client.MatchingFields{indexSecret: site.Spec.Credentials.SecretName}); err != nil {
		return verdict{}, fmt.Errorf("list JiraSites: %w", err)
	}
	for i := range sites.Items {
		other := &sites.Items[i]
		if !older(other, site) {
			continue
		}
		if other.Spec.APIURL != site.Spec.APIURL {
			return verdict{reason: v1alpha1.ReasonCredentialsShared, message: fmt.Sprintf(
				"JiraSite %s sends Secret %s to another apiURL, and a credential is sent to one place only: give this site a Secret of its own",
				other.Name, site.Spec.Credentials.SecretName)}, nil
		}
		if sameWorkloads(other, site) {
			return verdict{reason: v1alpha1.ReasonDuplicateSite, message: fmt.Sprintf(
				"JiraSite %s reports the same workloads to the same Jira with the same credential, and Jira would keep either's issues only: "+
					"put the projects of both into %s, or select other namespaces or workloads", other.Name, other.Name)}, nil
		}
	}
	return verdict{}, nil
}

// sameWorkloads says whether two sites report the same workloads to the same Jira.
func sameWorkloads(a, b *v1alpha1.JiraSite) bool {
	return a.Spec.Host == b.Spec.Host && a.Spec.CloudID == b.Spec.CloudID &&
		equality.Semantic.DeepEqual(a.Spec.NamespaceSelector, b.Spec.NamespaceSelector) &&
		equality.Semantic.DeepEqual(a.Spec.WorkloadSelector, b.Spec.WorkloadSelector)
}

func older(a, b *v1alpha1.JiraSite) bool {
	if a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.Name < b.Name
	}
	return a.CreationTimestamp.Before(&b.CreationTimestamp)
}

// configOf reads the site's Secret. The verdict says what is wrong with it; it has no reason where nothing is.
func (r *SiteReconciler) configOf(ctx context.Context, site *v1alpha1.JiraSite) (jira.Config, verdict, error) {
	name := site.Spec.Credentials.SecretName
	var secret corev1.Secret
	err := r.Get(ctx, client.ObjectKey{Namespace: r.Namespace, Name: name}, &secret)
	if apierrors.IsNotFound(err) {
		return jira.Config{}, verdict{reason: v1alpha1.ReasonSecretNotFound, message: fmt.Sprintf(
			"create Secret %s in namespace %s, with the keys %s and %s", name, r.Namespace, v1alpha1.SecretClientID, v1alpha1.SecretClientSecret)}, nil
	}
	if err != nil {
		return jira.Config{}, verdict{}, fmt.Errorf("get Secret: %w", err)
	}
	for _, key := range []string{v1alpha1.SecretClientID, v1alpha1.SecretClientSecret} {
		if strings.TrimSpace(string(secret.Data[key])) == "" {
			return jira.Config{}, verdict{reason: v1alpha1.ReasonSecretIncomplete, message: fmt.Sprintf(
				"Secret %s in namespace %s has no key %s, or an empty one: add it", name, r.Namespace, key)}, nil
		}
	}
	return jira.Config{
		Host:              site.Spec.Host,
		CloudID:           site.Spec.CloudID,
		APIURL:            site.Spec.APIURL,
		ClientID:          string(secret.Data[v1alpha1.SecretClientID]),
		ClientSecret:      string(secret.Data[v1alpha1.SecretClientSecret]),
		RequestsPerMinute: int(site.Spec.RequestsPerMinute),
	}, verdict{}, nil
}

// prove finds out whether Jira takes what is sent. While deliveries fail, they are the proof: a probe that
// goes through does not show that they would.
func (r *SiteReconciler) prove(ctx context.Context, site *v1alpha1.JiraSite, conn *connection) (verdict, error) {
	if trouble := conn.troubled(); trouble != nil {
		news := conn.admit(editionOf(site))
		return verdict{reason: trouble.Reason, message: trouble.Message, keepsConnection: true, news: news}, nil
	}
	cloudID, err := r.probe(ctx, conn)
	if errors.Is(err, context.Canceled) {
		return verdict{}, err
	}
	if err != nil {
		trouble := outbox.TroubleOf(err)
		return verdict{reason: trouble.Reason, message: trouble.Message, wake: conn.disprove(err), keepsConnection: true}, nil
	}
	return verdict{
		reason:          v1alpha1.ReasonReady,
		message:         "Jira accepts the credentials.",
		cloudID:         cloudID,
		wake:            probeEvery,
		keepsConnection: true,
		news:            conn.admit(editionOf(site)),
	}, nil
}

// probe asks Jira whether it takes the credentials, where nothing has shown that for a while. It returns the
// site's cloud id.
func (r *SiteReconciler) probe(ctx context.Context, conn *connection) (string, error) {
	if !conn.provedSince(r.Now().Add(-probeEvery)) {
		if err := conn.client.Probe(ctx); err != nil {
			return "", fmt.Errorf("probe site: %w", err)
		}
		conn.prove(r.Now())
	}
	cloudID, err := conn.client.CloudID(ctx)
	if err != nil {
		return "", fmt.Errorf("find cloud id: %w", err)
	}
	return cloudID, nil
}
