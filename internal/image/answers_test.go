// SPDX-License-Identifier: Apache-2.0

package image_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/rollcall-dev/rollcall/internal/image"
)

// fifty images, each in a repository of its own.
func fifty(t *testing.T, registry *fakeRegistry, what func(i int) remote.Taggable) []string {
	t.Helper()
	var refs []string
	for i := range 50 {
		refs = append(refs, registry.push(t, fmt.Sprintf("acme/service-%d:1.0", i), what(i)))
	}
	return refs
}

func labelled(i int) build { return makeImage().labels(oci(github, fmt.Sprintf("%040x", i+1<<20))...) }

func TestAThousandDeploymentsOfFiftyImagesCostAtMostThreeRequestsAnImage(t *testing.T) {
	for images, tc := range map[string]struct {
		what     func(i int) remote.Taggable
		requests int
	}{
		"with annotations": {
			func(i int) remote.Taggable {
				return makeIndex(oci(github, commit), entry{labelled(i), "linux/amd64", nil})
			}, 50,
		},
		"with labels, for one platform": {func(i int) remote.Taggable { return labelled(i) }, 100},
		"with labels, for several platforms": {func(i int) remote.Taggable {
			return makeIndex(nil, entry{labelled(i), "linux/amd64", nil}, entry{labelled(i), "linux/arm64", nil})
		}, 150},
	} {
		t.Run(images, func(t *testing.T) {
			registry := newFakeRegistry(t)
			refs := fifty(t, registry, tc.what)
			client := registry.client(t)
			var all sync.WaitGroup
			for i := range 1000 {
				all.Go(func() {
					got, err := client.Source(t.Context(), image.Reference{Image: refs[i%50]})
					if err != nil || got.Repository != github {
						t.Errorf("%s: %+v, %v", refs[i%50], got, err)
					}
				})
			}
			all.Wait()
			if n := len(registry.Taken()); n != tc.requests {
				t.Errorf("a thousand questions took %d requests, want %d", n, tc.requests)
			}
		})
	}
}

func TestADigestIsAskedOnce(t *testing.T) {
	registry, clock := newFakeRegistry(t), newClock()
	img := labelled(1)
	ref := registry.push(t, "acme/checkout:1.0", img)
	client := registry.client(t, func(c *image.Config) { c.Now = clock.now })
	byStatus := image.Reference{Image: ref, ImageID: strings.TrimSuffix(ref, ":1.0") + "@" + img.digest()}

	first := source(t, client, byStatus)
	if first.Digest != img.digest() {
		t.Errorf("the source is of %s, want %s", first.Digest, img.digest())
	}
	for _, r := range registry.Taken() {
		if strings.HasSuffix(r.Path, "/1.0") {
			t.Errorf("the tag was asked though the pod status names a digest: %v", r)
		}
	}
	clock.pass(365 * 24 * time.Hour)
	if again := source(t, client, byStatus); again != first {
		t.Errorf("a year later: %+v, want %+v", again, first)
	}
	if requests := registry.Taken(); len(requests) != 0 {
		t.Errorf("a year later it took %v", requests)
	}
}

func TestATagIsAskedAgainForItsDigestAlone(t *testing.T) {
	registry, clock := newFakeRegistry(t), newClock()
	ref := registry.push(t, "acme/checkout:latest", labelled(1))
	client := registry.client(t, func(c *image.Config) { c.Now = clock.now })
	former := source(t, client, image.Reference{Image: ref})
	registry.Taken()

	clock.pass(4 * time.Minute)
	source(t, client, image.Reference{Image: ref})
	if requests := registry.Taken(); len(requests) != 0 {
		t.Errorf("within five minutes it took %v", requests)
	}
	clock.pass(2 * time.Minute)
	source(t, client, image.Reference{Image: ref})
	if requests := registry.Taken(); len(requests) != 1 || requests[0].Method != http.MethodHead {
		t.Errorf("for a tag that stayed it took %v, want one HEAD", requests)
	}
	registry.push(t, "acme/checkout:latest", labelled(2))
	clock.pass(6 * time.Minute)
	if moved := source(t, client, image.Reference{Image: ref}); moved.Revision == former.Revision {
		t.Errorf("the tag moved, and is still %s", moved.Revision)
	}
}

