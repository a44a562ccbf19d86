package docs_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/docs"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/policy"
)

// root is the tree seen from this package.
const root = "../.."

func TestPages_areFresh(t *testing.T) {
	t.Parallel()
	pages, err := docs.Pages()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join(root, "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("docs/%s is stale; run `make generate` (-want +got):\n%s", name, diff)
		}
	}
}

func TestDictionary_namesEveryCoordinate(t *testing.T) {
	t.Parallel()
	pages, err := docs.Pages()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(pages["data-dictionary.md"], "\n") {
		if strings.HasPrefix(line, "| `") && strings.HasSuffix(line, "|  |") {
			t.Errorf("no group of the matrix; add `g2, <coordinate>, <group>` to policy/groups.csv: %s", line)
		}
	}
	for _, coordinate := range rules.Coordinates() {
		if !slices.ContainsFunc(strings.Split(pages["data-dictionary.md"], "\n"), func(line string) bool {
			return strings.HasPrefix(line, "| `"+coordinate+"` |") && strings.HasSuffix(line, "| "+rules.Group(coordinate)+" |")
		}) {
			t.Errorf("%s is not in the dictionary with its group", coordinate)
		}
	}
}

// TestOperations_listsEveryCode holds the hand-written tables to the closed lists.
func TestOperations_listsEveryCode(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, code := range fault.Codes() {
		want = append(want, string(code))
	}
	for _, reason := range policy.AllReasons() {
		want = append(want, string(reason))
	}
	for _, code := range want {
		if n := strings.Count(string(text), "\n| `"+code+"` |"); n != 1 {
			t.Errorf("docs/operations.md has %d rows for %s, want one", n, code)
		}
	}
}
