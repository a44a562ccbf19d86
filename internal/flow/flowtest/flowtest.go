package flowtest

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// Attempt is a move that somebody tries in a state.
type Attempt struct{ State, Move, Who string }

// Leads is where the machine lets an attempt lead, or the code of the refusal: nobody's
// that it is not, and a conflict where the case does not stand where the move begins.
func (a Attempt) Leads(m flow.Machine, theirs bool) string {
	if !theirs {
		return string(fault.Forbidden)
	}
	for _, x := range m.Moves {
		if x.Name == a.Move && slices.Contains(x.From, a.State) {
			return x.To
		}
	}
	return string(fault.Conflict)
}

// Database begins transactions.
type Database interface {
	Begin(ctx context.Context) (postgres.Tx, error)
}

// Trial is what EveryMove tries.
type Trial struct {
	People []string
	// Made and Refused are how many attempts must at least happen and be refused, so
	// that the test tests something.
	Made, Refused int
	// Door refuses what is not let through to the area at all; nil where everything is.
	Door func(a Attempt) error
	// Try makes an attempt and says where it led; Want, where it has to lead, or the code
	// with which it has to be refused.
	Try  func(tx postgres.Tx, a Attempt) (string, error)
	Want func(a Attempt) string
}

// EveryMove tries each move of people in each state by each person, each in a transaction
// that is taken back.
func EveryMove(t *testing.T, m flow.Machine, db Database, x Trial) {
	t.Helper()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	made, refused := 0, 0
	for _, s := range m.States {
		for _, move := range Names(m) {
			for _, who := range x.People {
				a := Attempt{s.Code, move, who}
				got, err := x.attempt(t, db, a)
				switch code := string(fault.CodeOf(err)); {
				case err == nil && got == x.Want(a):
					made++
				case err != nil && code == x.Want(a):
					refused++
				default:
					t.Errorf("%s in %s by the %s: %q, %v, want %s", move, s.Code, who, got, err, x.Want(a))
				}
			}
		}
	}
	if made < x.Made || refused < x.Refused {
		t.Errorf("only %d moves were made and %d refused", made, refused)
	}
}

// attempt goes through the door, and then tries.
func (x Trial) attempt(t *testing.T, db Database, a Attempt) (string, error) {
	t.Helper()
	if x.Door != nil {
		if err := x.Door(a); err != nil {
			return "", err
		}
	}
	return TakenBack(t, db, func(tx postgres.Tx) (string, error) { return x.Try(tx, a) })
}

// TakenBack does something in a transaction that is taken back.
func TakenBack(t *testing.T, db Database, do func(tx postgres.Tx) (string, error)) (string, error) {
	t.Helper()
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background()) //nolint:errcheck // taken back
	return do(tx)
}

// Names are the moves that people make, each once.
func Names(m flow.Machine) []string {
	var out []string
	for _, x := range m.Moves {
		if len(Roles(m, x.Name)) > 0 && !slices.Contains(out, x.Name) {
			out = append(out, x.Name)
		}
	}
	return out
}

// Roles are who may make a move by the machine, without its clock.
func Roles(m flow.Machine, move string) []string {
	var out []string
	for _, x := range m.Moves {
		if x.Name == move {
			out = append(out, x.Roles...)
		}
	}
	out = slices.DeleteFunc(out, func(role string) bool { return role == flow.System })
	slices.Sort(out)
	return slices.Compact(out)
}

// AgreesWithThePolicy demands that who may make a move by the machine may make it by the
// policy, and nobody else.
func AgreesWithThePolicy(t *testing.T, m flow.Machine) {
	t.Helper()
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, move := range Names(m) {
		got := []string{}
		for _, pair := range p.Pairs() {
			view, err := p.View(pair.Role, pair.Purpose)
			if err != nil {
				t.Fatal(err)
			}
			if view.Cell("Mutation."+move).Full != 0 {
				got = append(got, string(pair.Role))
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(Roles(m, move), slices.Compact(got)); diff != "" {
			t.Errorf("%s (-machine +policy):\n%s", move, diff)
		}
	}
}
