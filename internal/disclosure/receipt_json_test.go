package disclosure

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestReceipt_Append holds the receipt's own writer to encoding/json.
func TestReceipt_Append(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.SampledFrom([]rune("aé汉<>&\"\\\u2028\u2029\x00\x7f\n\uFFFD")), 0, 8, -1), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 4), func(b []byte) string { return string(b) }))
	shortfall := rapid.Custom(func(t *rapid.T) Shortfall {
		s := Shortfall{text.Draw(t, "coordinate"), text.Draw(t, "form"), text.Draw(t, "reason"), rapid.Int().Draw(t, "count"), nil}
		if rapid.Bool().Draw(t, "unlocked") {
			s.Unlock = &Sentence{text.Draw(t, "zh"), text.Draw(t, "en")}
		}
		return s
	})
	list := rapid.OneOf(rapid.SliceOfN(shortfall, 0, 3), rapid.Just([]Shortfall(nil)))
	rapid.Check(t, func(t *rapid.T) {
		r := Receipt{
			Entry: text.Draw(t, "entry"), Sequence: text.Draw(t, "sequence"), At: text.Draw(t, "at"),
			PolicyVersion: text.Draw(t, "version"), Purpose: text.Draw(t, "purpose"), Ticket: text.Draw(t, "ticket"),
			Role: text.Draw(t, "role"), LegalBasis: text.Draw(t, "basis"), Outcome: text.Draw(t, "outcome"),
			Children: rapid.Int().Draw(t, "children"), Withheld: list.Draw(t, "withheld"), Masked: list.Draw(t, "masked"),
			Truncated: rapid.SliceOfN(text, 0, 3).Draw(t, "truncated"),
		}
		want, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(r.Append(nil))); diff != "" {
			t.Fatalf("receipt (-want +got):\n%s", diff)
		}
	})
}
