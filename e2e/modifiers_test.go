package e2e

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// everythingOf is the whole file of a child as one caller gets it: the leaves of
// the answers by path.
func everythingOf(t *testing.T, h *hubtest.Hub, c demo.Caller, child int64) map[string]string {
	t.Helper()
	leaves := map[string]string{}
	for _, portion := range portions() {
		got := look(t, h, c, child, text(portion))
		n := 0
		walk(t, portion, member(t, got.Data, "child"), func(p pick, value json.RawMessage) {
			n++
			if p.sub == nil {
				leaves[fmt.Sprint(p.coordinate, " ", n)] = string(value)
			}
		})
	}
	return leaves
}

// secret says that a conflict of interest hides a coordinate (domain rule 4.4).
func secret(p pick) bool {
	narrative := strings.HasPrefix(p.coordinate, "Visit.") && strings.HasSuffix(p.coordinate, "Text") ||
		p.coordinate == "Visit.childView" || p.coordinate == "Visit.guardianView" || strings.HasPrefix(p.coordinate, "Attachment.")
	return narrative || p.governed && p.class == "L4"
}

func TestConflict_hidesNarrativeAndL4(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := demo.Shiqiao
	c := manager(t, h, child)
	change(t, h, `UPDATE visit SET living_text = '屋内整洁', child_view = '想念父母' WHERE child_id = $1`, child)
	before := everythingOf(t, h, c, child)
	if !strings.Contains(fmt.Sprint(before), "屋内整洁") || !strings.Contains(fmt.Sprint(before), "瘀青") {
		t.Fatal("the case manager sees neither narrative nor report before the conflict: the scene proves nothing")
	}
	change(t, h, `INSERT INTO conflict_declaration (staff_id, child_id, kind, declared_on) VALUES ($1, $2, 'KIN', '2026-11-01')`, staffID(t, h, c), child)
	rest := 0
	for _, portion := range portions() {
		got := look(t, h, c, child, text(portion))
		walk(t, portion, member(t, got.Data, "child"), func(p pick, value json.RawMessage) {
			switch {
			case secret(p) && !isNull(value) && string(value) != "[]":
				t.Errorf("in conflict, %s (%s) is shown: %.80s", p.coordinate, p.class, value)
			case !secret(p) && p.governed && !isNull(value):
				rest++
			}
		})
	}
	if rest < 40 {
		t.Errorf("only %d other values are left in conflict", rest)
	}
	got := look(t, h, c, child, "name residenceAddress registration { riskLevel } reports { narrative }")
	if r := got.Extensions.Disclosure; len(r.Withheld) != 1 || r.Withheld[0].Coordinate != "Child.reports" || r.Withheld[0].Reason != "OUT_OF_ROLE" {
		t.Errorf("receipt in conflict: %+v", r)
	}
	change(t, h, `UPDATE conflict_declaration SET ended_on = '2026-11-22'`)
	after := everythingOf(t, h, c, child)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("after the conflict ended (-before +after):\n%s", diff)
	}
}

// addresses are the coordinates an address shield takes away.
var addresses = []string{"residenceAddress", "residenceAreaCode", "residenceVillage { code }", "residenceTownship { code }", "sameAsHukou", "shieldedAddress", "shield"}

func TestAddressShield_looksUnknown(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := demo.Bailu
	for _, c := range []demo.Caller{director(t, h, child), supervisor(t, h, child), manager(t, h, child)} {
		ask := "name custodies { placementLocation } " + strings.Join(addresses, " ")
		change(t, h, `UPDATE child SET shield = 'NONE' WHERE id = $1`, child)
		open := look(t, h, c, child, ask)
		if !strings.Contains(string(open.Data), "村") {
			t.Fatalf("%s sees no address without a shield: %.600s", c.Role, open.Body)
		}
		change(t, h, `UPDATE child SET shield = 'ADDRESS' WHERE id = $1`, child)
		got := look(t, h, c, child, ask)
		for _, field := range addresses {
			name, _, _ := strings.Cut(field, " ")
			if v := member(t, got.Data, "child", name); !isNull(v) {
				t.Errorf("%s: %s is %s under an address shield", c.Role, name, v)
			}
			if mentions(got, "Child."+name) && !mentions(open, "Child."+name) {
				t.Errorf("%s: the receipt names Child.%s: a shield must look unknown", c.Role, name)
			}
		}
		if isNull(member(t, got.Data, "child", "name")) {
			t.Errorf("%s: the rest of the file is gone as well: %.300s", c.Role, got.Body)
		}
		// What looks unknown looks like an address that nobody ever wrote down.
		blank := look(t, h, c, child, "name residenceAddress")
		change(t, h, `UPDATE child SET shield = 'NONE', residence_address = NULL WHERE id = $1`, child)
		unknown := look(t, h, c, child, "name residenceAddress")
		change(t, h, `UPDATE child SET residence_address = '阳逻街道白鹭湾村8组' WHERE id = $1`, child)
		if diff := cmp.Diff(steady(unknown), steady(blank)); diff != "" {
			t.Errorf("%s: a shielded address does not look unknown (-unknown +shielded):\n%s", c.Role, diff)
		}
		change(t, h, `UPDATE child SET shield = 'ADDRESS' WHERE id = $1`, child)
		change(t, h, `INSERT INTO shield_handler (child_id, staff_id, named_on) VALUES ($1, $2, '2026-11-01')`, child, staffID(t, h, c))
		named := look(t, h, c, child, "residenceAddress")
		if isNull(member(t, named.Data, "child", "residenceAddress")) {
			t.Errorf("%s is a named handler and sees no address: %.300s", c.Role, named.Body)
		}
	}
}

