// SPDX-License-Identifier: Apache-2.0

package report

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/yaml"
)

// archive is a ZIP that is written as it is filled. Everything in it is scrubbed.
type archive struct {
	zip    *zip.Writer
	scheme *runtime.Scheme
	now    time.Time
	// gaps are what could not be read, and why.
	gaps []string
}

// gap remembers that something could not be read.
func (a *archive) gap(what string, err error) {
	a.gaps = append(a.gaps, scrub(fmt.Sprintf("%s: %v", what, err)))
}

// add adds a file.
func (a *archive) add(name string, content io.Reader) error {
	file, err := a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: a.now})
	if err != nil {
		return fmt.Errorf("add %s: %w", name, err)
	}
	if err := scrubLines(file, content); err != nil {
		return fmt.Errorf("add %s: %w", name, err)
	}
	return nil
}

// addObjects adds a file of objects in YAML, without what is secret in them. There is no file of none.
func addObjects[O client.Object](a *archive, name string, objects []O) error {
	if len(objects) == 0 {
		return nil
	}
	reader, writer := io.Pipe()
	go func() {
		var err error
		for _, o := range objects {
			if err = a.writeObject(writer, o); err != nil {
				break
			}
		}
		writer.CloseWithError(err)
	}()
	defer reader.Close()
	return a.add(name, reader)
}

func (a *archive) writeObject(out io.Writer, o client.Object) error {
	redact(o)
	kind, err := apiutil.GVKForObject(o, a.scheme)
	if err != nil {
		return fmt.Errorf("find kind: %w", err)
	}
	o.GetObjectKind().SetGroupVersionKind(kind)
	text, err := yaml.Marshal(o)
	if err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	_, err = fmt.Fprintf(out, "---\n%s", text)
	return err
}

// close writes what could not be read, and ends the ZIP.
func (a *archive) close() error {
	if len(a.gaps) > 0 {
		if err := a.add("not-read.txt", strings.NewReader(strings.Join(a.gaps, "\n")+"\n")); err != nil {
			return err
		}
	}
	if err := a.zip.Close(); err != nil {
		return fmt.Errorf("end the ZIP: %w", err)
	}
	return nil
}

// pointers are those to the elements of a list.
func pointers[T any](list []T) []*T {
	to := make([]*T, len(list))
	for i := range list {
		to[i] = &list[i]
	}
	return to
}