// Of a release that has the tag of the one before it, what was read before it does not count.
func TestATagIsReadAfterATime(t *testing.T) {
	registry, clock := newFakeRegistry(t), newClock()
	ref := registry.push(t, "acme/checkout:latest", labelled(1))
	client := registry.client(t, func(c *image.Config) { c.Now = clock.now })
	former := source(t, client, image.Reference{Image: ref})
	registry.push(t, "acme/checkout:latest", labelled(2))
	clock.pass(30 * time.Second)
	since := clock.now()
	if soon := source(t, client, image.Reference{Image: ref, ReadAfter: since.Add(-time.Minute)}); soon != former {
		t.Errorf("what was read after the time is %+v, want what is remembered", soon)
	}
	if moved := source(t, client, image.Reference{Image: ref, ReadAfter: since}); moved.Revision == former.Revision {
		t.Errorf("the tag was read before, and is still %s", moved.Revision)
	}
	registry.Taken()
	source(t, client, image.Reference{Image: ref, ReadAfter: since})
	if requests := registry.Taken(); len(requests) != 0 {
		t.Errorf("once it was read it took %v", requests)
	}
}

func TestARegistryWithoutDigestsInHeadIsAskedForTheManifest(t *testing.T) {
	registry, clock := newFakeRegistry(t), newClock()
	ref := registry.push(t, "acme/checkout:latest", labelled(1))
	registry.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return true
		}
		return false
	})
	client := registry.client(t, func(c *image.Config) { c.Now = clock.now })
	former := source(t, client, image.Reference{Image: ref})
	clock.pass(6 * time.Minute)
	if again := source(t, client, image.Reference{Image: ref}); again != former {
		t.Errorf("%+v, want %+v", again, former)
	}
}

func TestAFailureIsRememberedForAWhile(t *testing.T) {
	for failure, tc := range map[string]struct {
		status int
		reason error
		life   time.Duration
	}{
		"missing":      {http.StatusNotFound, image.ErrNotFound, time.Minute},
		"forbidden":    {http.StatusForbidden, image.ErrUnauthorized, 5 * time.Minute},
		"unauthorized": {http.StatusUnauthorized, image.ErrUnauthorized, 5 * time.Minute},
		"down":         {http.StatusBadGateway, image.ErrUnreachable, 30 * time.Second},
		"odd":          {http.StatusTeapot, image.ErrUnreachable, 30 * time.Second},
	} {
		t.Run(failure, func(t *testing.T) {
			registry, clock := newFakeRegistry(t), newClock()
			ref := registry.push(t, "acme/checkout:1.0", labelled(1))
			registry.always(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(tc.status) })
			client := registry.client(t, func(c *image.Config) { c.Now = clock.now })
			for range 3 {
				_, err := client.Source(t.Context(), image.Reference{Image: ref})
				var failed *image.Error
				if !errors.Is(err, tc.reason) || !errors.As(err, &failed) || failed.Status != tc.status {
					t.Fatalf("%v, want %v with HTTP %d", err, tc.reason, tc.status)
				}
				clock.pass(tc.life / 4)
			}
			if n := len(registry.Taken()); n != 1 {
				t.Errorf("within %s it took %d requests, want 1", tc.life, n)
			}
			registry.Before(nil)
			clock.pass(tc.life / 4)
			source(t, client, image.Reference{Image: ref})
		})
	}
}

