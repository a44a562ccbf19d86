package policy_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/policy"
)

func TestWorkedCases(t *testing.T) {
	t.Parallel()
	p := load(t)
	cases, err := policy.ReadCases(os.DirFS("testdata/cases"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.File+"/"+c.Name, func(t *testing.T) {
			t.Parallel()
			if wrong := c.Check(p); len(wrong) > 0 {
				t.Error(strings.Join(wrong, "\n"))
			}
		})
	}
	built, err := policy.Cases()
	if diff := cmp.Diff(cases, built); err != nil || diff != "" {
		t.Errorf("built in (-files +binary): %v\n%s", err, diff)
	}
}

// TestCase_Check: a right too many and a right too few are both found.
func TestCase_Check(t *testing.T) {
	t.Parallel()
	cases, err := policy.Cases()
	if err != nil {
		t.Fatal(err)
	}
	p := load(t)
	for i := range cases {
		c := cases[i]
		if len(c.Full) == 0 {
			continue
		}
		c.Full = c.Full[1:]
		if len(c.Check(p)) == 0 {
			t.Errorf("%s/%s does not notice %s", c.File, c.Name, cases[i].Full[0])
		}
		c.Full = append([]string{"A.citizenId", "B.sealed"}, cases[i].Full...)
		if len(c.Check(p)) == 0 {
			t.Errorf("%s/%s does not notice what is missing", c.File, c.Name)
		}
	}
}
