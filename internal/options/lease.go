// SPDX-License-Identifier: Apache-2.0

package options

import (
	"fmt"
	"time"

	"github.com/spf13/pflag"
)

// Lease is for how long a manager leads that hears nothing of the API server, in the words of Kubernetes' own programs.
//
//	renewed            RenewDeadline         Duration
//	   |--RetryPeriod--|--RetryPeriod--| ... |        |
//	   the leader tries to renew it     it ends      another one leads
//
// So an API server may stall for nearly RenewDeadline, and the leader goes on.
type Lease struct {
	Duration, RenewDeadline, RetryPeriod time.Duration
}

// retryJitter is by how much a wait between two tries may be longer than RetryPeriod, as client-go has it.
const retryJitter = 1.2

func (l *Lease) add(flags *pflag.FlagSet) {
	flags.DurationVar(&l.Duration, "leader-elect-lease-duration", 15*time.Second, "How long the others leave the lead to a manager that does not renew its lease: at least 1s.")
	flags.DurationVar(&l.RenewDeadline, "leader-elect-renew-deadline", 10*time.Second, "How long the leader tries to renew its lease before it ends. Shorter than --leader-elect-lease-duration.")
	flags.DurationVar(&l.RetryPeriod, "leader-elect-retry-period", 2*time.Second, "How long each waits between two tries. 1.2 times this is shorter than --leader-elect-renew-deadline.")
}

// check returns what is wrong, as client-go would say it, but with the names of the flags.
func (l *Lease) check() []error {
	var errs []error
	if l.Duration < time.Second {
		errs = append(errs, fmt.Errorf("--leader-elect-lease-duration %s: at least 1s, because a lease has whole seconds", l.Duration))
	}
	if l.RetryPeriod <= 0 {
		errs = append(errs, fmt.Errorf("--leader-elect-retry-period %s: longer than 0", l.RetryPeriod))
	}
	if l.Duration <= l.RenewDeadline {
		errs = append(errs, fmt.Errorf("--leader-elect-lease-duration %s: longer than --leader-elect-renew-deadline, %s, or another manager leads before this one has given up", l.Duration, l.RenewDeadline))
	}
	if l.RenewDeadline <= time.Duration(retryJitter*float64(l.RetryPeriod)) {
		errs = append(errs, fmt.Errorf("--leader-elect-renew-deadline %s: longer than %.1f times --leader-elect-retry-period, %s, or there is no second try", l.RenewDeadline, retryJitter, l.RetryPeriod))
	}
	return errs
}
