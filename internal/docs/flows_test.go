package docs

import (
	"os"
	"strings"
	"testing"
)

func TestMachines_haveNoHoles(t *testing.T) {
	t.Parallel()
	for _, m := range machines() {
		if err := m.Check(); err != nil {
			t.Error(err)
		}
	}
}

// tried says which test makes every move of a machine in every state by everybody,
// through the area or over HTTP: it happens, or is refused with a code of the list.
var tried = map[string]string{
	"accessProposal":     "internal/granting/granting_test.go TestDecide_everyStateMoveAndPerson",
	"inquiry":            "e2e/rights_states_test.go TestRights_everyStateEveryMove",
	"guardianCorrection": "internal/rights/correction_test.go TestCorrections_everyMove",
	"fileCopy":           "internal/extract/flow_test.go TestRequests_everyMove",
	"copyPart":           "internal/extract/flow_test.go TestParts_everyMove",
	"complaint":          "internal/complaint/flow_test.go TestMachine_everyMove",
	"review item":        "e2e/review_test.go TestReview_everyMove",
	"break-glass review": "e2e/review_test.go TestReview_everyMove",
	"dropout":            "e2e/dropout_flow_test.go TestDropout_everyStateMoveRole",
	"opening":            "internal/opening/opening_test.go TestMachine_everyMove",
	"report":             "internal/report/report_test.go TestFlow_everyMove",
	"protection step":    "internal/safeguard/safeguard_test.go TestMachine_everyMove",
	"measure":            "internal/measure/measure_test.go TestMachine_everyMove",
	"consultation":       "internal/consultation/consultation_test.go TestFlow_everyMove",
	"support":            "internal/support/plan_test.go TestMoves_everyStateMoveAndPerson",
	"matching":           "internal/matching/need_test.go TestMachine_everyMove",
	"pairing":            "internal/pairing/pairing_test.go TestMachine_everyMove",
	"referral":           "internal/referral/referral_test.go TestMachine_everyMove",
	"relief":             "internal/relief/relief_test.go TestMachine_everyMove",
	"aid":                "internal/aid/flow_test.go TestMachine_everyMove",
	"schooltransfer":     "internal/schooltransfer/transfer_test.go TestMachine_everyMove",
	"correction":         "internal/correction/moves_test.go TestMachine_everyMove",
	"post":               "internal/granting/machines_test.go TestMachines_everyMove",
	"staffAccount":       "internal/granting/machines_test.go TestMachines_everyMove",
	"contract":           "internal/granting/machines_test.go TestMachines_everyMove",
	"client":             "internal/granting/machines_test.go TestMachines_everyMove",
	"policyProposal":     "internal/policychange/policychange_test.go TestMachine_everyMove",
	"visit":              "internal/visiting/flow_test.go TestMachine_everyMove",
	"registration":       "internal/registering/flow_test.go TestMachine_everyMove",
	"transfer":           "internal/moving/flow_test.go TestMachine_everyMove",
	"transferBetween":    "internal/moving/flow_test.go TestBetween_everyMove",
	"merge":              "internal/nominating/flow_test.go TestMachine_everyMove",
	"conflict":           "internal/conflict/flow_test.go TestMachine_everyMove",
}

// TestMachines_areTried demands of every machine a test that tries it, so that nobody
// adds one without.
func TestMachines_areTried(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, m := range machines() {
		known[m.Name] = true
		at := tried[m.Name]
		if at == "" {
			t.Errorf("%s: name the test that makes every move in every state by everybody, in the list tried", m.Name)
			continue
		}
		file, name, _ := strings.Cut(at, " ")
		text, err := os.ReadFile("../../" + file)
		if err != nil || !strings.Contains(string(text), "func "+name+"(t *testing.T)") {
			t.Errorf("%s: there is no %s in %s (%v)", m.Name, name, file, err)
		}
	}
	for name := range tried {
		if !known[name] {
			t.Errorf("%s is no machine", name)
		}
	}
}
