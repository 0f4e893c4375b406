// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/outbox"
	"github.com/rollcall-dev/rollcall/internal/panics"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// kind is a kind of records, and the API of Jira that takes them.
type kind struct {
	// name is the kind's own, such as JiraDeployment.
	name string
	// new returns an empty record, and list those that a reader has.
	new  func() v1alpha1.Record
	list func(context.Context, client.Reader, ...client.ListOption) ([]v1alpha1.Record, error)
	// message makes what Jira is told of a record.
	message func(record outbox.Record, browse func(string) string) outbox.Message
	// submit sends a batch.
	submit func(context.Context, *jira.Client, jira.Submission) (*outbox.Reply, error)
	// read asks Jira what it has of a record, and returns what it was told and what it has.
	read func(context.Context, *jira.Client, v1alpha1.Record) (told, stored outbox.Update, err error)
	// check says whether Jira is told of a record, and as what.
	check func(*record.Site, v1alpha1.Record, record.Home) record.Check
	// permission asks Jira whether the credential may write records of the kind. It is nil where the probe of the site asks that.
	permission func(context.Context, *jira.Client) error
}

// kinds are the kinds of records that a site takes, one row each.
var kinds = []*kind{
	{
		name: "JiraDeployment",
		new:  func() v1alpha1.Record { return &v1alpha1.JiraDeployment{} },
		list: func(ctx context.Context, reader client.Reader, opts ...client.ListOption) ([]v1alpha1.Record, error) {
			var list v1alpha1.JiraDeploymentList
			err := reader.List(ctx, &list, opts...)
			return recordsOf(list.Items, func(d *v1alpha1.JiraDeployment) v1alpha1.Record { return d }), err
		},
		message: func(o outbox.Record, browse func(string) string) outbox.Message {
			return outbox.FromDeployment(o.(*v1alpha1.JiraDeployment), browse)
		},
		submit: func(ctx context.Context, c *jira.Client, s jira.Submission) (*outbox.Reply, error) {
			return replyOf(c.SubmitDeployments(ctx, s))
		},
		read: func(ctx context.Context, c *jira.Client, r v1alpha1.Record) (told, stored outbox.Update, err error) {
			key, told := outbox.DeploymentUpdate(r.(*v1alpha1.JiraDeployment))
			d, err := c.GetDeployment(ctx, key)
			if err != nil {
				return told, outbox.Update{}, err
			}
			return told, outbox.Update{State: d.State, Number: d.UpdateSequenceNumber}, nil
		},
		check: func(site *record.Site, r v1alpha1.Record, home record.Home) record.Check {
			return site.Check(r.(*v1alpha1.JiraDeployment), home)
		},
	},
	{
		name: "JiraBuild",
		new:  func() v1alpha1.Record { return &v1alpha1.JiraBuild{} },
		list: func(ctx context.Context, reader client.Reader, opts ...client.ListOption) ([]v1alpha1.Record, error) {
			var list v1alpha1.JiraBuildList
			err := reader.List(ctx, &list, opts...)
			return recordsOf(list.Items, func(b *v1alpha1.JiraBuild) v1alpha1.Record { return b }), err
		},
		message: func(o outbox.Record, browse func(string) string) outbox.Message {
			return outbox.FromBuild(o.(*v1alpha1.JiraBuild), browse)
		},
		submit: func(ctx context.Context, c *jira.Client, s jira.Submission) (*outbox.Reply, error) {
			return replyOf(c.SubmitBuilds(ctx, s))
		},
		read: func(ctx context.Context, c *jira.Client, r v1alpha1.Record) (told, stored outbox.Update, err error) {
			key, told := outbox.BuildUpdate(r.(*v1alpha1.JiraBuild))
			b, err := c.GetBuild(ctx, key)
			if err != nil {
				return told, outbox.Update{}, err
			}
			return told, outbox.Update{State: b.State, Number: b.UpdateSequenceNumber}, nil
		},
		check: func(site *record.Site, r v1alpha1.Record, home record.Home) record.Check {
			return site.CheckBuild(r.(*v1alpha1.JiraBuild), home)
		},
		permission: func(ctx context.Context, c *jira.Client) error { return c.ProbeBuilds(ctx) },
	},
}

// kindOf returns the kind of a record.
func kindOf(r v1alpha1.Record) *kind {
	if _, isBuild := r.(*v1alpha1.JiraBuild); isBuild {
		return kinds[1]
	}
	return kinds[0]
}

func recordsOf[T any](items []T, record func(*T) v1alpha1.Record) []v1alpha1.Record {
	records := make([]v1alpha1.Record, 0, len(items))
	for i := range items {
		records = append(records, record(&items[i]))
	}
	return records
}

func replyOf[K fmt.Stringer](result *jira.Result[K], err error) (*outbox.Reply, error) {
	if err != nil {
		return nil, err
	}
	return outbox.ReplyOf(result), nil
}

// delivery is what is known of a site's records of one kind between two passes.
type delivery struct {
	kind  *kind
	queue *outbox.Queue
	// checks are those of the records that are pending.
	checks checks
	// refusal is how Jira refused the credential for this kind alone.
	refusal health
	// explained is when the pending records were last told why they wait, and why.
	explained explanation
	// served is the turn in which records of the kind were sent last.
	served int
	// readAfter is until when nothing of the kind is read again, because the credential may not.
	readAfter time.Time
	// limited says which limit the records wait for, where that lasts; empty where they do not.
	limited string
}

func newDeliveries(site string, browse func(string) string) []*delivery {
	var all []*delivery
	for _, k := range kinds {
		all = append(all, &delivery{kind: k, queue: outbox.NewQueue(site, func(o outbox.Record) outbox.Message { return k.messageOf(o, browse) })})
	}
	return all
}

// messageOf returns the message of a record. It keeps the record as long as that waits: a copy, because the record is one of an
// array of all that a pass lists. A record that no message can be made of is one that cannot be encoded.
func (k *kind) messageOf(o outbox.Record, browse func(string) string) (m outbox.Message) {
	var err error
	defer func() {
		if err != nil {
			m = outbox.Message{Key: string(o.GetUID()), Source: outbox.SourceOf(o), Body: func() ([]byte, error) { return nil, err }}
		}
	}()
	defer panics.Catch(&err)
	m = k.message(o.(v1alpha1.Record).DeepCopyObject().(v1alpha1.Record), browse)
	encode := m.Body
	m.Body = func() (body []byte, err error) {
		defer panics.Catch(&err)
		return encode()
	}
	return m
}

// of returns the delivery of a record.
func (s *state) of(r v1alpha1.Record) *delivery {
	return s.ofKind(kindOf(r))
}

func (s *state) ofKind(k *kind) *delivery {
	for _, d := range s.deliveries {
		if d.kind == k {
			return d
		}
	}
	return nil
}
