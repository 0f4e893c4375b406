// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // SPDX demands it beside the SHA-256
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
)

const unknown = "NOASSERTION"

// bill is a bill of materials that is being written.
type bill struct {
	doc    *v2_3.Document
	source source
}

// newBill begins one of a thing: an image, or an archive.
func newBill(s source, file string, of *v2_3.Package) *bill {
	b := &bill{source: s, doc: &v2_3.Document{
		SPDXVersion: v2_3.Version, DataLicense: v2_3.DataLicense, SPDXIdentifier: "DOCUMENT", DocumentName: file,
		DocumentNamespace: fmt.Sprintf("%s/releases/download/%s/%s-%s", home, s.version, file, of.PackageChecksums[0].Value),
		CreationInfo: &v2_3.CreationInfo{
			Creators: []common.Creator{{CreatorType: "Organization", Creator: "The Rollcall authors"}, {CreatorType: "Tool", Creator: "rollcall-hack-release-" + s.version}},
			Created:  s.created.Format("2006-01-02T15:04:05Z"),
		},
	}}
	b.add(of)
	b.relate("DOCUMENT", "DESCRIBES", of.PackageSPDXIdentifier)
	return b
}

func (b *bill) add(p *v2_3.Package) {
	for _, text := range []*string{&p.PackageDownloadLocation, &p.PackageLicenseConcluded, &p.PackageLicenseDeclared, &p.PackageCopyrightText} {
		if *text == "" {
			*text = unknown
		}
	}
	p.IsFilesAnalyzedTagPresent = true
	b.doc.Packages = append(b.doc.Packages, p)
}

func (b *bill) relate(a common.ElementID, what string, to common.ElementID) {
	b.doc.Relationships = append(b.doc.Relationships, &v2_3.Relationship{
		RefA: common.MakeDocElementID("", string(a)), Relationship: what, RefB: common.MakeDocElementID("", string(to)),
	})
}

// addContent lists a file, and where it is a Go program, the modules that it is made of.
func (b *bill) addContent(in common.ElementID, f content) error {
	id := elementID("File", f.name)
	kind := "TEXT"
	info, err := buildinfo.Read(bytes.NewReader(f.data))
	if err == nil {
		kind = "BINARY"
	}
	b.doc.Files = append(b.doc.Files, &v2_3.File{
		FileName: "./" + f.name, FileSPDXIdentifier: id, FileTypes: []string{kind}, LicenseConcluded: unknown, FileCopyrightText: unknown,
		Checksums: []common.Checksum{
			{Algorithm: common.SHA1, Value: fmt.Sprintf("%x", sha1.Sum(f.data))}, //nolint:gosec // as above
			{Algorithm: common.SHA256, Value: fmt.Sprintf("%x", sha256.Sum256(f.data))},
		},
	})
	b.relate(in, "CONTAINS", id)
	if err != nil {
		if f.program {
			return fmt.Errorf("read build info of %s: %w", f.name, err)
		}
		return nil
	}
	b.addModules(id, info)
	return nil
}

// addModules lists all modules that have a package in a program, and the standard library.
func (b *bill) addModules(program common.ElementID, info *debug.BuildInfo) {
	main := module(debug.Module{Path: info.Main.Path, Version: b.source.version})
	main.PrimaryPackagePurpose, main.PackageLicenseDeclared = "APPLICATION", "Apache-2.0"
	main.PackageSourceInfo = fmt.Sprintf("git commit %s, built with %s for %s/%s", b.source.commit, info.GoVersion, setting(info, "GOOS"), setting(info, "GOARCH"))
	b.add(main)
	b.relate(program, "GENERATED_FROM", main.PackageSPDXIdentifier)
	library := module(debug.Module{Path: "stdlib", Version: strings.TrimPrefix(info.GoVersion, "go")})
	library.PackageLicenseDeclared = "BSD-3-Clause"
	b.add(library)
	b.relate(main.PackageSPDXIdentifier, "DEPENDS_ON", library.PackageSPDXIdentifier)
	for _, dependency := range info.Deps {
		p := b.dependency(dependency)
		b.add(p)
		b.relate(main.PackageSPDXIdentifier, "DEPENDS_ON", p.PackageSPDXIdentifier)
	}
}

// dependency is the package of what was built in. A module that is replaced by a folder of the repository, such as
// github.com/rollcall-dev/rollcall/api, is of the release's own version and commit.
func (b *bill) dependency(m *debug.Module) *v2_3.Package {
	switch {
	case m.Replace == nil:
		return module(*m)
	case strings.HasPrefix(m.Replace.Path, "."):
		p := module(debug.Module{Path: m.Path, Version: b.source.version})
		p.PackageLicenseDeclared, p.PackageSourceInfo = "Apache-2.0", "git commit "+b.source.commit
		return p
	default:
		return module(*m.Replace)
	}
}

// module is the package of a Go module. Its sum is the one of go.sum, a hash of names and hashes of files, and so no
// checksum that SPDX knows.
func module(m debug.Module) *v2_3.Package {
	p := &v2_3.Package{
		PackageName: m.Path, PackageVersion: m.Version, PackageSPDXIdentifier: elementID("Module", m.Path+"@"+m.Version), PrimaryPackagePurpose: "LIBRARY",
		PackageExternalReferences: []*v2_3.PackageExternalReference{purl("pkg:golang/" + m.Path + "@" + strings.ReplaceAll(m.Version, "+", "%2B"))},
	}
	if m.Sum != "" {
		p.PackageSourceInfo = "go.sum " + m.Sum
	}
	return p
}

func purl(locator string) *v2_3.PackageExternalReference {
	return &v2_3.PackageExternalReference{Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: locator}
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return "unknown"
}

// elementID makes an id of a name. What an id may not hold becomes a dash; the beginning of the name's hash keeps two apart.
func elementID(kind, name string) common.ElementID {
	clean := strings.Map(func(r rune) rune {
		if r == '.' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' {
			return r
		}
		return '-'
	}, name)
	return common.ElementID(fmt.Sprintf("%s-%s-%.4x", kind, clean, sha256.Sum256([]byte(name))))
}

func (b *bill) text() ([]byte, error) {
	var out bytes.Buffer
	if err := json.Write(b.doc, &out, json.Indent(" ")); err != nil {
		return nil, fmt.Errorf("write SBOM: %w", err)
	}
	return out.Bytes(), nil
}
