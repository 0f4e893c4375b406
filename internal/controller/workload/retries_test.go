// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAPassIsRepeatedAfterAnError(t *testing.T) {
	broken := errors.New("the API server is away")
	refused := fmt.Errorf("create: %w", ErrRefused)
	for name, tt := range map[string]struct {
		after     time.Duration
		errs      []error
		want      []time.Duration
		wantError bool
	}{
		"no error":                                {0, nil, []time.Duration{0, 0}, false},
		"no error, and a deadline":                {time.Hour, []error{nil}, []time.Duration{time.Hour, time.Hour}, false},
		"the cache is outdated":                   {0, []error{ErrOutdated}, []time.Duration{5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond}, false},
		"a record is refused":                     {0, []error{refused}, []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second}, false},
		"a record is refused, another is overdue": {15 * time.Second, []error{refused}, []time.Duration{10 * time.Second, 15 * time.Second}, false},
		"both":                         {0, []error{refused, ErrOutdated}, []time.Duration{5 * time.Millisecond, 10 * time.Millisecond}, false},
		"another error":                {time.Hour, []error{broken}, []time.Duration{0}, true},
		"another error, and a refusal": {time.Hour, []error{refused, broken}, []time.Duration{0}, true},
	} {
		t.Run(name, func(t *testing.T) {
			known := Retries{}
			var got []time.Duration
			for range tt.want {
				result, err := known.Result(tt.after, tt.errs...)
				if (err != nil) != tt.wantError || errors.Is(err, ErrRefused) {
					t.Errorf("result() error = %v, want one: %t", err, tt.wantError)
				}
				got = append(got, result.RequeueAfter)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
			if _, _ = known.Result(0); len(known) > 0 {
				t.Errorf("after a pass without an error %d waits are kept, want none", len(known))
			}
		})
	}
}

func TestTheWaitAfterAnErrorIsBounded(t *testing.T) {
	for reason, backoff := range backoffs {
		known := Retries{}
		var last time.Duration
		for range 30 {
			result, _ := known.Result(0, reason)
			last = result.RequeueAfter
		}
		if last != backoff.Cap {
			t.Errorf("%v: the 30th wait is %s, want %s", reason, last, backoff.Cap)
		}
	}
}
