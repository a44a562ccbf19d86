package disclosure

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/accesslog"
	"github.com/tongxin-hub/tongxin/internal/agency"
	"github.com/tongxin-hub/tongxin/internal/auditpack"
	"github.com/tongxin-hub/tongxin/internal/child"
	"github.com/tongxin-hub/tongxin/internal/dropoutreport"
	"github.com/tongxin-hub/tongxin/internal/education"
	"github.com/tongxin-hub/tongxin/internal/family"
	"github.com/tongxin-hub/tongxin/internal/federation"
	"github.com/tongxin-hub/tongxin/internal/health"
	"github.com/tongxin-hub/tongxin/internal/logstatus"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/policychange"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/protection"
	"github.com/tongxin-hub/tongxin/internal/readnotice"
	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/internal/register"
	"github.com/tongxin-hub/tongxin/internal/report"
	"github.com/tongxin-hub/tongxin/internal/retention"
	"github.com/tongxin-hub/tongxin/internal/safeguard"
	"github.com/tongxin-hub/tongxin/internal/statistics"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/internal/visit"
	"github.com/tongxin-hub/tongxin/internal/wall"
	"github.com/tongxin-hub/tongxin/policy"
	"github.com/tongxin-hub/tongxin/schema"
)

// catalogOf is the real catalog of all areas.
func catalogOf(t *testing.T) *Catalog {
	t.Helper()
	parsed, err := gqlparser.LoadSchema(&ast.Source{Name: "schema", Input: schema.SDL()})
	if err != nil {
		t.Fatal(err)
	}
	var types []record.Type
	for _, list := range [][]record.Type{
		accesslog.Records(), agency.Records(), child.Records(), dropoutreport.Records(), education.Records(), family.Records(),
		federation.Records(), health.Records(), policychange.Records(), protection.Records(), register.Records(), auditpack.Records(), retention.Records(), report.Records(), safeguard.Records(), readnotice.Records(),
		statistics.Records(), task.Records(), ticket.Records(), visit.Records(), logstatus.Records(),
	} {
		types = append(types, list...)
	}
	var roots []record.Root
	for _, list := range [][]record.Root{
		accesslog.Roots(), agency.Roots(), child.Roots(), dropoutreport.Roots(), education.Roots(), protection.Roots(), policychange.Roots(),
		auditpack.Roots(), readnotice.Roots(), retention.Roots(), statistics.Roots(), task.Roots(), ticket.Roots(), visit.Roots(), logstatus.Roots(), record.NodeRoots(),
	} {
		roots = append(roots, list...)
	}
	c, err := NewCatalog(parsed, types, roots)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// everything selects every coordinate below a type, each type once.
func everything(c *Catalog, typename string, seen map[string]bool) string {
	def := c.schema.Types[typename]
	if seen[typename] {
		return "{__typename}"
	}
	seen[typename] = true
	var out strings.Builder
	out.WriteString("{__typename ")
	for _, f := range def.Fields {
		result := c.schema.Types[f.Type.Name()]
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		out.WriteString(f.Name + " ")
		if result.Kind == ast.Object {
			out.WriteString(everything(c, result.Name, seen))
		}
	}
	out.WriteString("}")
	return out.String()
}

// rootQuery asks a root field for everything.
func rootQuery(c *Catalog, r record.Root) string {
	args := map[string]string{
		"child": `(id:"x")`, "childrenByIds": `(ids:["x"])`, "childByJoinToken": `(input:{kind:CITIZEN_ID,token:"00"})`,
		"minorsAudit": `(year:2026)`, "division": `(code:"420117")`, "dropoutLedger": `(ledger:SUSPECTED)`, "schoolReport": `(month:"2026-11-01")`,
		"countyReview": `(quarter:"2026-11-01")`, "childCounts": `(population:HARDSHIP,by:SEX)`, "accessHistory": `(child:"x")`, "policyProposal": `(id:"x")`, "l4Reads": `(child:"x")`,
		"personActivity": `(staffCode:"x")`, "accessHours": `(since:"2026-01-01",until:"2026-01-02")`, "countTrend": `(population:HARDSHIP)`,
		"personPurposes": `(staffCode:"x",since:"2026-01-01",until:"2026-01-02")`, "personCoordinates": `(staffCode:"x",since:"2026-01-01",until:"2026-01-02")`,
		"topActivity": `(by:REVEALS)`, "completeness": `(since:"2026-01-01T00:00:00Z",until:"2026-01-02T00:00:00Z")`,
	}
	result := c.schema.Query.Fields.ForName(r.Field).Type.Name()
	return "query Everything{" + r.Field + args[r.Field] + everything(c, result, map[string]bool{}) + "}"
}

func TestCompile_everyStatementIsGoodSQL(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	catalog := catalogOf(t)
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	w, err := catalog.Wall(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := postgres.InTx(t.Context(), db, func(tx pgx.Tx) error { return wall.Raise(t.Context(), tx, w) }); err != nil {
		t.Fatal(err)
	}
	prepared := map[string]bool{}
	for _, pair := range p.Pairs() {
		view, err := p.View(pair.Role, pair.Purpose)
		if err != nil {
			t.Fatal(err)
		}
		var fresh []string
		for _, root := range catalog.roots {
			if root.Type == "Node" || view.Cell("Query."+root.Field).Form(policy.Caller.Bit()) != policy.Full {
				continue
			}
			for _, stmt := range statementsOf(t, catalog, view, rootQuery(catalog, root)) {
				if !prepared[stmt] {
					prepared[stmt] = true
					fresh = append(fresh, stmt)
				}
			}
		}
		explain(t, db, pair.Role, fresh)
	}
	if len(prepared) < 100 {
		t.Fatalf("only %d statements were compiled", len(prepared))
	}
}

// parameter is a placeholder of a statement.
var parameter = regexp.MustCompile(`\$[0-9]+`)

// explain plans statements and checks their privileges under the database role.
func explain(t *testing.T, db *pgxpool.Pool, role policy.Role, statements []string) {
	t.Helper()
	err := postgres.InTx(t.Context(), db, func(tx pgx.Tx) error {
		name := "tongxin_" + strings.ToLower(string(role))
		_, err := tx.Exec(t.Context(), "SELECT set_config('role', $1, true), set_config('search_path', $2, true)", name, name+", public")
		if err != nil {
			return err
		}
		for _, stmt := range statements {
			if _, err := tx.Exec(t.Context(), "EXPLAIN "+parameter.ReplaceAllString(stmt, "NULL"), pgx.QueryExecModeSimpleProtocol); err != nil {
				return fmt.Errorf("%s: %w\n%s", role, err, stmt)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// statementsOf compiles a document and lists the SQL of all fetches that can run.
func statementsOf(t *testing.T, catalog *Catalog, view *policy.View, text string) []string {
	t.Helper()
	doc, errs := gqlparser.LoadQueryWithRules(catalog.schema, text, nil)
	if len(errs) > 0 {
		t.Fatalf("%s: %v", text, errs)
	}
	c := &compiler{cat: catalog, view: view, doc: doc, op: doc.Operations[0]}
	plan, err := c.compile(doc.Operations[0].SelectionSet)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, st := range plan.roots {
		for _, f := range st.bodies {
			out = append(out, f.stmt.text("", "1"))
		}
	}
	for _, n := range plan.nodes {
		for _, f := range n.fetches {
			if f.cell.Full != 0 {
				out = append(out, f.stmt.text("", "1"))
			}
		}
	}
	return out
}
