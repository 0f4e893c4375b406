// SPDX-License-Identifier: Apache-2.0

package image_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/rollcall-dev/rollcall/internal/image"
)

func TestWhatAnImageSays(t *testing.T) {
	built := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	plain := makeImage()
	base := oci("https://github.com/distro/base", another)
	for says, tc := range map[string]struct {
		image    remote.Taggable
		want     image.Source
		requests int
	}{
		"nothing": {
			image: plain, want: image.Source{}, requests: 2,
		},
		"it in annotations of the index, which costs one request": {
			image:    makeIndex(oci(github, commit), entry{plain, "linux/amd64", nil}),
			want:     image.Source{Repository: github, Revision: commit, Precision: image.FullID, From: image.IndexAnnotation},
			requests: 1,
		},
		"it in annotations of the manifest, before labels that its base image may have had": {
			image:    makeImage().labels(base...).annotations(oci(github, commit)...),
			want:     image.Source{Repository: github, Revision: commit, Precision: image.FullID, From: image.ManifestAnnotation},
			requests: 1,
		},
		"it where an index lists the manifest": {
			image:    makeIndex(nil, entry{makeImage().labels(base...), "linux/amd64", oci(github, commit)}),
			want:     image.Source{Repository: github, Revision: commit, Precision: image.FullID, From: image.ManifestAnnotation},
			requests: 1,
		},
		"it in labels": {
			image:    makeImage().labels(oci(github+".git", commit)...),
			want:     image.Source{Repository: github + ".git", Revision: commit, Precision: image.FullID, From: image.ConfigLabel},
			requests: 2,
		},
		"it in labels of one of several platforms": {
			image: makeIndex(nil, entry{plain, "linux/arm64", nil},
				entry{makeImage().labels(oci(github, commit)...), "linux/amd64", nil}),
			want:     image.Source{Repository: github, Revision: commit, Precision: image.FullID, From: image.ConfigLabel},
			requests: 3,
		},
		"it in labels of the only platform there is": {
			image:    makeIndex(nil, entry{makeImage().labels(oci(github, commit)...), "linux/s390x", nil}),
			want:     image.Source{Repository: github, Revision: commit, Precision: image.FullID, From: image.ConfigLabel},
			requests: 3,
		},
		"it in the labels of label-schema": {
			image:    makeImage().labels("org.label-schema.vcs-url", github, "org.label-schema.vcs-ref", "41ac7e7"),
			want:     image.Source{Repository: github, Revision: "41ac7e7", Precision: image.ShortID, From: image.LabelSchema},
			requests: 2,
		},
		"it, and the commit's message, in OpenShift's labels": {
			image: makeImage().labels("io.openshift.build.source-location", "git@github.com:acme/checkout.git",
				"io.openshift.build.commit.id", commit, "io.openshift.build.commit.message", "SHOP-12 Pay by card"),
			want: image.Source{
				Repository: github + ".git", Revision: commit, Precision: image.FullID, From: image.OpenShift, Message: "SHOP-12 Pay by card",
			},
			requests: 2,
		},
		"a message of the commit that OCI labels name": {
			image: makeImage().labels(append(oci(github, commit),
				"io.openshift.build.commit.id", commit, "io.openshift.build.commit.message", "SHOP-12 Pay by card")...),
			want: image.Source{
				Repository: github, Revision: commit, Precision: image.FullID, From: image.ConfigLabel, Message: "SHOP-12 Pay by card",
			},
			requests: 2,
		},
		"a message of another commit than OCI labels name": {
			image: makeImage().labels(append(oci(github, commit),
				"io.openshift.build.commit.id", another, "io.openshift.build.commit.message", "OLD-1 Base")...),
			want:     image.Source{Repository: github, Revision: commit, Precision: image.FullID, From: image.ConfigLabel},
			requests: 2,
		},
		"it in the label of buildpacks": {
			image: makeImage().labels("io.buildpacks.project.metadata",
				`{"source": {"type": "git", "version": {"commit": "`+commit+`"}, "metadata": {"repository": "`+github+`"}}}`),
			want:     image.Source{Repository: github, Revision: commit, Precision: image.FullID, From: image.Buildpacks},
			requests: 2,
		},
		"it in BuildKit's provenance alone, which costs five requests": {
			image:    attested(plain, vcs(github, commit)),
			want:     image.Source{Repository: github, Revision: commit, Precision: image.FullID, From: image.Provenance},
			requests: 5,
		},
		"a commit in labels, and its repository in the provenance, which is no sibling of theirs": {
			image:    attested(makeImage().labels("org.opencontainers.image.revision", another), vcs(github, commit)),
			want:     image.Source{Repository: github, Revision: commit, Precision: image.FullID, From: image.Provenance},
			requests: 5,
		},
		"a commit in one vocabulary, and a repository in another, which are not joined": {
			image:    makeImage().labels("org.label-schema.vcs-ref", commit, "org.opencontainers.image.source", github),
			want:     image.Source{Revision: commit, Precision: image.FullID, From: image.LabelSchema},
			requests: 2,
		},
		"a repository alone": {
			image:    makeImage().labels("org.opencontainers.image.source", github),
			want:     image.Source{Repository: github, From: image.ConfigLabel},
			requests: 2,
		},
		"a branch in annotations, and a commit in labels": {
			image:    makeImage().labels(oci(github, commit)...).annotations(oci(github, "main")...),
			want:     image.Source{Repository: github, Revision: commit, Precision: image.FullID, From: image.ConfigLabel},
			requests: 2,
		},
		"labels that its base image wrote a month before, and nothing else": {
			image: makeImage().labels(append(base, "org.opencontainers.image.created", "2026-10-20T08:00:00Z")...).created(built),
			want: image.Source{
				Repository: "https://github.com/distro/base", Revision: another, Precision: image.FullID, From: image.ConfigLabel,
				Doubt: "the labels are older than the image, and may be those of its base image",
			},
			requests: 2,
		},
		"labels that its base image wrote, and a provenance": {
			image: attested(makeImage().labels(append(base, "org.opencontainers.image.created", "2026-10-20T08:00:00Z")...).created(built),
				vcs(github, commit)),
			want:     image.Source{Repository: github, Revision: commit, Precision: image.FullID, From: image.Provenance},
			requests: 5,
		},
		"labels that were written an hour before the image was made": {
			image:    makeImage().labels(append(oci(github, commit), "org.opencontainers.image.created", "2026-11-20T07:00:00Z")...).created(built),
			want:     image.Source{Repository: github, Revision: commit, Precision: image.FullID, From: image.ConfigLabel},
			requests: 2,
		},
		"labels with the repository of the image that it names as its base": {
			image: makeImage().labels(base...).annotations("org.opencontainers.image.base.name", "ghcr.io/distro/base:12"),
			want: image.Source{
				Repository: "https://github.com/distro/base", Revision: another, Precision: image.FullID, From: image.ConfigLabel,
				Doubt: "the repository has the name of the base image",
			},
			requests: 2,
		},
	} {
		t.Run(says, func(t *testing.T) {
			registry := newFakeRegistry(t)
			ref := registry.push(t, "acme/checkout:1.0", tc.image)
			got := source(t, registry.client(t), image.Reference{Image: ref})
			if diff := cmp.Diff(tc.want, got, cmpopts.IgnoreFields(image.Source{}, "Digest")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if requests := registry.Taken(); len(requests) != tc.requests {
				t.Errorf("it took %d requests, want %d: %v", len(requests), tc.requests, requests)
			}
		})
	}
}
