package flow

import (
	"fmt"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// System is who makes the moves that a clock or a job makes.
const System = "SYSTEM"

// Text is a label in both languages.
type Text struct{ ZH, EN string }

// State is where a case can stand.
type State struct {
	Code string
	Text
	// Final states are left by no move.
	Final bool
}

// Move leads from any of some states to one. Its name is the mutation, or the job,
// that makes it.
type Move struct {
	Name string
	Text
	From []string
	To   string
	// Roles may make the move, System among them where a job does. Policy says
	// the same of the mutation; a test holds the two against each other.
	Roles []string
	// Due names the deadline, in the table parameter, by which the move is to be
	// made; empty for none. Unit says what it counts.
	Due  string
	Unit Unit
	// Basis is the statute or rule of the deadline, or says that it is set locally.
	Basis string
}

// Unit is what a deadline counts.
type Unit string

// The units of deadlines.
const (
	Hours       Unit = "hours"
	Days        Unit = "days"
	WorkingDays Unit = "working days"
)

// Machine is the whole table. The first state is where cases begin.
type Machine struct {
	Name string
	Text
	States []State
	Moves  []Move
}

// Next is where the move leads from state. It fails with fault.Conflict where the
// case does not stand where the move begins: somebody else was first, or the
// caller has not looked.
func (m Machine) Next(state, move string) (string, error) {
	known := false
	for _, x := range m.Moves {
		if x.Name != move {
			continue
		}
		known = true
		if slices.Contains(x.From, state) {
			return x.To, nil
		}
	}
	if !known {
		return "", fmt.Errorf("%s has no move %s", m.Name, move)
	}
	s, _ := m.State(state)
	return "", fault.New(fault.Conflict,
		fmt.Sprintf("当前状态“%s”不能进行此操作，请刷新后再试。", s.ZH),
		fmt.Sprintf("This cannot be done in the state %q; read the record again.", s.EN))
}

// Open reports whether a role makes the move from a state.
func (x Move) Open(role, state string) bool {
	return slices.Contains(x.From, state) && slices.Contains(x.Roles, role)
}

// Lets reports whether a role makes a move, from whatever state.
func (m Machine) Lets(role, move string) bool {
	return slices.ContainsFunc(m.Moves, func(x Move) bool { return x.Name == move && slices.Contains(x.Roles, role) })
}

// State finds a state by its code.
func (m Machine) State(code string) (State, bool) {
	i := slices.IndexFunc(m.States, func(s State) bool { return s.Code == code })
	if i < 0 {
		return State{}, false
	}
	return m.States[i], true
}

// Check refuses a table with a hole: a state that is not there or not reached, a
// final state that is left, another that is not, two moves of one name from one
// state, a move of nobody, a deadline without a basis.
func (m Machine) Check() error {
	if len(m.States) == 0 {
		return fmt.Errorf("%s has no states", m.Name)
	}
	reached := map[string]bool{m.States[0].Code: true}
	left := map[string]bool{}
	taken := map[string]bool{}
	for _, x := range m.Moves {
		if err := m.checkMove(x); err != nil {
			return err
		}
		reached[x.To] = true
		for _, from := range x.From {
			left[from] = true
			if taken[from+" "+x.Name] {
				return fmt.Errorf("%s: %s leaves %s twice", m.Name, x.Name, from)
			}
			taken[from+" "+x.Name] = true
		}
	}
	for _, s := range m.States {
		switch {
		case !reached[s.Code]:
			return fmt.Errorf("%s: no move leads to %s", m.Name, s.Code)
		case s.Final == left[s.Code]:
			return fmt.Errorf("%s: %s is final and left, or neither", m.Name, s.Code)
		case s.ZH == "" || s.EN == "":
			return fmt.Errorf("%s: %s has no label in both languages", m.Name, s.Code)
		}
	}
	return nil
}

func (m Machine) checkMove(x Move) error {
	for _, code := range append(slices.Clone(x.From), x.To) {
		if _, found := m.State(code); !found {
			return fmt.Errorf("%s: %s names the state %s, which is not there", m.Name, x.Name, code)
		}
	}
	switch {
	case len(x.From) == 0 || len(x.Roles) == 0:
		return fmt.Errorf("%s: %s begins nowhere or is nobody's", m.Name, x.Name)
	case x.ZH == "" || x.EN == "":
		return fmt.Errorf("%s: %s has no label in both languages", m.Name, x.Name)
	case x.Due != "" && (x.Unit == "" || x.Basis == ""):
		return fmt.Errorf("%s: the deadline of %s has no unit or no basis", m.Name, x.Name)
	}
	return nil
}
