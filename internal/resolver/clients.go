// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/commits"
	"github.com/rollcall-dev/rollcall/internal/image"
)

// clients holds a connection for each entry of a site's repositories, and one for its registries. Each has its own transport and
// the credential of one Secret.
type clients struct {
	cfg    Config
	making singleflight.Group

	mutex sync.Mutex
	made  map[laneName]*connection
}

// connection is a client, and what it was made of. Another generation of the site, or another Secret, makes another one.
type connection struct {
	site   siteVersion
	secret secretVersion
	// refusal says why there is no client: what is wrong with the Secret.
	refusal   string
	transport *transport
	commits   *commits.Client
	images    *image.Client
}

type siteVersion struct {
	uid        types.UID
	generation int64
}

// used returns the Secret that the connection depends on.
func (c *connection) used() []secretVersion {
	if c.secret.name == "" {
		return nil
	}
	return []secretVersion{c.secret}
}

func newClients(cfg Config) *clients { return &clients{cfg: cfg, made: map[laneName]*connection{}} }

// repositories returns the connection of an entry of spec.commits.repositories.
func (c *clients) repositories(ctx context.Context, site *v1alpha1.JiraSite, entry v1alpha1.CommitRepositories) (*connection, error) {
	return c.get(ctx, site, entry.URL, entry.SecretName, func(made *connection, secret *corev1.Secret) {
		if secret != nil {
			if made.refusal = c.notFor(secret, site.Name, entry.URL); made.refusal != "" {
				return
			}
		}
		var credential func(context.Context, *url.URL) (commits.Credential, error)
		if !c.open(made, secret, hostOf(entry.URL)) {
			return
		}
		if credential, made.refusal = c.credential(made, secret, entry.URL); made.refusal != "" {
			return
		}
		var err error
		made.commits, err = commits.New(commits.Config{
			Transport: made.transport, Credential: credential, Loopback: c.cfg.Loopback, UserAgent: c.cfg.UserAgent,
		})
		if err != nil {
			made.refusal = capital(err.Error()) + "."
		}
	})
}

// registries returns the connection of spec.commits.registries.
func (c *clients) registries(ctx context.Context, site *v1alpha1.JiraSite) (*connection, error) {
	spec := site.Spec.Commits
	return c.get(ctx, site, "", spec.RegistrySecretName, func(made *connection, secret *corev1.Secret) {
		var hosts []string
		for _, registry := range spec.Registries {
			hosts = append(hosts, registryHost(registry))
		}
		if secret != nil {
			if made.refusal = c.notForSite(secret, site.Name); made.refusal != "" {
				return
			}
		}
		if !c.open(made, secret, hosts...) {
			return
		}
		cfg := image.Config{
			Registries: spec.Registries, TokenServers: spec.TokenServers, Transport: made.transport, UserAgent: c.cfg.UserAgent, Now: c.cfg.Now,
		}
		if cfg.Keychain, made.refusal = c.keychain(secret); made.refusal != "" {
			return
		}
		var err error
		if made.images, err = image.New(cfg); err != nil {
			made.refusal = fmt.Sprintf("Correct spec.commits of JiraSite %s: %s.", site.Name, err)
		}
	})
}

// open gives a connection its transport. Where it cannot be made, the certificates in the Secret are no such.
func (c *clients) open(made *connection, secret *corev1.Secret, hosts ...string) bool {
	var caPEM []byte
	if secret != nil {
		caPEM = secret.Data[keyCA]
	}
	next, err := c.cfg.Transport(caPEM)
	if err != nil {
		made.refusal = fmt.Sprintf("The certificates in key %s of Secret %s in namespace %s cannot be read: they must be PEM.", keyCA, made.secret.name, c.cfg.Namespace)
		return false
	}
	made.transport = &transport{next: next, hosts: map[string]bool{}, counted: c.cfg.Metrics.SourceRequested}
	for _, host := range hosts {
		made.transport.hosts[host] = true
	}
	return true
}

// hostOf returns the host of an entry as it stands in the URLs of requests.
func hostOf(entry string) string {
	u, err := url.Parse(strings.ToLower(entry))
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.Host, map[string]string{"https": ":443", "http": ":80"}[u.Scheme])
}

// registryHost returns the host of a registry as it stands in the URLs of requests.
func registryHost(registry string) string {
	if _, rest, found := strings.Cut(registry, "://"); found {
		registry = rest
	}
	host, _, _ := strings.Cut(registry, "/")
	if host == "docker.io" {
		return "index.docker.io"
	}
	return host
}

// get returns the connection that is there, or has it made. Of callers at the same time one reads the Secret.
func (c *clients) get(ctx context.Context, site *v1alpha1.JiraSite, entry, secretName string, fill func(*connection, *corev1.Secret)) (*connection, error) {
	secret, err := c.versionOf(ctx, secretName)
	if err != nil {
		return nil, err
	}
	want := connection{site: siteVersion{site.UID, site.Generation}, secret: secret}
	key := laneName{site.Name, entry}
	if kept := c.kept(key, &want); kept != nil {
		return kept, nil
	}
	made, err, _ := c.making.Do(fmt.Sprint(key, want.site, want.secret), func() (any, error) {
		if kept := c.kept(key, &want); kept != nil {
			return kept, nil
		}
		made := &connection{site: want.site, secret: want.secret}
		secret, err := c.read(ctx, made)
		if err != nil {
			return nil, err
		}
		if made.refusal == "" {
			fill(made, secret)
		}
		c.keep(ctx, key, made)
		return made, nil
	})
	if err != nil {
		return nil, err
	}
	return made.(*connection), nil
}

func (c *clients) kept(key laneName, want *connection) *connection {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if made := c.made[key]; made != nil && made.site == want.site && made.secret == want.secret {
		return made
	}
	return nil
}

// keep keeps a connection in place of the one before it. It also lets go of those whose site is gone or has changed, so that
// no credential stays in memory that nobody may use any more.
func (c *clients) keep(ctx context.Context, key laneName, made *connection) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.drop(key)
	c.made[key] = made
	for name, other := range c.made {
		var site v1alpha1.JiraSite
		err := c.cfg.Client.Get(ctx, client.ObjectKey{Name: name.site}, &site, client.UnsafeDisableDeepCopy)
		if apierrors.IsNotFound(err) || err == nil && (siteVersion{site.UID, site.Generation}) != other.site {
			c.drop(name)
		}
	}
}

func (c *clients) drop(key laneName) {
	if gone := c.made[key]; gone != nil && gone.transport != nil {
		gone.transport.close()
	}
	delete(c.made, key)
}
