// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

func TestStepsEndAtTheFirstThatFails(t *testing.T) {
	var done []string
	one := func(name string, err error) step {
		return step{name, func(context.Context) error {
			done = append(done, name)
			return err
		}}
	}
	g := NewWithT(t)
	err := play(t.Context(), []step{one("install", nil), one("upgrade", errors.New("no such image")), one("uninstall", nil)})
	g.Expect(err).To(MatchError("upgrade: no such image"))
	g.Expect(done).To(Equal([]string{"install", "upgrade"}))
}

func TestWaitingTellsWhatItWaitedFor(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second/10)
	defer cancel()
	err := eventually(ctx, func() error { return errors.New("no leader") })
	NewWithT(t).Expect(err).To(MatchError("context deadline exceeded: no leader"))
}

func TestUpdateIsDescribedInShort(t *testing.T) {
	NewWithT(t).Expect(describe(jira.Deployment{
		DeploymentSequenceNumber: 1_700_000_000_000_003,
		State:                    "successful",
		Associations:             []jira.Association{{Values: []string{"SHOP-1", "SHOP-2"}}},
	})).To(Equal("3 successful SHOP-1 SHOP-2"))
}
