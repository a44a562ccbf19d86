package e2e

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestShare_ofMemory asks for the most that one operation may ask for: everything of
// a few children, and of as many as may be named everything that is no list. What is
// allocated for it, all in all, bounds what it can hold at once.
func TestShare_ofMemory(t *testing.T) { //nolint:paralleltest // it measures memory
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "education-system")
	ids := single[[]int64](t, h, `SELECT array_agg(id) FROM (SELECT id FROM child ORDER BY id LIMIT 500) x`)
	for what, portion := range map[string][]pick{"everything": slices.Concat(portions()...), "no lists": oneEach(whole("Child"))} {
		n := len(ids)
		var got hubtest.Response
		for ; n > 0; n = n * 3 / 4 { // the first number that is let through
			list := make([]string, n)
			for j := range list {
				list[j] = h.ID(t, c, "Child", ids[j])
			}
			q := hubtest.Question{
				Query:     fmt.Sprintf("query Share($ids: [ID!]!) { childrenByIds(ids: $ids) { %s } }", text(portion)),
				Variables: map[string]any{"ids": list},
			}
			if got = h.Ask(t, c, q); len(got.Errors) > 0 {
				continue
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got = h.Ask(t, c, q)
			runtime.ReadMemStats(&after)
			// The asking client is in this process too: it holds the answer a few times.
			if used := after.TotalAlloc - before.TotalAlloc; used > share {
				t.Errorf("%s of %d children (%d bytes) took %d MB", what, n, len(got.Body), used>>20)
			} else {
				t.Logf("%s of %d children: %d bytes, %d KB", what, n, len(got.Body), used>>10)
			}
			break
		}
		if n == 0 {
			t.Errorf("%s is let through for nobody: %s", what, got.Body)
		}
	}
}

// oneEach leaves out the lists and what stands below them.
func oneEach(picks []pick) []pick {
	var out []pick
	for _, p := range picks {
		typename, name, _ := strings.Cut(p.coordinate, ".")
		if p.args != "" || published().Types[typename].Fields.ForName(name).Type.Elem != nil {
			continue
		}
		p.sub = oneEach(p.sub)
		out = append(out, p)
	}
	return out
}

// share is the memory that one operation may use.
const share = 64 << 20
