// SPDX-License-Identifier: Apache-2.0

package build

import "net/url"

// Annotations that Pipelines-as-Code writes on a PipelineRun. Its annotation branch is the one that a pull request is to be
// merged into, and is not read. See pkg/apis/pipelinesascode/keys and pkg/kubeinteraction/labels.go of its repository.
const (
	pacPipelineRun  = "pipelinesascode.tekton.dev/original-prname" // the name in the repository; a label, too
	pacRepository   = "pipelinesascode.tekton.dev/repo-url"
	pacRevision     = "pipelinesascode.tekton.dev/sha"
	pacTitle        = "pipelinesascode.tekton.dev/sha-title"
	pacSourceBranch = "pipelinesascode.tekton.dev/source-branch"
	pacPullRequest  = "pipelinesascode.tekton.dev/pull-request"
	pacLogURL       = "pipelinesascode.tekton.dev/log-url"
)

// pipelinesAsCode returns what Pipelines-as-Code says of a run.
func pipelinesAsCode(annotations map[string]string) evidence {
	var e evidence
	e.sayRepository(pacRepository, annotations[pacRepository])
	e.sayRevision(pacRevision, annotations[pacRevision])
	e.sayRef(pacSourceBranch, annotations[pacSourceBranch])
	say(&e.title, pacTitle, annotations[pacTitle])
	say(&e.pullRequest, pacPullRequest, annotations[pacPullRequest])
	return e
}

// webPage returns a URL that a browser may open; empty where a text is none.
func webPage(text string) string {
	text = whole(text, maxURL)
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return text
}

// firstText returns the first text that is no longer than a name, and not empty.
func firstText(texts ...string) string {
	for _, text := range texts {
		if text = whole(text, maxName); text != "" {
			return text
		}
	}
	return ""
}
