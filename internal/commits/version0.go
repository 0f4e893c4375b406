// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"context"
	"net/http"
	"strings"
)

// Version 0 of the protocol is what some hosts have alone, among them Azure DevOps and AWS CodeCommit. It differs in three
// things: the first request lists all names, a request for objects that no name points to may be refused, and the
// negotiation has words instead of sections.

// readVersion0 reads the first line of the list of names, behind whose zero the server says what it can do:
//
//	348ac8f0… HEAD\0multi_ack_detailed side-band-64k shallow filter …
func (r *remote) readVersion0(line string) error {
	name, can, found := strings.Cut(line, "\x00")
	id, _, _ := strings.Cut(name, " ")
	switch {
	case found && len(id) == 64 && isHex(id):
		return fail(ErrUnsupported, "the repository names its commits by SHA-256, which is not supported")
	case !found || !isID(id):
		return errMalformed
	case !hasWord(can, "side-band-64k"):
		return fail(ErrUnsupported, "the server speaks a version of Git's protocol that is too old")
	}
	r.version0, r.listRefs = true, true
	r.filter, r.shallow = hasWord(can, "filter"), hasWord(can, "shallow")
	r.features = ""
	for _, word := range []string{"multi_ack_detailed", "side-band-64k", "ofs-delta", "no-progress", "filter"} {
		if hasWord(can, word) {
			r.features += " " + word
		}
	}
	return nil
}

// encodeVersion0 writes a request. It always says done: the server says first whether it knows what we have.
func (r remote) encodeVersion0(request fetchRequest) *pktWriter {
	var w pktWriter
	for i, id := range request.wants {
		if i == 0 {
			id += r.features
		}
		w.line("want %s", id)
	}
	if request.depth > 0 && r.shallow {
		w.line("deepen %d", request.depth)
	}
	if r.filter {
		w.line("filter tree:0")
	}
	w.flush()
	if request.have != "" {
		w.line("have %s", request.have)
	}
	w.line("done")
	return &w
}

// readNegotiation reads what stands before a pack in version 0:
//
//	shallow <id>, then a flush   where a depth was asked for
//	ACK <id> common              it has what we have; ready where every want descends from it
//	ACK <id>, or NAK             the pack follows, with all that is behind the wants if it is NAK
func readNegotiation(lines *pktReader, request fetchRequest, deepened bool) (fetched, error) {
	var got fetched
	for range maxPrelude {
		kind, line, err := lines.line()
		fields := strings.Fields(line)
		switch {
		case err != nil:
			return got, err
		case deepened:
			deepened = kind == pktData
		case kind != pktData:
			return got, errMalformed
		case line == "NAK":
			got.sent = request.have == ""
			return got, nil
		case len(fields) == 2 && fields[0] == "ACK":
			got.known, got.sent = true, true
			return got, nil
		case len(fields) == 3 && fields[0] == "ACK":
			got.known, got.ready = true, got.ready || fields[2] == "ready"
		default:
			return got, errMalformed
		}
	}
	return got, errMalformed
}

// refsVersion0 lists all names once more, with the commit of an annotated tag in a line of its own: <id> refs/tags/v1^{}.
func (r remote) refsVersion0(ctx context.Context) (refs, error) {
	found := refs{byName: map[string]string{}}
	in, err := r.client.exchange(ctx, r.repo, http.MethodGet, r.url+"/info/refs?service=git-upload-pack", advertisement, nil)
	if err != nil {
		return found, err
	}
	defer in.Close()
	lines := newPktReader(in)
	for begun := range maxRefs {
		kind, line, err := lines.line()
		switch {
		case err != nil:
			return found, r.client.unreachable(ctx, err)
		case kind != pktData && begun > 1: // the first flush stands behind the name of the service
			return found, nil
		case kind == pktData:
			line, _, _ = strings.Cut(line, "\x00")
			found.add(strings.TrimSuffix(line, "^{}"))
		}
	}
	return found, nil
}
