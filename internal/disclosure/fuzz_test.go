package disclosure

import (
	"strings"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// FuzzArguments: of the texts that callers write, only 64 hex digits are a join
// token, which no identity or student number is, and only a date is a date.
func FuzzArguments(f *testing.F) {
	for _, seed := range []string{
		strings.Repeat("ab", 32), strings.Repeat("AB", 32), strings.Repeat("0", 63), "990117201307011238", "99011720130701123X", "G990117201307011238",
		"２０２６-01-01", "2026-02-30", "2026-11-23", "2026-11-23T10:00:00+08:00", "infinity", "now", "'; DROP TABLE child; --", "", "\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		hex := len(text) == 64 && strings.Trim(text, "0123456789abcdefABCDEF") == ""
		if isToken(text) != hex {
			t.Errorf("%q is a token: %v", text, !hex)
		}
		for cast, layout := range map[string]string{"date": time.DateOnly, "timestamptz": time.RFC3339} {
			err := wellFormed(text, cast)
			if _, parsed := time.Parse(layout, text); (parsed == nil) != (err == nil) || err != nil && fault.CodeOf(err) != fault.BadRequest {
				t.Errorf("%q as %s: %v", text, cast, err)
			}
		}
	})
}
