package siv

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
)

// Overhead is how much longer a sealed text is than its plain text.
const Overhead = aes.BlockSize

// ErrSealed says that the text was not sealed under this key and datum.
var ErrSealed = errors.New("siv: not sealed by this key for this datum")

type block = [aes.BlockSize]byte

// AEAD seals deterministically. It is safe for concurrent use.
type AEAD struct {
	mac, stream cipher.Block
	// whole and padded are the subkeys of CMAC for a last block that is full, or
	// not; start is the doubled CMAC of the zero block, where S2V begins.
	whole, padded, start block
	scratch              sync.Pool // of *scratch
}

// scratch are the blocks of one call. They are handed to the cipher behind an
// interface, which would put them on the heap each time.
type scratch struct{ x, vector block }

// New takes a key of RFC 5297: the half for the MAC, then that for the stream.
func New(key []byte) (*AEAD, error) {
	a := &AEAD{scratch: sync.Pool{New: func() any { return new(scratch) }}}
	var err error
	if a.mac, err = aes.NewCipher(key[:len(key)/2]); err != nil {
		return nil, fmt.Errorf("siv: %w", err)
	}
	if a.stream, err = aes.NewCipher(key[len(key)/2:]); err != nil {
		return nil, fmt.Errorf("siv: %w", err)
	}
	a.mac.Encrypt(a.whole[:], a.whole[:])
	double(&a.whole)
	a.padded = a.whole
	double(&a.padded)
	var s scratch
	var zero block
	a.sum(&s, zero[:])
	a.start = s.x
	double(&a.start)
	return a, nil
}

// Seal appends plain, sealed under datum, to into.
func (a *AEAD) Seal(into, plain, datum []byte) []byte {
	s := a.get()
	defer a.scratch.Put(s)
	a.derive(s, plain, datum)
	into = append(into, s.vector[:]...)
	from := len(into)
	into = append(into, plain...)
	a.crypt(s, into[from:])
	return into
}

// Open appends what was sealed under datum to into, or gives ErrSealed.
func (a *AEAD) Open(into, sealed, datum []byte) ([]byte, error) {
	if len(sealed) < Overhead {
		return into, ErrSealed
	}
	s := a.get()
	defer a.scratch.Put(s)
	from := len(into)
	into = append(into, sealed[Overhead:]...)
	copy(s.vector[:], sealed)
	a.crypt(s, into[from:])
	a.derive(s, into[from:], datum)
	if subtle.ConstantTimeCompare(s.vector[:], sealed[:Overhead]) != 1 {
		clear(into[from:])
		return into[:from], ErrSealed
	}
	return into, nil
}

func (a *AEAD) get() *scratch {
	s, _ := a.scratch.Get().(*scratch)
	return s
}

// derive is S2V of the datum and plain, into the vector.
func (a *AEAD) derive(s *scratch, plain, datum []byte) {
	a.sum(s, datum)
	var d block
	subtle.XORBytes(d[:], a.start[:], s.x[:])
	if len(plain) < len(d) {
		double(&d)
		subtle.XORBytes(d[:], d[:], plain)
		d[len(plain)] ^= 0x80
		a.sum(s, d[:])
		s.vector = s.x
		return
	}
	// The CMAC of plain with d over its end: the last block and the one before it
	// are put together anew, all others are plain's own.
	head := (len(plain) - 1) / len(d) * len(d)
	if head > 0 {
		head -= len(d)
	}
	var tail [2 * aes.BlockSize]byte
	n := copy(tail[:], plain[head:])
	subtle.XORBytes(tail[n-len(d):n], tail[n-len(d):n], d[:])
	s.x = block{}
	a.absorb(s, plain[:head])
	a.finish(s, tail[:n])
	s.vector = s.x
}

// sum is the CMAC (RFC 4493) of text, into x.
func (a *AEAD) sum(s *scratch, text []byte) {
	s.x = block{}
	a.finish(s, text)
}

// absorb takes whole blocks that are not the last.
func (a *AEAD) absorb(s *scratch, text []byte) {
	for ; len(text) > 0; text = text[aes.BlockSize:] {
		subtle.XORBytes(s.x[:], s.x[:], text[:aes.BlockSize])
		a.mac.Encrypt(s.x[:], s.x[:])
	}
}

// finish takes the rest of a text with its last block.
func (a *AEAD) finish(s *scratch, text []byte) {
	head := max(0, (len(text)-1)/aes.BlockSize*aes.BlockSize)
	a.absorb(s, text[:head])
	last := text[head:]
	subtle.XORBytes(s.x[:], s.x[:], last)
	if len(last) == aes.BlockSize {
		subtle.XORBytes(s.x[:], s.x[:], a.whole[:])
	} else {
		s.x[len(last)] ^= 0x80
		subtle.XORBytes(s.x[:], s.x[:], a.padded[:])
	}
	a.mac.Encrypt(s.x[:], s.x[:])
}

// crypt turns text over with the key stream of the vector: AES in counter mode,
// with two bits of the vector cleared.
func (a *AEAD) crypt(s *scratch, text []byte) {
	high := binary.BigEndian.Uint64(s.vector[:8])
	low := binary.BigEndian.Uint64(s.vector[8:]) &^ (1<<63 | 1<<31)
	for len(text) > 0 {
		binary.BigEndian.PutUint64(s.x[:8], high)
		binary.BigEndian.PutUint64(s.x[8:], low)
		a.stream.Encrypt(s.x[:], s.x[:])
		text = text[subtle.XORBytes(text, text, s.x[:]):]
		low++ // the cleared bits keep it from running over
	}
}

// double multiplies by x in GF(2^128), in constant time.
func double(b *block) {
	high, low := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	carry := high >> 63
	binary.BigEndian.PutUint64(b[:8], high<<1|low>>63)
	binary.BigEndian.PutUint64(b[8:], low<<1^carry*0x87)
}
