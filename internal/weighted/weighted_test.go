package weighted_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/weighted"
)

func TestCache_keepsWhatFits(t *testing.T) {
	t.Parallel()
	c, err := weighted.New[string, int](300)
	if err != nil {
		t.Fatal(err)
	}
	kept := func() []string {
		var out []string
		for key := range 400 {
			name := string(rune('a' + key))
			if v, found := c.Get(name); found {
				if v != key {
					t.Errorf("%s is %d", name, v)
				}
				out = append(out, name)
			}
		}
		return out
	}
	for key := range 100 {
		c.Add(string(rune('a'+key)), key, 3)
	}
	if n := len(kept()); n != 100 {
		t.Errorf("at the weight: %d kept", n)
	}
	c.Get("a")
	c.Add(string(rune('a'+100)), 100, 3)
	names := kept()
	if len(names) != 100 || !slices.Contains(names, "a") || slices.Contains(names, "b") {
		t.Errorf("beyond the weight: %d kept, a used last: %v, b unused: %v", len(names), slices.Contains(names, "a"), slices.Contains(names, "b"))
	}
	c.Add("a", 0, 1)
	c.Add("a", 0, 1)
	c.Add(string(rune('a'+101)), 101, 2)
	if diff := cmp.Diff(101, len(kept())); diff != "" {
		t.Errorf("a value added again weighs once (-want +got):\n%s", diff)
	}
	c.Add("heavy", 1, 4)
	c.Add("negative", 1, -1)
	for _, name := range []string{"heavy", "negative"} {
		if _, found := c.Get(name); found {
			t.Errorf("%s is kept", name)
		}
	}
}
