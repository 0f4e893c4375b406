// SPDX-License-Identifier: Apache-2.0

package commits

import "slices"

// maxDeltaGrowth is how much memory a delta is given on its word. More comes with what it really makes.
const maxDeltaGrowth = 64 << 10

// applyDelta makes an object of its base and a delta:
//
//	size of the base, size of the result, then instructions:
//	1xxxxxxx   copy from the base; the bits say which bytes of offset (4) and length (3) follow
//	0nnnnnnn   insert the n bytes that follow; n is not 0
func applyDelta(base string, delta []byte, limit int64) ([]byte, error) {
	baseSize, delta, ok := varint(delta)
	if !ok || baseSize != uint64(len(base)) {
		return nil, errMalformed
	}
	size, delta, ok := varint(delta)
	if !ok {
		return nil, errMalformed
	}
	if size > uint64(limit) {
		return nil, errLong
	}
	out := make([]byte, 0, min(size, maxDeltaGrowth))
	for len(delta) > 0 {
		var piece string
		op := delta[0]
		if op&0x80 != 0 {
			piece, delta, ok = copied(base, op, delta[1:])
		} else {
			piece, delta, ok = inserted(int(op), delta[1:])
		}
		if !ok || uint64(len(out))+uint64(len(piece)) > size {
			return nil, errMalformed
		}
		out = append(out, piece...)
	}
	if uint64(len(out)) != size {
		return nil, errMalformed
	}
	return slices.Clip(out), nil
}

func copied(base string, op byte, delta []byte) (piece string, rest []byte, ok bool) {
	var offset, length uint64
	for bit := range 7 {
		if op&(1<<bit) == 0 {
			continue
		}
		if len(delta) == 0 {
			return "", nil, false
		}
		if bit < 4 {
			offset |= uint64(delta[0]) << (8 * bit)
		} else {
			length |= uint64(delta[0]) << (8 * (bit - 4))
		}
		delta = delta[1:]
	}
	if length == 0 {
		length = 0x10000
	}
	if offset+length > uint64(len(base)) {
		return "", nil, false
	}
	return base[offset : offset+length], delta, true
}

func inserted(length int, delta []byte) (piece string, rest []byte, ok bool) {
	if length == 0 || length > len(delta) {
		return "", nil, false
	}
	return string(delta[:length]), delta[length:], true
}

// varint reads a number of seven bits a byte, the lowest first.
func varint(in []byte) (value uint64, rest []byte, ok bool) {
	for i, b := range in {
		if i == 9 {
			return 0, nil, false
		}
		value |= uint64(b&0x7f) << (7 * i)
		if b&0x80 == 0 {
			return value, in[i+1:], true
		}
	}
	return 0, nil, false
}
