// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/rollcall-dev/rollcall/test/programs"
)

const kwokPodReady = `
kind: Stage
metadata:
  name: pod-ready
spec:
  selector:
    matchExpressions:
    - key: .status.phase
      operator: In
      values: [Pending]
  next:
    statusTemplate: |
      containerStatuses:
      {{ range .spec.containers }}
      - image: {{ .image | Quote }}
        ready: true
      {{ end }}
`

const kwokPodReadyEdited = `
kind: Stage
metadata:
  name: pod-ready
spec:
  delay:
    durationMilliseconds: 0
    durationFrom:
      expressionFrom: .metadata.annotations["test.rollcall.dev/ready-after"]
  selector:
    matchExpressions:
    - key: .status.phase
      operator: In
      values: [Pending]
    - key: .metadata.annotations["test.rollcall.dev/never-ready"]
      operator: NotIn
      values: ["true"]
  next:
    statusTemplate: |
      containerStatuses:
      {{ range .spec.containers }}
      - image: {{ .image | Quote }}
        imageID: {{ printf "%s@sha256:%s" (regexReplaceAll "(:[^/:]*)?(@.*)?$" .image "") (sha256sum .image) | Quote }}
        ready: true
      {{ end }}
`

func TestPodReadyStageHeedsAnnotations(t *testing.T) {
	g := NewWithT(t)
	edited, err := editStage([]byte(kwokPodReady))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(edited).To(MatchYAML(kwokPodReadyEdited))
}

func TestOtherStagesStayAsTheyAre(t *testing.T) {
	g := NewWithT(t)
	other := []byte("# as it was\nkind: Stage\nmetadata: {name: pod-delete}\n")
	g.Expect(editStage(other)).To(Equal(other))
}

func TestChangedStageIsNoticed(t *testing.T) {
	changed := "metadata: {name: pod-ready}\nspec: {next: {statusTemplate: 'phase: Running'}}\n"
	_, err := editStage([]byte(changed))
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("adapt imageLine to this version of KWOK")))
}

func TestStagesAreWrittenIntoOneFile(t *testing.T) {
	g, dir := NewWithT(t), t.TempDir()
	for _, name := range programs.StageFiles {
		content := []byte("metadata: {name: other}\n")
		if filepath.Base(name) == "pod-ready.yaml" {
			content = []byte(kwokPodReady)
		}
		g.Expect(os.WriteFile(filepath.Join(dir, filepath.Base(name)), content, 0o644)).To(Succeed())
	}
	file := filepath.Join(dir, "all.yaml")
	g.Expect(writeStages(dir, file)).To(Succeed())
	all, err := os.ReadFile(file)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(bytes.Count(all, []byte("---\n"))).To(Equal(len(programs.StageFiles)))
	g.Expect(string(all)).To(ContainSubstring(NeverReadyAnnotation))
}