func TestARegistryThatLimitsIsLeftAloneWithAllItsImages(t *testing.T) {
	for header, wait := range map[string]time.Duration{"120": 2 * time.Minute, "": 5 * time.Minute, "999999": time.Hour} {
		registry, clock := newFakeRegistry(t), newClock()
		first, second := registry.push(t, "acme/one:1.0", labelled(1)), registry.push(t, "acme/two:1.0", labelled(2))
		registry.always(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(http.StatusTooManyRequests)
		})
		client := registry.client(t, func(c *image.Config) { c.Now = clock.now })
		for _, ref := range []string{first, second, first} {
			_, err := client.Source(t.Context(), image.Reference{Image: ref})
			var limited *image.Error
			if !errors.Is(err, image.ErrRateLimited) || !errors.As(err, &limited) || limited.RetryAfter != wait {
				t.Fatalf("Retry-After %q: %v, want %s", header, err, wait)
			}
		}
		if n := len(registry.Taken()); n != 1 {
			t.Errorf("it took %d requests, want 1", n)
		}
		registry.Before(nil)
		clock.pass(wait)
		source(t, client, image.Reference{Image: second})
	}
}

func TestAnObjectStoreThatLimitsHoldsUpNoOtherImage(t *testing.T) {
	registry := newFakeRegistry(t)
	first, second := registry.push(t, "acme/one:1.0", labelled(1)), registry.push(t, "acme/two:1.0", labelled(2))
	store := newOther(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) })
	registry.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/one/") {
			return false
		}
		http.Redirect(w, r, store.URL, http.StatusFound)
		return true
	})
	client := registry.client(t)
	if _, err := client.Source(t.Context(), image.Reference{Image: first}); !errors.Is(err, image.ErrRateLimited) {
		t.Errorf("%v, want %v", err, image.ErrRateLimited)
	}
	source(t, client, image.Reference{Image: second})
}

func TestARegistryThatIsDownHoldsUpNoOther(t *testing.T) {
	down, up := newFakeRegistry(t), newFakeRegistry(t)
	gone, there := down.push(t, "acme/web:1.0", labelled(1)), up.push(t, "acme/web:1.0", labelled(2))
	down.Close()
	client := up.client(t, func(c *image.Config) { c.Registries = append(c.Registries, down.URL) })
	if _, err := client.Source(t.Context(), image.Reference{Image: gone}); !errors.Is(err, image.ErrUnreachable) ||
		!strings.Contains(err.Error(), "it refuses connections") {
		t.Errorf("%v, want that it refuses connections", err)
	}
	// Another image of the same registry is told at once, from memory.
	if _, err := client.Source(t.Context(), image.Reference{Image: strings.Replace(gone, "web", "shop", 1)}); !errors.Is(err, image.ErrUnreachable) {
		t.Errorf("%v, want %v", err, image.ErrUnreachable)
	}
	source(t, client, image.Reference{Image: there})
}

// unconnected counts how often somebody tries to connect.
type unconnected struct{ tries int }

func (u *unconnected) RoundTrip(*http.Request) (*http.Response, error) {
	u.tries++
	return nil, &net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}
}

func TestARegistryThatCannotBeConnectedToIsTriedOnceForAllImages(t *testing.T) {
	clock, transport := newClock(), &unconnected{}
	client, err := image.New(image.Config{Registries: []string{"ghcr.io"}, Transport: transport, Now: clock.now})
	if err != nil {
		t.Fatal(err)
	}
	for tries := 1; tries < 3; tries++ {
		for i := range 10 {
			if _, err := client.Source(t.Context(), image.Reference{Image: fmt.Sprintf("ghcr.io/acme/web:%d", i)}); !errors.Is(err, image.ErrUnreachable) {
				t.Errorf("%v, want %v", err, image.ErrUnreachable)
			}
		}
		if transport.tries != tries {
			t.Errorf("ten images took %d tries, want %d", transport.tries, tries)
		}
		clock.pass(30 * time.Second)
	}
}

