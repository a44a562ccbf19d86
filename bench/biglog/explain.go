package biglog

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/wall"
)

// Explainer is a reader that also asks how each statement is planned, under the
// database role that it runs under.
type Explainer struct {
	Reader disclosure.Reader
	DB     *pgxpool.Pool
	// On has statements explained; off, they are only read.
	On atomic.Bool

	mu    sync.Mutex
	plans []string
}

// Read explains the statements and then has them read.
func (x *Explainer) Read(ctx context.Context, c wall.Caller, statements []wall.Statement, each func(i int, rows wall.Rows) error) error {
	for _, s := range statements {
		if !x.On.Load() {
			break
		}
		if err := x.explain(ctx, c, s); err != nil {
			return err
		}
	}
	return x.Reader.Read(ctx, c, statements, each)
}

func (x *Explainer) explain(ctx context.Context, c wall.Caller, s wall.Statement) error {
	tx, err := x.DB.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx) //nolint:errcheck // nothing was written
	role := "tongxin_" + strings.ToLower(c.Role)
	if _, err := tx.Exec(ctx, "SELECT set_config('role', $1, true), set_config('search_path', $2, true)", role, role+", public"); err != nil {
		return err
	}
	rows, err := tx.Query(ctx, "EXPLAIN (COSTS OFF) "+s.SQL, append([]any{pgx.QueryExecModeExec}, s.Args...)...)
	if err != nil {
		return err
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	x.mu.Lock()
	defer x.mu.Unlock()
	x.plans = append(x.plans, strings.Join(lines, "\n"))
	return err
}

// Take hands over the plans since the last time.
func (x *Explainer) Take() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	out := x.plans
	x.plans = nil
	return out
}

var (
	nodeType = regexp.MustCompile(`(?m)^\s*(?:->\s+)?((?:[A-Z][A-Za-z]+ )*(?:Scan|Join|Loop|Append|Sort|Aggregate|Limit|Result|Unique|Hash|Materialize|Memoize|SetOp|WindowAgg|ProjectSet))\b`)
	walked   = regexp.MustCompile(`Seq Scan on (audit_(?:entry|packed|key|finding)\w*)`)
)

// Nodes are the node types of plans, each once.
func Nodes(plans []string) []string {
	var out []string
	for _, p := range plans {
		for _, m := range nodeType.FindAllStringSubmatch(p, -1) {
			out = append(out, m[1])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Walked are the large tables that a plan reads from end to end.
func Walked(plans []string) []string {
	var out []string
	for _, p := range plans {
		for _, m := range walked.FindAllStringSubmatch(p, -1) {
			out = append(out, m[1])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
