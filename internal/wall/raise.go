package wall

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Raise makes the database's roles, views, privileges and row security those of
// the wall, within the transaction, and notes the version. Roles whose wall stays
// as it is are not touched, so that their reads go on. A table that gets row
// security or a policy of its own is locked for a moment, and so are the views of
// the roles that change. The login needs CREATEROLE and must own the tables.
func Raise(ctx context.Context, tx pgx.Tx, w Wall) error {
	policy, digest, err := Standing(ctx, tx)
	if err != nil || policy == w.Policy && digest == w.Digest() {
		return err
	}
	for try := 1; ; try++ {
		err := attempt(ctx, tx, w)
		var busy *pgconn.PgError
		if err == nil || try == tries || !errors.As(err, &busy) || busy.Code != lockNotAvailable {
			return err
		}
	}
}

const (
	// tries and the wait for each: a read that holds what is wanted and wants what is
	// held is let through; giving way must come before PostgreSQL looks for deadlocks.
	tries            = 12
	lockNotAvailable = "55P03"
	waitSQL          = `-- name: WaitForWall
SELECT set_config('lock_timeout', '400ms', true)`
)

// attempt raises the wall or leaves everything as it was.
func attempt(ctx context.Context, tx pgx.Tx, w Wall) error {
	return postgres.InTx(ctx, tx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, waitSQL); err != nil {
			return err
		}
		b := &builder{w: w, tx: tx, columns: map[Use][]column{}}
		if err := b.build(ctx); err != nil {
			return fmt.Errorf("raise wall: %w", err)
		}
		if _, err := tx.Exec(ctx, strings.Join(b.out, ";\n")); err != nil {
			return fmt.Errorf("raise wall: %w", err)
		}
		_, err := tx.Exec(ctx, noteSQL, w.Policy, w.Digest(), w.digests())
		return err
	})
}

// build writes what leads from the standing wall to the wanted one.
func (b *builder) build(ctx context.Context) error {
	if err := b.tables(ctx); err != nil {
		return err
	}
	standing, schemas, err := b.standing(ctx)
	if err != nil {
		return err
	}
	wanted := b.w.digests()
	for _, name := range schemas {
		if !slices.ContainsFunc(b.w.Roles, func(r Role) bool { return database(r.Name) == name }) {
			b.raze(name)
		}
	}
	for _, r := range b.w.Roles {
		if standing[r.Name] == wanted[r.Name] {
			continue
		}
		if err := b.role(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
	}
	return nil
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
INSERT INTO wall (policy, digest, roles) VALUES ($1, $2, $3)
ON CONFLICT (singleton) DO UPDATE SET policy = excluded.policy, digest = excluded.digest, roles = excluded.roles, raised_at = now()`

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
	// functions are those of scopes.
	functions []string
	out       []string
}

// need maps a table to the columns that a role needs.
type need map[string][]string

func (b *builder) say(format string, arguments ...any) {
	b.out = append(b.out, fmt.Sprintf(format, arguments...))
}

// raze takes down what stands for a role that the policy has no more.
func (b *builder) raze(name string) {
	b.say("DROP SCHEMA %s CASCADE", name)
	b.say("REVOKE ALL ON ALL TABLES IN SCHEMA public, deciding FROM %s", name)
}

func (b *builder) role(ctx context.Context, r Role) error {
	needs, err := b.needs(ctx, r)
	if err != nil {
		return err
	}
	name := database(r.Name)
	b.say(`DO $do$ BEGIN CREATE ROLE %s NOLOGIN NOINHERIT; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $do$`, name)
	b.say(`DO $do$ BEGIN IF NOT pg_has_role(current_user, '%s', 'MEMBER') THEN EXECUTE format('GRANT %s TO %%I', current_user); END IF; END $do$`, name, name)
	before, err := b.held(ctx, name)
	if err != nil {
		return err
	}
	b.say("CREATE SCHEMA IF NOT EXISTS %s", name)
	b.say("GRANT USAGE ON SCHEMA public, deciding, %s TO %s", name, name)
	for _, view := range before.views {
		b.say("DROP VIEW %s.%s", name, view)
	}
	b.child(name, r, needs)
	tables := make([]string, 0, len(needs))
	for table := range needs {
		tables = append(tables, table)
	}
	slices.Sort(tables)
	for _, table := range tables {
		columns := needs[table]
		slices.Sort(columns)
		b.table(name, table, slices.Compact(columns), needs, before)
	}
	before.close(b, name)
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
	b.say("CREATE OR REPLACE VIEW %s.reach AS SELECT child.id FROM public.child child%s\nWHERE %s", name, join, scope)
	b.say("GRANT SELECT ON %s.reach TO %s", name, name)
}

// table opens the columns of one table, of the rows of children in scope.
func (b *builder) table(name, table string, columns []string, needs need, before *held) {
	inScope := "EXISTS (SELECT 1 FROM " + name + ".reach r WHERE r.id = " + table + ".child_id)"
	isSection := slices.ContainsFunc(b.w.Sections, func(s Section) bool { return s.Table == table })
	owned := b.ofChild[table] && !slices.Contains(b.w.OwnRows, table)
	switch {
	case table == "child":
	case strings.HasPrefix(table, "deciding."):
		before.grant(b, name, table, columns)
	case isSection, b.kinds[table] == "v" && owned:
		b.say("CREATE VIEW %s.%s AS SELECT %s FROM public.%s WHERE %s", name, table, strings.Join(columns, ", "), table, inScope)
		b.say("GRANT SELECT ON %s.%s TO %s", name, table, name)
	default:
		before.grant(b, name, "public."+table, columns)
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
		if rows != "" && before.rows[table] != rows {
			b.say("ALTER TABLE public.%s ENABLE ROW LEVEL SECURITY", table)
			b.say("DROP POLICY IF EXISTS %s ON public.%s", name, table)
			b.say("CREATE POLICY %s ON public.%s FOR SELECT TO %s USING (%s)", name, table, name, rows)
			b.say("COMMENT ON POLICY %s ON public.%s IS '%s'", name, table, strings.ReplaceAll(rows, "'", "''"))
		}
	}
}

func unique(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return slices.Compact(out)
}
