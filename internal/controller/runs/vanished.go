// SPDX-License-Identifier: Apache-2.0

package runs

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/build"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// How many runs that went away wait to be recorded, and how large they are in sum. A namespace that deletes more than that at
// once drops its own.
const (
	maxVanished      = 20_000
	maxVanishedBytes = 64 << 20
)

// vanished are the runs that went away, as they were last seen, until they are recorded: many a Job is deleted as soon as it
// has ended. The zero value is ready for use.
type vanished struct {
	mu     sync.Mutex
	shares outbox.Shares[*build.Build]
	byKey  map[client.ObjectKey]map[types.UID]*build.Build
}

// add keeps a run, and returns how many were dropped for it.
func (v *vanished) add(b *build.Build) (dropped int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.byKey == nil {
		v.byKey = map[client.ObjectKey]map[types.UID]*build.Build{}
		v.shares.Most, v.shares.MostBytes = maxVanished, maxVanishedBytes
	}
	key := keyOf(b)
	if v.byKey[key] == nil {
		v.byKey[key] = map[types.UID]*build.Build{}
	}
	if old := v.byKey[key][b.UID]; old != nil {
		v.shares.Remove(func(other *build.Build) bool { return other == old })
	}
	v.byKey[key][b.UID] = b
	for _, gone := range v.shares.Add(b.Namespace, sizeOf(b), b) {
		v.remove(gone)
		dropped++
	}
	return dropped
}

// of returns the runs that had a name, by their UIDs.
func (v *vanished) of(key client.ObjectKey) map[types.UID]*build.Build {
	v.mu.Lock()
	defer v.mu.Unlock()
	found := make(map[types.UID]*build.Build, len(v.byKey[key]))
	for uid, b := range v.byKey[key] {
		found[uid] = b
	}
	return found
}

// forget drops runs that are recorded.
func (v *vanished) forget(recorded map[types.UID]*build.Build) {
	if len(recorded) == 0 {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, b := range recorded {
		v.shares.Remove(func(other *build.Build) bool { return other == b })
		v.remove(b)
	}
}

func (v *vanished) remove(b *build.Build) {
	key := keyOf(b)
	if v.byKey[key][b.UID] == b {
		delete(v.byKey[key], b.UID)
	}
	if len(v.byKey[key]) == 0 {
		delete(v.byKey, key)
	}
}

func keyOf(b *build.Build) client.ObjectKey {
	return client.ObjectKey{Namespace: b.Namespace, Name: b.Name}
}

// sizeOf returns about how much memory a build takes.
func sizeOf(b *build.Build) int {
	const perText, perBuild = 64, 512
	size := perBuild
	for _, texts := range []map[string]string{b.Labels, b.Annotations} {
		for name, value := range texts {
			size += len(name) + len(value) + perText
		}
	}
	for _, t := range b.Texts {
		size += len(t.Value) + perText
	}
	return size
}
