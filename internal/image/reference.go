// SPDX-License-Identifier: Apache-2.0

package image

import (
	"regexp"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// Reference names an image that runs.
type Reference struct {
	// Image is what the pod template says: ghcr.io/acme/checkout:1.4, nginx, registry.example.com:5000/web@sha256:...
	Image string
	// ImageID is what the pod status says, where it is known: ghcr.io/acme/checkout@sha256:... It is used where Image has no
	// digest and ImageID is of the same repository. An id without a repository is that of a configuration: it is not used.
	ImageID string
	// ReadAfter is when a tag has to be read at the earliest: what is remembered of it from before does not count. Zero: what was
	// read within five minutes does.
	ReadAfter time.Time
}

// What the distribution specification allows. The library allows "..", also as a tag, which would lead to other paths of the
// registry.
var (
	tagName        = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*$`)
	repositoryName = regexp.MustCompile(`^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$`)
)

// dockerHub is how the library names Docker Hub, and hubNames are its other names.
const dockerHub = name.DefaultRegistry

var hubNames = map[string]bool{"docker.io": true, "index.docker.io": true, "registry-1.docker.io": true}

// parse returns the reference to ask for: by digest where there is one, else by tag.
func (r Reference) parse() (name.Reference, *Error) {
	ref, err := name.ParseReference(r.Image)
	if err != nil {
		return nil, &Error{Reason: ErrInvalidReference} // err quotes the reference, which may hold a password
	}
	if ref, err = inHub(ref); err != nil || !repositoryName.MatchString(ref.Context().RepositoryStr()) {
		return nil, &Error{Reason: ErrInvalidReference}
	}
	if _, byDigest := ref.(name.Digest); byDigest {
		return ref, nil
	}
	if !tagName.MatchString(ref.Identifier()) {
		return nil, &Error{Reason: ErrInvalidReference}
	}
	if digest, ok := r.running(ref.Context()); ok {
		return digest, nil
	}
	return ref, nil
}

// running returns the digest that the pod status names, if it is of the same repository. Kubelet takes the first of an image's
// digests, which may be of another repository that has the same image.
func (r Reference) running(repository name.Repository) (name.Reference, bool) {
	id := r.ImageID
	if _, rest, found := strings.Cut(id, "://"); found { // docker-pullable://nginx@sha256:...
		id = rest
	}
	digest, err := name.NewDigest(id)
	if err != nil {
		return nil, false
	}
	ref, err := inHub(digest)
	return ref, err == nil && ref.Context().Name() == repository.Name()
}

// inHub gives Docker Hub one name.
func inHub(ref name.Reference) (name.Reference, error) {
	host := ref.Context().RegistryStr()
	if host == dockerHub || !hubNames[host] {
		return ref, nil
	}
	repository, err := name.NewRepository(dockerHub + "/" + ref.Context().RepositoryStr())
	if err != nil {
		return nil, err
	}
	if _, byDigest := ref.(name.Digest); byDigest {
		return repository.Digest(ref.Identifier()), nil
	}
	return repository.Tag(ref.Identifier()), nil
}
