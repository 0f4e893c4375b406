// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

// packBuilder writes packs, honest and other ones.
type packBuilder struct {
	body  bytes.Buffer
	count uint32
}

// raw adds an object that says it has some kind and size, whatever data has.
func (b *packBuilder) raw(kind objectKind, size int64, base, data []byte) int64 {
	at := int64(b.body.Len()) + 12
	b.count++
	first := byte(kind)<<4 | byte(size&15)
	for size >>= 4; ; size >>= 7 {
		if size == 0 {
			b.body.WriteByte(first)
			break
		}
		b.body.WriteByte(first | 0x80)
		first = byte(size & 0x7f)
	}
	b.body.Write(base)
	z := zlib.NewWriter(&b.body)
	_, _ = z.Write(data)
	_ = z.Close()
	return at
}

func (b *packBuilder) object(kind objectKind, data string) int64 {
	return b.raw(kind, int64(len(data)), nil, []byte(data))
}

// deltaOn adds a delta on an object of the pack.
func (b *packBuilder) deltaOn(at int64, delta []byte) int64 {
	back := int64(b.body.Len()) + 12 - at
	base := []byte{byte(back & 0x7f)}
	for back >>= 7; back > 0; back >>= 7 {
		back--
		base = append([]byte{byte(back&0x7f) | 0x80}, base...)
	}
	return b.raw(deltaAt, int64(len(delta)), base, delta)
}

// deltaOnID adds a delta on an object by its id.
func (b *packBuilder) deltaOnID(id string, delta []byte) int64 {
	base, _ := hex.DecodeString(id)
	return b.raw(deltaOf, int64(len(delta)), base, delta)
}

func (b *packBuilder) bytes() []byte { return packOf(b.count, b.body.Bytes()) }

func packOf(count uint32, body []byte) []byte {
	head := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), count)
	return append(head, body...)
}

// deltaTo is a delta that makes a text from a base of some size by inserting it.
func deltaTo(baseSize int, text string) []byte {
	d := appendSize(appendSize(nil, baseSize), len(text))
	for len(text) > 0 {
		n := min(len(text), 127)
		d = append(append(d, byte(n)), text[:n]...)
		text = text[n:]
	}
	return d
}

func appendSize(d []byte, n int) []byte {
	for ; n > 0x7f; n >>= 7 {
		d = append(d, byte(n)|0x80)
	}
	return append(d, byte(n))
}

func commitText(message string, parents ...string) string {
	text := "tree " + strings.Repeat("0", 40) + "\n"
	for _, p := range parents {
		text += "parent " + p + "\n"
	}
	return text + "author a <a@b> 1700000000 +0000\ncommitter a <a@b> 1700000000 +0000\n\n" + message
}

// small are limits that a test reaches.
func small() Limits {
	return Limits{ResponseBytes: 1 << 20, ObjectBytes: 64 << 10, MemoryBytes: 256 << 10, Timeout: time.Minute, Idle: time.Minute}.withDefaults()
}

// readAll returns the texts of the commits of a pack.
func readAll(pack []byte, limits Limits) ([]string, error) {
	var texts []string
	err := readPack(bytes.NewReader(pack), limits, kindCommit, func(_ objectKind, id, data string) bool {
		if id != "" {
			texts = append(texts, data)
		}
		return true
	})
	return texts, err
}

