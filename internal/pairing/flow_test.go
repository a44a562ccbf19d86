package pairing_test

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/pairing"
)

func TestMachine_saysWhatThePolicySays(t *testing.T) {
	t.Parallel()
	flowtest.AgreesWithThePolicy(t, pairing.Machine())
}
