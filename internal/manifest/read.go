// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// stdin is the name by which the standard input is read.
const stdin = "-"

// extensions are those of the files that are read of a folder.
var extensions = []string{".yaml", ".yml", ".json"}

// kustomizations are the files of a folder that are no manifests.
var kustomizations = []string{"kustomization.yaml", "kustomization.yml"}

// Objects are what was read.
type Objects struct {
	// Objects are those that Rollcall reads: workloads, what rolls them out, namespaces and JiraSites.
	Objects []client.Object
	// Others counts the objects of other kinds, by kind.
	Others map[string]int
	// Repeated are the objects that come more than once, such as "Deployment shop/web": the last one counts.
	Repeated []string

	index map[string]int
}

// Read reads manifests: files, all manifests below folders, and the standard input for "-". namespace is that of an object which
// names none.
func Read(in io.Reader, paths []string, namespace string) (*Objects, error) {
	found := &Objects{Others: map[string]int{}, index: map[string]int{}}
	var errs []error
	for _, path := range paths {
		errs = append(errs, found.read(in, path, namespace))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return found, nil
}

func (o *Objects) read(in io.Reader, path, namespace string) error {
	if path == stdin {
		text, err := io.ReadAll(in)
		if err != nil {
			return fmt.Errorf("read the standard input: %w", err)
		}
		if !holdsSomething(text) {
			return errors.New("the standard input is empty: what should write manifests there may have failed")
		}
		return o.add(source{name: "standard input", text: text, namespace: namespace})
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read manifests: %w", err)
	}
	if !info.IsDir() {
		return o.addFile(path, namespace, false)
	}
	var errs []error
	err = filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && file != path:
			return fs.SkipDir
		case entry.IsDir(), slices.Contains(kustomizations, entry.Name()), !slices.Contains(extensions, filepath.Ext(file)):
			return nil
		}
		errs = append(errs, o.addFile(file, namespace, true))
		return nil
	})
	return errors.Join(append(errs, err)...)
}

func (o *Objects) addFile(file, namespace string, found bool) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read manifests: %w", err)
	}
	return o.add(source{name: file, text: text, namespace: namespace, found: found})
}

// source is a text that holds manifests.
type source struct {
	name      string
	text      []byte
	namespace string
	// found says that nobody named it: it was found in a folder, and may be no manifest.
	found bool
}

// add adds the objects of a source. Each document that cannot be read is an error of its own.
func (o *Objects) add(from source) error {
	var errs []error
	for _, d := range split(from.text) {
		if err := o.addDocument(d, from); err != nil {
			errs = append(errs, fmt.Errorf("%s, document %d (line %d): %w", from.name, d.number, d.line, err))
		}
	}
	return errors.Join(errs...)
}

func (o *Objects) addDocument(d document, from source) error {
	values, err := d.values()
	if err != nil {
		return err
	}
	for _, fields := range values {
		if err := o.addValue(fields, from); err != nil {
			return err
		}
	}
	return nil
}

// addValue adds an object, or those of a list.
func (o *Objects) addValue(fields map[string]any, from source) error {
	kind, _ := fields["kind"].(string)
	version, _ := fields["apiVersion"].(string)
	switch items, isList := fields["items"].([]any); {
	case kind == "" || version == "":
		if from.found || isHelmHeader(fields) {
			return nil
		}
		return errors.New("it has no kind and no apiVersion, and is no manifest")
	case isList && strings.HasSuffix(kind, "List"):
		for i, item := range items {
			of, isObject := item.(map[string]any)
			if !isObject {
				return fmt.Errorf("item %d of the list is no object", i+1)
			}
			if err := o.addValue(of, from); err != nil {
				return fmt.Errorf("item %d of the list: %w", i+1, err)
			}
		}
		return nil
	}
	object, err := decode(fields, version, kind)
	if err != nil {
		return err
	}
	if object == nil {
		o.Others[kind]++
		return nil
	}
	return o.keep(object, kind, from.namespace)
}

// keep keeps an object in the place of an earlier one of its kind and name.
func (o *Objects) keep(object client.Object, kind, namespace string) error {
	if object.GetName() == "" {
		return fmt.Errorf("the %s has no metadata.name", kind)
	}
	switch kind {
	case "Namespace", "JiraSite":
		object.SetNamespace("")
	default:
		if object.GetNamespace() == "" {
			object.SetNamespace(namespace)
		}
	}
	name := strings.TrimPrefix(object.GetNamespace()+"/"+object.GetName(), "/")
	key := kind + " " + name
	if i, repeated := o.index[key]; repeated {
		o.Objects[i] = object
		if !slices.Contains(o.Repeated, key) {
			o.Repeated = append(o.Repeated, key)
		}
		return nil
	}
	o.index[key] = len(o.Objects)
	o.Objects = append(o.Objects, object)
	return nil
}
