package docs

import (
	"strings"

	"github.com/tongxin-hub/tongxin/internal/access"
	"github.com/tongxin-hub/tongxin/internal/aid"
	"github.com/tongxin-hub/tongxin/internal/complaint"
	"github.com/tongxin-hub/tongxin/internal/conflict"
	"github.com/tongxin-hub/tongxin/internal/consultation"
	"github.com/tongxin-hub/tongxin/internal/correction"
	"github.com/tongxin-hub/tongxin/internal/dropout"
	"github.com/tongxin-hub/tongxin/internal/extract"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/granting"
	"github.com/tongxin-hub/tongxin/internal/matching"
	"github.com/tongxin-hub/tongxin/internal/measure"
	"github.com/tongxin-hub/tongxin/internal/moving"
	"github.com/tongxin-hub/tongxin/internal/nominating"
	"github.com/tongxin-hub/tongxin/internal/opening"
	"github.com/tongxin-hub/tongxin/internal/pairing"
	"github.com/tongxin-hub/tongxin/internal/policychange"
	"github.com/tongxin-hub/tongxin/internal/referral"
	"github.com/tongxin-hub/tongxin/internal/registering"
	"github.com/tongxin-hub/tongxin/internal/relief"
	"github.com/tongxin-hub/tongxin/internal/report"
	"github.com/tongxin-hub/tongxin/internal/review"
	"github.com/tongxin-hub/tongxin/internal/rights"
	"github.com/tongxin-hub/tongxin/internal/safeguard"
	"github.com/tongxin-hub/tongxin/internal/schooltransfer"
	"github.com/tongxin-hub/tongxin/internal/support"
	"github.com/tongxin-hub/tongxin/internal/visiting"
)

// machines are all state machines of the hub, in the order of the page. An area adds
// its own here.
func machines() []flow.Machine {
	return []flow.Machine{
		granting.Machine(), access.Posts(), access.Accounts(), access.Contracts(), access.Clients(), conflict.Machine(),
		policychange.Machine(), rights.Flow(), rights.Corrections(), extract.Requests(), extract.Parts(), complaint.Machine(), review.Items(), review.Emergencies(),
		dropout.Machine(), opening.Machine(), visiting.Machine(),

		report.Flow(), safeguard.Machine(), measure.Machine(), consultation.Flow(),

		support.Machine(), matching.Machine(), pairing.Machine(),

		referral.Machine(), relief.Machine(), aid.Machine(),

		registering.Machine(), nominating.Machine(), moving.Machine(), moving.Between(), schooltransfer.Machine(),
		correction.Machine(),
	}
}

// Machines are all of them, for whoever shows what is lawful next.
func Machines() []flow.Machine { return machines() }

// Flows draws every state machine.
func Flows() string {
	var b strings.Builder
	b.WriteString(notice + "# 工作流程 Workflows\n\n")
	b.WriteString("States, moves, who makes them and until when, drawn from the tables that decide (`internal/flow`). Deadlines are named by their parameter: the number of days is a setting of the county, and stands with its basis in the table `parameter`.\n")
	for _, m := range machines() {
		b.WriteString("\n" + m.Markdown())
	}
	return b.String()
}
