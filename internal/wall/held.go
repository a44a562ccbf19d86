package wall

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

const digestsSQL = `-- name: DigestsOfWall
SELECT roles FROM wall`

const schemasSQL = `-- name: SchemasOfWall
SELECT n.nspname FROM pg_namespace n JOIN pg_roles r ON r.rolname = n.nspname
WHERE n.nspname LIKE 'tongxin\_%' ORDER BY 1`

// standing are the digests of the roles whose wall stands, and the schemas there are.
func (b *builder) standing(ctx context.Context) (digests map[string]string, schemas []string, err error) {
	rows, err := b.tx.Query(ctx, digestsSQL)
	if err != nil {
		return nil, nil, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[map[string]string])
	if err != nil {
		return nil, nil, err
	}
	if len(list) > 0 {
		digests = list[0]
	}
	if rows, err = b.tx.Query(ctx, schemasSQL); err != nil {
		return nil, nil, err
	}
	schemas, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return digests, schemas, err
}

// held is what a database role has: only what differs is changed, so that a table
// whose rows and columns stay as they are is not locked.
type held struct {
	// views of its schema, but for reach, which policies stand on.
	views []string
	// functions of its schema, with it.
	functions []string
	// columns by table with its schema; what is still wanted is taken out.
	columns map[string][]string
	// rows is the condition of its row security by table.
	rows map[string]string
}

const viewsSQL = `-- name: ViewsOfRole
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind = 'v' AND c.relname <> 'reach' ORDER BY 1`

const functionsSQL = `-- name: FunctionsOfRole
SELECT n.nspname || '.' || p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1 ORDER BY 1`

const columnsSQL = `-- name: ColumnsOfRole
SELECT n.nspname || '.' || c.relname, array_agg(a.attname::text ORDER BY a.attname)
FROM pg_roles r, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('public', 'deciding')
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped
CROSS JOIN LATERAL aclexplode(a.attacl) x
WHERE r.rolname = $1 AND x.grantee = r.oid AND x.privilege_type = 'SELECT' GROUP BY 1 ORDER BY 1`

const policiesSQL = `-- name: PoliciesOfRole
SELECT c.relname, coalesce(obj_description(p.oid, 'pg_policy'), '') FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
WHERE p.polname = $1 AND c.relnamespace = 'public'::regnamespace ORDER BY 1`

func (b *builder) held(ctx context.Context, name string) (*held, error) {
	h := &held{columns: map[string][]string{}, rows: map[string]string{}}
	rows, err := b.tx.Query(ctx, viewsSQL, name)
	if err != nil {
		return nil, err
	}
	if h.views, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		return nil, err
	}
	if rows, err = b.tx.Query(ctx, functionsSQL, name); err != nil {
		return nil, err
	}
	if h.functions, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		return nil, err
	}
	if rows, err = b.tx.Query(ctx, columnsSQL, name); err != nil {
		return nil, err
	}
	var table, condition string
	var columns []string
	if _, err = pgx.ForEachRow(rows, []any{&table, &columns}, func() error { h.columns[table] = slices.Clone(columns); return nil }); err != nil {
		return nil, err
	}
	if rows, err = b.tx.Query(ctx, policiesSQL, name); err != nil {
		return nil, err
	}
	_, err = pgx.ForEachRow(rows, []any{&table, &condition}, func() error { h.rows[table] = condition; return nil })
	return h, err
}

// grant makes the columns of a table those wanted.
func (h *held) grant(b *builder, name, table string, wanted []string) {
	has := h.columns[table]
	delete(h.columns, table)
	without := func(list, other []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(c string) bool { return slices.Contains(other, c) })
	}
	if gone := without(has, wanted); len(gone) > 0 {
		b.say("REVOKE SELECT (%s) ON %s FROM %s", strings.Join(gone, ", "), table, name)
	}
	if fresh := without(wanted, has); len(fresh) > 0 {
		b.say("GRANT SELECT (%s) ON %s TO %s", strings.Join(fresh, ", "), table, name)
	}
}

// close takes back the columns of tables that are not wanted at all, and functions
// that no view calls any more. A policy on such a table opens nothing then.
func (h *held) close(b *builder, name string) {
	for _, function := range h.functions {
		if !slices.Contains(b.functions, function) {
			b.say("DROP FUNCTION %s", function)
		}
	}
	tables := make([]string, 0, len(h.columns))
	for table := range h.columns {
		tables = append(tables, table)
	}
	slices.Sort(tables)
	for _, table := range tables {
		b.say("REVOKE SELECT (%s) ON %s FROM %s", strings.Join(h.columns[table], ", "), table, name)
	}
}
