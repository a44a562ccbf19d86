package bundle

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Letters of the records.
const (
	before     = 'B'
	left       = 'L'
	set        = 'S'
	entry      = 'E'
	detail     = 'D'
	destroyed  = 'X'
	checkpoint = 'C'
	head       = 'H'
	right      = 'R'
	proof      = 'P'
	end        = 'Z'
)

const (
	magic = "tongxin-audit-bundle/v1"
	// maxHeader and maxRecord bound what a reader keeps in memory.
	maxHeader = 1024
	maxRecord = 64 << 20
)

// header says what a bundle is about.
type header struct {
	origin   string
	from, to int64
	details  bool
}

// text is the header as it is written.
func (h *header) text() string {
	details := "no"
	if h.details {
		details = "yes"
	}
	return fmt.Sprintf("%s\norigin %s\nrange %d %d\ndetails %s\n\n", magic, h.origin, h.from, h.to, details)
}

// errHeader: the bytes do not begin like a bundle.
var errHeader = errors.New("no audit bundle of a known version")

// parseHeader reads what text wrote, and nothing else.
func parseHeader(text string) (header, error) {
	var h header
	lines := strings.Split(text, "\n")
	if len(lines) != 6 {
		return h, errHeader
	}
	origin, found := strings.CutPrefix(lines[1], "origin ")
	h.origin, h.details = origin, lines[3] == "details yes"
	_, err := fmt.Sscanf(lines[2], "range %d %d", &h.from, &h.to)
	if !found || origin == "" || err != nil || h.text() != text {
		return h, errHeader
	}
	if h.from < 0 || h.to <= h.from {
		return h, fmt.Errorf("%w: range %d to %d", errHeader, h.from, h.to)
	}
	return h, nil
}

// output writes a bundle and hashes what it writes.
type output struct {
	w    *bufio.Writer
	hash hash.Hash
	err  error
}

func newOutput(w io.Writer) *output {
	return &output{w: bufio.NewWriterSize(w, 1<<16), hash: sha256.New()}
}

func (o *output) write(parts ...[]byte) {
	for _, b := range parts {
		if o.err == nil {
			_, o.err = o.w.Write(b)
		}
		o.hash.Write(b)
	}
}

// record writes one record of several parts.
func (o *output) record(letter byte, parts ...[]byte) {
	n := 0
	for _, b := range parts {
		n += len(b)
	}
	if n > maxRecord {
		o.err = errors.Join(o.err, fmt.Errorf("record %c of %d bytes", letter, n))
		return
	}
	o.write(binary.BigEndian.AppendUint32([]byte{letter}, uint32(n)))
	o.write(parts...)
}

// finish writes the digest and everything that waits.
func (o *output) finish() error {
	o.record(end, o.hash.Sum(nil))
	return errors.Join(o.err, o.w.Flush())
}

// input reads a bundle and hashes what it reads.
type input struct {
	r      *bufio.Reader
	hash   hash.Hash
	digest []byte // of everything before the record at hand
	buffer []byte
	most   uint32
}

func newInput(r io.Reader) *input {
	return &input{r: bufio.NewReaderSize(r, 1<<16), hash: sha256.New(), most: maxRecord}
}

// header reads up to the empty line.
func (i *input) header() (header, error) {
	var text []byte
	for !strings.HasSuffix(string(text), "\n\n") {
		b, err := i.r.ReadByte()
		if err != nil || len(text) >= maxHeader {
			return header{}, errHeader
		}
		text = append(text, b)
	}
	i.hash.Write(text)
	return parseHeader(string(text))
}

// next reads a record; its content holds until the record after.
func (i *input) next() (letter byte, content []byte, err error) {
	var start [5]byte
	if _, err := io.ReadFull(i.r, start[:]); err != nil {
		return 0, nil, fmt.Errorf("it ends here: %w", err)
	}
	n := binary.BigEndian.Uint32(start[1:])
	if n > i.most {
		return 0, nil, fmt.Errorf("record of %d bytes", n)
	}
	if start[0] == end {
		i.digest = i.hash.Sum(nil)
	}
	// What is announced is believed as it arrives.
	i.buffer = i.buffer[:0]
	for left := int(n); left > 0; {
		part := min(left, 1<<16)
		at := len(i.buffer)
		i.buffer = append(i.buffer, make([]byte, part)...)
		if _, err := io.ReadFull(i.r, i.buffer[at:]); err != nil {
			return 0, nil, fmt.Errorf("it ends within a record: %w", err)
		}
		left -= part
	}
	i.hash.Write(start[:])
	i.hash.Write(i.buffer)
	return start[0], i.buffer, nil
}

// joined and hashesOf turn hashes into the content of a record and back.
func joined(hashes []tlog.Hash) []byte {
	b := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}

func hashesOf(content []byte) ([]tlog.Hash, bool) {
	if len(content)%tlog.HashSize != 0 {
		return nil, false
	}
	hashes := make([]tlog.Hash, 0, len(content)/tlog.HashSize)
	for ; len(content) > 0; content = content[tlog.HashSize:] {
		hashes = append(hashes, tlog.Hash(content[:tlog.HashSize]))
	}
	return hashes, true
}
