// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

const (
	advertisement = "application/x-git-upload-pack-advertisement"
	packResult    = "application/x-git-upload-pack-result"
)

// remote is a repository at the URL at which it answers, and what its server can do.
type remote struct {
	client *Client
	repo   repository
	url    string
	// filter: it can leave folders and files away; shallow: it can stop at a depth; listRefs: it lists names.
	filter, shallow, listRefs bool
	// format: it wants to be told the object format.
	format bool
	// version0: it does not speak version 2. features is what is asked for then.
	version0 bool
	features string
}

// maxAdvertised bounds the list of what a server can do, in lines.
const maxAdvertised = 1_000

// remote returns what is known of a repository's server, and asks where nothing is.
func (c *Client) remote(ctx context.Context, repo repository) (remote, error) {
	c.mutex.Lock()
	known, ok := c.remotes[repo.String()]
	c.mutex.Unlock()
	if ok {
		return known, nil
	}
	found, err := c.find(ctx, repo)
	if err != nil {
		return remote{}, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if len(c.remotes) >= maxRemotes {
		clear(c.remotes)
	}
	c.remotes[repo.String()] = found
	return found, nil
}

// forget drops what is known of a server, because it did not do what it said it could.
func (c *Client) forget(repo repository) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	delete(c.remotes, repo.String())
}

// find tries the URL as it was written, then with or without .git at its end. GitLab redirects the short form to the long
// one, which is not followed; Azure DevOps knows the short form alone.
func (c *Client) find(ctx context.Context, repo repository) (remote, error) {
	forms := []string{repo.String(), repo.String() + ".git"}
	if repo.dotGit {
		forms[0], forms[1] = forms[1], forms[0]
	}
	found, err := c.advertised(ctx, repo, forms[0])
	if errors.Is(err, ErrRepositoryNotFound) || errors.Is(err, ErrNotAllowed) {
		if other, otherErr := c.advertised(ctx, repo, forms[1]); otherErr == nil {
			return other, nil
		}
	}
	return found, err
}

// advertised asks what the server at a URL can do.
func (c *Client) advertised(ctx context.Context, repo repository, url string) (remote, error) {
	in, err := c.exchange(ctx, repo, http.MethodGet, url+"/info/refs?service=git-upload-pack", advertisement, nil)
	if err != nil {
		return remote{}, err
	}
	defer in.Close()
	found := remote{client: c, repo: repo, url: url}
	if err := found.read(newPktReader(in)); err != nil {
		return remote{}, c.unreachable(ctx, err)
	}
	return found, nil
}

// read reads the list. Some servers put a line and a flush before it, for clients that know no version.
func (r *remote) read(lines *pktReader) error {
	kind, line, err := lines.line()
	if err == nil && strings.HasPrefix(line, "# service=") {
		if kind, line, err = lines.line(); err == nil && kind == pktFlush {
			kind, line, err = lines.line()
		}
	}
	switch {
	case err != nil:
		return err
	case kind == pktFlush: // version 0 has no other place to say what it can do than beside a name
		return fail(ErrRevisionNotFound, "the repository is empty")
	}
	if line != "version 2" {
		return r.readVersion0(line)
	}
	return r.readVersion2(lines)
}

func (r *remote) readVersion2(lines *pktReader) error {
	fetches := false
	for range maxAdvertised {
		kind, line, err := lines.line()
		if err != nil {
			return err
		}
		if kind != pktData {
			if !fetches {
				return fail(ErrUnsupported, "the server does not offer to fetch")
			}
			return nil
		}
		name, value, _ := strings.Cut(line, "=")
		switch name {
		case "fetch":
			fetches = true
			r.filter, r.shallow = hasWord(value, "filter"), hasWord(value, "shallow")
		case "ls-refs":
			r.listRefs = true
		case "object-format":
			r.format = true
			if value != "sha1" {
				return fail(ErrUnsupported, "the repository names its commits by SHA-256, which is not supported")
			}
		}
	}
	return errMalformed
}

func hasWord(text, word string) bool {
	for field := range strings.FieldsSeq(text) {
		if field == word {
			return true
		}
	}
	return false
}

// command begins a request.
func (r remote) command(name string) *pktWriter {
	var w pktWriter
	w.line("command=%s", name)
	if r.format {
		w.line("object-format=sha1")
	}
	w.delim()
	return &w
}

// post sends a request that command began.
func (r remote) post(ctx context.Context, body *pktWriter) (*answer, error) {
	return r.client.exchange(ctx, r.repo, http.MethodPost, r.url+"/git-upload-pack", packResult, body.Bytes())
}
