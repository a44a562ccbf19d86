package conflict

import "github.com/tongxin-hub/tongxin/internal/flow"

// The states of a declaration.
const (
	Declared = "DECLARED"
	Ended    = "ENDED"
)

// Machine is the way of a declaration: it holds until two persons end it, neither of
// whom it is about.
func Machine() flow.Machine {
	text := func(zh, en string) flow.Text { return flow.Text{ZH: zh, EN: en} }
	return flow.Machine{
		Name: "conflict", Text: text("利益冲突回避", "conflict of interest"),
		States: []flow.State{
			{Code: Declared, Text: text("回避中", "in force")},
			{Code: Ended, Text: text("已解除", "ended"), Final: true},
		},
		Moves: []flow.Move{
			{
				Name: "endConflict", Text: text("申请解除（另一人批准后生效）", "propose its end, which another person approves"),
				From: []string{Declared}, To: Ended, Roles: []string{"ADM", "STA"},
			},
		},
	}
}
