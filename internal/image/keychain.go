// SPDX-License-Identifier: Apache-2.0

package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
)

// dockerConfig finds the credential for an image.
type dockerConfig struct {
	entries []dockerAuth // the longest path first
}

type dockerAuth struct {
	host, path string
	auth       authn.Authenticator
}

// ParseDockerConfig reads the value of a Secret of type kubernetes.io/dockerconfigjson. An entry is for an image as kubelet has
// it: its host is the image's, part for part, where * stands for any part but a port (*.azurecr.io), and its path is the
// beginning of the image's. Unlike kubelet, a path counts by whole parts, so that ghcr.io/acme is not for ghcr.io/acme-evil, and
// only the most specific entry is tried. Credential helpers and identity tokens are not supported, as by kubelet.
//
// No error holds a part of a value.
func ParseDockerConfig(raw []byte) (authn.Keychain, error) {
	var file struct {
		Auths map[string]json.RawMessage `json:"auths"`
	}
	if json.Unmarshal(raw, &file) != nil {
		return nil, errors.New("parse dockerconfigjson: it is no JSON of that form")
	}
	if len(file.Auths) == 0 {
		return nil, errors.New(`parse dockerconfigjson: it has no "auths"`)
	}
	c := &dockerConfig{}
	for key, value := range file.Auths {
		var credential authn.AuthConfig
		if json.Unmarshal(value, &credential) != nil {
			return nil, fmt.Errorf("parse dockerconfigjson: the entry of %q has no valid auth", withoutUser(key))
		}
		if credential.Username == "" || credential.Password == "" {
			return nil, fmt.Errorf("parse dockerconfigjson: the entry of %q has no username and password", withoutUser(key))
		}
		host, path := splitKey(key)
		auth := authn.FromConfig(authn.AuthConfig{Username: credential.Username, Password: credential.Password})
		c.entries = append(c.entries, dockerAuth{host: host, path: path, auth: auth})
	}
	slices.SortFunc(c.entries, func(a, b dockerAuth) int {
		if len(a.path) != len(b.path) {
			return len(b.path) - len(a.path)
		}
		// A name without * is more specific than one with it, and sorts after it.
		return strings.Compare(b.host, a.host)
	})
	return c, nil
}

// splitKey reads ghcr.io, ghcr.io/acme, https://ghcr.io, and https://index.docker.io/v1/, which is Docker Hub.
func splitKey(key string) (host, path string) {
	if _, rest, found := strings.Cut(key, "://"); found {
		key = rest
	}
	host, path, _ = strings.Cut(key, "/")
	path = strings.Trim(path, "/")
	for _, version := range []string{"v1", "v2"} {
		if path == version {
			path = ""
		}
		path = strings.TrimPrefix(path, version+"/")
	}
	if hubNames[host] {
		host = dockerHub
	}
	return host, path
}

// Resolve returns the credential for an image, and the anonymous one where there is none.
func (c *dockerConfig) Resolve(target authn.Resource) (authn.Authenticator, error) {
	repository := strings.TrimPrefix(target.String(), target.RegistryStr()+"/")
	for _, e := range c.entries {
		if matchHost(e.host, target.RegistryStr()) && (e.path == "" || e.path == repository || strings.HasPrefix(repository, e.path+"/")) {
			return e.auth, nil
		}
	}
	return authn.Anonymous, nil
}

// matchHost compares part for part. A port belongs to the last part, and has to be the same.
func matchHost(pattern, host string) bool {
	patternName, patternPort, _ := strings.Cut(pattern, ":")
	hostName, hostPort, _ := strings.Cut(host, ":")
	patterns, parts := strings.Split(patternName, "."), strings.Split(hostName, ".")
	if patternPort != hostPort || len(patterns) != len(parts) {
		return false
	}
	for i, part := range parts {
		if matched, err := path.Match(patterns[i], part); err != nil || !matched {
			return false
		}
	}
	return true
}

// Format writes how many credentials there are, and none of them, whatever the verb.
func (c *dockerConfig) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "image.Keychain of %d registries", len(c.entries))
}
