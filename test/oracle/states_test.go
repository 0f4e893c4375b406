// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStatesDoNotGoBackwards(t *testing.T) {
	for name, tc := range map[string]struct {
		states []string
		want   []string
	}{
		"a rollback":           {[]string{InProgress, Successful, RolledBack}, nil},
		"a second attempt":     {[]string{InProgress, StateFailed, InProgress, Successful}, nil},
		"a correction":         {[]string{Successful, Successful}, nil},
		"a success is undone":  {[]string{InProgress, Successful, InProgress}, []string{"successful became in_progress"}},
		"a success fails":      {[]string{Successful, StateFailed}, []string{"successful became failed"}},
		"it is made anew":      {[]string{InProgress, Cancelled, InProgress, Successful}, nil},
		"a rollback is undone": {[]string{RolledBack, Successful}, []string{"rolled_back became successful"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Backwards(tc.states)); diff != "" {
				t.Errorf("backwards (-want +got):\n%s", diff)
			}
		})
	}
}
