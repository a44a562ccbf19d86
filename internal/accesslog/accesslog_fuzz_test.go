package accesslog

import (
	"encoding/hex"
	"strings"
	"testing"
)

// FuzzOutsideInput: only an entry's id in its one spelling is looked up, and only
// what is a token of 32 bytes becomes one.
func FuzzOutsideInput(f *testing.F) {
	for _, seed := range []string{"", "x", strings.Repeat("a", 32), strings.Repeat("A", 32), strings.Repeat("0", 64), "{" + strings.Repeat("0", 32) + "}", strings.Repeat("g", 64), "身份"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if raw, err := hex.DecodeString(text); isEntry(text) != (err == nil && len(raw) == 16 && text == hex.EncodeToString(raw)) {
			t.Errorf("%q is taken for an entry's id: %v", text, isEntry(text))
		}
		if raw := (Token{Hex: text}).raw(); raw != nil && (len(raw) != tokenSize || hex.EncodeToString(raw) != strings.ToLower(text)) {
			t.Errorf("%q is taken for a token", text)
		}
	})
}
