// SPDX-License-Identifier: Apache-2.0

package build

import (
	"regexp"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// evidence is what a run says of what it builds, and where it says so. What was said first stays.
type evidence struct {
	repository, revision, ref, title, message, pullRequest Text
}

// commitID is a whole commit id, of SHA-1 or of SHA-256. An abbreviated one is taken for a ref.
var commitID = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// say notes a text, unless one is there already.
func say(text *Text, name, value string) {
	if text.Value == "" && value != "" {
		*text = Text{Name: name, Value: value}
	}
}

func (e *evidence) sayRepository(name, value string) { say(&e.repository, name, whole(value, maxURL)) }

// sayRevision notes a commit id, or a branch or a tag that stands where a commit id may stand.
func (e *evidence) sayRevision(name, value string) {
	value = whole(value, maxURL)
	if id := strings.ToLower(value); commitID.MatchString(id) {
		say(&e.revision, name, id)
		return
	}
	e.sayRef(name, value)
}

// sayRef notes a branch or a tag. Some tools write it as Git does: refs/heads/main.
func (e *evidence) sayRef(name, value string) {
	value = strings.TrimPrefix(strings.TrimPrefix(whole(value, maxURL), "refs/heads/"), "refs/tags/")
	say(&e.ref, name, value)
}

// written returns what people wrote on the run.
func written(annotations map[string]string) evidence {
	var e evidence
	e.sayRepository(v1alpha1.AnnotationRepository, annotations[v1alpha1.AnnotationRepository])
	e.sayRef(v1alpha1.AnnotationBranch, annotations[v1alpha1.AnnotationBranch])
	e.sayRevision(v1alpha1.AnnotationRevision, annotations[v1alpha1.AnnotationRevision])
	say(&e.message, v1alpha1.AnnotationCommitMessage, annotations[v1alpha1.AnnotationCommitMessage])
	return e
}

// fill takes from another what is not there yet.
func (e *evidence) fill(other evidence) {
	for _, pair := range [][2]*Text{
		{&e.repository, &other.repository}, {&e.revision, &other.revision}, {&e.ref, &other.ref},
		{&e.title, &other.title}, {&e.message, &other.message}, {&e.pullRequest, &other.pullRequest},
	} {
		say(pair[0], pair[1].Name, pair[1].Value)
	}
}

// finish fills in what is read of every kind alike: what is built of what, the tests, the images, and whether somebody ends
// the run. said is what the run's tool says, and results are the run's.
func (b *Build) finish(meta *metav1.ObjectMeta, said evidence, results []result) {
	e := written(b.Annotations)
	e.fill(said)
	e.sayRepository(hintGitURL, valueOf(results, hintGitURL))
	e.sayRevision(hintGitCommit, valueOf(results, hintGitCommit))
	b.Repository, b.Revision, b.Ref = e.repository.Value, e.revision.Value, e.ref.Value
	for _, text := range []Text{e.ref, e.title, e.message, e.pullRequest} {
		if text.Value != "" {
			b.Texts = append(b.Texts, text)
		}
	}
	b.Tests, b.TestsProblem = testsOf(b.Annotations, results)
	if b.State == Successful {
		b.addImages(results)
	}
	b.Cancelling = !b.State.Ended() && (b.Cancelling || meta.DeletionTimestamp != nil)
}
