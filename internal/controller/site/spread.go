// SPDX-License-Identifier: Apache-2.0

package site

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// chance returns numbers that look random, and are the same for the same site and time. No two sites have the same, in
// whichever clusters they are.
func chance(site types.UID, at time.Time) *rand.Rand {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", site, at.UnixNano()))
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])))
}

// spread returns a part of a duration, by chance. Sites that do the same at one time do not do the next thing at one time.
func spread(of time.Duration, site types.UID, at time.Time) time.Duration {
	return time.Duration(chance(site, at).Int64N(int64(of)))
}
