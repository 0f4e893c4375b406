// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/commits"
	"github.com/rollcall-dev/rollcall/internal/image"
)

// The keys of a Secret for repositories, as Flux has them for its GitRepositories.
const (
	keyUsername        = "username"
	keyPassword        = "password"
	keyBearerToken     = "bearerToken"
	keyAppID           = "githubAppID"
	keyAppInstallation = "githubAppInstallationID"
	keyAppPrivateKey   = "githubAppPrivateKey"
	keyAppBaseURL      = "githubAppBaseURL"
	keyCA              = "ca.crt"
)

const keysOfRepositories = keyUsername + " and " + keyPassword + "; or " + keyBearerToken + "; or " +
	keyAppID + ", " + keyAppInstallation + " and " + keyAppPrivateKey

// secretVersion tells two contents of a Secret apart. A Secret that is not there has a name alone; so has no Secret, without one.
type secretVersion struct {
	name            string
	uid             types.UID
	resourceVersion string
}

// versionOf asks the cache, which holds nothing of what is in a Secret.
func (c *clients) versionOf(ctx context.Context, name string) (secretVersion, error) {
	if name == "" {
		return secretVersion{}, nil
	}
	seen := metav1.PartialObjectMetadata{}
	seen.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	err := c.cfg.Client.Get(ctx, client.ObjectKey{Namespace: c.cfg.Namespace, Name: name}, &seen, client.UnsafeDisableDeepCopy)
	if client.IgnoreNotFound(err) != nil {
		return secretVersion{}, fmt.Errorf("get metadata of Secret: %w", err)
	}
	return secretVersion{name, seen.UID, seen.ResourceVersion}, nil
}

// read reads the Secret of a connection from the API server; nil where there is none, and why.
func (c *clients) read(ctx context.Context, made *connection) (*corev1.Secret, error) {
	if made.secret.name == "" {
		return nil, nil
	}
	var secret corev1.Secret
	err := c.cfg.APIReader.Get(ctx, client.ObjectKey{Namespace: c.cfg.Namespace, Name: made.secret.name}, &secret)
	if apierrors.IsNotFound(err) {
		made.refusal = fmt.Sprintf("There is no Secret %s in namespace %s: create it, with the keys %s (for repositories) or %s (for registries).",
			made.secret.name, c.cfg.Namespace, keysOfRepositories, corev1.DockerConfigJsonKey)
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("get Secret: %w", err)
	}
	return &secret, nil
}

// notFor says why a Secret may not be used for an entry; nothing where it may. Its annotations say where it may be sent,
// whatever the JiraSite says: who may write sites shall not choose where the Secrets of the operator's namespace go.
func (c *clients) notFor(secret *corev1.Secret, site, entry string) string {
	allowed, says := secret.Annotations[v1alpha1.AnnotationRepositories]
	switch {
	case !says:
		return fmt.Sprintf("Secret %s in namespace %s does not say which repositories it is for. If it may be sent to %s, set its annotation %s to that.",
			secret.Name, c.cfg.Namespace, entry, v1alpha1.AnnotationRepositories)
	case !commits.Covered(entry, split(allowed)):
		return fmt.Sprintf("Secret %s in namespace %s is for other repositories. If it may be sent to %s, add that to its annotation %s.",
			secret.Name, c.cfg.Namespace, entry, v1alpha1.AnnotationRepositories)
	}
	return c.notForSite(secret, site)
}

func (c *clients) notForSite(secret *corev1.Secret, site string) string {
	if sites, narrowed := secret.Annotations[v1alpha1.AnnotationSites]; narrowed && !slices.Contains(split(sites), site) {
		return fmt.Sprintf("Secret %s in namespace %s is for other sites. If it is for JiraSite %s as well, add that to its annotation %s.",
			secret.Name, c.cfg.Namespace, site, v1alpha1.AnnotationSites)
	}
	return ""
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
}

