package policy

import "testing"

// VersionOf names a text with so many bases.
func VersionOf(t *testing.T, tree Tree, bases int) string {
	t.Helper()
	src, err := readSource(tree)
	if err != nil {
		t.Fatal(err)
	}
	return version(src, bases)
}
