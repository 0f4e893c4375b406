// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"io"
	"strconv"
)

// objectKind is the kind of an object, by its number in a pack.
type objectKind byte

const (
	kindCommit objectKind = 1
	kindTree   objectKind = 2
	kindBlob   objectKind = 3
	kindTag    objectKind = 4
	deltaAt    objectKind = 6 // a delta whose base stands some bytes before it
	deltaOf    objectKind = 7 // a delta whose base is named
)

var kindNames = map[objectKind]string{kindCommit: "commit", kindTree: "tree", kindBlob: "blob", kindTag: "tag"}

// maxInflation bounds what all objects of an answer unpack to, in answers of the largest size.
const maxInflation = 16

// visitor takes the objects of a pack in their order, and returns false to stop. An object of a kind that was not asked for
// comes without id and data.
type visitor func(kind objectKind, id, data string) bool

// object is an object that may be the base of a delta.
type object struct {
	kind objectKind
	data string
	// skipped: its kind is not wanted, and it was not kept.
	skipped bool
}

// packReader reads a pack as it arrives:
//
//	"PACK", version 2, number of objects, then each object: kind and size, the base of a delta, zlib data
//
// The checksum at its end is not read: what counts is the id of each object, which is computed here and named by another
// object or by the request.
type packReader struct {
	in      *counter
	limits  Limits
	wanted  objectKind
	visit   visitor
	zip     io.ReadCloser
	buf     bytes.Buffer
	at      map[int64]object   // by offset
	named   map[string]object  // by id
	waiting map[string][]delta // by the id of a base that did not come yet
	kept    int64              // bytes in memory
	made    int64              // bytes unpacked
}

// delta waits for its base. Its offset tells deltas that stand on it where it is.
type delta struct {
	offset int64
	data   []byte
}

// readPack reads a pack to its end, or until visit returns false.
func readPack(in io.Reader, limits Limits, wanted objectKind, visit visitor) error {
	p := &packReader{
		in: &counter{in: bufio.NewReaderSize(in, 32<<10)}, limits: limits, wanted: wanted, visit: visit,
		at: map[int64]object{}, named: map[string]object{}, waiting: map[string][]delta{},
	}
	var head [12]byte
	if _, err := io.ReadFull(p.in, head[:]); err != nil {
		return noEOF(err)
	}
	if string(head[:4]) != "PACK" || binary.BigEndian.Uint32(head[4:]) != 2 {
		return errMalformed
	}
	for range binary.BigEndian.Uint32(head[8:]) {
		more, err := p.next()
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// next reads one object.
func (p *packReader) next() (more bool, err error) {
	offset := p.in.read
	kind, size, err := p.head()
	if err != nil {
		return false, noEOF(err)
	}
	switch kind {
	case kindCommit, kindTree, kindBlob, kindTag:
		if kind != p.wanted {
			p.at[offset] = object{kind: kind, skipped: true}
			return p.visit(kind, "", ""), p.skip(size)
		}
		data, err := p.inflate(size)
		if err != nil {
			return false, err
		}
		return p.keep(offset, data)
	case deltaAt:
		return p.nextDeltaAt(offset, size)
	case deltaOf:
		return p.nextDeltaOf(offset, size)
	}
	return false, errMalformed
}

// head reads kind and size: three bits and four, then seven a byte.
func (p *packReader) head() (objectKind, int64, error) {
	b, err := p.in.ReadByte()
	if err != nil {
		return 0, 0, err
	}
	kind, size := objectKind(b>>4&7), int64(b&15)
	for shift := 4; b&0x80 != 0; shift += 7 {
		if shift > 53 {
			return 0, 0, errMalformed
		}
		if b, err = p.in.ReadByte(); err != nil {
			return 0, 0, err
		}
		size |= int64(b&0x7f) << shift
	}
	return kind, size, nil
}

func (p *packReader) nextDeltaAt(offset, size int64) (bool, error) {
	var back int64
	for i := 0; ; i++ {
		b, err := p.in.ReadByte()
		switch {
		case err != nil:
			return false, noEOF(err)
		case i == 8:
			return false, errMalformed
		case i > 0:
			back++
		}
		back = back<<7 | int64(b&0x7f)
		if b&0x80 == 0 {
			break
		}
	}
	base, known := p.at[offset-back]
	if !known {
		return false, errMalformed
	}
	if base.skipped {
		p.at[offset] = base
		return p.visit(base.kind, "", ""), p.skip(size)
	}
	data, err := p.inflate(size)
	if err != nil {
		return false, err
	}
	return p.keepDelta(base, delta{offset, data})
}

func (p *packReader) nextDeltaOf(offset, size int64) (bool, error) {
	var id [sha1.Size]byte
	if _, err := io.ReadFull(p.in, id[:]); err != nil {
		return false, noEOF(err)
	}
	data, err := p.inflate(size)
	if err != nil {
		return false, err
	}
	name := hex.EncodeToString(id[:])
	if base, known := p.named[name]; known {
		return p.keepDelta(base, delta{offset, data})
	}
	// It may come later, or be of a kind that is not wanted. What stands on this delta by its offset cannot be read then.
	p.kept += size
	p.at[offset] = object{skipped: true}
	p.waiting[name] = append(p.waiting[name], delta{offset, bytes.Clone(data)})
	return true, p.room()
}

func (p *packReader) keepDelta(base object, d delta) (bool, error) {
	data, err := applyDelta(base.data, d.data, p.limits.ObjectBytes)
	if err != nil {
		return false, err
	}
	return p.keep(d.offset, data)
}

// keep remembers an object for deltas on it, hands it on, and then those that waited for it.
func (p *packReader) keep(offset int64, data []byte) (more bool, err error) {
	queue := []delta{{offset, data}}
	for len(queue) > 0 {
		d := queue[0]
		queue = queue[1:]
		o := object{kind: p.wanted, data: string(d.data)}
		id := objectID(p.wanted, d.data)
		p.at[d.offset], p.named[id] = o, o
		p.kept += int64(len(o.data))
		p.made += int64(len(o.data))
		if err := p.room(); err != nil {
			return false, err
		}
		if !p.visit(p.wanted, id, o.data) {
			return false, nil
		}
		for _, w := range p.waiting[id] {
			made, err := applyDelta(o.data, w.data, p.limits.ObjectBytes)
			if err != nil {
				return false, err
			}
			p.kept += int64(len(made))
			if err := p.room(); err != nil {
				return false, err
			}
			queue = append(queue, delta{w.offset, made})
		}
		delete(p.waiting, id)
	}
	return true, nil
}

// objectID is the name of an object: the hash of its kind, its size and what is in it.
func objectID(kind objectKind, data []byte) string {
	h := sha1.New()
	h.Write(strconv.AppendInt([]byte(kindNames[kind]+" "), int64(len(data)), 10))
	h.Write([]byte{0})
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}

func (p *packReader) room() error {
	if p.kept > p.limits.MemoryBytes || p.made > maxInflation*p.limits.ResponseBytes {
		return errLong
	}
	return nil
}
