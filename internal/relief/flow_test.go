package relief_test

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/relief"
)

func TestMachine_agreesWithThePolicy(t *testing.T) {
	t.Parallel()
	flowtest.AgreesWithThePolicy(t, relief.Machine())
}
