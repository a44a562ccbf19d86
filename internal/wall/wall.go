package wall

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Wall is everything that the roles of one policy version may read.
type Wall struct {
	// Policy is the policy version it was made from.
	Policy string
	// Sections are the parts of a child's file that stand beside the child's row.
	Sections []Section
	// Parts are tables whose rows hang on rows of another table, which has a child.
	Parts []Part
	// OwnRows are tables with a child_id whose rows are not records of a child.
	OwnRows []string
	Roles   []Role
}

// Section is a table with at most one row a child; On is its join to child.
type Section struct{ Table, On string }

// Part is a table below a record; On joins it to Parent, both by table name.
type Part struct{ Table, Parent, On string }

// Role is what one role of the policy may read, whatever the purpose.
type Role struct {
	// Name is the role's code in the policy.
	Name string
	// Scope says which children the role can reach.
	Scope Scope
	// Uses are the expressions that its views may contain.
	Uses []Use
}

// Scope is a list of ways to children; any of them will do.
type Scope []Reach

// Reach is a way to children: some condition of Open, and none of Deny. They are
// SQL over child and enrolment, with the caller's parameters as Setting gives them.
type Reach struct{ Open, Deny []string }

// Use is an expression over tables: the columns it names are what it needs.
type Use struct{ From, SQL string }

// form is how walls are written by this package; it grows with every change of it.
const form = 2

// Digest names the wall: equal walls, written alike, have equal digests.
func (w Wall) Digest() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %q", form, w))
	return hex.EncodeToString(sum[:16])
}

// digests name the wall of each role: what is equal is left standing.
func (w Wall) digests() map[string]string {
	out := make(map[string]string, len(w.Roles))
	for _, r := range w.Roles {
		out[r.Name] = Wall{Sections: w.Sections, Parts: w.Parts, OwnRows: w.OwnRows, Roles: []Role{r}}.Digest()
	}
	return out
}

// Setting is the SQL of a caller's parameter, as Reader sets it.
func Setting(name, cast string) string {
	return "nullif(current_setting('" + setting(name) + "', true), '')::" + cast
}

func setting(name string) string { return "tongxin." + strings.ToLower(name) }

// database is the name of the database role, and of the schema with its views.
func database(role string) string { return "tongxin_" + strings.ToLower(role) }
