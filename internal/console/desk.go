package console

import (
	"encoding/json"
	"net/http"
)

// showDesk is where mandatory reports are worked on: each with its stage and what is
// lawful next.
func showDesk(v *visit) { v.desk(nil) }

func (v *visit) desk(failed *step) {
	v.hat.Purpose, v.hat.Ticket = "MANDATORY_REPORT", ""
	op := v.c.documents["ConsoleReportCases"]
	answer, err := v.c.ask.Ask(v.ctx(), v.as(), op.Text, op.Operation.Name, nil)
	if !v.ok(err) {
		return
	}
	set, data := at(op.Operation.SelectionSet, answer.Data, "reportCases")
	var rows []json.RawMessage
	if len(data) > 0 {
		if !v.ok(json.Unmarshal(data, &rows)) {
			return
		}
	}
	records, _, err := v.recordsOf(list{v.c.machine("report"), "state", set, rows, answer.Receipt}, failed)
	if !v.ok(err) {
		return
	}
	status := http.StatusOK
	if failed != nil {
		status = http.StatusUnprocessableEntity
	}
	done := ""
	if v.r.URL.Query().Get("done") != "" {
		done = "done.move"
	}
	v.showAs(status, "desk", view{Body: records, Moves: "/desk", Done: done})
}

// moveAtDesk makes one move of one report.
func moveAtDesk(v *visit) {
	v.hat.Purpose, v.hat.Ticket = "MANDATORY_REPORT", ""
	s, got, err := v.move("")
	if !v.ok(err) {
		return
	}
	if len(got.UserErrors) > 0 {
		v.desk(&s)
		return
	}
	http.Redirect(v.w, v.r, "/desk?done=1", http.StatusSeeOther)
}
