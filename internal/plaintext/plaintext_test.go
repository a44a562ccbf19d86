package plaintext_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
)

func TestNeed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]fault.Code{
		"每周辅导两次，家校各一次": "", "": fault.BadRequest, " \t": fault.BadRequest, strings.Repeat("字", 20): "", strings.Repeat("字", 21): fault.BadRequest,
		"电话 100-0000 0000": fault.BadRequest, "９９０１１７２０１５０１０１": fault.BadRequest, "2026-11-23": "",
	} {
		if err := plaintext.Need("aim", text, 20); err != nil && fault.CodeOf(err) != want || err == nil && want != "" {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestNumbered(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": false, "来过三次": false, "2026-11-23": false, "100 0000 0000": true, "１００００００００００": true, "9901·1720·1501·01": true,
	} {
		if got := plaintext.Numbered(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}

// FuzzAllow: what is allowed holds no run of nine digits and is no longer than said.
func FuzzAllow(f *testing.F) {
	for _, seed := range []string{"", "好", "1 2 3 4 5 6 7 8 9", "12345678", "１２３４５６７８９"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if plaintext.Allow("note", text, 40) != nil {
			return
		}
		if utf8.RuneCountInString(text) > 4*40 {
			t.Errorf("%q is too long", text)
		}
		run := 0
		for _, r := range text {
			if r < '0' || r > '9' {
				run = 0
				continue
			}
			if run++; run >= 9 {
				t.Errorf("%q holds a number", text)
			}
		}
	})
}