func TestWhoGivesUpDoesNotEndTheReadingOfOthers(t *testing.T) {
	registry := newFakeRegistry(t)
	ref := registry.push(t, "acme/checkout:1.0", labelled(1))
	asked, release := make(chan struct{}, 1), make(chan struct{})
	registry.Before(func(http.ResponseWriter, *http.Request) bool {
		select {
		case asked <- struct{}{}:
			<-release
		default:
		}
		return false
	})
	client := registry.client(t)
	impatient, giveUp := context.WithCancel(t.Context())
	first := make(chan error)
	go func() {
		_, err := client.Source(impatient, image.Reference{Image: ref})
		first <- err
	}()
	<-asked
	second := make(chan error)
	go func() {
		_, err := client.Source(t.Context(), image.Reference{Image: ref})
		second <- err
	}()
	giveUp()
	if err := <-first; !errors.Is(err, impatient.Err()) {
		t.Errorf("who gave up got %v", err)
	}
	close(release)
	if err := <-second; err != nil {
		t.Errorf("who waited got %v", err)
	}
	if n := len(registry.Taken()); n != 2 {
		t.Errorf("both took %d requests, want 2", n)
	}
}

func TestTheMemoryOfAnswersIsBounded(t *testing.T) {
	registry := newFakeRegistry(t)
	client := registry.client(t, func(c *image.Config) { c.CacheSize = 10 })
	for i := range 100 {
		_, err := client.Source(t.Context(), image.Reference{Image: fmt.Sprintf("%s/acme/web:%d", registry.Host, i)})
		if !errors.Is(err, image.ErrNotFound) {
			t.Fatalf("%v, want %v", err, image.ErrNotFound)
		}
	}
	if client.Size() != 10 {
		t.Errorf("%d answers are kept, want 10", client.Size())
	}
}

func TestMirrorsThatKeepOnePlatformOrNoAttestationAreRead(t *testing.T) {
	for missing, tc := range map[string]struct {
		image remote.Taggable
		gone  string
		want  image.From
	}{
		"linux/amd64": {
			makeIndex(nil, entry{labelled(1), "linux/amd64", nil}, entry{labelled(2), "linux/arm64", nil}), labelled(1).digest(), image.ConfigLabel,
		},
		"the provenance": {
			attested(makeImage().labels("org.opencontainers.image.source", github), vcs(github, commit)), "", image.ConfigLabel,
		},
	} {
		t.Run(missing, func(t *testing.T) {
			registry := newFakeRegistry(t)
			ref := registry.push(t, "acme/checkout:1.0", tc.image)
			manifests := 0
			registry.Before(func(w http.ResponseWriter, r *http.Request) bool {
				if strings.Contains(r.URL.Path, "/manifests/") {
					manifests++
				}
				if strings.HasSuffix(r.URL.Path, "/manifests/"+tc.gone) || tc.gone == "" && manifests == 3 {
					w.WriteHeader(http.StatusNotFound)
					return true
				}
				return false
			})
			if got := source(t, registry.client(t), image.Reference{Image: ref}); got.From != tc.want || got.Repository != github {
				t.Errorf("%+v, want it from %s", got, tc.want)
			}
		})
	}
}

func TestAnImageOfAnIndexThatCannotBeReadIsNoReasonToReadTheOthers(t *testing.T) {
	registry := newFakeRegistry(t)
	ref := registry.push(t, "acme/checkout:1.0", makeIndex(nil, entry{labelled(1), "linux/amd64", nil}, entry{labelled(2), "linux/arm64", nil}))
	registry.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, labelled(1).digest()) {
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		return false
	})
	_, err := registry.client(t).Source(t.Context(), image.Reference{Image: ref})
	if n := len(registry.Taken()); !errors.Is(err, image.ErrUnauthorized) || n != 2 {
		t.Errorf("%v after %d requests, want %v after 2", err, n, image.ErrUnauthorized)
	}
}
