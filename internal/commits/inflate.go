// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"bufio"
	"compress/flate"
	"compress/zlib"
	"errors"
	"io"
)

// counter knows how many bytes were read. It has ReadByte, so that zlib reads no byte beyond an object's end.
type counter struct {
	in   *bufio.Reader
	read int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.read += int64(n)
	return n, err
}

func (c *counter) ReadByte() (byte, error) {
	b, err := c.in.ReadByte()
	if err == nil {
		c.read++
	}
	return b, err
}

// unzipError makes one error of those that mean that the data is damaged, and keeps those of the connection.
func unzipError(err error) error {
	var corrupt flate.CorruptInputError
	if errors.As(err, &corrupt) || errors.Is(err, zlib.ErrChecksum) || errors.Is(err, zlib.ErrDictionary) || errors.Is(err, zlib.ErrHeader) {
		return errMalformed
	}
	return noEOF(err)
}

// inflate unpacks an object whose size is claimed. Its buffer grows with what arrives.
func (p *packReader) inflate(size int64) ([]byte, error) {
	if size > p.limits.ObjectBytes {
		return nil, errLong
	}
	p.buf.Reset()
	if err := p.unpack(&p.buf, size); err != nil {
		return nil, err
	}
	return p.buf.Bytes(), nil
}

func (p *packReader) skip(size int64) error {
	p.made += size
	if err := p.room(); err != nil {
		return err
	}
	return p.unpack(io.Discard, size)
}

// unpack copies exactly size bytes, and reads on to the end of the zlib data and its checksum.
func (p *packReader) unpack(to io.Writer, size int64) error {
	if err := p.openZip(); err != nil {
		return unzipError(err)
	}
	if _, err := io.CopyN(to, p.zip, size); err != nil {
		return unzipError(err)
	}
	var one [1]byte
	switch n, err := io.ReadFull(p.zip, one[:]); {
	case n > 0:
		return errMalformed
	case errors.Is(err, io.EOF):
		return nil
	default:
		return unzipError(err)
	}
}

func (p *packReader) openZip() (err error) {
	if p.zip == nil {
		p.zip, err = zlib.NewReader(p.in)
		return err
	}
	return p.zip.(zlib.Resetter).Reset(p.in, nil)
}
