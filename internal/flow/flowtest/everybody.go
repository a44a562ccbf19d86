package flowtest

import (
	"context"
	"slices"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// Person is somebody who tries to move a case.
type Person struct {
	Name, Role string
	// Staff is who they are in the register; 0 for one whom the policy lets do nothing.
	Staff int64
}

// Who is a person by these facts.
func Who(name, role string, staff int64) Person { return Person{name, role, staff} }

// Case is one case of a machine, which everybody tries to move.
type Case struct {
	// People are those whom the policy lets make some move, and more of their roles whose
	// case it is not. Every other role tries as well.
	People []Person
	// Stand puts the case into the state of an attempt.
	Stand func(ctx context.Context, tx postgres.Tx, a Attempt) error
	// Make makes a move with facts that are in order, and says which state it tells; ""
	// where it tells none.
	Make func(ctx context.Context, tx postgres.Tx, p Person, move string) (string, error)
	// Stored is the query by which one reads where the case stands.
	Stored string
	// Otherwise is where an attempt leads that leads elsewhere than the table says, or the
	// code of its refusal; "" for one that does not. It may be nil.
	Otherwise func(p Person, a Attempt) string
	// Made is how many attempts must happen.
	Made int
}

// Everybody tries each move of people in each state by everybody, each in a transaction
// that is taken back. The policy is asked as the gate asks it; then the area moves the
// case, and what it tells must be what it has stored; or it refuses with a code.
func Everybody(t *testing.T, m flow.Machine, db Database, c Case) {
	t.Helper()
	door, people := policyDoor(t), c.People
	for _, r := range policy.Roles() {
		if !slices.ContainsFunc(people, func(p Person) bool { return p.Role == string(r.Code) }) {
			people = append(people, Person{Name: "any " + string(r.Code), Role: string(r.Code)})
		}
	}
	who := map[string]Person{}
	names := make([]string, len(people))
	for i, p := range people {
		who[p.Name], names[i] = p, p.Name
	}
	EveryMove(t, m, db, Trial{
		People: names, Made: c.Made, Refused: len(names),
		Door: func(a Attempt) error { return door(who[a.Who].Role, a.Move) },
		Try:  func(tx postgres.Tx, a Attempt) (string, error) { return c.try(t, tx, who[a.Who], a) },
		Want: func(a Attempt) string {
			p := who[a.Who]
			theirs := m.Lets(p.Role, a.Move)
			if c.Otherwise != nil && theirs {
				if to := c.Otherwise(p, a); to != "" {
					return to
				}
			}
			return a.Leads(m, theirs)
		},
	})
}

// Barred is where an attempt leads whose maker may not make this move of this case: the
// area says so only where the move could be made at all.
func (a Attempt) Barred(m flow.Machine) string {
	if to := a.Leads(m, true); to == string(fault.Conflict) {
		return to
	}
	return string(fault.Forbidden)
}

// try makes an attempt and reads where the case stands afterwards.
func (c Case) try(t *testing.T, tx postgres.Tx, p Person, a Attempt) (string, error) {
	t.Helper()
	if err := c.Stand(t.Context(), tx, a); err != nil {
		t.Fatalf("a case in %s: %v", a.State, err)
	}
	told, err := c.Make(t.Context(), tx, p, a.Move)
	if err != nil {
		return "", err
	}
	var stored string
	if err := tx.QueryRow(t.Context(), c.Stored).Scan(&stored); err != nil {
		t.Fatalf("%s in %s by the %s: %v", a.Move, a.State, a.Who, err)
	}
	if told != "" && told != stored {
		t.Errorf("%s in %s by the %s tells %s, and is stored as %s", a.Move, a.State, a.Who, told, stored)
	}
	return stored, nil
}

// policyDoor asks the policy as the gate does before any work: whether a role may make a
// move at all, for some purpose and on some basis.
func policyDoor(t *testing.T) func(role, move string) error {
	t.Helper()
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	return func(role, move string) error {
		for _, pair := range p.Pairs() {
			if string(pair.Role) != role {
				continue
			}
			view, err := p.View(pair.Role, pair.Purpose)
			if err != nil {
				t.Fatal(err)
			}
			if view.Cell("Mutation."+move).Full != 0 {
				return nil
			}
		}
		return fault.New(fault.Forbidden, "当前岗位与用途不能进行此操作。", "This post may not do this for this purpose.")
	}
}
