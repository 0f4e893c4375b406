// SPDX-License-Identifier: Apache-2.0

package image_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/rollcall-dev/rollcall/internal/image"
)

// recorder keeps the URLs that are asked, and answers none.
type recorder struct{ urls []string }

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.urls = append(r.urls, req.URL.String())
	return nil, errors.New("nobody is there")
}

const sha = "sha256:abababababababababababababababababababababababababababababababab"

func TestWhereAnImageIsAskedFor(t *testing.T) {
	const hub, ghcr = "https://index.docker.io/v2/library/nginx/manifests/", "https://ghcr.io/v2/acme/web/manifests/"
	for ref, want := range map[image.Reference]string{
		{Image: "nginx"}:                      hub + "latest",
		{Image: "nginx:1.27"}:                 hub + "1.27",
		{Image: "docker.io/library/nginx"}:    hub + "latest",
		{Image: "index.docker.io/nginx:1"}:    hub + "1",
		{Image: "registry-1.docker.io/nginx"}: hub + "latest",
		{Image: "nginx@" + sha}:               hub + sha,
		{Image: "ghcr.io/acme/web:1@" + sha}:  ghcr + sha,
		{Image: "ghcr.io/acme/web:1"}:         ghcr + "1",

		{Image: "nginx", ImageID: "docker.io/library/nginx@" + sha}:                hub + sha,
		{Image: "nginx", ImageID: "docker-pullable://nginx@" + sha}:                hub + sha,
		{Image: "ghcr.io/acme/web:1", ImageID: "ghcr.io/acme/web@" + sha}:          ghcr + sha,
		{Image: "ghcr.io/acme/web:1", ImageID: "ghcr.io/acme/other@" + sha}:        ghcr + "1",
		{Image: "ghcr.io/acme/web:1", ImageID: "ghcr.io.evil.com/acme/web@" + sha}: ghcr + "1",
		{Image: "ghcr.io/acme/web:1", ImageID: sha}:                                ghcr + "1", // of the configuration
		{Image: "ghcr.io/acme/web:1", ImageID: "ghcr.io/acme/web@sha256:ab"}:       ghcr + "1",
	} {
		asked := &recorder{}
		client, err := image.New(image.Config{Registries: []string{"docker.io", "ghcr.io/acme"}, Transport: asked, Now: newClock().now})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Source(t.Context(), ref)
		if len(asked.urls) != 1 || asked.urls[0] != want || !errors.Is(err, image.ErrUnreachable) {
			t.Errorf("%v is asked at %v (%v), want %s", ref, asked.urls, err, want)
		}
	}
}

func TestWhatIsNotListedIsNotAsked(t *testing.T) {
	asked, registries := &recorder{}, []string{"docker.io/acme", "ghcr.io/acme", "http://127.0.0.1:5000"}
	client, err := image.New(image.Config{Registries: registries, Transport: asked, Now: newClock().now})
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{
		"quay.io/acme/web", "ghcr.io.evil.com/acme/web", "evil-ghcr.io/acme/web", "evil.com/ghcr.io/acme/web", "ghcr.io:443/acme/web",
		"ghcr.io:8443/acme/web", "ghcr.io./acme/web", "GHCR.IO/acme/web", "ghcr.io/acme-evil/web", "ghcr.io/evil/acme", "nginx", "evil/web",
		"127.0.0.1/acme/web", "127.0.0.1:5001/acme/web", "localhost:5000/acme/web", "[::1]:5000/acme/web",
		"127.0.0.1:5000@evil.com/acme/web", "169.254.169.254/acme/web", "ghcr.io%2eevil.com/acme/web",
	} {
		_, err := client.Source(t.Context(), image.Reference{Image: ref, ImageID: "ghcr.io/acme/web@" + sha})
		if !errors.Is(err, image.ErrRegistryNotListed) && !errors.Is(err, image.ErrInvalidReference) {
			t.Errorf("%s: %v, want %v", ref, err, image.ErrRegistryNotListed)
		}
		if image.Listed(registries, ref) {
			t.Errorf("%s is listed", ref)
		}
	}
	for _, ref := range []string{"acme/web", "docker.io/acme/web:1", "index.docker.io/acme/web", "ghcr.io/acme/web@" + sha, "127.0.0.1:5000/web"} {
		if !image.Listed(registries, ref) {
			t.Errorf("%s is not listed", ref)
		}
	}
	if len(asked.urls) != 0 {
		t.Errorf("it asked %v", asked.urls)
	}
}

func TestWhatIsNoReferenceIsNotAsked(t *testing.T) {
	asked := &recorder{}
	client, err := image.New(image.Config{Registries: []string{"ghcr.io", "docker.io"}, Transport: asked, Now: newClock().now})
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{
		"", " ", "ghcr.io/", "ghcr.io/acme/../../v2/evil/web", "ghcr.io/../web", "ghcr.io/./web", "ghcr.io/acme//web", "ghcr.io/acme/web/",
		"ghcr.io/acme/.web", "ghcr.io/acme/web?x=1", "ghcr.io/acme/web#x", "ghcr.io/acme/web:a/b", "ghcr.io/acme/web:", "ghcr.io/acme/web:..", "ghcr.io/acme/web:.", "ghcr.io/acme/web:-x", "ghcr.io/acme/web:..%2f",
		"user:c4n4ry@ghcr.io/acme/web", "https://ghcr.io/acme/web", "ghcr.io/acme/wеb", "ghcr.io/acme/we\nb", "ghcr.io/ACME/web",
		"ghcr.io/acme/web@sha256:ab", "ghcr.io/acme/web@md5:" + strings.Repeat("a", 32), "ghcr.io/" + strings.Repeat("a", 300),
	} {
		_, err := client.Source(t.Context(), image.Reference{Image: ref})
		if !errors.Is(err, image.ErrInvalidReference) {
			t.Errorf("%q: %v, want %v", ref, err, image.ErrInvalidReference)
		}
		noSecrets(t, err)
	}
	if len(asked.urls) != 0 {
		t.Errorf("it asked %v", asked.urls)
	}
}

func TestConfigurationsThatAreRefused(t *testing.T) {
	now := newClock().now
	for says, cfg := range map[string]image.Config{
		"a clock":                      {Registries: []string{"ghcr.io"}},
		"http is for loopback":         {Registries: []string{"http://registry.example.com"}, Now: now},
		"by http and by https":         {Registries: []string{"http://127.0.0.1:5000", "127.0.0.1:5000"}, Now: now},
		"token server":                 {TokenServers: []string{"auth.example.com/token"}, Now: now},
		`token server "example.com/x"`: {TokenServers: []string{"https://user:c4n4ry@example.com/x"}, Now: now},
	} {
		_, err := image.New(cfg)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want it to speak of %s", err, says)
		}
		noSecrets(t, err)
	}
}
