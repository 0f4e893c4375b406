// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// fileName is the first line of a block that is to be saved: "# values.yaml", and what may follow after a comma.
var fileName = regexp.MustCompile(`^# ([a-z0-9./-]+\.ya?ml)(,.*)?\n`)

// tryYAML tries a block by its note; one without is a manifest. Where it has a name it is in the reader's folder from then on.
func (s *sandbox) tryYAML(t *testing.T, b block) {
	t.Helper()
	name := ""
	if found := fileName.FindStringSubmatch(b.text); found != nil {
		name = found[1]
		s.write(t, name, b.text)
	}
	note, kind, _ := strings.Cut(b.note, ": ")
	documents, err := parse(b.text)
	if err != nil {
		t.Errorf("%s: %v", b.at(), err)
		return
	}
	switch note {
	case "":
		if filepath.Base(name) != "kustomization.yaml" { // a command behind it builds that one
			err = s.takes(t, documents)
		}
	case "part":
		err = s.takesPart(t, kind, documents)
	case "values":
		err = s.renders(t, b.text)
	case "kustomization":
		err = s.kustomizes(t, documents)
	case "workflow":
		err = s.runsScripts(t, under(documents[0], "run"))
	case "gitlab":
		err = s.runsScripts(t, []string{strings.Join(under(documents[0], "script"), "\n")})
	case "chart": // it was parsed
	}
	if err != nil {
		t.Errorf("%s: %v", b.at(), err)
	}
}

// parse reads documents. No key may be there twice.
func parse(text string) ([]map[string]any, error) {
	var found []map[string]any
	reader := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		o := map[string]any{}
		if err := yaml.UnmarshalStrict(document, &o); err != nil {
			return nil, err
		}
		if len(o) > 0 {
			found = append(found, o)
		}
	}
}

// takes has the API server take manifests, without a field that it does not know, and without storing them.
func (s *sandbox) takes(t *testing.T, documents []map[string]any) error {
	t.Helper()
	var errs []error
	for _, document := range documents {
		o := &unstructured.Unstructured{Object: document}
		if o.GetKind() == "" {
			errs = append(errs, errors.New(`it is no manifest: say what it is behind its fence, such as "yaml values"`))
			continue
		}
		if o.GetName() == "" {
			o.SetName(o.GetGenerateName() + "x")
			o.SetGenerateName("")
		}
		if namespaced, err := s.kube.IsObjectNamespaced(o); err == nil && namespaced && o.GetNamespace() == "" {
			o.SetNamespace("default")
		}
		apply := client.ApplyConfigurationFromUnstructured(o)
		errs = append(errs, s.kube.Apply(t.Context(), apply, client.DryRunAll, client.ForceOwnership, client.FieldOwner("reader")))
	}
	return errors.Join(errs...)
}

// takesPart has the API server take a part of a manifest, within the least of its kind.
func (s *sandbox) takesPart(t *testing.T, kind string, documents []map[string]any) error {
	t.Helper()
	whole, err := least(kind)
	if err != nil {
		return err
	}
	for _, part := range documents {
		merge(whole, part)
	}
	return s.takes(t, []map[string]any{whole})
}

// least is the least object of a kind.
func least(kind string) (map[string]any, error) {
	content, err := os.ReadFile("testdata/parts.yaml")
	if err != nil {
		return nil, err
	}
	all, err := parse(string(content))
	for _, o := range all {
		if o["kind"] == kind {
			return o, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("testdata/parts.yaml has no %s", kind), err)
}

func merge(into, from map[string]any) {
	for name, value := range from {
		here, ok := into[name].(map[string]any)
		there, both := value.(map[string]any)
		if ok && both {
			merge(here, there)
			continue
		}
		into[name] = value
	}
}

// renders renders the chart with values. An image is needed for that, and a part of the values may not have one.
func (s *sandbox) renders(t *testing.T, values string) error {
	t.Helper()
	s.write(t, "values-of-the-block.yaml", values)
	_, err := s.run(t.Context(), `helm template rollcall charts/rollcall --namespace rollcall-system --set image.repository=registry.example/rollcall \
	  --values values-of-the-block.yaml`)
	return err
}

// kustomizes builds a kustomization beside a checkout of Rollcall.
func (s *sandbox) kustomizes(t *testing.T, documents []map[string]any) error {
	t.Helper()
	for _, document := range documents {
		document["apiVersion"], document["kind"] = "kustomize.config.k8s.io/v1beta1", "Kustomization"
		content, err := yaml.Marshal(document)
		if err != nil {
			return err
		}
		s.write(t, "kustomize-block/kustomization.yaml", string(content))
		out, err := s.run(t.Context(), `[ -e kustomize-block/rollcall ] || ln -s ../rollcall kustomize-block/rollcall; kustomize build kustomize-block`)
		if err != nil {
			return err
		}
		if bytes.Count([]byte(out), []byte("kind:")) == 0 {
			return errors.New("it builds nothing")
		}
	}
	return nil
}
