package server

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// standard is what encoding/json says of a text.
func standard(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if !json.Valid([]byte(text)) {
		return nil, errJSON // something stands behind the value
	}
	return v, nil
}

func compareJSON(t rapid.TB, text string) {
	t.Helper()
	want, wantErr := standard(text)
	got, err := parseJSON(text)
	if (wantErr == nil) != (err == nil) {
		t.Fatalf("%q: %v, encoding/json says %v", text, err, wantErr)
	}
	if diff := cmp.Diff(want, got); wantErr == nil && diff != "" {
		t.Fatalf("%q (-want +got):\n%s", text, diff)
	}
}

// TestParseJSON_isTheStandardLibrarys compares on texts put together of whatever
// decides: structure, escapes, numbers, broken UTF-8.
func TestParseJSON_isTheStandardLibrarys(t *testing.T) {
	t.Parallel()
	pieces := []string{
		`{`, `}`, `[`, `]`, `,`, `:`, ` `, "\n", `"`, `\`, `"a"`, `"a":`, `"é"`, `"\u00e9"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\x"`,
		`"\"`, `"\\"`, `0`, `-`, `-0`, `01`, `1.`, `1.5`, `1e9`, `1E+`, `.5`, `true`, `false`, `null`, `nul`, "\x00", "\x01", "\xff", "\"\xff\"", "\ufeff", `/**/`,
	}
	rapid.Check(t, func(t *rapid.T) {
		compareJSON(t, strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 12).Draw(t, "pieces"), ""))
	})
	value := func(t *rapid.T) any {
		return map[string]any{
			"query": rapid.String().Draw(t, "query"), "variables": rapid.MapOf(rapid.String(), rapid.Custom(func(t *rapid.T) any {
				return rapid.OneOf(rapid.String().AsAny(), rapid.Float64Range(-1e9, 1e9).AsAny(), rapid.Bool().AsAny(), rapid.SliceOf(rapid.Int()).AsAny()).Draw(t, "value")
			})).Draw(t, "variables"),
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text, err := json.Marshal(value(t))
		if err != nil {
			t.Fatal(err)
		}
		compareJSON(t, string(text))
		text[rapid.IntRange(0, len(text)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		compareJSON(t, string(text))
	})
}

func TestParseJSON_depth(t *testing.T) {
	t.Parallel()
	for _, depth := range []int{9_999, 10_000, 10_001, 100_000} {
		for _, text := range []string{
			strings.Repeat("[", depth) + strings.Repeat("]", depth),
			strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth),
			strings.Repeat("[", depth),
		} {
			_, wantErr := standard(text)
			if _, err := parseJSON(text); (wantErr == nil) != (err == nil) {
				t.Errorf("%d deep: %v, encoding/json says %v", depth, err, wantErr)
			}
		}
	}
}
