package matching_test

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/matching"
)

func TestMachine_saysWhatThePolicySays(t *testing.T) {
	t.Parallel()
	flowtest.AgreesWithThePolicy(t, matching.Machine())
}
