// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bufio"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// redacted stands in the place of what is taken out.
const redacted = "[redacted]"

// secretName is what a value is called that nobody may see.
const secretName = `(?:client[-_]?secret|access[-_]?token|refresh[-_]?token|private[-_]?token|password|passwd)`

// patterns are what is taken out of every line of every file, whatever it is from.
var patterns = []struct {
	find    *regexp.Regexp
	replace string
}{
	// the user in a URL: http://me:password@proxy.example
	{regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^/\s"'@]*(?:@[^/\s"'@]*)*@`), "${1}" + redacted + "@"},
	{regexp.MustCompile(`(?i)\b(bearer|basic)(\s+)[A-Za-z0-9._~+/=-]{8,}`), "${1}${2}" + redacted},
	{regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?`), redacted},
	// tokens of GitHub, GitLab and Atlassian, wherever they stand
	{regexp.MustCompile(`\b(?:gh[oprsu]_|github_pat_|gl[a-z]{1,5}t-|(?:ATATT|ATCTT|ATOA)[A-Za-z0-9]{4})[A-Za-z0-9_.=-]{12,}`), redacted},
	// "client_secret":"a, b"; the same in a text that is JSON itself; then what has no quotes
	{regexp.MustCompile(`(?i)(` + secretName + `"\s*:\s*")(?:[^"\\]|\\.)*`), "${1}" + redacted},
	{regexp.MustCompile(`(?i)(` + secretName + `\\"\s*:\s*\\")(?:[^"\\]|\\[^"])*`), "${1}" + redacted},
	{regexp.MustCompile(`(?i)(` + secretName + `\\?"?\s*[:=]\s*\\?"?)[^\s"&,}\\][^\s"&}\\]*`), "${1}" + redacted},
	{regexp.MustCompile(`(?i)((?:^|[^A-Za-z])(?:token|secret|api[-_]?key|sig|signature)=)[^\s"&,}\\][^\s"&}\\]*`), "${1}" + redacted},
}

func scrub(line string) string {
	for _, p := range patterns {
		line = p.find.ReplaceAllString(line, p.replace)
	}
	return line
}

// scrubLines copies text, scrubbed line by line.
func scrubLines(to io.Writer, from io.Reader) error {
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadString('\n')
		if _, failed := io.WriteString(to, scrub(line)); failed != nil {
			return failed
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// shown are the variables of the environment whose values are shown. The others may hold anything.
var shown = []string{"GOMEMLIMIT", "NO_PROXY", "OTEL_EXPORTER_OTLP_ENDPOINT"}

// proxies are shown without what stands before the host.
var proxies = []string{"HTTPS_PROXY", "HTTP_PROXY"}

// redact takes out of an object what nobody needs, and what may be secret.
func redact(o client.Object) {
	o.SetManagedFields(nil)
	o.SetAnnotations(withoutApplied(o.GetAnnotations()))
	switch o := o.(type) {
	case *appsv1.Deployment:
		o.Spec.Template.Annotations = withoutApplied(o.Spec.Template.Annotations)
		redactPod(&o.Spec.Template.Spec)
	case *corev1.Pod:
		redactPod(&o.Spec)
	}
}

// withoutApplied drops the annotations in which tools keep the whole object as they applied it, with what is redacted here, some of
// them packed: kubectl.kubernetes.io/last-applied-configuration, objectset.rio.cattle.io/applied.
func withoutApplied(annotations map[string]string) map[string]string {
	maps.DeleteFunc(annotations, func(name, _ string) bool { return strings.Contains(name, "applied") })
	return annotations
}

func redactPod(pod *corev1.PodSpec) {
	for _, containers := range [][]corev1.Container{pod.InitContainers, pod.Containers} {
		for i := range containers {
			for j := range containers[i].Env {
				redactEnv(&containers[i].Env[j])
			}
		}
	}
	for i := range pod.EphemeralContainers {
		for j := range pod.EphemeralContainers[i].Env {
			redactEnv(&pod.EphemeralContainers[i].Env[j])
		}
	}
}

func redactEnv(e *corev1.EnvVar) {
	name := strings.ToUpper(e.Name)
	switch {
	case e.Value == "" || slices.Contains(shown, name):
	case slices.Contains(proxies, name):
		if at := strings.LastIndex(e.Value, "@"); at >= 0 {
			e.Value = redacted + e.Value[at:]
		}
	default:
		e.Value = redacted
	}
}