// credential returns what requests below an entry carry, or why there is nothing.
func (c *clients) credential(made *connection, secret *corev1.Secret, entry string) (func(context.Context, *url.URL) (commits.Credential, error), string) {
	if secret == nil {
		return nil, ""
	}
	has := func(key string) bool { return value(secret, key) != "" }
	missing := func(keys ...string) string {
		keys = slices.DeleteFunc(keys, has)
		return fmt.Sprintf("Secret %s in namespace %s has no key %s, or an empty one: add it.", secret.Name, c.cfg.Namespace, strings.Join(keys, ", "))
	}
	switch {
	case has(keyAppID) || has(keyAppInstallation) || has(keyAppPrivateKey):
		if !has(keyAppID) || !has(keyAppInstallation) || !has(keyAppPrivateKey) {
			return nil, missing(keyAppID, keyAppInstallation, keyAppPrivateKey)
		}
		return c.app(made, secret, entry)
	case has(keyBearerToken):
		return below(entry, commits.Bearer(value(secret, keyBearerToken))), ""
	case has(keyUsername) && has(keyPassword):
		return below(entry, commits.Basic(value(secret, keyUsername), value(secret, keyPassword))), ""
	case has(keyUsername) || has(keyPassword):
		return nil, missing(keyUsername, keyPassword)
	case has(keyCA):
		return nil, ""
	}
	return nil, fmt.Sprintf("Secret %s in namespace %s holds no credential: it needs the keys %s.", secret.Name, c.cfg.Namespace, keysOfRepositories)
}

// value returns the value of a key without a line feed at its end, which many tools add.
func value(secret *corev1.Secret, key string) string {
	return strings.TrimRight(string(secret.Data[key]), "\r\n")
}

// below gives a credential to repositories of an entry alone. Only those are asked for; this makes sure.
func below(entry string, credential commits.Credential) func(context.Context, *url.URL) (commits.Credential, error) {
	return func(_ context.Context, repository *url.URL) (commits.Credential, error) {
		if _, ok := commits.Allowed(repository.String(), []string{entry}); !ok {
			return commits.Credential{}, &commits.Error{Cause: commits.ErrUnauthorized, Message: "the credential is for other repositories"}
		}
		return credential, nil
	}
}

// app returns the tokens of a GitHub App.
func (c *clients) app(made *connection, secret *corev1.Secret, entry string) (func(context.Context, *url.URL) (commits.Credential, error), string) {
	app, err := commits.NewApp(commits.AppConfig{
		ID: value(secret, keyAppID), Installation: value(secret, keyAppInstallation), PrivateKey: secret.Data[keyAppPrivateKey],
		API: value(secret, keyAppBaseURL), Transport: made.transport, Now: c.cfg.Now, Loopback: c.cfg.Loopback, UserAgent: c.cfg.UserAgent,
	})
	if err != nil {
		return nil, fmt.Sprintf("Secret %s in namespace %s cannot be used: %s.", secret.Name, c.cfg.Namespace, messageOf(err))
	}
	return func(ctx context.Context, repository *url.URL) (commits.Credential, error) {
		if _, err := below(entry, commits.Credential{})(ctx, repository); err != nil {
			return commits.Credential{}, err
		}
		return app.Credential(ctx)
	}, ""
}

// keychain returns the credentials for registries, or why they cannot be read.
func (c *clients) keychain(secret *corev1.Secret) (authn.Keychain, string) {
	if secret == nil {
		return nil, ""
	}
	raw := secret.Data[corev1.DockerConfigJsonKey]
	if len(raw) == 0 {
		return nil, fmt.Sprintf("Secret %s in namespace %s has no key %s, or an empty one: add it.", secret.Name, c.cfg.Namespace, corev1.DockerConfigJsonKey)
	}
	keys, err := image.ParseDockerConfig(raw)
	if err != nil {
		return nil, fmt.Sprintf("Key %s of Secret %s in namespace %s cannot be used: %s.", corev1.DockerConfigJsonKey, secret.Name, c.cfg.Namespace, err)
	}
	return keys, ""
}