// missingID is an id that no child has.
const missingID int64 = 999_999_999

// ways are all ways to ask for one child; each must say the same of a child
// that is shielded and of one that does not exist.
func ways(t *testing.T, h *hubtest.Hub, c demo.Caller, child int64) map[string]hubtest.Response {
	t.Helper()
	id, visit := h.ID(t, c, "Child", child), h.ID(t, c, "Visit", missingID)
	if child != missingID {
		visit = h.ID(t, c, "Visit", single[int64](t, h, `SELECT id FROM visit WHERE child_id = $1 LIMIT 1`, child))
	}
	token := strings.Repeat("ab", 32)
	if child != missingID {
		token = hex.EncodeToString([]byte(fmt.Sprintf("%032d", child)))
	}
	ask := func(query string, vars map[string]any) hubtest.Response {
		return h.Ask(t, c, hubtest.Question{Query: query, Variables: vars})
	}
	return map[string]hubtest.Response{
		"child":            ask(`query W($id: ID!) { child(id: $id) { id name visits { nodes { id } } } }`, map[string]any{"id": id}),
		"childrenByIds":    ask(`query W($id: ID!) { childrenByIds(ids: [$id, $id]) { name } }`, map[string]any{"id": id}),
		"node":             ask(`query W($id: ID!) { node(id: $id) { id __typename ... on Child { name } } }`, map[string]any{"id": id}),
		"node visit":       ask(`query W($id: ID!) { node(id: $id) { id ... on Visit { plannedOn child { id } } } }`, map[string]any{"id": visit}),
		"nodes":            ask(`query W($id: ID!) { nodes(ids: [$id]) { id } }`, map[string]any{"id": id}),
		"childByJoinToken": ask(`query W($t: String!) { childByJoinToken(input: {kind: CITIZEN_ID, token: $t}) { name } }`, map[string]any{"t": token}),
		"explain":          ask(`query W($id: ID!) { explain(child: $id, coordinate: "Child.name") { form } }`, map[string]any{"id": id}),
		"reveal": ask(`mutation W($id: ID!) { revealField(input: {id: $id, coordinate: "Child.name", reason: CONTACT, statement: "联系家长核实返校情况"}) { value userErrors { code message } } }`,
			map[string]any{"id": id}),
	}
}

func TestFullShield_isLikeNoChild(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := single[int64](t, h, `SELECT d.child_id FROM dropout_case d JOIN child c ON c.id = d.child_id
		WHERE d.cancelled_on IS NULL AND c.shield = 'NONE' AND EXISTS (SELECT 1 FROM visit v WHERE v.child_id = c.id) ORDER BY 1 LIMIT 1`)
	dps := hire(t, h, post{agency: "JY", role: "DPS", purpose: "DROPOUT_PREVENTION"})
	change(t, h, `INSERT INTO join_token (agency_id, kind, token, child_id) SELECT id, 'CITIZEN_ID', decode($1, 'hex'), $2 FROM agency WHERE code IN ('JY', 'ZJ003', 'ZJ002', 'MZ')`,
		hex.EncodeToString([]byte(fmt.Sprintf("%032d", child))), child)
	leader := h.Caller(t, "leader")
	callers := []demo.Caller{dps, director(t, h, child), supervisor(t, h, child), manager(t, h, child)}
	counts := `query C { childCounts(population: LEFT_BEHIND_3, by: SEX) { township category shown } figures { code shown } }`
	before := h.Ask(t, leader, hubtest.Question{Query: counts})
	for _, c := range callers {
		give(t, h, c, "CASE", child) // so that there is a ticket that leads to the child
		none := ways(t, h, c, missingID)
		for way, got := range ways(t, h, c, child) {
			if steady(none[way]) == steady(got) && (way == "child" || way == "node" || way == "childByJoinToken") {
				t.Fatalf("%s, %s: not found before the shield, the scene proves nothing", c.Role, way)
			}
		}
		if !strings.Contains(everyPage(t, h, c), h.ID(t, c, "Child", child)) {
			t.Fatalf("%s: in no list before the shield, the scene proves nothing", c.Role)
		}
	}
	change(t, h, `UPDATE child SET shield = 'FULL' WHERE id = $1`, child)
	if diff := cmp.Diff(string(before.Data), string(h.Ask(t, leader, hubtest.Question{Query: counts}).Data)); diff != "" {
		t.Errorf("a shield changes the counts (-before +after):\n%s", diff)
	}
	for _, c := range callers {
		none := ways(t, h, c, missingID)
		for way, got := range ways(t, h, c, child) {
			if diff := cmp.Diff(steady(none[way]), steady(got)); diff != "" {
				t.Errorf("%s, %s: shielded differs from missing (-missing +shielded):\n%s", c.Role, way, diff)
			}
		}
		lists := everyPage(t, h, c)
		if strings.Contains(lists, h.ID(t, c, "Child", child)) {
			t.Errorf("%s: the shielded child is in a list", c.Role)
		}
		change(t, h, `INSERT INTO shield_handler (child_id, staff_id, named_on) VALUES ($1, $2, '2026-11-01')`, child, staffID(t, h, c))
		found(t, c.Role+" as a named handler", h, c, child)
	}
}

