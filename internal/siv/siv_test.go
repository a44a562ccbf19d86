package siv_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	tink "github.com/tink-crypto/tink-go/v2/daead/subtle"
	"pgregory.net/rapid"

	"github.com/tongxin-hub/tongxin/internal/siv"
)

// TestAEAD_isTinks holds the hub's own AES-SIV to the library that made every
// identifier until now.
func TestAEAD_isTinks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 64, 64).Draw(t, "key")
		plain := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "plain")
		datum := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "datum")
		ours, err := siv.New(key)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := tink.NewAESSIV(key)
		if err != nil {
			t.Fatal(err)
		}
		want, err := theirs.EncryptDeterministically(plain, datum)
		if err != nil {
			t.Fatal(err)
		}
		got := ours.Seal([]byte("before"), plain, datum)
		if diff := cmp.Diff(append([]byte("before"), want...), got); diff != "" {
			t.Fatalf("sealed (-want +got):\n%s", diff)
		}
		opened, err := ours.Open(nil, want, datum)
		if err != nil || !bytes.Equal(opened, plain) {
			t.Fatalf("opened %x, %v; want %x", opened, err, plain)
		}
	})
}

// TestAEAD_vector is A.1 of RFC 5297.
func TestAEAD_vector(t *testing.T) {
	t.Parallel()
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	a, err := siv.New(unhex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"))
	if err != nil {
		t.Fatal(err)
	}
	got := a.Seal(nil, unhex("112233445566778899aabbccddee"), unhex("101112131415161718191a1b1c1d1e1f2021222324252627"))
	if diff := cmp.Diff("85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c", hex.EncodeToString(got)); diff != "" {
		t.Errorf("sealed (-want +got):\n%s", diff)
	}
}

func TestAEAD_Open_refuses(t *testing.T) {
	t.Parallel()
	a, err := siv.New(make([]byte, 64))
	if err != nil {
		t.Fatal(err)
	}
	sealed := a.Seal(nil, []byte("a text of two blocks and more than that"), []byte("datum"))
	for i := range sealed {
		spoilt := bytes.Clone(sealed)
		spoilt[i] ^= 1
		if got, err := a.Open([]byte("kept"), spoilt, []byte("datum")); !errors.Is(err, siv.ErrSealed) || string(got) != "kept" {
			t.Errorf("byte %d changed: %q, %v", i, got, err)
		}
	}
	for name, text := range map[string][]byte{"nothing": nil, "a part": sealed[:15], "a shorter text": sealed[:20]} {
		if _, err := a.Open(nil, text, []byte("datum")); !errors.Is(err, siv.ErrSealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := a.Open(nil, sealed, []byte("another")); !errors.Is(err, siv.ErrSealed) {
		t.Errorf("another datum: %v", err)
	}
	if _, err := siv.New(make([]byte, 20)); err == nil {
		t.Error("a key of 20 bytes was taken")
	}
}

func TestAEAD_allocatesNothing(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	a, err := siv.New(make([]byte, 64))
	if err != nil {
		t.Fatal(err)
	}
	plain, datum := []byte("12345678Child"), []byte("tongxin/pairwise/1/EDU")
	sealed, opened := make([]byte, 0, 64), make([]byte, 0, 64)
	got := testing.AllocsPerRun(100, func() {
		sealed = a.Seal(sealed[:0], plain, datum)
		if opened, err = a.Open(opened[:0], sealed, datum); err != nil {
			t.Error(err)
		}
	})
	if got >= 1 {
		t.Errorf("%.1f allocations", got)
	}
}
