// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// A credential has a permission for each API. One that lacks the permission for builds has builds wait, and deployments go
// on: the site is Ready, and its condition BuildsPermissionMissing says what to do.

// notPermitted returns for how long records of a kind wait, because Jira refused them for want of a permission; zero where
// that is not why it refused them. A submission of nothing tells.
func (r *Reconciler) notPermitted(ctx context.Context, p *pass, d *delivery, err error) time.Duration {
	if d.kind.permission == nil || !jira.NotPermitted(err) {
		return 0
	}
	return r.tryPermission(ctx, p, d)
}

// askPermission asks once more whether the credential may write records of a kind that it was refused for. It returns for how
// long they still wait.
func (r *Reconciler) askPermission(ctx context.Context, p *pass, d *delivery) time.Duration {
	switch left := d.refusal.until.Sub(r.Now()); {
	case d.refusal.err == nil:
		return 0
	case left > 0:
		return left
	}
	return r.tryPermission(ctx, p, d)
}

func (r *Reconciler) tryPermission(ctx context.Context, p *pass, d *delivery) time.Duration {
	p.state.pace.Take(r.Now())
	err := d.kind.permission(ctx, p.state.client)
	now := r.Now()
	p.state.pace.Answered(err, now)
	if !jira.NotPermitted(err) { // what else is wrong, the next request tells
		d.refusal.proved(now)
		return 0
	}
	left := d.refusal.backoff.Step()
	d.refusal.err, d.refusal.until = permissionMissing(err), now.Add(left)
	return left
}

func permissionMissing(err error) *outbox.SiteError {
	return &outbox.SiteError{Reason: v1alpha1.ReasonPermissionMissing, Message: outbox.Bounded(
		"the credential may not use the Builds API: give it the Builds permission in Jira, under OAuth credentials. Builds wait, and are sent by themselves then; deployments go on (" + err.Error() + ")")}
}

// buildsRefused returns how Jira refused the credential for builds alone; nil where it did not.
func (s *state) buildsRefused() *outbox.SiteError {
	for _, d := range s.deliveries {
		if d.refusal.err != nil {
			return d.refusal.err
		}
	}
	return nil
}
