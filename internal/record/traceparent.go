// SPDX-License-Identifier: Apache-2.0

package record

import (
	"context"
	"fmt"
	"slices"

	"go.opentelemetry.io/otel/propagation"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// header is the name of a traceparent in W3C Trace Context.
const header = "traceparent"

// traceparent returns a traceparent as this version of W3C Trace Context writes it, which is 55 characters; nothing where it
// is none.
func traceparent(text string) string {
	var w3c propagation.TraceContext
	written := propagation.MapCarrier{}
	w3c.Inject(w3c.Extract(context.Background(), propagation.MapCarrier{header: text}), written)
	return written[header]
}

// continueTrace notes on a new record the trace of the pipeline that made the release: the pod template's, else the
// workload's. One that a record before has is left: nobody took it away since that release. Example: a pipeline deploys,
// and later a person runs kubectl set image, or kubectl rollout undo.
func (p *planner) continueTrace(next *v1alpha1.JiraDeployment, earlier []*v1alpha1.JiraDeployment) {
	sources := p.observation.Rollout.Sources
	for _, annotations := range []map[string]string{sources.TemplateAnnotations, sources.Annotations} {
		text, given := annotations[v1alpha1.AnnotationTraceparent]
		if !given {
			continue
		}
		parent := traceparent(text)
		if parent == "" {
			p.emit(next, v1alpha1.EventTraceparentIgnored, traceparentIgnored(text))
			continue
		}
		old := func(d *v1alpha1.JiraDeployment) bool { return d.Annotations[v1alpha1.AnnotationTraceparent] == parent }
		if !slices.ContainsFunc(earlier, old) {
			annotate(next, v1alpha1.AnnotationTraceparent, parent)
			return
		}
	}
}

// continueTrace notes on a new record the trace of the pipeline that the run is a part of.
func (p *buildPlanner) continueTrace(next *v1alpha1.JiraBuild) {
	text, given := p.observation.Build.Annotations[v1alpha1.AnnotationTraceparent]
	if !given {
		return
	}
	if parent := traceparent(text); parent != "" {
		annotate(next, v1alpha1.AnnotationTraceparent, parent)
	} else {
		p.emit(v1alpha1.EventTraceparentIgnored, traceparentIgnored(text))
	}
}

func traceparentIgnored(text string) string {
	return fmt.Sprintf("%s is not used: %q is not written as W3C Trace Context says. Write it as 00-<trace id>-<span id>-01.",
		v1alpha1.AnnotationTraceparent, cut(text, maxText))
}
