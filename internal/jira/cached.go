// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"context"
	"sync/atomic"
)

// cached holds a value that is fetched when it is needed, by one caller at a time. The others wait for it, each as
// long as its own context allows.
type cached[T any] struct {
	value atomic.Pointer[T]
	gate  chan struct{} // holds one element while somebody fetches
}

func newCached[T any]() *cached[T] {
	return &cached[T]{gate: make(chan struct{}, 1)}
}

// get returns the value that is held, if it is still good, and otherwise what fetch returns.
func (c *cached[T]) get(ctx context.Context, good func(*T) bool, fetch func(context.Context) (*T, error)) (*T, error) {
	if v := c.value.Load(); v != nil && good(v) {
		return v, nil
	}
	select {
	case c.gate <- struct{}{}:
		defer func() { <-c.gate }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if v := c.value.Load(); v != nil && good(v) {
		return v, nil
	}
	v, err := fetch(ctx)
	if err != nil {
		return nil, err
	}
	c.value.Store(v)
	return v, nil
}

// drop forgets v, unless somebody has already put another value in its place.
func (c *cached[T]) drop(v *T) {
	c.value.CompareAndSwap(v, nil)
}
