package policy_test

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMatrix_Golden(t *testing.T) {
	t.Parallel()
	const file = "testdata/matrix.golden"
	got := load(t).Matrix()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("rights changed; read the difference, then refresh with -update (-golden +policy):\n%s", diff)
	}
}
