// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// installed makes the chart a release, and the world as the fixtures have it.
const installed = `
helm status rollcall --namespace rollcall-system >/dev/null 2>&1 ||
  helm install rollcall charts/rollcall --namespace rollcall-system --create-namespace --wait \
    --set clusterName=eu-1 --set image.repository=registry.example/rollcall >/dev/null
kubectl delete jirasites,jiradeployments,jirabuilds --all --all-namespaces >/dev/null
kubectl delete deployments --all --namespace shop-prod >/dev/null
kubectl apply --server-side --force-conflicts -f world >/dev/null
kubectl wait --for=condition=Ready jirasite/acme --timeout=60s >/dev/null
`

// told waits until Jira has the records of the world.
const told = "kubectl -n shop-prod wait --for=condition=Delivered jiradeployments --all --timeout=60s >/dev/null\n"

// removed leaves a cluster in which nothing of Rollcall is. It reads the kinds first: where the API server has not served one
// yet, "storage is (re)initializing" ends its finalizer's first list, the try after that meets a conflict, and the next one
// comes with a resync after 5 minutes (as in https://github.com/operator-framework/operator-controller/issues/1437).
const removed = `
for kind in $(kubectl get crds -o name | grep '[.]rollcall[.]dev$'); do
  kubectl wait --for=condition=Established "$kind" --timeout=60s >/dev/null
  kubectl get "${kind#*/}" --all-namespaces >/dev/null
done
helm uninstall rollcall --namespace rollcall-system --ignore-not-found --wait >/dev/null
kubectl delete --ignore-not-found -f dist/install.yaml -f config/builds/binding.yaml -f config/builds/role.yaml >/dev/null
kubectl delete --ignore-not-found namespace rollcall-system >/dev/null
kubectl delete --ignore-not-found clusterrolebinding/prometheus-reads-rollcall >/dev/null
kubectl apply --server-side -f world/1-namespaces.yaml >/dev/null
`

// before is what a page, or a section of it, finds: a reader does not take two ways of installing after one another.
var before = map[string]string{
	"README.md":                        removed + "kubectl apply --server-side -f config/crd/bases",
	"README.md#install-it":             removed,
	"charts/rollcall/README.md":        removed,
	"docs/development.md":              removed,
	"docs/install.md":                  removed,
	"docs/install.md#from-one-file":    removed,
	"docs/install.md#with-kustomize":   removed,
	"docs/install.md#upgrade":          removed + installed + "kubectl delete jirasite acme", // which the values make
	"docs/plugin.md":                   installed + told,
	"docs/user-guide.md":               installed + "kubectl -n rollcall-system delete secret acme-jira",
	"docs/user-guide.md#name-the-site": "kubectl -n rollcall-system annotate secret acme-jira rollcall.dev/api-url-",
}

// A row whose page or section has another name by now would do nothing.
func TestWhatIsFoundBeforeIsOfAPage(t *testing.T) {
	anchors := map[string][]string{}
	for _, p := range pages(t) {
		anchors[p.name] = p.anchors
	}
	for row := range before {
		name, section, _ := strings.Cut(row, "#")
		if headings, ok := anchors[name]; !ok || section != "" && !slices.Contains(headings, section) {
			t.Errorf("there is no %s", row)
		}
	}
	for name := range shipsCheckout {
		if anchors[name] == nil {
			t.Errorf("there is no %s", name)
		}
	}
}

// TestThePages runs what the documents tell a reader to. Pages that install come last: the others share one installation.
func TestThePages(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a control plane, which is not done under -short")
	}
	all := pages(t)
	w := startWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	logs := t.TempDir()
	go func() {
		defer close(done)
		w.kubelet(ctx, logs)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		if log, err := os.ReadFile(filepath.Join(logs, "manager.log")); err == nil && t.Failed() {
			t.Logf("the end of the manager's log:\n%s", log[max(0, len(log)-4000):])
		}
	})
	slices.SortStableFunc(all, func(a, b page) int { return order(a) - order(b) })
	for _, p := range all {
		if slices.ContainsFunc(p.blocks, block.acts) {
			t.Run(p.name, func(t *testing.T) { w.testPage(t, p) })
		}
	}
}

func order(p page) int {
	if strings.HasPrefix(before[p.name], removed) {
		return 1
	}
	return 0
}

func (w *world) testPage(t *testing.T, p page) {
	s := w.sandbox(t)
	fixtures, err := filepath.Abs("testdata/world")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	NewWithT(t).Expect(os.CopyFS(filepath.Join(s.folder, "world"), os.DirFS(fixtures))).To(Succeed())
	setup, ok := before[p.name]
	if !ok && slices.ContainsFunc(p.blocks, block.asksACluster) {
		setup = installed
	}
	s.mustRun(t, setup)
	told, _, _ := w.newest()
	section, output := "", ""
	for _, b := range p.blocks {
		if b.section != section {
			section = b.section
			s.mustRun(t, before[p.name+"#"+section])
		}
		output = s.try(t, b, output)
	}
	if p.name == "docs/jirasite.md" {
		s.testRefusals(t)
	}
	if shipsCheckout[p.name] && !t.Failed() {
		w.expectShown(t, told)
	}
}

// try runs a block, and returns what it printed. Of a text that is marked as output it compares what the block before printed.
func (s *sandbox) try(t *testing.T, b block, printed string) string {
	t.Helper()
	if _, excused := b.excuse(); excused {
		return printed
	}
	switch b.language {
	case "yaml":
		s.tryYAML(t, b)
	case "sh", "console":
		out, err := s.run(t.Context(), b.script())
		if err != nil {
			t.Errorf("%s: %v\n%s", b.at(), err, b.text)
		}
		return out
	case "text":
		if b.note == "output" && strings.TrimSpace(b.text) != strings.TrimSpace(printed) {
			t.Errorf("%s: the command before printed\n%s", b.at(), printed)
		}
	}
	return printed
}

// asksACluster reports whether a block has commands that find something in a cluster.
func (b block) asksACluster() bool {
	return b.acts() && (b.language == "yaml" || strings.Contains(b.text, "kubectl ") || strings.Contains(b.text, "helm "))
}

// acts reports whether a block needs the world.
func (b block) acts() bool {
	_, excused := b.excuse()
	return !excused && (b.language == "sh" || b.language == "console" || b.language == "yaml")
}
