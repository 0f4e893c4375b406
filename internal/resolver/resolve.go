// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/commits"
	"github.com/rollcall-dev/rollcall/internal/image"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// solver makes the steps of questions.
type solver struct {
	cfg     Config
	clients *clients
}

// work is what is known of a question while it is resolved. A step hands it to the next one.
type work struct {
	*solver
	question record.Question
	site     *v1alpha1.JiraSite
	// said is what the image says, if it was asked; notListed that its registry is not listed.
	said             image.Source
	asked, notListed bool
	head             head
	// entry is the one of spec.commits.repositories that the repository belongs to.
	entry v1alpha1.CommitRepositories
}

// siteRetry is when to ask again where the cache shows another site than the one that the question is about.
const siteRetry = 10 * time.Second

// start returns the first step. It asks no host.
func (s *solver) start(q record.Question) step {
	return step{do: func(ctx context.Context) outcome { return s.begin(ctx, q) }}
}

func (s *solver) begin(ctx context.Context, q record.Question) outcome {
	w := &work{solver: s, question: q, site: &v1alpha1.JiraSite{}}
	err := s.cfg.Client.Get(ctx, client.ObjectKey{Name: q.Site}, w.site)
	if client.IgnoreNotFound(err) != nil {
		return w.answer(v1alpha1.ReasonUnreachable, fmt.Sprintf("JiraSite %s cannot be read.", q.Site))
	}
	if apierrors.IsNotFound(err) || w.site.UID != q.SiteUID || w.site.Generation != q.Generation || w.site.Spec.Commits == nil {
		return outcome{answer: record.Answer{
			Reason: v1alpha1.ReasonResolving, Message: fmt.Sprintf("JiraSite %s has changed meanwhile.", q.Site), RetryAfter: siteRetry,
		}}
	}
	if q.Repository != "" && q.Revision != "" || q.Image == "" {
		return w.locate()
	}
	if w.notListed = !image.Listed(w.site.Spec.Commits.Registries, q.Image); w.notListed {
		return w.locate()
	}
	return w.goOn(laneName{q.Site, "registry " + registryOf(q.Image)}, w.readImage)
}

// registryOf returns the host that an image is read from.
func registryOf(reference string) string {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return "" // it is not asked
	}
	return ref.Context().RegistryStr()
}

// readImage asks the registry what the image says of its source.
func (w *work) readImage(ctx context.Context) outcome {
	c, err := w.clients.registries(ctx, w.site)
	if err != nil {
		return w.unread(err)
	}
	if c.refusal != "" {
		return w.refused(c)
	}
	w.asked = true
	if w.said, err = c.images.Source(ctx, image.Reference{Image: w.question.Image, ReadAfter: w.question.ReadAfter}); err != nil {
		w.head = headOf(w.question, image.Source{})
		return w.imageFailed(err, c)
	}
	return w.locate()
}

// locate chooses the entry that the repository belongs to, and with it the lane and the credential.
func (w *work) locate() outcome {
	w.head = headOf(w.question, w.said)
	if w.head.repository == "" || w.head.revision == "" {
		if found, ok := w.fromMessage(""); ok {
			return found
		}
		return w.answer(v1alpha1.ReasonNoSource, w.missing())
	}
	repository, err := commits.Canonical(w.head.repository)
	if err != nil {
		return w.answer(v1alpha1.ReasonNoSource, fmt.Sprintf("The repository that the %s names cannot be used: %s.", w.head.where, messageOf(err)))
	}
	w.head.repository = repository
	entry, ok := w.entryOf(repository)
	if !ok {
		if found, ok := w.fromMessage(repository); ok {
			return found
		}
		return w.answer(v1alpha1.ReasonRepositoryNotListed, fmt.Sprintf("%s may not be asked: add it, or a folder above it, to spec.commits.repositories of JiraSite %s.",
			repository, w.question.Site))
	}
	w.entry = entry
	return w.goOn(laneName{w.question.Site, entry.URL}, w.askRepository)
}

// entryOf returns the entry that a repository belongs to: the longest one that holds it.
func (w *work) entryOf(repository string) (v1alpha1.CommitRepositories, bool) {
	entries := map[string]v1alpha1.CommitRepositories{}
	var urls []string
	for _, entry := range w.site.Spec.Commits.Repositories {
		entries[entry.URL], urls = entry, append(urls, entry.URL)
	}
	url, ok := commits.Allowed(repository, urls)
	return entries[url], ok
}

// askRepository asks the Git server which commits lie between.
func (w *work) askRepository(ctx context.Context) outcome {
	c, err := w.clients.repositories(ctx, w.site, w.entry)
	if err != nil {
		return w.unread(err)
	}
	if c.refusal != "" {
		return w.refused(c)
	}
	result, err := c.commits.Between(ctx, commits.Range{
		Repository: w.head.repository, Base: w.base(), Head: w.head.revision, Paths: w.paths(),
	})
	if err != nil {
		return w.commitsFailed(err, c)
	}
	next, err := w.follow(ctx, c.commits, result)
	if err != nil {
		return w.commitsFailed(err, c)
	}
	if next != nil {
		return next.goOn(laneName{w.question.Site, next.entry.URL}, next.askRepository)
	}
	return outcome{answer: w.resolved(result)}
}

// base returns the commit of the last successful release, if that is one of the same repository.
func (w *work) base() string {
	repository, err := commits.Canonical(w.question.BaseRepository)
	if err != nil || repository != w.head.repository {
		return ""
	}
	return w.question.Base
}

func (w *work) paths() []string {
	return strings.FieldsFunc(w.question.Paths, func(r rune) bool { return r == '\n' })
}

// follow returns the work for the commit of the code where the head is one of manifests, and names it. It is followed once, and
// to repositories that are listed.
func (w *work) follow(ctx context.Context, git *commits.Client, result *commits.Result) (*work, error) {
	if w.head.from == v1alpha1.SourceReference || result.Kind == commits.Same || result.Kind == commits.Rollback {
		return nil, nil
	}
	var running *commits.Commit
	if len(result.Commits) > 0 && result.Commits[0].Hash == result.Head {
		running = result.Commits[0]
	} else { // it touches none of the paths
		var err error
		if running, err = git.Commit(ctx, result.Repository, result.Head); err != nil {
			return nil, err
		}
	}
	named, ok := running.Reference()
	if !ok {
		return nil, nil
	}
	if named.Repository == "" {
		named.Repository = result.Repository
	}
	entry, ok := w.entryOf(named.Repository)
	if !ok || named.Repository == result.Repository && strings.HasPrefix(result.Head, named.Revision) {
		return nil, nil
	}
	next := *w
	next.entry = entry
	next.head = head{repository: named.Repository, revision: named.Revision, from: v1alpha1.SourceReference}
	return &next, nil
}

// goOn returns the next step.
func (w *work) goOn(in laneName, do func(context.Context) outcome) outcome {
	return outcome{next: &step{lane: in, do: do, source: w.source()}}
}
