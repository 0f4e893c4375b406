// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
	"github.com/spdx/tools-golang/spdxlib"
)

func parseBill(t *testing.T, text []byte) *v2_3.Document {
	t.Helper()
	doc := &v2_3.Document{}
	must(t, json.ReadInto(bytes.NewReader(text), doc))
	must(t, spdxlib.ValidateDocument(doc))
	return doc
}

// modules are what an SBOM says of Go modules: path, version, sum.
func modules(doc *v2_3.Document) map[string]string {
	found := map[string]string{}
	for _, p := range doc.Packages {
		if len(p.PackageExternalReferences) == 1 && strings.HasPrefix(p.PackageExternalReferences[0].Locator, "pkg:golang/") {
			found[p.PackageName] = p.PackageVersion + " " + strings.TrimPrefix(p.PackageSourceInfo, "go.sum ")
		}
	}
	return found
}

// The program of the SBOM is this test itself, which knows what it is made of.
func TestAnSBOMListsEveryModule(t *testing.T) {
	self, ok := debug.ReadBuildInfo()
	if !ok || len(self.Deps) < 5 {
		t.Fatalf("this test does not know what it is made of: %v", self)
	}
	dir := made(t).output
	for _, name := range []string{
		"rollcall-image-1.2.3_linux_amd64.spdx.json", "rollcall-image-1.2.3_linux_arm64.spdx.json", "kubectl-rollcall_v1.2.3_linux_amd64.spdx.json",
	} {
		got := modules(parseBill(t, []byte(read(t, dir, name))))
		for _, want := range self.Deps {
			if got[want.Path] != want.Version+" "+want.Sum {
				t.Errorf("%s: of %s it says %q, not %q", name, want.Path, got[want.Path], want.Version+" "+want.Sum)
			}
		}
		if n := len(self.Deps) + 2; len(got) != n {
			t.Errorf("%s has %d modules, not %d: %v", name, len(got), n, got)
		}
		if want := strings.TrimPrefix(runtime.Version(), "go"); !strings.HasPrefix(got["stdlib"], want+" ") {
			t.Errorf("%s: the standard library is %q, not %q", name, got["stdlib"], want)
		}
		if !strings.HasPrefix(got[self.Main.Path], "v1.2.3 git commit "+strings.Repeat("0a", 20)) {
			t.Errorf("%s: the program is of %q", name, got[self.Main.Path])
		}
	}
}

func TestAnSBOMOfTheImageListsLayersAndFiles(t *testing.T) {
	r := made(t)
	doc := parseBill(t, []byte(read(t, r.output, "rollcall-image-1.2.3_linux_arm64.spdx.json")))
	if len(doc.Files) != 2 || doc.Files[1].FileName != "./manager" || doc.Files[1].Checksums[1].Value != hexDigest(string(self(t))) {
		t.Errorf("its files are %v", doc.Files)
	}
	var related []string
	for _, rel := range doc.Relationships {
		if rel.Relationship != "DEPENDS_ON" {
			related = append(related, string(rel.RefA.ElementRefID)+" "+rel.Relationship+" "+string(rel.RefB.ElementRefID))
		}
	}
	got := strings.Join(related, "\n")
	for _, want := range []string{"DOCUMENT DESCRIBES Image", "Image CONTAINS Layer-0", "Layer-0 CONTAINS File-manager-", "GENERATED_FROM Module-github.com-rollcall-dev"} {
		if !strings.Contains(got, want) {
			t.Errorf("nothing says %q:\n%s", want, got)
		}
	}
	if locator := doc.Packages[0].PackageExternalReferences[0].Locator; !strings.HasPrefix(locator, "pkg:oci/rollcall@sha256%3A") || !strings.Contains(locator, "?arch=arm64&repository_url=registry.example/acme/rollcall&") {
		t.Errorf("the image is %s", locator)
	}
}

func TestAProgramThatDoesNotSayWhatItIsMadeOf(t *testing.T) {
	r := small(t)
	packed := get(pack(r.source.created, content{"kubectl-rollcall", []byte("#!/bin/sh\n"), true}))(t)
	if _, err := archiveBill(r.source, "a.spdx.json", "a.tar.gz", packed); err == nil || !strings.Contains(err.Error(), "read build info of kubectl-rollcall") {
		t.Errorf("error is %v", err)
	}
}

func TestIDsKeepModulesApart(t *testing.T) {
	if a, b := elementID("Module", "a/b-c"), elementID("Module", "a-b/c"); a == b {
		t.Errorf("both are %s", a)
	}
}

func TestWhatAModuleIsReplacedBy(t *testing.T) {
	b := &bill{source: source{version: "v1.2.3", commit: "0a0a"}}
	for name, test := range map[string]struct {
		replace *debug.Module
		want    string
	}{
		"nothing":                    {nil, "example.com/m v0.0.0 go.sum h1:m"},
		"a folder of the repository": {&debug.Module{Path: "./api", Version: "(devel)"}, "example.com/m v1.2.3 git commit 0a0a"},
		"a folder beside the module": {&debug.Module{Path: "../api"}, "example.com/m v1.2.3 git commit 0a0a"},
		"a fork":                     {&debug.Module{Path: "example.com/fork", Version: "v9.0.0", Sum: "h1:f"}, "example.com/fork v9.0.0 go.sum h1:f"},
	} {
		t.Run(name, func(t *testing.T) {
			p := b.dependency(&debug.Module{Path: "example.com/m", Version: "v0.0.0", Sum: "h1:m", Replace: test.replace})
			if got := p.PackageName + " " + p.PackageVersion + " " + p.PackageSourceInfo; got != test.want {
				t.Errorf("it is listed as %q, not %q", got, test.want)
			}
		})
	}
}
