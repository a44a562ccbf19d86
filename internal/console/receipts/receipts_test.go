package receipts_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/console/receipts"
)

const one, two = "0123456789abcdef0123456789abcdef", "ffffffffffffffffffffffffffffffff"

// TestRead_everyLine: quotes, columns and a heading are taken, and what is wrong is named
// by its line.
func TestRead_everyLine(t *testing.T) {
	t.Parallel()
	got := receipts.Read("\ufeffentry,at\r\n" + one + ",2026\r\n\r\n\"" + strings.ToUpper(two) + "\";x\n" + one + "\nforged\n1234")
	want := receipts.List{
		Receipts: []receipts.Receipt{{Line: 2, Entry: one}, {Line: 4, Entry: two}},
		Twice:    []receipts.Receipt{{Line: 5, Entry: one}},
		Wrong:    []receipts.Fault{{Line: 6, Text: "forged"}, {Line: 7, Text: "1234"}},
		Lines:    6, Head: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]receipts.Receipt{{Line: 4, Entry: two}}, got.Among([]string{two, "other"})); diff != "" {
		t.Error(diff)
	}
}

// FuzzRead: whatever is handed in, no line is lost.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"", "entry\n", one, one + "\n" + one, "x\n\x00\n", "\ufeff" + one + ",a", strings.Repeat("界", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l := receipts.Read(text)
		accounted := len(l.Receipts) + len(l.Twice) + len(l.Wrong)
		if l.Head {
			accounted++
		}
		filled := 0
		for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
			if strings.TrimSpace(line) != "" {
				filled++
			}
		}
		if accounted != l.Lines || l.Lines != filled {
			t.Errorf("%d of %d lines are accounted for, of %d handed in", accounted, l.Lines, filled)
		}
	})
}
