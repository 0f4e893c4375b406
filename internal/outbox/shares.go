// SPDX-License-Identifier: Apache-2.0

package outbox

import "slices"

// Shares keeps things of namespaces, the oldest first, up to a number and to a size in sum. Where there are more, the oldest
// of the namespace that takes the largest share is dropped, until there are not: a namespace that goes with thousands of
// records costs its own, whether they are many or large. Its share is that of the number or of the size, whichever is larger.
type Shares[T any] struct {
	// Most and MostBytes are how many things are kept, and how large they are in sum.
	Most, MostBytes int

	all   []share[T]
	bytes int
}

type share[T any] struct {
	namespace string
	bytes     int
	thing     T
}

// Add keeps a thing, and returns those that are dropped for it: itself, where it alone is too large.
func (s *Shares[T]) Add(namespace string, bytes int, thing T) (dropped []T) {
	if bytes > s.MostBytes {
		return []T{thing}
	}
	s.all, s.bytes = append(s.all, share[T]{namespace, bytes, thing}), s.bytes+bytes
	for len(s.all) > s.Most || s.bytes > s.MostBytes {
		dropped = append(dropped, s.removeAt(s.dispensable()))
	}
	return dropped
}

// Len returns how many things are kept.
func (s *Shares[T]) Len() int { return len(s.all) }

// Remove forgets the things that are meant.
func (s *Shares[T]) Remove(meant func(T) bool) {
	for i := len(s.all) - 1; i >= 0; i-- {
		if meant(s.all[i].thing) {
			s.removeAt(i)
		}
	}
}

// Take returns all things, the oldest first, and keeps none.
func (s *Shares[T]) Take() []T {
	things := make([]T, len(s.all))
	for i := range s.all {
		things[i] = s.all[i].thing
	}
	s.all, s.bytes = nil, 0
	return things
}

func (s *Shares[T]) removeAt(i int) T {
	gone := s.all[i]
	s.all, s.bytes = slices.Delete(s.all, i, i+1), s.bytes-gone.bytes
	return gone.thing
}

// dispensable returns the index of the oldest thing of the namespace that takes the largest share.
func (s *Shares[T]) dispensable() int {
	type taken struct{ things, bytes int }
	by := map[string]taken{}
	for i := range s.all {
		t := by[s.all[i].namespace]
		by[s.all[i].namespace] = taken{t.things + 1, t.bytes + s.all[i].bytes}
	}
	part := func(namespace string) float64 {
		t := by[namespace]
		return max(float64(t.things)/float64(s.Most), float64(t.bytes)/float64(s.MostBytes))
	}
	worst := 0
	for i := range s.all {
		if part(s.all[i].namespace) > part(s.all[worst].namespace) {
			worst = i
		}
	}
	return worst
}
