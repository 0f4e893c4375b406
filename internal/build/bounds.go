// SPDX-License-Identifier: Apache-2.0

package build

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// Whoever may write one run may write 1.5 MB into it. These bounds, and those of rollout.TrimMetadata, are what the cache
// keeps of a run at most, in bytes. A URL or a name that is longer is not read: a part of it would be another one.
const (
	maxMessage = 1 << 10
	maxURL     = 2 << 10
	maxName    = 253
	maxTime    = 64
	// maxList bounds a result that lists images, and maxResults how many results are kept.
	maxList    = 16 << 10
	maxResults = 50
	// maxImage bounds the name of an image, and maxImages how many digests a build has.
	maxImage  = 1 << 10
	maxImages = 20
)

// The API server makes a name of the first 58 bytes of generateName, and of 5 random ones.
const (
	maxStem  = 58
	randomly = 5
)

// boundedMetadata returns what is kept of a run's metadata. It writes into no map that it finds. Of a run that has too many
// labels it keeps the one that says whether it is a build: without it no site would select the run, nor say what is wrong.
func boundedMetadata(meta metav1.ObjectMeta) metav1.ObjectMeta {
	generated := whole(meta.GenerateName, maxName)
	isBuild, said := meta.Labels[v1alpha1.LabelBuild]
	rollout.TrimMetadata(&meta)
	meta.GenerateName = generated
	if said && meta.Labels == nil {
		meta.Labels = map[string]string{v1alpha1.LabelBuild: isBuild}
	}
	return meta
}

// stem returns the name of a run without what the API server made random. Example: shop-ci of shop-ci-x7k2p, which was
// created with the generateName shop-ci-.
func stem(meta *metav1.ObjectMeta) string {
	generated := meta.GenerateName[:min(len(meta.GenerateName), maxStem)]
	random, ok := strings.CutPrefix(meta.Name, generated)
	if name := strings.TrimRight(generated, "-."); ok && name != "" && len(random) == randomly {
		return name
	}
	return meta.Name
}

// whole returns a text that is no longer than it may be, without the spaces around it; else nothing.
func whole(text string, most int) string {
	if len(text) > most {
		return ""
	}
	return strings.TrimSpace(text)
}

// oneLine returns the beginning of a text, as one line.
func oneLine(text string) string {
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(strings.Clone(text[:maxMessage]), "")
	}
	return strings.Join(strings.Fields(text), " ")
}
