package limit_test

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/limit"
)

// TestMemo_Check refuses whatever Check refuses, in any order of requests.
func TestMemo_Check(t *testing.T) {
	t.Parallel()
	s, limits := schema(t), limit.Defaults()
	limits.IDs = 3
	doc, err := limit.Parse(`query($ids: [ID!]!, $first: Int) { childrenByIds(ids: $ids) { id } children(first: $first) { nodes { id } } }`, limits)
	if err != nil {
		t.Fatal(err)
	}
	op := doc.Operations[0]
	all := []map[string]any{
		nil,
		{"ids": []any{"a"}},
		{"ids": []any{"b"}, "first": 1},
		{"ids": []any{"a", "b", "c", "d"}},
		{"ids": []any{"a"}, "first": 1000},
		{"ids": []any{"a"}, "first": nil},
		{"ids": []string{"a", "b"}, "first": "7"},
	}
	var memo limit.Memo
	for _, one := range all {
		for _, other := range all {
			for _, vars := range []map[string]any{one, other} {
				_, want := limit.Check(s, doc, op, vars, limits)
				if got := memo.Check(s, doc, op, vars, limits); fault.CodeOf(got) != fault.CodeOf(want) {
					t.Errorf("%v: %v, want %v", vars, got, want)
				}
			}
		}
	}
}
