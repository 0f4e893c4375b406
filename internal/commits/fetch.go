// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"context"
	"errors"
	"strings"
)

// fetchRequest asks for objects.
type fetchRequest struct {
	wants []string
	have  string // what is known already with everything behind it; empty for nothing
	depth int    // how many commits deep; 0 for all
	// done: send what there is, also if have is not known or not an ancestor.
	done bool
}

// fetched is how a server answered.
type fetched struct {
	// known: it has the commit that we have. ready: and knows that every want descends from it.
	known, ready bool
	// sent: it sent a pack, which may be empty.
	sent bool
}

// fetch sends a request and hands the objects of one kind to visit as they arrive. It fails with errLong inside where a limit
// ended the answer; what was visited until then is good.
func (r remote) fetch(ctx context.Context, request fetchRequest, wanted objectKind, visit visitor) (fetched, error) {
	in, err := r.post(ctx, r.encode(request))
	if err != nil {
		r.client.forget(r.repo)
		return fetched{}, err
	}
	defer in.Close()
	lines := newPktReader(in)
	var got fetched
	if r.version0 {
		got, err = readNegotiation(lines, request, request.depth > 0 && r.shallow)
	} else {
		got, err = readSections(lines)
	}
	if err == nil && got.sent {
		err = readPack(&sideband{lines: lines}, r.client.limits, wanted, visit)
	}
	switch {
	case err == nil:
		return got, nil
	case errors.Is(err, errLong):
		return got, &Error{Cause: ErrTooLarge, Message: "the answer is larger than the limits allow", Err: errLong}
	case !errors.Is(err, ErrRevisionNotFound):
		r.client.forget(r.repo)
	}
	return got, r.client.unreachable(ctx, err)
}

func (r remote) encode(request fetchRequest) *pktWriter {
	if r.version0 {
		return r.encodeVersion0(request)
	}
	w := r.command("fetch")
	w.line("no-progress")
	// No thin pack: its deltas would stand on objects that we do not have.
	w.line("ofs-delta")
	if r.filter {
		w.line("filter tree:0")
	}
	if request.depth > 0 && r.shallow {
		w.line("deepen %d", request.depth)
	}
	for _, id := range request.wants {
		w.line("want %s", id)
	}
	if request.have != "" {
		w.line("have %s", request.have)
	}
	if request.done {
		w.line("done")
	}
	w.flush()
	return w
}

// maxPrelude bounds the lines before a pack.
const maxPrelude = 100_000

// readSections reads what stands before a pack: sections with a line that names them, and a delimiter behind each.
//
//	acknowledgments   ACK <id>, or NAK; ready if the pack follows
//	shallow-info      where a depth ends, which the commits say as well
//	packfile          the pack
func readSections(lines *pktReader) (fetched, error) {
	var got fetched
	section := ""
	for range maxPrelude {
		kind, line, err := lines.line()
		switch {
		case err != nil:
			return got, err
		case kind == pktDelim && section != "":
			section = ""
		case kind == pktFlush && section == "acknowledgments":
			return got, nil
		case kind != pktData:
			return got, errMalformed
		case section == "" && line == "packfile":
			got.sent = true
			return got, nil
		case section == "":
			section = line
		case section == "acknowledgments":
			got.known = got.known || strings.HasPrefix(line, "ACK ")
			got.ready = got.ready || line == "ready"
		}
	}
	return got, errMalformed
}

// isCut says whether a limit ended an answer.
func isCut(err error) bool { return errors.Is(err, errLong) }
