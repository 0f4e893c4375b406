// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// known are the errors that a reader may return.
func known(err error) bool {
	var typed *Error
	return err == nil || errors.Is(err, errMalformed) || errors.Is(err, errLong) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &typed)
}

// FuzzPack reads anything as a pack. It ends, within its memory, with objects whose ids are theirs or with an error of ours.
func FuzzPack(f *testing.F) {
	for _, seed := range packSeeds() {
		f.Add(seed)
	}
	limits := Limits{ResponseBytes: 64 << 10, ObjectBytes: 16 << 10, MemoryBytes: 128 << 10}.withDefaults()
	f.Fuzz(func(t *testing.T, pack []byte) {
		for _, wanted := range []objectKind{kindCommit, kindTree} {
			var kept int64
			err := readPack(bytes.NewReader(pack), limits, wanted, func(kind objectKind, id, data string) bool {
				if id == "" {
					return true
				}
				if kind != wanted || objectID(kind, []byte(data)) != id {
					t.Errorf("%s is not the id of %q", id, data)
				}
				kept += int64(len(data))
				checkCommit(t, id, data)
				for _, e := range matching(data, "*") {
					if !isID(e.id) {
						t.Errorf("%q is the id of a folder's entry", e.id)
					}
				}
				return true
			})
			if !known(err) {
				t.Errorf("an error of another's: %v", err)
			}
			if kept > limits.MemoryBytes {
				t.Errorf("%d bytes are kept, want at most %d", kept, limits.MemoryBytes)
			}
		}
	})
}

func checkCommit(t *testing.T, id, data string) {
	t.Helper()
	c, ok := parseCommit(id, data)
	if !ok {
		return
	}
	if !allIDs(c.Parents) || !isID(c.tree) || !utf8.ValidString(c.Message) || c.made < 0 || c.Committed.Year() > 9999 {
		t.Errorf("a commit of %q is %+v", data, c)
	}
	markReverts([]*Commit{c})
	if c.RevertedBy != "" || len(c.Evidence()) > len(c.Message) {
		t.Errorf("a commit alone is taken back: %+v", c)
	}
	if ref, ok := c.Reference(); ok != (ref.Revision != "") {
		t.Errorf("the reference of %q is %+v", c.Message, ref)
	}
}

func packSeeds() [][]byte {
	first := commitText("SHOP-12: a\n\nThis reverts commit "+strings.Repeat("1", 40)+".\n", strings.Repeat("2", 40))
	tree := "40000 services\x00" + strings.Repeat("\x01", 20) + "100644 go.mod\x00" + strings.Repeat("\x02", 20)
	var honest, later, bomb packBuilder
	at := honest.object(kindCommit, first)
	honest.object(kindTree, tree)
	honest.object(kindBlob, "file")
	honest.deltaOn(at, deltaTo(len(first), commitText("b\n\nArgocd-reference-commit-sha: abcdef1")))
	later.deltaOnID(objectID(kindTree, []byte(tree)), deltaTo(len(tree), tree+tree))
	later.object(kindTree, tree)
	copies := appendSize(appendSize(nil, 4), 8<<10)
	for range 2 << 10 {
		copies = append(copies, 0x90, 4)
	}
	bomb.object(kindCommit, "abcd")
	for range 50 {
		bomb.deltaOn(12, copies)
	}
	return [][]byte{honest.bytes(), later.bytes(), bomb.bytes(), packOf(1<<32-1, nil), honest.bytes()[:40], nil}
}

// FuzzAnswer reads anything as the answer to a fetch, sections and channels included.
func FuzzAnswer(f *testing.F) {
	line := func(text string) string { var w pktWriter; w.line("%s", text); return w.String() }
	pack := string(packSeeds()[0])
	var banded pktWriter
	banded.WriteString(line("packfile"))
	for len(pack) > 0 {
		n := min(len(pack), 50)
		banded.WriteString(line("\x02progress") + strings.TrimSuffix(line("\x01"+pack[:n]), "\n"))
		pack = pack[n:]
	}
	for _, seed := range []string{
		banded.String() + "0000",
		line("acknowledgments") + line("ACK "+strings.Repeat("a", 40)) + line("ready") + "0001" + banded.String() + "0000",
		line("acknowledgments") + line("NAK") + "0000",
		line("shallow-info") + line("shallow "+strings.Repeat("a", 40)) + "0001" + banded.String() + "0002",
		line("ACK "+strings.Repeat("a", 40)+" common") + line("ACK "+strings.Repeat("a", 40)) + banded.String()[13:] + "0000", line("NAK"),
		line("# service=git-upload-pack") + "0000" + line(strings.Repeat("a", 40)+" HEAD\x00multi_ack_detailed side-band-64k shallow filter") + "0000",
		line("version 2") + line("fetch=shallow filter") + line("object-format=sha1") + "0000",
		line("ERR upload-pack: not our ref"), "0000", "0001", "fff1", "0004", "0003", "",
	} {
		f.Add([]byte(seed))
	}
	limits := Limits{ResponseBytes: 64 << 10, ObjectBytes: 16 << 10, MemoryBytes: 128 << 10}.withDefaults()
	f.Fuzz(func(t *testing.T, answer []byte) {
		lines := newPktReader(bytes.NewReader(answer))
		got, err := readSections(lines)
		came := history{}
		if err == nil && got.sent {
			err = readPack(&sideband{lines: lines}, limits, kindCommit, came.visit)
		}
		if !known(err) {
			t.Errorf("an error of another's: %v", err)
		}
		for head := range came {
			list, boundary := came.log(head, "")
			result := &Result{Base: strings.Repeat("a", 40), Head: head}
			if len(list) == 0 || list[0].Hash != head || result.classify(came, list, boundary) != nil {
				t.Errorf("the log of %s is %v", head, list)
			}
			markReverts(list)
		}
		if _, err := readNegotiation(newPktReader(bytes.NewReader(answer)), fetchRequest{have: strings.Repeat("a", 40)}, len(answer)%2 == 0); !known(err) {
			t.Errorf("an error of another's: %v", err)
		}
		var r remote
		if err := r.read(newPktReader(bytes.NewReader(answer))); !known(err) && !errors.Is(err, io.EOF) {
			t.Errorf("an error of another's: %v", err)
		}
	})
}

// FuzzCanonical reads anything as a URL. What it accepts has one spelling, and says the same about what may be asked.
func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{
		"https://github.com/acme/shop.git", "git@github.com:acme/shop", "ssh://git@git.acme.example:7999/p/shop.git/", "http://[::1]:80/a%20b",
		"https://github.com/acme/../evil", "https://github.com@evil.example/acme", "https://github.com/a%2fb", "https://github.com:443/a/.git",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		one, err := Canonical(raw)
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Errorf("%q: got %v, want %v", raw, err, ErrInvalid)
			}
			return
		}
		again, err := Canonical(one)
		withoutEnd, _ := strings.CutSuffix(one, ".git")
		if err != nil || again != one && again != withoutEnd {
			t.Errorf("%q is %q, and that is %q, %v", raw, one, again, err)
		}
		prefix := "https://github.com/acme"
		if _, ok := Allowed(raw, []string{prefix}); ok != (one == prefix || strings.HasPrefix(one, prefix+"/")) {
			t.Errorf("%q is %q, and allowed: %t", raw, one, ok)
		}
	})
}
