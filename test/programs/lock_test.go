// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestLockIsHeldByOne(t *testing.T) {
	g, path := NewWithT(t), filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(t.Context(), path, func() { t.Error("nobody holds it") })
	g.Expect(err).NotTo(HaveOccurred())

	t.Log("The second one waits, says so, and gives up with its context.")
	waited := false
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = lock(ctx, path, func() { waited = true })
	g.Expect(err).To(MatchError(context.DeadlineExceeded))
	g.Expect(waited).To(BeTrue())

	t.Log("Once it is given back, the next one has it.")
	next := make(chan error)
	go func() {
		unlock, err := lock(t.Context(), path, func() {})
		if err == nil {
			err = unlock()
		}
		next <- err
	}()
	g.Expect(unlock()).To(Succeed())
	g.Eventually(next, 10*time.Second).Should(Receive(BeNil()))
}
