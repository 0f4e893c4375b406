// SPDX-License-Identifier: Apache-2.0

package image_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/rollcall-dev/rollcall/internal/image"
)

func TestAnswersAreBounded(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 64 {
		_, _ = z.Write(make([]byte, 1<<20))
	}
	_ = z.Close()
	for answer, handler := range map[string]http.HandlerFunc{
		"a manifest without end": func(w http.ResponseWriter, _ *http.Request) {
			for spaces := bytes.Repeat([]byte(" "), 1<<16); ; {
				if _, err := w.Write(spaces); err != nil {
					return
				}
			}
		},
		"a manifest that unpacks without end": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		},
		"an index of a million entries": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"manifests": [{}` + strings.Repeat(",{}", 1_000_000) + `]}`))
		},
		"a layer of a million URLs": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"layers": [{"urls": [""` + strings.Repeat(`,""`, 1_000_000) + `]}]}`))
		},
	} {
		t.Run(answer, func(t *testing.T) {
			registry := newFakeRegistry(t)
			registry.always(handler)
			_, err := registry.client(t).Source(t.Context(), image.Reference{Image: registry.Host + "/acme/web:1.0"})
			if !errors.Is(err, image.ErrTooLarge) {
				t.Errorf("%v, want %v", err, image.ErrTooLarge)
			}
		})
	}
}

func TestConfigurationsAndStatementsAreBounded(t *testing.T) {
	// Names beyond a megabyte, whether the manifest says so or not.
	long := strings.Repeat("x", 1<<20)
	for what, img := range map[string]struct {
		image   build
		lie     bool
		content string
	}{
		"a configuration":                          {image: makeImage().labels("a", long)},
		"a configuration that is said to be short": {image: makeImage().labels("a", long), lie: true},
	} {
		registry := newFakeRegistry(t)
		ref := registry.push(t, "acme/web:1.0", img.image)
		if img.lie {
			registry.lieAboutSize(t, img.image)
		}
		client := registry.client(t, func(c *image.Config) { c.Limits.Bytes = 1 << 20 })
		_, err := client.Source(t.Context(), image.Reference{Image: strings.TrimSuffix(ref, ":1.0") + ":lie"})
		if !img.lie {
			_, err = client.Source(t.Context(), image.Reference{Image: ref})
		}
		if !errors.Is(err, image.ErrTooLarge) {
			t.Errorf("%s: %v, want %v", what, err, image.ErrTooLarge)
		}
	}
}

// lieAboutSize serves a manifest under the tag lie that says that the configuration has one byte.
func (f *fakeRegistry) lieAboutSize(t *testing.T, img build) {
	t.Helper()
	manifest, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	lie := fmt.Sprintf(`{"schemaVersion": 2, "mediaType": %q, "config": {"mediaType": %q, "size": 1, "digest": %q}, "layers": []}`,
		types.OCIManifestSchema1, manifest.Config.MediaType, manifest.Config.Digest)
	f.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/manifests/lie") {
			return false
		}
		w.Header().Set("Content-Type", string(types.OCIManifestSchema1))
		_, _ = io.WriteString(w, lie)
		return true
	})
}

func TestSlowRegistriesAreGivenUp(t *testing.T) {
	for slow, handler := range map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"a byte now and then": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte(" "))
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		},
	} {
		registry := newFakeRegistry(t)
		registry.always(handler)
		client := registry.client(t, func(c *image.Config) { c.Limits.Timeout = 100 * time.Millisecond })
		_, err := client.Source(t.Context(), image.Reference{Image: registry.Host + "/acme/web:1.0"})
		if !errors.Is(err, image.ErrUnreachable) || !strings.Contains(err.Error(), "did not answer in time") {
			t.Errorf("%s: %v, want that it did not answer in time", slow, err)
		}
	}
}

func TestAnswersThatBreakOffOrLie(t *testing.T) {
	for answer, tc := range map[string]struct {
		handler http.HandlerFunc
		reason  error
	}{
		"half a manifest": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("{"))
		}, image.ErrUnreachable},
		"no JSON":            {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, image.ErrMalformed},
		"another JSON":       {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"annotations": 5}`)) }, image.ErrMalformed},
		"another digest":     {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{}`)) }, image.ErrMalformed},
		"another digest yet": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"config": {"digest": "x"}}`)) }, image.ErrMalformed},
	} {
		registry := newFakeRegistry(t)
		registry.always(tc.handler)
		_, err := registry.client(t).Source(t.Context(), image.Reference{Image: registry.Host + "/acme/web@" + sha})
		if !errors.Is(err, tc.reason) {
			t.Errorf("%s: %v, want %v", answer, err, tc.reason)
		}
	}
}

func TestFewImagesOfARegistryAreReadAtATime(t *testing.T) {
	registry := newFakeRegistry(t)
	var now, most atomic.Int64
	registry.always(func(w http.ResponseWriter, _ *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(5 * time.Millisecond)
		now.Add(-1)
		w.WriteHeader(http.StatusNotFound)
	})
	client := registry.client(t)
	done := make(chan error)
	for i := range 50 {
		go func() {
			_, err := client.Source(t.Context(), image.Reference{Image: fmt.Sprintf("%s/acme/web:%d", registry.Host, i)})
			done <- err
		}()
	}
	for range 50 {
		if err := <-done; !errors.Is(err, image.ErrNotFound) {
			t.Error(err)
		}
	}
	if most.Load() > 4 {
		t.Errorf("%d images were read at a time, want 4 at most", most.Load())
	}
}

func TestThingsThatAreNoImagesSayNothing(t *testing.T) {
	registry := newFakeRegistry(t)
	chart := build{makeImage().Image}.layer("chart", "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
	for name, thing := range map[string]interface {
		RawManifest() ([]byte, error)
		MediaType() (types.MediaType, error)
		Digest() (v1.Hash, error)
		Size() (int64, error)
	}{
		"chart": chart, "index-of-nothing": makeIndex(nil), "index-of-attestations": makeIndex(nil, entry{labelled(1), "linux/amd64",
			[]string{"vnd.docker.reference.type", "attestation-manifest"}}),
	} {
		ref := registry.push(t, "acme/"+name+":1.0", thing)
		if got := source(t, registry.client(t), image.Reference{Image: ref}); got.Repository != "" || got.Revision != "" {
			t.Errorf("%s says %+v", name, got)
		}
	}
}
