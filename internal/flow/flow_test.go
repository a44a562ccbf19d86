package flow_test

import (
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
)

// asked is a machine without a hole.
func asked() flow.Machine {
	return flow.Machine{
		Name: "asked", Text: flow.Text{ZH: "询问", EN: "question"},
		States: []flow.State{
			{Code: "OPEN", Text: flow.Text{ZH: "待处理", EN: "open"}},
			{Code: "ASKED", Text: flow.Text{ZH: "已询问", EN: "asked"}},
			{Code: "DONE", Text: flow.Text{ZH: "已结束", EN: "done"}, Final: true},
		},
		Moves: []flow.Move{
			{Name: "ask", Text: flow.Text{ZH: "询问", EN: "ask"}, From: []string{"OPEN"}, To: "ASKED", Roles: []string{"AUD"}, Due: "ask_days", Unit: flow.Days, Basis: "设定值"},
			{Name: "end", Text: flow.Text{ZH: "结束", EN: "end"}, From: []string{"OPEN", "ASKED"}, To: "DONE", Roles: []string{flow.System}},
		},
	}
}

func TestMachine_Next(t *testing.T) {
	t.Parallel()
	m := asked()
	if to, err := m.Next("OPEN", "ask"); err != nil || to != "ASKED" {
		t.Errorf("Next(OPEN, ask) = %s, %v", to, err)
	}
	if _, err := m.Next("DONE", "end"); fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), `"done"`) {
		t.Errorf("Next(DONE, end): %v", err)
	}
	if _, err := m.Next("OPEN", "sing"); err == nil || fault.CodeOf(err) != fault.Internal {
		t.Errorf("Next(OPEN, sing): %v", err)
	}
}

func TestMachine_Check(t *testing.T) {
	t.Parallel()
	if err := asked().Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*flow.Machine){
		"no states":      func(m *flow.Machine) { m.States = nil },
		"unknown target": func(m *flow.Machine) { m.Moves[0].To = "GONE" },
		"unknown origin": func(m *flow.Machine) { m.Moves[0].From = []string{"GONE"} },
		"unreached state": func(m *flow.Machine) {
			m.States = append(m.States, flow.State{Code: "ISLE", Text: m.Text, Final: true})
		},
		"final state left":     func(m *flow.Machine) { m.States[1].Final = true },
		"dead end":             func(m *flow.Machine) { m.States[2].Final = false },
		"two ways of one name": func(m *flow.Machine) { m.Moves = append(m.Moves, m.Moves[0]) },
		"move of nobody":       func(m *flow.Machine) { m.Moves[0].Roles = nil },
		"move without label":   func(m *flow.Machine) { m.Moves[0].ZH = "" },
		"state without label":  func(m *flow.Machine) { m.States[0].EN = "" },
		"deadline, no basis":   func(m *flow.Machine) { m.Moves[0].Basis = "" },
	} {
		m := asked()
		spoil(&m)
		if m.Check() == nil {
			t.Errorf("%s: nothing was refused", name)
		}
	}
}

func TestMachine_Markdown(t *testing.T) {
	t.Parallel()
	drawn := asked().Markdown()
	for _, want := range []string{"[*] --> OPEN", "ASKED --> DONE: end", "DONE --> [*]", "`ask_days` days"} {
		if !strings.Contains(drawn, want) {
			t.Errorf("the drawing lacks %q:\n%s", want, drawn)
		}
	}
}
