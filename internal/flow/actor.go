package flow

import (
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// Actor is who makes a move, in which post.
type Actor struct {
	Staff, Agency int64
	Role          string
	Now           time.Time
	// Today is the day in China.
	Today time.Time
}

// Stand is where a case stands, and which version of it the person has read.
type Stand struct {
	State         string
	Version, Read int
}

// Begin lets a role make a move of a case that it has in hand, and says where it leads.
// Faults: Forbidden; Conflict where the case is of another version, or does not stand where
// the move begins.
func (m Machine) Begin(role, move string, at Stand) (string, error) {
	if !m.Lets(role, move) {
		return "", fault.New(fault.Forbidden, "当前岗位不能进行此步骤。", "This post may not make this step.")
	}
	if err := AsRead(at.Read, at.Version); err != nil {
		return "", err
	}
	return m.Next(at.State, move)
}