func TestAPackIsReadWithDeltasOfBothKinds(t *testing.T) {
	first, second, third := commitText("first"), commitText("second"), commitText("third")
	var b packBuilder
	b.deltaOnID(objectID(kindCommit, []byte(second)), deltaTo(len(second), third)) // its base comes later
	at := b.object(kindCommit, first)
	blob := b.object(kindBlob, strings.Repeat("a file ", 10_000))
	b.deltaOn(blob, deltaTo(70_000, "another"))
	b.deltaOn(at, deltaTo(len(first), second))
	b.object(kindTree, "")
	got, err := readAll(b.bytes(), small())
	if err != nil || strings.Join(got, "\n") != first+"\n"+second+"\n"+third {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestADeltaCopiesAndInserts(t *testing.T) {
	base := strings.Repeat("0123456789", 10_000)
	d := appendSize(appendSize(nil, len(base)), 0x10000+3+2)
	d = append(d, 0x80)             // copy 0x10000 bytes from 0
	d = append(d, 0x93, 0x0a, 1, 3) // copy 3 bytes from 0x010a
	d = append(d, 2, 'x', 'y')      // insert 2
	got, err := applyDelta(base, d, 1<<20)
	if want := base[:0x10000] + base[0x10a:0x10d] + "xy"; err != nil || string(got) != want {
		t.Errorf("got %d bytes, %v, want %d", len(got), err, len(want))
	}
}

func TestAPackIsRefused(t *testing.T) {
	text := commitText("a")
	one := func(fill func(*packBuilder)) []byte {
		var b packBuilder
		fill(&b)
		return b.bytes()
	}
	bomb := appendSize(appendSize(nil, 4), 60<<10)
	for range 60 << 10 / 4 {
		bomb = append(bomb, 0x90, 4)
	}
	for name, tt := range map[string]struct {
		pack []byte
		want error
	}{
		"without anything":          {nil, io.ErrUnexpectedEOF},
		"of another version":        {[]byte("PACK\x00\x00\x00\x03\x00\x00\x00\x00"), errMalformed},
		"that is no pack":           {[]byte("<html><body>"), errMalformed},
		"with four billion objects": {packOf(1<<32-1, nil), io.ErrUnexpectedEOF},
		"with a kind that is none":  {one(func(b *packBuilder) { b.raw(5, 1, nil, []byte("a")) }), errMalformed},
		"with kind zero":            {one(func(b *packBuilder) { b.raw(0, 1, nil, []byte("a")) }), errMalformed},
		"with a claim of 4 GB":      {one(func(b *packBuilder) { b.raw(kindCommit, 4<<30, nil, []byte(text)) }), errLong},
		"with a claim of 4 GB for a file": {
			one(func(b *packBuilder) { b.raw(kindBlob, 4<<30, nil, []byte("a")) }), errLong,
		},
		"with a claim of 4 GB for a delta": {
			one(func(b *packBuilder) { b.raw(deltaAt, 4<<30, []byte{1}, nil) }), errMalformed,
		},
		"with a claim of more than there are numbers": {
			packOf(1, []byte("\x9f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f")), errMalformed,
		},
		"with less than it claims": {one(func(b *packBuilder) { b.raw(kindCommit, 1000, nil, []byte(text)) }), io.ErrUnexpectedEOF},
		"with more than it claims": {one(func(b *packBuilder) { b.raw(kindCommit, 10, nil, []byte(text)) }), errMalformed},
		"with a file of more than it claims": {
			one(func(b *packBuilder) { b.raw(kindBlob, 10, nil, bytes.Repeat([]byte("a"), 1000)) }), errMalformed,
		},
		"with data that is no zlib": {packOf(1, append([]byte{0x10 | 5}, "nothing that can be unpacked"...)), errMalformed},
		"with a delta on itself":    {one(func(b *packBuilder) { b.deltaOn(12, []byte{1, 1, 1, 'a'}) }), errMalformed},
		"with a delta on the space between objects": {
			one(func(b *packBuilder) { b.object(kindCommit, text); b.deltaOn(13, deltaTo(len(text), "a")) }), errMalformed,
		},
		"with a delta on what comes before the pack": {
			one(func(b *packBuilder) { b.raw(deltaAt, 3, []byte{0xff, 0xff, 0x7f}, []byte{1, 1, 1}) }), errMalformed,
		},
		"with an offset of more than there are numbers": {
			one(func(b *packBuilder) { b.raw(deltaAt, 3, bytes.Repeat([]byte{0xff}, 20), []byte{1, 1, 1}) }), errMalformed,
		},
		"with a delta for a base of another size": {
			one(func(b *packBuilder) { b.deltaOn(b.object(kindCommit, text), deltaTo(len(text)+1, "a")) }), errMalformed,
		},
		"with a delta that makes less than it claims": {
			one(func(b *packBuilder) {
				b.deltaOn(b.object(kindCommit, text), append(appendSize(appendSize(nil, len(text)), 50), 1, 'a'))
			}), errMalformed,
		},
		"with a delta that claims 4 GB": {
			one(func(b *packBuilder) {
				b.deltaOn(b.object(kindCommit, text), append(appendSize(appendSize(nil, len(text)), 4<<30), 1, 'a'))
			}), errLong,
		},
		"with a delta that copies from behind the end": {
			one(func(b *packBuilder) {
				b.deltaOn(b.object(kindCommit, text), append(appendSize(appendSize(nil, len(text)), 10), 0x91, 0xff, 10))
			}), errMalformed,
		},
		"with a delta that inserts nothing": {
			one(func(b *packBuilder) {
				b.deltaOn(b.object(kindCommit, text), append(appendSize(appendSize(nil, len(text)), 10), 0))
			}), errMalformed,
		},
		"with a delta that ends inside": {
			one(func(b *packBuilder) {
				b.deltaOn(b.object(kindCommit, text), append(appendSize(appendSize(nil, len(text)), 10), 0xff, 1))
			}), errMalformed,
		},
		"with delta bombs": {
			one(func(b *packBuilder) {
				at := b.object(kindCommit, "abcd")
				for range 100 {
					b.deltaOn(at, bomb)
				}
			}), errLong,
		},
		"with delta bombs that wait for their base": {
			one(func(b *packBuilder) {
				for range 100 {
					b.deltaOnID(objectID(kindCommit, []byte("abcd")), bomb)
				}
				b.object(kindCommit, "abcd")
			}), errLong,
		},
		"with files that unpack to more than a disk": {
			one(func(b *packBuilder) {
				for range 40 {
					b.object(kindBlob, strings.Repeat("\x00", 1<<20))
				}
			}), errLong,
		},
		"with more commits than memory is for": {
			one(func(b *packBuilder) {
				for i := range 10 {
					b.object(kindCommit, commitText(strings.Repeat("a", 60<<10)+string(rune('a'+i))))
				}
			}), errLong,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := readAll(tt.pack, small()); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestAPackThatIsCutIsRefusedWherever(t *testing.T) {
	var b packBuilder
	at := b.object(kindCommit, commitText("a"))
	b.deltaOn(at, deltaTo(len(commitText("a")), commitText("b")))
	b.object(kindBlob, "file")
	b.deltaOnID(objectID(kindCommit, []byte(commitText("a"))), deltaTo(len(commitText("a")), commitText("c")))
	whole := b.bytes()
	for n := range len(whole) {
		if _, err := readAll(whole[:n], small()); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut to %d of %d bytes: got %v, want %v", n, len(whole), err, io.ErrUnexpectedEOF)
		}
	}
}

func TestClaimsCostNoMemory(t *testing.T) {
	var commit, delta, chain packBuilder
	commit.raw(kindCommit, 32<<20, nil, []byte("a"))
	delta.deltaOn(delta.object(kindCommit, "abcd"), append(appendSize(appendSize(nil, 4), 32<<20), 1, 'a'))
	chain.raw(deltaOf, 32<<20, make([]byte, 20), []byte("a"))
	limits := Limits{ObjectBytes: 64 << 20, MemoryBytes: 64 << 20}.withDefaults()
	for name, pack := range map[string][]byte{
		"4 billion objects":                packOf(1<<32-1, nil),
		"a commit within the limit":        commit.bytes(),
		"what a delta makes":               delta.bytes(),
		"a delta":                          chain.bytes(),
		"a line of more than there may be": []byte(fmt.Sprintf("%04x", maxPkt)),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := readAll(pack, limits)
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; err == nil || got > 512<<10 {
				t.Errorf("%d bytes are allocated for a pack of %d (%v), want at most 512 KiB and an error", got, len(pack), err)
			}
		})
	}
}
