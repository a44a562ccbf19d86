package wall

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// column is one column of a table.
type column struct{ Table, Name string }

const tablesSQL = `-- name: ListRelations
SELECT c.relname, c.relkind::text, EXISTS (SELECT FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attname = 'child_id' AND NOT a.attisdropped)
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
UNION ALL
SELECT 'deciding.' || c.relname, c.relkind::text, false
FROM pg_class c
WHERE c.relnamespace = 'deciding'::regnamespace AND c.relkind = 'v'`

// tables learns which relations there are.
func (b *builder) tables(ctx context.Context) error {
	b.kinds, b.ofChild = map[string]string{}, map[string]bool{}
	rows, err := b.tx.Query(ctx, tablesSQL)
	if err != nil {
		return err
	}
	var name, kind string
	var ofChild bool
	_, err = pgx.ForEachRow(rows, []any{&name, &kind, &ofChild}, func() error {
		b.kinds[name], b.ofChild[name] = kind, ofChild
		return nil
	})
	return err
}

// needs are the tables and columns that the expressions of a role name.
func (b *builder) needs(ctx context.Context, r Role) (need, error) {
	out := need{"child": {"id"}}
	for _, u := range r.Uses {
		list, err := b.columnsOf(ctx, u)
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", u.SQL, u.From, err)
		}
		for _, c := range list {
			out[c.Table] = append(out[c.Table], c.Name)
			if b.ofChild[c.Table] {
				out[c.Table] = append(out[c.Table], "child_id")
			}
		}
	}
	for _, p := range b.w.Parts {
		if out[p.Table] != nil && out[p.Parent] != nil {
			list, err := b.columnsOf(ctx, Use{p.Table + ", " + p.Parent, p.On})
			if err != nil {
				return nil, err
			}
			for _, c := range list {
				out[c.Table] = append(out[c.Table], c.Name)
			}
		}
	}
	return out, nil
}

// plain is a single column of a single table.
var plain = regexp.MustCompile(`^([a-z_]+) ([a-z]+)$`)

// columnsOf asks PostgreSQL which columns an expression needs: of a view that
// contains it, the catalog knows.
func (b *builder) columnsOf(ctx context.Context, u Use) ([]column, error) {
	if list, ok := b.columns[u]; ok {
		return list, nil
	}
	if m := plain.FindStringSubmatch(u.From); m != nil {
		if name, ok := strings.CutPrefix(u.SQL, m[2]+"."); ok && identifier.MatchString(name) {
			b.columns[u] = []column{{m[1], name}}
			return b.columns[u], nil
		}
	}
	from := ""
	if u.From != "" {
		from = " FROM " + u.From
	}
	if _, err := b.tx.Exec(ctx, "CREATE TEMPORARY VIEW wall_probe AS SELECT ("+u.SQL+") AS x"+from); err != nil {
		return nil, err
	}
	rows, err := b.tx.Query(ctx, probeSQL)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[column])
	if err != nil {
		return nil, err
	}
	if _, err := b.tx.Exec(ctx, "DROP VIEW wall_probe"); err != nil {
		return nil, err
	}
	b.columns[u] = slices.DeleteFunc(list, func(c column) bool { return b.kinds[c.Table] == "" })
	return b.columns[u], nil
}

var identifier = regexp.MustCompile(`^[a-z_0-9]+$`)

const probeSQL = `-- name: ColumnsOfProbe
SELECT DISTINCT CASE c.relnamespace WHEN 'deciding'::regnamespace THEN 'deciding.' ELSE '' END || c.relname, a.attname
FROM pg_rewrite r
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
JOIN pg_class c ON c.oid = d.refobjid AND c.relnamespace IN ('public'::regnamespace, 'deciding'::regnamespace)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
WHERE r.ev_class = 'wall_probe'::regclass`
