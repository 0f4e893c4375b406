// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// FieldOwner owns the fields that Apply sets.
const FieldOwner = client.FieldOwner("rollcall-test")

// establishGrace is how long the API server may take to serve a new CustomResourceDefinition.
const establishGrace = time.Minute

// Apply applies every object in the given YAML files, as kubectl apply --server-side would. A folder
// stands for the YAML files in it and below it, in the order of their names; kustomization.yaml is
// passed by. Objects are applied in that order, and a CustomResourceDefinition is served before the
// next object is looked at.
func Apply(ctx context.Context, c client.Client, paths ...string) error {
	files, err := manifestFiles(paths)
	if err != nil {
		return err
	}
	for _, file := range files {
		objects, err := readObjects(file)
		if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		for _, object := range objects {
			if err := applyObject(ctx, c, object); err != nil {
				return fmt.Errorf("apply %s: %w", file, err)
			}
		}
	}
	return nil
}

// Create creates every object in a YAML file, as kubectl create would: a name may be left to the API server.
func Create(ctx context.Context, c client.Client, file string) error {
	objects, err := readObjects(file)
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	for _, object := range objects {
		if err := c.Create(ctx, object); err != nil {
			return fmt.Errorf("create %s: %w", file, err)
		}
	}
	return nil
}

// manifestFiles lists the YAML files that the paths stand for. A file that is named counts as it is.
func manifestFiles(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		err := filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && (file == path || isManifest(entry.Name())) {
				files = append(files, file)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("list manifests: %w", err)
		}
	}
	return files, nil
}

// isManifest tells what a cluster takes from what other files there are beside it.
func isManifest(name string) bool {
	return slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(name)) &&
		name != "kustomization.yaml" && name != "kustomization.yml"
}

// readObjects reads every document of a file; empty ones do not count.
func readObjects(file string) ([]*unstructured.Unstructured, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var objects []*unstructured.Unstructured
	documents := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &object.Object); err != nil {
			return nil, err
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

func applyObject(ctx context.Context, c client.Client, object *unstructured.Unstructured) error {
	what := fmt.Sprintf("%s %s", object.GetKind(), client.ObjectKeyFromObject(object))
	apply := client.ApplyConfigurationFromUnstructured(object)
	if err := c.Apply(ctx, apply, FieldOwner, client.ForceOwnership); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if object.GroupVersionKind().Group != "apiextensions.k8s.io" {
		return nil
	}
	if err := awaitEstablished(ctx, c, object); err != nil {
		return fmt.Errorf("%s: wait until it is established: %w", what, err)
	}
	return nil
}

// awaitEstablished waits until the API server serves what a CustomResourceDefinition defines, and says so to who asks which
// kinds there are: on a busy machine that comes a moment later.
func awaitEstablished(ctx context.Context, c client.Client, definition *unstructured.Unstructured) error {
	return wait.PollUntilContextTimeout(ctx, readyPoll, establishGrace, true, func(ctx context.Context) (bool, error) {
		if err := c.Get(ctx, client.ObjectKeyFromObject(definition), definition); err != nil {
			return false, err
		}
		if !conditionTrue(definition, "Established") {
			return false, nil
		}
		_, err := c.RESTMapper().RESTMapping(definedKind(definition))
		if meta.IsNoMatchError(err) {
			return false, nil
		}
		return err == nil, err
	})
}

// definedKind returns the kind that a CustomResourceDefinition defines.
func definedKind(definition *unstructured.Unstructured) schema.GroupKind {
	group, _, _ := unstructured.NestedString(definition.Object, "spec", "group")
	kind, _, _ := unstructured.NestedString(definition.Object, "spec", "names", "kind")
	return schema.GroupKind{Group: group, Kind: kind}
}

// conditionTrue reports whether the object's status has the condition, with the status True.
func conditionTrue(object *unstructured.Unstructured, kind string) bool {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	return slices.ContainsFunc(conditions, func(entry any) bool {
		condition, _ := entry.(map[string]any)
		return condition["type"] == kind && condition["status"] == "True"
	})
}
