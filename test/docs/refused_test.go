// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// refusal is a row of docs/jirasite.md: a spec in one line, and what the API server says to it.
var refusal = regexp.MustCompile("(?m)^\\| `(\\{.+\\})` \\| (.+) \\|$")

// testRefusals has the API server refuse what the document says that it refuses, with the words that stand there.
func (s *sandbox) testRefusals(t *testing.T) {
	g := NewWithT(t)
	content, err := os.ReadFile(filepath.Join(root, "docs", "jirasite.md"))
	g.Expect(err).NotTo(HaveOccurred())
	rows := refusal.FindAllStringSubmatch(string(content), -1)
	g.Expect(len(rows)).To(BeNumerically(">", 10))
	for _, row := range rows {
		spec := map[string]any{}
		g.Expect(yaml.UnmarshalStrict([]byte(row[1]), &spec)).To(Succeed(), row[1])
		site, err := least("JiraSite")
		g.Expect(err).NotTo(HaveOccurred())
		merge(site, map[string]any{"spec": spec})
		err = s.kube.Create(t.Context(), &unstructured.Unstructured{Object: site}, client.DryRunAll)
		if err == nil || !strings.Contains(err.Error(), html.UnescapeString(row[2])) {
			t.Errorf("%s: want %q, got %v", row[1], row[2], err)
		}
	}
}
