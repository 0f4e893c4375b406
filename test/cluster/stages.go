// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/rollcall-dev/rollcall/test/programs"
)

// Annotations on a pod (that is, on a workload's pod template) that steer what KWOK makes of it.
const (
	// NeverReadyAnnotation with the value "true" keeps a pod Pending, as if its image could not be
	// pulled. A pod whose annotation is removed becomes ready after all.
	NeverReadyAnnotation = "test.rollcall.dev/never-ready"

	// ReadyAfterAnnotation with a duration ("2s", "150ms") makes a pod ready that long after it was
	// scheduled, and not at once.
	ReadyAfterAnnotation = "test.rollcall.dev/ready-after"
)

// podReadyStage is the one stage that we change.
const podReadyStage = "pod-ready"

// writeStages writes all stages in the folder from into one file that kwok reads, with the annotations
// above wired into the stage that makes pods ready.
func writeStages(from, file string) error {
	var all bytes.Buffer
	for _, name := range programs.StageFiles {
		content, err := os.ReadFile(filepath.Join(from, path.Base(name)))
		if err != nil {
			return fmt.Errorf("read stage: %w", err)
		}
		if content, err = editStage(content); err != nil {
			return fmt.Errorf("edit stage %s: %w", name, err)
		}
		all.WriteString("---\n")
		all.Write(content)
	}
	if err := os.WriteFile(file, all.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write stages: %w", err)
	}
	return nil
}

// editStage changes the stage that makes pods ready, and returns every other as it is.
func editStage(content []byte) ([]byte, error) {
	stage := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(content, &stage.Object); err != nil {
		return nil, err
	}
	if stage.GetName() != podReadyStage {
		return content, nil
	}
	for _, edit := range []func(map[string]any) error{skipNeverReady, delayReady, addImageIDs} {
		if err := edit(stage.Object); err != nil {
			return nil, err
		}
	}
	return yaml.Marshal(stage.Object)
}

// skipNeverReady makes the stage pass by the pods that are never to be ready.
func skipNeverReady(stage map[string]any) error {
	fields := []string{"spec", "selector", "matchExpressions"}
	expressions, _, err := unstructured.NestedSlice(stage, fields...)
	if err != nil {
		return err
	}
	expressions = append(expressions, map[string]any{
		"key":      annotationQuery(NeverReadyAnnotation),
		"operator": "NotIn",
		"values":   []any{"true"},
	})
	return unstructured.SetNestedSlice(stage, expressions, fields...)
}

// delayReady makes the stage wait for as long as the pod says; for no time where it says nothing.
func delayReady(stage map[string]any) error {
	return unstructured.SetNestedMap(stage, map[string]any{
		"durationMilliseconds": int64(0),
		"durationFrom":         map[string]any{"expressionFrom": annotationQuery(ReadyAfterAnnotation)},
	}, "spec", "delay")
}

// The line of the status template that starts a container's status, and what stands below it once
// containers have an image id in the form that a kubelet on containerd reports: the repository, and a
// digest which is the same for the same image.
const (
	imageLine   = "- image: {{ .image | Quote }}\n"
	imageIDLine = `  imageID: {{ printf "%s@sha256:%s" (regexReplaceAll "(:[^/:]*)?(@.*)?$" .image "") (sha256sum .image) | Quote }}` + "\n"
)

// addImageIDs gives ready containers an image id.
func addImageIDs(stage map[string]any) error {
	fields := []string{"spec", "next", "statusTemplate"}
	template, _, err := unstructured.NestedString(stage, fields...)
	if err != nil {
		return err
	}
	if !strings.Contains(template, imageLine) {
		return errors.New("its template has no line " + strings.TrimSpace(imageLine) + ": adapt imageLine to this version of KWOK")
	}
	template = strings.ReplaceAll(template, imageLine, imageLine+imageIDLine)
	return unstructured.SetNestedField(stage, template, fields...)
}

// annotationQuery is the jq expression for the value of an annotation.
func annotationQuery(annotation string) string {
	return fmt.Sprintf(".metadata.annotations[%q]", annotation)
}
