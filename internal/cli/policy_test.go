package cli_test

import (
	"strings"
	"testing"
)

func TestRun_policy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		arguments []string
		code      int
		want      []string
	}{
		{"explains what is shown", []string{"policy", "explain", "HT", "CLASS_CARE", "Child.name", "--basis=own_class"}, 0, []string{"sees Child.name: FULL", "decided by:", "own_class"}},
		{"explains what is not", []string{"policy", "explain", "HT", "CLASS_CARE", "Child.name"}, 0, []string{"sees Child.name: WITHHELD", "more would be opened by:"}},
		{"says that a coordinate is unclassified", []string{"policy", "explain", "HT", "CLASS_CARE", "Child.nothing"}, 0, []string{"group: none"}},
		{"refuses a foreign purpose", []string{"policy", "explain", "HT", "RIGHTS_CASE", "Child.name"}, 1, []string{"HT for RIGHTS_CASE"}},
		{"refuses an unknown basis", []string{"policy", "explain", "HT", "CLASS_CARE", "Child.name", "--basis=friend"}, 1, []string{`no basis "friend"`, "own_class"}},
		{"prints the table", []string{"policy", "table", "--role=ht"}, 0, []string{"role", "A.name", "own_class"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := command{}.run(t, test.arguments...)
			if got.Code != test.code {
				t.Fatalf("got %+v", got)
			}
			for _, want := range test.want {
				if !strings.Contains(got.Out+got.Err, want) {
					t.Errorf("%q is missing in %+v", want, got)
				}
			}
		})
	}
}
