// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// collections are how often the heap is collected before it is measured: what is kept once for all is given back by the
// second.
const collections = 2

// heap returns what the program holds in its heap, in bytes, once all garbage is collected. It serves profiles.
func (r *reporter) heap(ctx context.Context) (held int64, err error) {
	for range collections {
		if held, err = collectedHeap(ctx, r.profiles); err != nil {
			return 0, fmt.Errorf("measure the heap of %s: %w", r.name, err)
		}
	}
	return held, nil
}

func collectedHeap(ctx context.Context, profiles string) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+profiles+"/debug/pprof/heap?gc=1&debug=1", nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	profile, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	return parseHeap(string(profile))
}

// parseHeap reads a profile of the heap in words, at the end of which are Go's statistics of the memory.
func parseHeap(profile string) (int64, error) {
	_, rest, found := strings.Cut(profile, "\n# HeapAlloc = ")
	value, _, _ := strings.Cut(rest, "\n")
	held, err := strconv.ParseInt(value, 10, 64)
	if !found || err != nil {
		return 0, fmt.Errorf("the profile does not tell how much is held: %.100q", profile)
	}
	return held, nil
}
