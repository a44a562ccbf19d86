package task

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/policy"
)

// Kind is a kind of task: what is to be done, until when, and the ladder that it
// goes up when it is late. Kinds are declared by the areas whose work they are.
type Kind struct {
	// Code is in capitals and never changes.
	Code string
	flow.Text
	// Due is the deadline's name in the table parameter, which holds its basis.
	Due  string
	Unit flow.Unit
	// Ladder says who hears of a late task, rung by rung.
	Ladder []Rung
	// Unconflicted tasks never go up to anybody in a declared conflict of interest
	// with the child.
	Unconflicted bool
}

// Rung is a step of a ladder.
type Rung struct {
	// After is the name of the time from the end of the deadline, in the table
	// parameter; Unit says what it counts, days if empty.
	After string
	Unit  flow.Unit
	// Role is who gets a task of the same kind, in the reach of the child; empty to
	// remind the person who is late.
	Role policy.Role
}
