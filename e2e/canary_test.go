package e2e

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/policy"
)

// deciding are text columns that decide who may see the child; markers there
// would change the question, or that are one for each row.
var deciding = []string{
	"child.shield", "registration.status", "dropout_case.stage", "visit.state", "visit.plan_slot", "family_enrolment.kind", "action_card.role",
	"relief_application.state", "disclosure_grant.field", "access_inquiry.state", "enrolment.stage", "conflict_declaration.kind", "watched_child.kind",
	"emergency_access.reason", "measure.state", "measure.lift_to", "protection_step.state", "school_transfer.reference", "school_transfer.state", "ticket.code", "ticket.kind", "ticket.purpose",
}

// parts are tables below a record of a child.
var parts = map[string]string{
	"assessment_item": "guardianship_assessment.assessment_id", "attachment": "visit.visit_id",
	"persuasion_visit": "dropout_case.dropout_case_id", "pairing_contact": "pairing.pairing_id",
	"report_step": "mandatory_report.report_id", "protection_step": "mandatory_report.report_id", "support_step": "support_plan.plan_id",
}

// shutLists are lists that no field of their records opens by itself.
var shutLists = map[string]bool{"Child.schoolTransfers": true}

// storedAs are types whose table has another name.
var storedAs = map[string]string{"Federation": "child", "Protection": "child", "CorrectionMark": "correction_request"}

// canary is one marked column.
type canary struct{ table, column, marker string }

// canaries are the text columns of everything that belongs to a child.
func canaries(t *testing.T, h *hubtest.Hub) []canary {
	t.Helper()
	columns := single[[]string](t, h, `SELECT array_agg(c.table_name || '.' || c.column_name || '.' || c.data_type
		ORDER BY c.table_name IN ('assessment_item', 'attachment', 'persuasion_visit', 'pairing_contact', 'support_step', 'protection_step'), c.table_name, c.column_name)
		FROM information_schema.columns c JOIN information_schema.tables x USING (table_schema, table_name)
		WHERE x.table_type = 'BASE TABLE' AND c.data_type IN ('text', 'ARRAY') AND c.table_schema = 'public' AND (c.table_name IN ('child', 'assessment_item', 'attachment', 'persuasion_visit', 'pairing_contact', 'support_step', 'protection_step')
			OR EXISTS (SELECT 1 FROM information_schema.columns k WHERE k.table_schema = 'public' AND k.table_name = c.table_name AND k.column_name = 'child_id'))
		AND c.table_name NOT LIKE 'audit%' AND c.table_name NOT IN ('join_token', 'legal_hold', 'access_fact', 'review_item', 'review_entry', 'emergency_review')`) // the log, and what is said of it
	var out []canary
	for i, line := range columns {
		words := strings.Split(line, ".")
		if !slices.Contains(deciding, words[0]+"."+words[1]) {
			out = append(out, canary{words[0], words[1], fmt.Sprintf("qz%04dzq%04d", i, i)})
		}
	}
	return out
}

