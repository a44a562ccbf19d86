package docs

import "testing"

func TestMachines_haveNoHoles(t *testing.T) {
	t.Parallel()
	for _, m := range machines() {
		if err := m.Check(); err != nil {
			t.Error(err)
		}
	}
}
