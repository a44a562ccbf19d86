package wall

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Raise makes the database's roles, views, privileges and row security those of
// the wall, within the transaction, and notes the version. Tables that get their
// first row security are locked for a moment. The login needs CREATEROLE and must
// own the tables.
func Raise(ctx context.Context, tx pgx.Tx, w Wall) error {
	policy, digest, err := Standing(ctx, tx)
	if err != nil || policy == w.Policy && digest == w.Digest() {
		return err
	}
	b := &builder{w: w, tx: tx, columns: map[Use][]column{}}
	if err := b.tables(ctx); err != nil {
		return fmt.Errorf("raise wall: %w", err)
	}
	if err := b.raze(ctx); err != nil {
		return fmt.Errorf("raise wall: %w", err)
	}
	for _, r := range w.Roles {
		if err := b.role(ctx, r); err != nil {
			return fmt.Errorf("raise wall for %s: %w", r.Name, err)
		}
	}
	if _, err := tx.Exec(ctx, strings.Join(b.out, ";\n")); err != nil {
		return fmt.Errorf("raise wall: %w", err)
	}
	_, err = tx.Exec(ctx, noteSQL, w.Policy, w.Digest())
	return err
}

// Database is what Standing needs of PostgreSQL.
type Database interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Standing is what the wall in the database was made from, empty before the first.
func Standing(ctx context.Context, db Database) (policy, digest string, err error) {
	err = db.QueryRow(ctx, standingSQL).Scan(&policy, &digest)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return policy, digest, err
}

// Check refuses a database whose wall is not the one given.
func Check(ctx context.Context, db Database, w Wall) error {
	policy, digest, err := Standing(ctx, db)
	if err != nil {
		return fmt.Errorf("second wall: %w", err)
	}
	if policy != w.Policy || digest != w.Digest() {
		return fmt.Errorf("the database's roles and row security are of policy %q (%s), this process needs %q (%s); run `tongxin migrate` first",
			policy, digest, w.Policy, w.Digest())
	}
	return nil
}

const standingSQL = `-- name: StandingWall
SELECT policy, digest FROM wall`

const noteSQL = `-- name: NoteWall
INSERT INTO wall (policy, digest) VALUES ($1, $2)
ON CONFLICT (singleton) DO UPDATE SET policy = excluded.policy, digest = excluded.digest, raised_at = now()`

// builder writes the SQL of a wall.
type builder struct {
	w  Wall
	tx pgx.Tx
	// columns remembers what an expression needs.
	columns map[Use][]column
	// kinds are the relations of the schema public: r table, p partitioned, v view.
	kinds map[string]string
	// ofChild are the relations with a column child_id.
	ofChild map[string]bool
	out     []string
}

// need maps a table to the columns that a role needs.
type need map[string][]string

func (b *builder) say(format string, arguments ...any) {
	b.out = append(b.out, fmt.Sprintf(format, arguments...))
}

// raze takes down what stands for any role, also for one that the policy has no more.
func (b *builder) raze(ctx context.Context) error {
	rows, err := b.tx.Query(ctx, rolesSQL)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, name := range names {
		b.say("DROP SCHEMA %s CASCADE", name)
		b.say("REVOKE ALL ON ALL TABLES IN SCHEMA public, deciding FROM %s", name)
	}
	return err
}

const rolesSQL = `-- name: RolesOfWall
SELECT n.nspname FROM pg_namespace n JOIN pg_roles r ON r.rolname = n.nspname
WHERE n.nspname LIKE 'tongxin\_%' ORDER BY 1`

func (b *builder) role(ctx context.Context, r Role) error {
	needs, err := b.needs(ctx, r)
	if err != nil {
		return err
	}
	name := database(r.Name)
	b.say(`DO $do$ BEGIN CREATE ROLE %s NOLOGIN NOINHERIT; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $do$`, name)
	b.say(`DO $do$ BEGIN IF NOT pg_has_role(current_user, '%s', 'MEMBER') THEN EXECUTE format('GRANT %s TO %%I', current_user); END IF; END $do$`, name, name)
	b.say("CREATE SCHEMA %s", name)
	b.say("GRANT USAGE ON SCHEMA public, deciding, %s TO %s", name, name)
	b.child(name, r, needs)
	tables := make([]string, 0, len(needs))
	for table := range needs {
		tables = append(tables, table)
	}
	slices.Sort(tables)
	for _, table := range tables {
		columns := needs[table]
		slices.Sort(columns)
		b.table(name, table, slices.Compact(columns), needs)
	}
	return nil
}

// child is the row of a child as the role may see it: its permitted columns, those
// of the sections, of the children in scope. The view reach has the scope alone.
func (b *builder) child(name string, r Role, needs need) {
	var columns, joins []string
	for _, c := range unique(needs["child"]) {
		columns = append(columns, "child."+c)
	}
	for _, s := range b.w.Sections {
		for _, c := range unique(needs[s.Table]) {
			columns = append(columns, s.Table+"."+c+" AS "+s.Table+"__"+c)
		}
		joins = append(joins, "\nLEFT JOIN public."+s.Table+" "+s.Table+" ON "+s.On)
	}
	scope := b.scope(name, r.Scope)
	b.say("CREATE VIEW %s.child AS SELECT %s\nFROM public.child child%s\nWHERE %s",
		name, strings.Join(columns, ", "), strings.Join(joins, ""), scope)
	b.say("GRANT SELECT ON %s.child TO %s", name, name)
	join := ""
	if strings.Contains(scope, "enrolment.") {
		join = "\nLEFT JOIN public.enrolment enrolment ON enrolment.child_id = child.id AND enrolment.current"
	}
	b.say("CREATE VIEW %s.reach AS SELECT child.id FROM public.child child%s\nWHERE %s", name, join, scope)
	b.say("GRANT SELECT ON %s.reach TO %s", name, name)
}

// table opens the columns of one table, of the rows of children in scope.
func (b *builder) table(name, table string, columns []string, needs need) {
	list := strings.Join(columns, ", ")
	inScope := "EXISTS (SELECT 1 FROM " + name + ".reach r WHERE r.id = " + table + ".child_id)"
	isSection := slices.ContainsFunc(b.w.Sections, func(s Section) bool { return s.Table == table })
	owned := b.ofChild[table] && !slices.Contains(b.w.OwnRows, table)
	switch {
	case table == "child":
	case strings.HasPrefix(table, "deciding."):
		b.say("GRANT SELECT (%s) ON %s TO %s", list, table, name)
	case isSection, b.kinds[table] == "v" && owned:
		b.say("CREATE VIEW %s.%s AS SELECT %s FROM public.%s WHERE %s", name, table, list, table, inScope)
		b.say("GRANT SELECT ON %s.%s TO %s", name, table, name)
	default:
		b.say("GRANT SELECT (%s) ON public.%s TO %s", list, table, name)
		rows := ""
		if owned {
			rows = inScope
		}
		for _, p := range b.w.Parts {
			if p.Table == table {
				rows = "false"
				if needs[p.Parent] != nil {
					rows = "EXISTS (SELECT 1 FROM " + p.Parent + " WHERE " + p.On + ")"
				}
			}
		}
		if rows != "" {
			b.say("ALTER TABLE public.%s ENABLE ROW LEVEL SECURITY", table)
			b.say("DROP POLICY IF EXISTS %s ON public.%s", name, table)
			b.say("CREATE POLICY %s ON public.%s FOR SELECT TO %s USING (%s)", name, table, name, rows)
		}
	}
}

func unique(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return slices.Compact(out)
}
