package staff

import (
	"net/http"

	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// showDesk is where mandatory reports are worked on: each with its stage and what is
// lawful next.
func showDesk(v *page.Visit) { desk(v, nil) }

func desk(v *page.Visit, failed *page.Step) {
	v.Hat.Purpose, v.Hat.Ticket = "MANDATORY_REPORT", ""
	records, _, err := v.Records(page.List{Document: "ConsoleReportCases", Path: []string{"reportCases"}, Machine: "report", State: "state"}, failed)
	if !v.OK(err) {
		return
	}
	status := http.StatusOK
	if failed != nil {
		status = http.StatusUnprocessableEntity
	}
	done := ""
	if v.R.URL.Query().Get("done") != "" {
		done = "done.move"
	}
	v.ShowAs(status, "desk", page.View{Body: records, Moves: "/desk", Done: done})
}

// moveAtDesk makes one move of one report.
func moveAtDesk(v *page.Visit) {
	v.Hat.Purpose, v.Hat.Ticket = "MANDATORY_REPORT", ""
	s, got, err := v.Move("")
	if !v.OK(err) {
		return
	}
	if len(got.UserErrors) > 0 {
		desk(v, &s)
		return
	}
	http.Redirect(v.W, v.R, "/desk?done=1", http.StatusSeeOther)
}
