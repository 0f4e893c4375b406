// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// pktKind tells a line from the three marks that stand between lines.
type pktKind int

const (
	pktData  pktKind = iota
	pktFlush         // 0000: the end of a message
	pktDelim         // 0001: the end of a section
	pktEnd           // 0002: the end of a response
)

// maxPkt is the largest length that a line may claim, its own four digits included.
const maxPkt = 65520

var errMalformed = errors.New("malformed answer")

// pktReader reads pkt-lines: four hexadecimal digits for the length, digits included, then the text.
type pktReader struct {
	in  io.Reader
	buf []byte
}

func newPktReader(in io.Reader) *pktReader { return &pktReader{in: in, buf: make([]byte, maxPkt)} }

// next returns the next line. The bytes are valid until the following call.
func (p *pktReader) next() (pktKind, []byte, error) {
	head := p.buf[:4]
	if _, err := io.ReadFull(p.in, head); err != nil {
		return 0, nil, err // io.EOF where nothing follows
	}
	size, err := strconv.ParseUint(string(head), 16, 16)
	switch {
	case err != nil, size == 3, size > maxPkt:
		return 0, nil, errMalformed
	case size < 4:
		return pktKind(size) + 1, nil, nil
	}
	text := p.buf[4:size]
	if _, err := io.ReadFull(p.in, text); err != nil {
		return 0, nil, noEOF(err)
	}
	return pktData, text, nil
}

// line is next for lines of text: without the line feed at the end, and with a server's refusal as an error.
func (p *pktReader) line() (pktKind, string, error) {
	kind, text, err := p.next()
	if err != nil {
		return kind, "", noEOF(err)
	}
	if refusal, ok := bytes.CutPrefix(text, []byte("ERR ")); ok {
		return kind, "", refused(refusal)
	}
	return kind, string(bytes.TrimSuffix(text, []byte("\n"))), nil
}

// refused reads the text of a refusal, which is never shown: a server can quote what it was sent.
func refused(text []byte) error {
	for _, words := range []string{"not our ref", "not valid", "no such object", "unknown object", "bad object"} {
		if bytes.Contains(text, []byte(words)) {
			return fail(ErrRevisionNotFound, "the repository has no such commit: it was never pushed, or a force push removed it")
		}
	}
	return fail(ErrUnreachable, "the server refuses the request")
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// pktWriter writes pkt-lines of text.
type pktWriter struct{ bytes.Buffer }

func (p *pktWriter) line(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	fmt.Fprintf(p, "%04x%s\n", len(text)+5, text)
}

func (p *pktWriter) delim() { p.WriteString("0001") }
func (p *pktWriter) flush() { p.WriteString("0000") }

// sideband is the stream of a pack that is cut into lines, each with the number of its channel before it: 1 data,
// 2 progress for people, 3 a fatal error.
type sideband struct {
	lines *pktReader
	rest  []byte
}

func (s *sideband) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		kind, text, err := s.lines.next()
		switch {
		case err != nil:
			return 0, noEOF(err)
		case kind != pktData:
			return 0, io.EOF
		case len(text) == 0:
			return 0, errMalformed
		case text[0] == 1:
			s.rest = text[1:]
		case text[0] == 3:
			return 0, refused(text[1:])
		case text[0] != 2:
			return 0, errMalformed
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}
