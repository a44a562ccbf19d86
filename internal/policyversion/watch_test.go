package policyversion

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/wall"
	"github.com/tongxin-hub/tongxin/policy"
)

// node is a watch whose clock and whose looks at the database the test decides.
type node struct {
	*Watch
	testing.TB

	db          *pgxpool.Pool
	now         time.Time
	first, next *policy.Policy
	tree        policy.Tree // of next
	unservable  error       // what compiling the next version comes to
	compiled    int         // how often it was compiled
}

// watching is a node that has confirmed the version in force.
func watching(t *testing.T) *node {
	t.Helper()
	_, db := pgtest.New(t)
	n := &node{TB: t, db: db, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	base, err := policy.Texts()
	if err != nil {
		t.Fatal(err)
	}
	if n.first, err = policy.Open(base); err != nil {
		t.Fatal(err)
	}
	narrower, err := policy.ParseChange([]string{n.first.Lines()[0].Text()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n.tree, err = narrower.Apply(base); err != nil {
		t.Fatal(err)
	}
	if n.next, err = policy.Open(n.tree); err != nil {
		t.Fatal(err)
	}
	n.Watch = &Watch{policy: n.first, Deps: Deps{DB: db, Now: func() time.Time { return n.now }, Load: func(policy.Tree) (Loaded, error) {
		n.compiled++
		return Loaded{Policy: n.next, Wall: walled(n.next)}, n.unservable
	}}}
	n.activate(n.first, base)
	n.raise(n.first)
	n.looks(true)
	n.serves(n.first)
	return n
}

// walled is the second wall of a policy, as far as a watch asks for it.
func walled(p *policy.Policy) wall.Wall { return wall.Wall{Policy: p.Version()} }

func (n *node) exec(sql string, args ...any) {
	n.Helper()
	if _, err := n.db.Exec(n.Context(), sql, args...); err != nil {
		n.Fatal(err)
	}
}

// activate puts a version in force.
func (n *node) activate(p *policy.Policy, tree policy.Tree) {
	n.Helper()
	text, err := json.Marshal(tree)
	if err != nil {
		n.Fatal(err)
	}
	n.exec(activateSQL, p.Version(), text, "test", 0)
}

// raise makes the second wall that of a version.
func (n *node) raise(p *policy.Policy) {
	n.Helper()
	n.exec(`INSERT INTO wall (policy, digest) VALUES ($1, $2) ON CONFLICT (singleton) DO UPDATE SET policy = excluded.policy, digest = excluded.digest`,
		p.Version(), walled(p).Digest())
}

// looks asks the database once, as the watch does twice a second.
func (n *node) looks(well bool) {
	n.Helper()
	if err := n.confirm(n.Context()); (err == nil) != well {
		n.Errorf("a look at the version in force: %v", err)
	}
}

// serves expects answers under a policy, nil for none.
func (n *node) serves(want *policy.Policy) {
	n.Helper()
	got, err := n.Current()
	if got != want || (err == nil) != (want != nil) || err != nil && fault.CodeOf(err) != fault.PolicyUnavailable {
		n.Errorf("served is %v, %v", got, err)
	}
	if ready := n.Ready(n.Context()); (ready == nil) != (want != nil) {
		n.Errorf("ready: %v", ready)
	}
}

// TestWatch_unconfirmed: a node that cannot ask which version is in force answers for
// ten seconds more and not longer, and goes on by itself.
func TestWatch_unconfirmed(t *testing.T) {
	t.Parallel()
	n := watching(t)
	n.exec(`ALTER TABLE policy_version RENAME TO gone`)
	n.now = n.now.Add(10 * time.Second)
	n.looks(false)
	n.serves(n.first)
	n.now = n.now.Add(time.Nanosecond)
	n.serves(nil)
	n.exec(`ALTER TABLE gone RENAME TO policy_version`)
	n.serves(nil)
	n.looks(true)
	n.serves(n.first)
}

// TestWatch_takesOver: with one look after its approval, the new version is answered
// under and the former one no more.
func TestWatch_takesOver(t *testing.T) {
	t.Parallel()
	n := watching(t)
	n.activate(n.next, n.tree)
	n.raise(n.next)
	n.looks(true)
	n.serves(n.next)
}

// TestWatch_unservable: a version in force that cannot be served, or whose second wall
// does not stand, stops every answer at once; compiling it is tried once.
func TestWatch_unservable(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*node){
		"not compiled":    func(n *node) { n.unservable = errors.New("no such role"); n.raise(n.next) },
		"no wall for it":  func(*node) {},
		"another's text":  func(n *node) { n.raise(n.next); n.next = n.first },
		"another's walls": func(n *node) { n.raise(n.next); n.exec(`UPDATE wall SET digest = 'x'`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := watching(t)
			n.activate(n.next, n.tree)
			spoil(n)
			for range 2 {
				n.looks(false)
				n.serves(nil)
			}
			if n.compiled > 1 {
				t.Errorf("compiled %d times", n.compiled)
			}
		})
	}
}

// TestWatch_compiling: while the version in force is being compiled the former one is
// answered under for a second and a half and not longer.
func TestWatch_compiling(t *testing.T) {
	t.Parallel()
	n := watching(t)
	n.activate(n.next, n.tree)
	n.raise(n.next)
	compile := n.Load
	n.Load = func(tree policy.Tree) (Loaded, error) {
		n.serves(n.first)
		n.now = n.now.Add(1500 * time.Millisecond)
		n.serves(n.first)
		n.now = n.now.Add(time.Nanosecond)
		n.serves(nil)
		return compile(tree)
	}
	n.looks(true)
	n.serves(n.next)
}
