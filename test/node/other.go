// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package node

import (
	"context"
	"errors"
)

// Missing says what this machine lacks for a node.
func Missing() []Need { return []Need{{What: "Linux"}} }

// Isolate works on Linux only.
func Isolate(context.Context, func(context.Context) error, func(context.Context, string) error) error {
	return errors.New("a node needs Linux")
}
