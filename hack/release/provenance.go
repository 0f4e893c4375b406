// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	provenancev1 "github.com/in-toto/attestation/go/predicates/provenance/v1"
	intotov1 "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const (
	home      = "https://github.com/rollcall-dev/rollcall"
	buildType = home + "/blob/main/RELEASE.md#build-type-v1"
	slsa      = "https://slsa.dev/provenance/v1"
)

// provenance says of what a release is made, and by whom: an in-toto statement with a predicate of SLSA.
type provenance struct {
	source   source
	registry string
	builder  string
	sums     []sum
	// image and chart are beside the files.
	image, chart published
}

func (p provenance) statement() ([]byte, error) {
	if u, err := url.Parse(p.builder); err != nil || u.Scheme == "" {
		return nil, fmt.Errorf("-builder: %q is no URI of who builds", p.builder)
	}
	outside, err := structpb.NewStruct(map[string]any{"version": p.source.version, "registry": p.registry, "source": "git+" + home})
	if err != nil {
		return nil, err
	}
	inside, err := structpb.NewStruct(map[string]any{"go": runtime.Version()})
	if err != nil {
		return nil, err
	}
	predicate := &provenancev1.Provenance{
		BuildDefinition: &provenancev1.BuildDefinition{
			BuildType: buildType, ExternalParameters: outside, InternalParameters: inside,
			ResolvedDependencies: []*intotov1.ResourceDescriptor{{
				Uri: "git+" + home + "@refs/tags/" + p.source.version, Digest: map[string]string{"gitCommit": p.source.commit},
			}},
		},
		RunDetails: &provenancev1.RunDetails{Builder: &provenancev1.Builder{Id: p.builder}},
	}
	statement := &intotov1.Statement{Type: intotov1.StatementTypeUri, PredicateType: slsa, Predicate: &structpb.Struct{}}
	for _, s := range p.sums {
		statement.Subject = append(statement.Subject, &intotov1.ResourceDescriptor{Name: s.file, Digest: map[string]string{"sha256": s.hex}})
	}
	for _, o := range []published{p.image, p.chart} {
		statement.Subject = append(statement.Subject, &intotov1.ResourceDescriptor{Name: o.repository, Digest: map[string]string{"sha256": o.digest.Hex}})
	}
	text, err := protojson.Marshal(predicate)
	if err != nil {
		return nil, err
	}
	if err := protojson.Unmarshal(text, statement.Predicate); err != nil {
		return nil, err
	}
	if err := errors.Join(predicate.Validate(), statement.Validate()); err != nil {
		return nil, fmt.Errorf("check provenance: %w", err)
	}
	return stableJSON(statement)
}

// stableJSON writes a message always with the same spaces, which protojson does not.
func stableJSON(message proto.Message) ([]byte, error) {
	text, err := protojson.Marshal(message)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", " "); err != nil {
		return nil, err
	}
	return append(out.Bytes(), '\n'), nil
}

// manifest is what the provenance of a folder says.
type manifest struct {
	version, registry string
	commit, builder   string
	sums              []sum
	image, chart      published
	predicate         []byte
}

// readProvenance reads what is to be pushed and signed.
func readProvenance(folder string) (manifest, error) {
	var m manifest
	text, err := os.ReadFile(filepath.Join(folder, provenanceFile))
	if err != nil {
		return m, fmt.Errorf("read release (make release VERSION=v0.1.0 makes one): %w", err)
	}
	statement := &intotov1.Statement{}
	if err := protojson.Unmarshal(text, statement); err != nil {
		return m, fmt.Errorf("read %s: %w", provenanceFile, err)
	}
	if err := statement.Validate(); err != nil || statement.PredicateType != slsa {
		return m, fmt.Errorf("%s is no provenance of SLSA v1: %w", provenanceFile, errors.Join(err, errors.New(statement.PredicateType)))
	}
	if m.predicate, err = stableJSON(statement.Predicate); err != nil {
		return m, err
	}
	predicate := &provenancev1.Provenance{}
	if err := protojson.Unmarshal(m.predicate, predicate); err != nil {
		return m, fmt.Errorf("read %s: %w", provenanceFile, err)
	}
	if err := predicate.Validate(); err != nil {
		return m, fmt.Errorf("read %s: %w", provenanceFile, err)
	}
	outside := predicate.BuildDefinition.ExternalParameters.Fields
	m.version, m.registry = outside["version"].GetStringValue(), outside["registry"].GetStringValue()
	m.builder = predicate.RunDetails.Builder.Id
	for _, d := range predicate.BuildDefinition.ResolvedDependencies {
		m.commit = d.Digest["gitCommit"]
	}
	if err := checkVersion(m.version); err != nil {
		return m, fmt.Errorf("read %s: %w", provenanceFile, err)
	}
	n := len(statement.Subject) - 2
	if n < 0 {
		return m, fmt.Errorf("%s does not name image and chart", provenanceFile)
	}
	for _, s := range statement.Subject[:n] {
		m.sums = append(m.sums, sum{hex: s.Digest["sha256"], file: s.Name})
	}
	for i, o := range []*published{&m.image, &m.chart} {
		s := statement.Subject[n+i]
		*o = published{repository: s.Name, digest: v1.Hash{Algorithm: "sha256", Hex: s.Digest["sha256"]}}
	}
	if m.image.repository != imageRepository(m.registry) || m.chart.repository != chartRepository(m.registry) {
		return m, fmt.Errorf("%s does not name image and chart", provenanceFile)
	}
	return m, nil
}

func imageRepository(registry string) string { return registry + "/rollcall" }
func chartRepository(registry string) string { return registry + "/charts/rollcall" }

func (m manifest) names() []string {
	var names []string
	for _, s := range m.sums {
		names = append(names, s.file)
	}
	slices.Sort(names)
	return names
}