// plant writes the markers into every row of a child, having made sure that
// there are rows, and that none is the caller's own.
func plant(t *testing.T, h *hubtest.Hub, list []canary, child int64) {
	t.Helper()
	filled := map[string]bool{"ticket": true, "task": true, "conflict_declaration": true, "emergency_access": true, "family_enrolment": true}
	for _, c := range list {
		where := fmt.Sprintf("child_id = %d", child)
		if c.table == "child" {
			where = fmt.Sprintf("id = %d", child)
		}
		if parent, below := parts[c.table]; below {
			table, key, _ := strings.Cut(parent, ".")
			where = fmt.Sprintf("%s IN (SELECT id FROM %s WHERE child_id = %d)", key, table, child)
		}
		if c.table != "child" && !filled[c.table] {
			filled[c.table] = true
			row(t, h, c.table, where, child)
		}
		value := "'" + c.marker + "'"
		if single[string](t, h, `SELECT data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 AND column_name = $2`, c.table, c.column) == "ARRAY" {
			value = "ARRAY[" + value + "]"
		}
		change(t, h, fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s", c.table, c.column, value, where))
	}
	for _, table := range single[[]string](t, h, `SELECT array_agg(table_name) FROM information_schema.columns a
		WHERE column_name = 'author_agency_id' AND EXISTS (SELECT 1 FROM information_schema.columns c WHERE c.table_name = a.table_name AND c.column_name = 'child_id')`) {
		change(t, h, fmt.Sprintf("UPDATE %s SET author_id = NULL, author_agency_id = NULL WHERE child_id = %d", table, child))
	}
	change(t, h, `UPDATE action_card SET role = 'NOBODY' WHERE child_id = $1`, child)
	change(t, h, `UPDATE support_plan SET responsible_id = NULL WHERE child_id = $1`, child)
	change(t, h, `UPDATE mandatory_report SET sealed_handler_id = NULL WHERE child_id = $1`, child)
}

// row adds a record where a child has none.
func row(t *testing.T, h *hubtest.Hub, table, where string, child int64) {
	t.Helper()
	if single[bool](t, h, "SELECT EXISTS (SELECT 1 FROM "+table+" WHERE "+where+")") {
		return
	}
	extra := map[string]string{
		"counselling_attendance": ", session_id) VALUES (%d, 1)", "activity_attendance": ", group_session_id) VALUES (%d, 1)",
		"disclosure_grant": ", field, grantee_id) VALUES (%d, 'none', 1)",
		"action_card":      ", role) VALUES (%d, 'NOBODY')", "dropout_case": ", stage, cancelled_on) VALUES (%d, 'ALERT', '2026-01-10')",
		"rights_case": ", closed_on) VALUES (%d, '2026-01-10')", "mandatory_report": ", closed_on) VALUES (%d, '2026-01-10')",
	}
	if parent, below := parts[table]; below {
		from, key, _ := strings.Cut(parent, ".")
		change(t, h, fmt.Sprintf("INSERT INTO %s (%s) SELECT min(id) FROM %s WHERE child_id = %d", table, key, from, child))
		return
	}
	tail := extra[table]
	if tail == "" {
		tail = ") VALUES (%d)"
	}
	change(t, h, fmt.Sprintf("INSERT INTO "+table+" (child_id"+tail, child))
}

// snakes is the column of a field.
func snakes(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// columnOf is where a coordinate is stored if it is a plain column.
func columnOf(coordinate string) (table, column string) {
	typename, field, _ := strings.Cut(coordinate, ".")
	table = storedAs[typename]
	if table == "" {
		table = strings.TrimPrefix(snakes(typename), "_")
	}
	if coordinate == "TransferRequest.mode" {
		return table, "kind"
	}
	return table, snakes(field)
}

// lines collects what the hub logs.
type lines struct {
	sync.Mutex
	bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.Buffer.Write(p)
}

func (l *lines) text() string {
	l.Lock()
	defer l.Unlock()
	return l.String()
}

// TestCanaries asks for everything about a child with a marker in every text
// column: exactly what policy permits comes back, and no marker anywhere else.
func TestCanaries(t *testing.T) {
	t.Parallel()
	log := &lines{}
	h := hubtest.Start(t, hubtest.Options{LogTo: log, Configure: func(c *config.Config) { c.Telemetry.LogLevel = slog.LevelDebug }})
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	list := canaries(t, h)
	if len(list) < 80 {
		t.Fatalf("only %d text columns found", len(list))
	}
	planted := map[int64]bool{}
	withheld, shown := 0, 0
	for _, c := range h.District.Callers() {
		child := max(c.ChildID, 1)
		if !planted[child] {
			planted[child] = true
			plant(t, h, list, child)
		}
		view, err := p.View(policy.Role(c.Role), policy.Purpose(c.Purpose))
		if err != nil {
			t.Fatal(err)
		}
		for _, portion := range portions() {
			got := look(t, h, c, child, text(portion))
			permitted := permittedMarkers(t, h, view, portion, list, child)
			for _, x := range list {
				open, asked := permitted[x.marker]
				inside := bytes.Contains(got.Body, []byte(x.marker))
				if inside {
					shown++
				} else if asked {
					withheld++
				}
				if inside != open {
					t.Errorf("%s (%s, %s): %s.%s comes back = %v, permitted = %v", c.Key, c.Role, c.Purpose, x.table, x.column, inside, open)
				}
			}
		}
		provoke(t, h, c, child)
	}
	if shown < 50 || withheld < 200 {
		t.Errorf("%d markers shown, %d withheld: the scene proves nothing", shown, withheld)
	}
	places := map[string]string{"log": log.String(), "/metrics": metrics(t, h)}
	if text, found := pgtest.ServerLog(t); found {
		places["the database's own log"] = text
	}
	for name, text := range places {
		if len(text) < 200 || strings.Contains(text, "zq0") {
			t.Errorf("%s: %d bytes, a marker is inside = %v", name, len(text), strings.Contains(text, "zq0"))
		}
	}
}

// ofRecord are the bases that hold for one record and not for its child.
var ofRecord = policy.Of(policy.OwnHand, policy.OwnAgency, policy.MyCard, policy.SealedHandler)

// basesFor are the bases that count for a coordinate of a planted child: plant
// leaves nobody a record of their own but the ledger item they have a ticket for.
func basesFor(coordinate string, bases policy.Bases) policy.Bases {
	if strings.HasPrefix(coordinate, "DropoutCase.") || strings.HasPrefix(coordinate, "PersuasionVisit.") {
		return bases
	}
	return bases &^ ofRecord
}

// permittedMarkers says of the markers that a selection asks for whether policy
// lets them out in full, on the bases of the newest entry.
func permittedMarkers(t *testing.T, h *hubtest.Hub, view *policy.View, picks []pick, list []canary, child int64) map[string]bool {
	t.Helper()
	e := last(t, h)
	var bases policy.Bases
	for _, b := range e.Bases[child] {
		bases |= policy.Basis(b).Bit()
	}
	out := map[string]bool{}
	var down func(picks []pick, denied bool)
	down = func(picks []pick, denied bool) {
		for _, p := range picks {
			cell := view.Cell(p.coordinate)
			if p.sub != nil {
				shut := shutLists[p.coordinate] && cell.Form(basesFor(p.coordinate, bases)) != policy.Full
				down(p.sub, denied || shut || p.governed && cell.Deny&bases != 0)
				continue
			}
			table, column := columnOf(p.coordinate)
			if p.coordinate == "Child.shieldedAddress" {
				column = "residence_address"
			}
			for _, x := range list {
				if x.table == table && x.column == column {
					found := e.Bases[child] != nil && !denied && cell.Form(basesFor(p.coordinate, bases)) == policy.Full
					if p.coordinate == "Child.shieldedAddress" {
						found = found && single[bool](t, h, `SELECT shield <> 'NONE' FROM child WHERE id = $1`, child)
					}
					out[x.marker] = out[x.marker] || found
				}
			}
		}
	}
	down(picks, false)
	return out
}

// provoke makes errors of many kinds about a marked child; none may tell.
func provoke(t *testing.T, h *hubtest.Hub, c demo.Caller, child int64) {
	t.Helper()
	id := h.ID(t, c, "Child", child)
	for _, query := range []string{
		`query P { child(id: "` + id + `") { name { x } } }`,
		`query P { child(id: "` + id + `") { salary } }`,
		`query P { child(id: "` + id + `x") { id } }`,
		`query P { children(first: 1000) { nodes { id } } }`,
		`query P { children(first: 5, after: "` + id + `") { nodes { id } } }`,
		`query P { children(first: 5, filter: {townshipCode: "' OR 1=1 --"}) { nodes { id } } }`,
		`query P { children(first: 5, filter: {villageCode: "\\u0000"}) { nodes { id } } }`,
		`query P { children(first: 5, filter: {notVisitedSince: "2026-99-99"}) { nodes { id } } }`,
		`query P { visits(first: 5, filter: {plannedBefore: "now"}) { nodes { id } } }`,
		`query P { explain(child: "` + id + `", coordinate: "Child.name") { form bases reason unlock rules { basis field } } }`,
		`query P { explain(child: "` + id + `", coordinate: "Child.nothing") { form } }`,
		`mutation P { revealField(input: {id: "` + id + `", coordinate: "Visit.livingText", reason: CONTACT, statement: "核实情况核实情况核实"}) { value userErrors { message } } }`,
		`query P { childByJoinToken(input: {kind: CITIZEN_ID, token: "zz"}) { id } }`,
	} {
		got := h.Ask(t, c, hubtest.Question{Query: query})
		if bytes.Contains(got.Body, []byte("zq0")) {
			t.Errorf("%s: a marker comes back from %s: %.400s", c.Key, query, got.Body)
		}
		sentences(t, query, got)
	}
}

// sentences expects errors that tell nothing: no SQL, no table, no name of the
// schema that the request did not hold, and a known code.
func sentences(t *testing.T, query string, got hubtest.Response) {
	t.Helper()
	for _, e := range got.Errors {
		for _, word := range []string{"SELECT", "SQLSTATE", "relation", "pq:", "column \"", "syntax error", "goroutine", ".go:", "jsonb", "did you mean", "Did you mean"} {
			if strings.Contains(e.Message, word) {
				t.Errorf("%s: the sentence holds %q: %s", query, word, e.Message)
			}
		}
		for name := range published().Types {
			for _, f := range published().Types[name].Fields {
				camel := strings.ToLower(f.Name) != f.Name
				if camel && strings.Contains(e.Message, f.Name) && !strings.Contains(query, f.Name) {
					t.Errorf("%s: the sentence names %s: %s", query, f.Name, e.Message)
				}
			}
		}
		if e.Extensions.Code == "INTERNAL" || e.Extensions.Code == "" {
			t.Errorf("%s: %s", query, got.Body)
		}
	}
}

// metrics is the page that operators scrape.
func metrics(t *testing.T, h *hubtest.Hub) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close() //nolint:errcheck // read to the end
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
