// SPDX-License-Identifier: Apache-2.0

package jiratest

import (
	"encoding/json"
	"time"
)

// store keeps every version of everything, by who wrote it and its key.
type store[K comparable] struct {
	entries map[owned[K]]*entry
}

// owned is a key within what one credential wrote.
type owned[K comparable] struct {
	clientID string
	key      K
}

// entry is the history of one deployment or build, in the order of arrival.
type entry struct {
	versions []version
}

type version struct {
	sequence   int64
	state      string
	body       json.RawMessage
	properties map[string]string
	operation  operation
	received   time.Time
	visible    time.Time // from when on reading shows it
	deleted    bool
}

func newStore[K comparable]() *store[K] {
	return &store[K]{entries: map[owned[K]]*entry{}}
}

// put adds a version, unless its number does not exceed that of the last one.
func (s *store[K]) put(at owned[K], v version) {
	e := s.entries[at]
	if e == nil {
		e = &entry{}
		s.entries[at] = e
	}
	if n := len(e.versions); n > 0 && !e.versions[n-1].deleted && v.sequence <= e.versions[n-1].sequence {
		return
	}
	e.versions = append(e.versions, v)
}

// remove adds a version that says that there is nothing any more.
func (s *store[K]) remove(at owned[K], received, visible time.Time) {
	if e := s.entries[at]; e != nil {
		e.versions = append(e.versions, version{deleted: true, received: received, visible: visible})
	}
}

// read returns what is visible at now.
func (s *store[K]) read(at owned[K], now time.Time) (version, bool) {
	e := s.entries[at]
	if e == nil {
		return version{}, false
	}
	return e.at(now)
}

func (e *entry) at(now time.Time) (version, bool) {
	for i := len(e.versions) - 1; i >= 0; i-- {
		if v := e.versions[i]; !v.visible.After(now) {
			return v, !v.deleted
		}
	}
	return version{}, false
}

// matches tells whether a version carries all of the properties.
func (v version) matches(properties map[string]string) bool {
	for name, value := range properties {
		if got, ok := v.properties[name]; !ok || got != value {
			return false
		}
	}
	return true
}
