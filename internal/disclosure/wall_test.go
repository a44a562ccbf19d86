package disclosure

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/wall"
	"github.com/tongxin-hub/tongxin/policy"
)

// standing is everything that the roles may read in a database, written out.
const standing = `
SELECT 'view ' || schemaname || '.' || viewname || ' ' || definition FROM pg_views WHERE schemaname LIKE 'tongxin\_%'
UNION ALL SELECT 'function ' || n.nspname || '.' || p.proname || p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname LIKE 'tongxin\_%'
UNION ALL SELECT 'view privilege ' || n.nspname || '.' || c.relname || ' ' || r.rolname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) x
    JOIN pg_roles r ON r.oid = x.grantee WHERE n.nspname LIKE 'tongxin\_%' AND r.rolname LIKE 'tongxin\_%'
UNION ALL SELECT 'column ' || a.attrelid::regclass || '.' || a.attname || ' ' || r.rolname FROM pg_attribute a, aclexplode(a.attacl) x
    JOIN pg_roles r ON r.oid = x.grantee WHERE r.rolname LIKE 'tongxin\_%'
UNION ALL SELECT 'rows ' || p.tablename || ' ' || p.policyname || ' ' || p.qual FROM pg_policies p
    WHERE EXISTS (SELECT FROM information_schema.column_privileges c WHERE c.table_name = p.tablename AND c.grantee = p.policyname)
UNION ALL SELECT 'secured ' || relname FROM pg_class WHERE relrowsecurity
ORDER BY 1`

// TestRaise_equalsAFreshOne raises one wall over another: what the roles may read is
// then what it is where the second was raised alone, and the way back leads back.
func TestRaise_equalsAFreshOne(t *testing.T) {
	t.Parallel()
	catalog := catalogOf(t)
	before, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	after := narrowedAndWidened(t, before)
	read := func(db *pgxpool.Pool) []string {
		rows, err := db.Query(t.Context(), standing)
		if err != nil {
			t.Fatal(err)
		}
		list, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	raise := func(db *pgxpool.Pool, p *policy.Policy) []string {
		t.Helper()
		w, err := catalog.Wall(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := postgres.InTx(t.Context(), db, func(tx pgx.Tx) error { return wall.Raise(t.Context(), tx, w) }); err != nil {
			t.Fatal(err)
		}
		return read(db)
	}
	_, one := pgtest.New(t)
	_, other := pgtest.New(t)
	first, fresh := raise(one, before), raise(other, after)
	if cmp.Equal(first, fresh) {
		t.Fatal("the two policies have one wall; the test shows nothing")
	}
	if diff := cmp.Diff(fresh, raise(one, after)); diff != "" {
		t.Errorf("over another one (-fresh +changed):\n%s", diff)
	}
	if diff := cmp.Diff(first, raise(one, before)); diff != "" {
		t.Errorf("back again (-first +now):\n%s", diff)
	}
}

// narrowedAndWidened changes scope, sections, lists and parts of several roles.
func narrowedAndWidened(t *testing.T, p *policy.Policy) *policy.Policy {
	t.Helper()
	text, err := policy.Texts()
	if err != nil {
		t.Fatal(err)
	}
	gone := map[string]bool{}
	for _, l := range p.Lines() {
		switch {
		case l.Role == policy.FE && l.Group == "A.ref" && l.Basis != policy.EnrolledFamily,
			l.Role == policy.HT && (l.Group == "C.caregiver" || l.Group == "E.dropout"),
			l.Role == policy.RP && l.Basis != policy.RightsCaseOpen:
			gone[l.Text()] = true
		}
	}
	var c policy.Change
	for _, l := range p.Lines() {
		if gone[l.Text()] {
			c.Remove = append(c.Remove, l)
		}
	}
	add, err := policy.ParseChange(nil, []string{
		"p, DIR, VISIT, own_village, D.narrative, FULL, allow, x", "p, REL, TEMP_RELIEF, own_township, A.ref, FULL, allow, x",
		"p, REL, TEMP_RELIEF, own_township, D.attachments, FULL, allow, x", "p, PSY, PSYCH_SUPPORT, open_referral, C.assessmentItems, FULL, allow, x",
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Add = add.Add
	text, err = c.Apply(text)
	if err != nil {
		t.Fatal(err)
	}
	out, err := policy.Open(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
