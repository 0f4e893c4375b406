// SPDX-License-Identifier: Apache-2.0

// Package chart tests the Helm chart: what it renders for which values, whether a real API server takes that, and
// whether the manager may do with its roles what it has to, and no more.
package chart

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/rollcall-dev/rollcall/hack/pins"
)

const (
	root      = "../.."
	chart     = root + "/charts/rollcall"
	namespace = "rollcall-system"

	// withImage names an image, which there is no default of. Values that come after it may name another.
	withImage = "--values=testdata/image-values.yaml"
)

// Programs that a module of their own pins; go builds each once, and keeps it.
var (
	helmBinary      = pinned("hack/chart-tools", "helm")
	kubeScoreBinary = pinned("hack/chart-tools/kube-score", "kube-score")
	kustomizeBinary = pinned("hack/chart-tools", "kustomize")
)

// number is the chart's version, which is the tag of its image as well.
var number = appVersion()

func appVersion() string {
	content, err := os.ReadFile(filepath.Join(chart, "Chart.yaml"))
	if err != nil {
		panic(err)
	}
	var metadata struct{ AppVersion string }
	if err := yaml.Unmarshal(content, &metadata); err != nil {
		panic(err)
	}
	return metadata.AppVersion
}

func pinned(module, name string) func(*testing.T) string {
	find := sync.OnceValues(func() (string, error) { return pins.Program(context.Background(), root, module, name) })
	return func(t *testing.T) string {
		t.Helper()
		path, err := find()
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
}

// command runs a program, and returns what it prints, and an error that holds what it complains of.
func command(stdin, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	var out, complaints bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &complaints
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), args, err, complaints.String())
	}
	return out.String(), nil
}

// template renders the chart with the values, YAML.
func template(t *testing.T, values string, args ...string) (string, error) {
	t.Helper()
	args = append([]string{"template", "rollcall", chart, "--namespace=" + namespace, withImage, "--values=-"}, args...)
	return command(values, helmBinary(t), args...)
}

// objects are rendered objects, by "Kind/name" or, beyond the release's namespace, "Kind/namespace/name".
type objects map[string]*unstructured.Unstructured

func render(t *testing.T, values string, args ...string) objects {
	t.Helper()
	out, err := template(t, values, args...)
	if err != nil {
		t.Fatal(err)
	}
	return index(t, parse(t, out))
}

func index(t *testing.T, list []*unstructured.Unstructured) objects {
	t.Helper()
	found := objects{}
	for _, o := range list {
		key := o.GetKind() + "/" + o.GetName()
		if at := o.GetNamespace(); at != "" && at != namespace {
			key = o.GetKind() + "/" + at + "/" + o.GetName()
		}
		if found[key] != nil {
			t.Errorf("%s is rendered twice", key)
		}
		found[key] = o
	}
	return found
}

// parse reads a manifest. No key may be there twice: Helm lets that pass, kustomize and Flux do not.
func parse(t *testing.T, manifest string) []*unstructured.Unstructured {
	t.Helper()
	var list []*unstructured.Unstructured
	reader := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(manifest)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return list
		}
		o := &unstructured.Unstructured{}
		if err == nil {
			err = yaml.UnmarshalStrict(document, &o.Object)
		}
		if err != nil {
			t.Fatalf("read what was rendered: %v\n%s", err, document)
		}
		if len(o.Object) > 0 {
			list = append(list, o)
		}
	}
}

// at looks a field up, by names and numbers with dots between them; a name with dots is in brackets: a.0.[b.c/d].
func at(node any, path string) any {
	for path != "" {
		var name string
		if strings.HasPrefix(path, "[") {
			name, path, _ = strings.Cut(path[1:], "]")
			path = strings.TrimPrefix(path, ".")
		} else {
			name, path, _ = strings.Cut(path, ".")
		}
		switch here := node.(type) {
		case map[string]any:
			node = here[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(here) {
				return nil
			}
			node = here[i]
		default:
			return nil
		}
	}
	return node
}

func fromYAML(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("read %q: %v", text, err)
	}
	return value
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// valueFiles are the values that everything has to be content with, by name; the defaults are among them.
func valueFiles(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(chart + "/ci/*-values.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("find values in %s/ci: %d, %v", chart, len(files), err)
	}
	found := map[string]string{"default": ""}
	for _, file := range files {
		found[strings.TrimSuffix(filepath.Base(file), "-values.yaml")] = readFile(t, strings.TrimPrefix(file, root))
	}
	return found
}