// everyPage reads the ids of all lists of a caller to their end.
func everyPage(t *testing.T, h *hubtest.Hub, c demo.Caller) string {
	t.Helper()
	change(t, h, `INSERT INTO volume_approval (staff_id, approved_by, day, max_children) VALUES ($1, 1, $2, 10000) ON CONFLICT DO NOTHING`, staffID(t, h, c), today)
	var out strings.Builder
	for root, node := range map[string]string{"children": "id", "visits": "child { id }", "dropoutCases": "child { id }"} {
		query := "query L($after: String) { " + root + "(first: 100, after: $after) { nodes { " + node + " } pageInfo { hasNextPage endCursor } } }"
		for after := any(nil); ; {
			got := h.Ask(t, c, hubtest.Question{Query: query, Variables: map[string]any{"after": after}})
			out.Write(got.Data)
			info := member(t, got.Data, root, "pageInfo")
			if string(member(t, info, "hasNextPage")) != "true" {
				break
			}
			after = strings.Trim(string(member(t, info, "endCursor")), `"`)
		}
	}
	tickets := h.Ask(t, c, hubtest.Question{Query: "query T { tickets { code child { id } } }"})
	out.Write(tickets.Data)
	return out.String()
}

func TestEmbargo_hidesTheGuardianChannel(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := demo.Bailu
	ask := "guardianship { kind hasCaregiver } guardians { name phone } caregivers { name phone relation }"
	for _, c := range []demo.Caller{guide(t, h, child), director(t, h, child)} {
		change(t, h, `DELETE FROM mandatory_report WHERE child_id = $1`, child)
		open := look(t, h, c, child, ask)
		if !strings.Contains(string(open.Data), `"phone":"100`) {
			t.Fatalf("%s sees no phone without a report: %.500s", c.Role, open.Body)
		}
		change(t, h, `INSERT INTO mandatory_report (child_id, category, state, guardian_suspected, found_on) VALUES ($1, 'SUSPECTED_VIOLENCE', 'ASSESSMENT', true, '2026-11-20')`, child)
		got := look(t, h, c, child, ask)
		if strings.Contains(string(got.Data), `"phone":"1`) {
			t.Errorf("%s reads a phone of the suspected guardian: %s", c.Role, got.Data)
		}
		for _, field := range []string{"Guardian.phone", "Caregiver", "Child.caregivers"} {
			if mentions(got, field) && !mentions(open, field) {
				t.Errorf("%s: the receipt names %s: an embargo must look unknown", c.Role, field)
			}
		}
		explained := h.Ask(t, c, hubtest.Question{
			Query:     `query E($id: ID!) { explain(child: $id, coordinate: "Guardian.phone") { form bases reason rules { basis } } }`,
			Variables: map[string]any{"id": h.ID(t, c, "Child", child)},
		})
		if strings.Contains(string(explained.Body), "suspect") {
			t.Errorf("%s: explain tells of the embargo: %s", c.Role, explained.Body)
		}
		change(t, h, `UPDATE mandatory_report SET closed_on = '2026-11-22' WHERE child_id = $1`, child)
		answers(t, c.Role+" after the report was closed", look(t, h, c, child, ask), string(open.Data))
	}
}

func TestArchived_onlyTheRegisterStaysVisible(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := demo.Bailu
	operational := []demo.Caller{director(t, h, child), supervisor(t, h, child), guide(t, h, child)}
	cm := hire(t, h, post{agency: "MZ", role: "CM", purpose: "CASE_MGMT"})
	search := give(t, h, cm, "DISTRICT_SEARCH", child)
	change(t, h, `UPDATE ticket SET expires_at = '2026-12-01' WHERE code = $1`, search.TicketCode)
	for _, c := range operational {
		found(t, c.Role+" before the exit", h, c, child)
	}
	change(t, h, `UPDATE registration SET status = 'EXITED', exit_reason = 'ADULT', exited_on = '2026-11-22' WHERE child_id = $1`, child)
	for _, c := range operational {
		none := ways(t, h, c, missingID)
		for way, got := range ways(t, h, c, child) {
			if diff := cmp.Diff(steady(none[way]), steady(got)); diff != "" {
				t.Errorf("%s, %s: archived differs from missing (-missing +archived):\n%s", c.Role, way, diff)
			}
		}
	}
	found(t, "CM with a district search", h, search, child)
	change(t, h, `UPDATE ticket SET reason = '' WHERE code = $1`, search.TicketCode)
	gone(t, "CM with a search without a reason", h, search, child)
}
