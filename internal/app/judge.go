package app

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/policyversion"
	"github.com/tongxin-hub/tongxin/policy"
)

// How many cells of the policy tables are held against Casbin, some 2 ms each: of a
// version before it comes into force, and of the one in force at each start. The
// tests of package policy ask them all.
const (
	questionsBefore  = 48
	questionsAtStart = 6
)

// verdictsKept bounds what a judge remembers, some 2 MB each: what is in force, what
// is proposed to follow it, and a few proposals beside.
const verdictsKept = 6

// Judge holds policies against what this program serves. It looks at one text once:
// whoever proposes, approves and then serves a version asks for the same. Any number
// of hubs of one program may share it.
type Judge struct {
	schema  *ast.Schema
	catalog *disclosure.Catalog
	known   *lru.Cache[[sha256.Size]byte, *verdict]
}

// verdict is what a judge found about one text, on which alone it depends.
type verdict struct {
	compile func() (policyversion.Loaded, error)
	// prove is the self-test: table and Casbin agree.
	prove func() error
}

// NewJudge makes a judge of this program's schema.
func NewJudge() (*Judge, error) {
	schema := offered()
	catalog, err := Catalog(schema)
	if err != nil {
		return nil, err
	}
	known, err := lru.New[[sha256.Size]byte, *verdict](verdictsKept)
	return &Judge{schema, catalog, known}, err
}

// verdict is the one about a text; who asks for it first works it out, the others wait.
func (j *Judge) verdict(t policy.Tree) *verdict {
	hash := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(t)) {
		_, _ = fmt.Fprintf(hash, "%q %q\n", name, t[name]) // a hash never fails
	}
	key := [sha256.Size]byte(hash.Sum(nil))
	if v, known := j.known.Get(key); known {
		return v
	}
	v := &verdict{compile: sync.OnceValues(func() (policyversion.Loaded, error) { return j.examine(t) })}
	v.prove = sync.OnceValue(func() error {
		l, err := v.compile()
		if err != nil {
			return err
		}
		return l.Policy.SelfTest(questionsBefore)
	})
	if earlier, known, _ := j.known.PeekOrAdd(key, v); known {
		return earlier
	}
	return v
}

// examine makes a policy of its text, in which every coordinate must be classified,
// and the second wall that goes with it. It does not ask the database.
func (j *Judge) examine(t policy.Tree) (policyversion.Loaded, error) {
	rules, err := policy.Open(t)
	if err != nil {
		return policyversion.Loaded{}, err
	}
	if err := classified(j.schema, j.catalog, rules); err != nil {
		return policyversion.Loaded{}, err
	}
	w, err := j.catalog.Wall(rules)
	return policyversion.Loaded{Policy: rules, Wall: w, Coordinates: coordinates(j.catalog, rules)}, err
}

// compile is the policy of a text with what goes with it.
func (j *Judge) compile(t policy.Tree) (policyversion.Loaded, error) { return j.verdict(t).compile() }

// load is compile with the self-test.
func (j *Judge) load(t policy.Tree) (policyversion.Loaded, error) {
	v := j.verdict(t)
	if err := v.prove(); err != nil {
		return policyversion.Loaded{}, err
	}
	return v.compile()
}
