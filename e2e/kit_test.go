package e2e

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// today is the day of the test district.
const today = "2026-11-23"

// change changes the scene.
func change(t *testing.T, h *hubtest.Hub, sql string, args ...any) {
	t.Helper()
	if _, err := h.DB.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// single reads a single value.
func single[T any](t *testing.T, h *hubtest.Hub, sql string, args ...any) T {
	t.Helper()
	var out T
	if err := h.DB.QueryRow(t.Context(), sql, args...).Scan(&out); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

// post is what a new member of staff is to do.
type post struct {
	agency, role, purpose      string
	division, school, clinic   any
	contract                   any
	from, to, authorised, vets any
	system                     bool
}

var hired atomic.Int64

// hire puts somebody new on the register, so that no cache knows them.
func hire(t *testing.T, h *hubtest.Hub, p post) demo.Caller {
	t.Helper()
	orElse := func(v, other any) any {
		if v == nil {
			return other
		}
		return v
	}
	kind := "PERSON"
	if p.system {
		kind = "SYSTEM"
	}
	code := fmt.Sprintf("proof-%d", hired.Add(1))
	id := single[int64](t, h, `INSERT INTO staff (code, agency_id, display_name, kind, vetted_until, synthetic)
		SELECT $1, id, '测试人员', $3, $4::date, true FROM agency WHERE code = $2 RETURNING id`, code, p.agency, kind, orElse(p.vets, "2027-06-30"))
	addPost(t, h, id, p)
	return demo.Caller{AgencyCode: p.agency, StaffCode: code, Role: p.role, Purpose: p.purpose}
}

// addPost gives a member of staff one more post.
func addPost(t *testing.T, h *hubtest.Hub, staff int64, p post) {
	t.Helper()
	change(t, h, `INSERT INTO post (staff_id, role, agency_id, division_id, school_id, clinic_id, contract_id, valid_from, valid_to, authorised_until, approval_ref)
		SELECT $1, $2, agency_id, $3, $4, $5, $6, coalesce($7::date, '2026-01-01'), $8::date, coalesce($9::date, '2027-06-30'), 'AP-proof' FROM staff WHERE id = $1`,
		staff, p.role, p.division, p.school, p.clinic, p.contract, p.from, p.to, p.authorised)
}

func staffID(t *testing.T, h *hubtest.Hub, c demo.Caller) int64 {
	t.Helper()
	return single[int64](t, h, `SELECT id FROM staff WHERE code = $1`, c.StaffCode)
}

// give opens a ticket for a caller's purpose and puts it in the caller's hand.
func give(t *testing.T, h *hubtest.Hub, c demo.Caller, kind string, child any) demo.Caller {
	t.Helper()
	c.TicketCode = fmt.Sprintf("PT-%d", hired.Add(1))
	change(t, h, `INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, reason, opened_at)
		SELECT $1, $2, $3, id, agency_id, $5, 'test', '2026-11-01' FROM staff WHERE code = $4`,
		c.TicketCode, kind, c.Purpose, c.StaffCode, child)
	return c
}

// where is a place of a child: its village, township or school.
func where(t *testing.T, h *hubtest.Hub, child int64, column string) int64 {
	t.Helper()
	if column == "school" {
		return single[int64](t, h, `SELECT school_id FROM enrolment WHERE child_id = $1 AND current`, child)
	}
	return single[int64](t, h, `SELECT residence_`+column+`_id FROM child WHERE id = $1`, child)
}

// director, supervisor, manager and guide are new people in reach of a child.
func director(t *testing.T, h *hubtest.Hub, child int64) demo.Caller {
	t.Helper()
	c := hire(t, h, post{agency: "ZJ003", role: "DIR", purpose: "VISIT", division: where(t, h, child, "village")})
	return give(t, h, c, "VISIT_TASK", nil)
}

func supervisor(t *testing.T, h *hubtest.Hub, child int64) demo.Caller {
	t.Helper()
	return hire(t, h, post{agency: "ZJ002", role: "SUP", purpose: "VISIT_SUPERVISION", division: where(t, h, child, "township")})
}

func manager(t *testing.T, h *hubtest.Hub, child int64) demo.Caller {
	t.Helper()
	c := hire(t, h, post{agency: "MZ", role: "CM", purpose: "CASE_MGMT"})
	change(t, h, `INSERT INTO care_case (child_id, assignee_id, opened_on) VALUES ($1, $2, '2026-10-01')`, child, staffID(t, h, c))
	return give(t, h, c, "CASE", nil)
}

func guide(t *testing.T, h *hubtest.Hub, child int64) demo.Caller {
	t.Helper()
	c := hire(t, h, post{agency: "FL", role: "FE", purpose: "FAMILY_EDU"})
	change(t, h, `INSERT INTO family_enrolment (child_id, guide_id, kind, enrolled_on) VALUES ($1, $2, 'ENROLLED', '2026-09-01')`, child, staffID(t, h, c))
	return give(t, h, c, "ENROLMENT", nil)
}

// look asks for coordinates of one child.
func look(t *testing.T, h *hubtest.Hub, c demo.Caller, child int64, selection string) hubtest.Response {
	t.Helper()
	return h.Ask(t, c, hubtest.Question{
		Query:     "query File($id: ID!) { child(id: $id) { " + selection + " } }",
		Variables: map[string]any{"id": h.ID(t, c, "Child", child)},
	})
}

// answers holds the data of an answer against JSON.
func answers(t *testing.T, what string, got hubtest.Response, data string) {
	t.Helper()
	if string(got.Data) != data {
		t.Errorf("%s:\n want %s\n got  %.900s", what, data, got.Body)
	}
}

// refusedAs expects an error of one code and nothing of data.
func refusedAs(t *testing.T, what string, got hubtest.Response, code string) {
	t.Helper()
	if len(got.Errors) != 1 || got.Errors[0].Extensions.Code != code || len(got.Data) != 0 {
		t.Errorf("%s: want only an error %s, got %.600s", what, code, got.Body)
	}
}

// found and gone say whether a child answers at all.
func found(t *testing.T, what string, h *hubtest.Hub, c demo.Caller, child int64) {
	t.Helper()
	if got := look(t, h, c, child, "__typename"); string(got.Data) != `{"child":{"__typename":"Child"}}` {
		t.Errorf("%s: want the child, got %.600s", what, got.Body)
	}
}

func gone(t *testing.T, what string, h *hubtest.Hub, c demo.Caller, child int64) {
	t.Helper()
	if got := look(t, h, c, child, "__typename"); string(got.Data) != `{"child":null}` {
		t.Errorf("%s: want no child, got %.600s", what, got.Body)
	}
}

// within waits for a change that the hub promises to notice in a time.
func within(t *testing.T, d time.Duration, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(d); ; <-ticker.C {
		if holds() {
			return
		}
		if time.Now().After(end) {
			t.Errorf("%s: not within %v", what, d)
			return
		}
	}
}

// fresh are the members of an answer that change with every request.
var fresh = regexp.MustCompile(`"(entry|sequence|at|traceId)":"[^"]*"`)

func steady(got hubtest.Response) string {
	return fmt.Sprint(got.Status, " ", fresh.ReplaceAllString(string(got.Body), `"$1":""`))
}

// logged is an entry as the database holds it.
type logged struct {
	ID, Operation, Hash, Role, Purpose, Ticket, Outcome, Reason, Staff string
	BreakGlass                                                         bool
	Sequence                                                           int64
	Requested, Withheld                                                []string
	Shown                                                              map[int64]map[string]string
	Bases                                                              map[int64][]string
}

// entries reads the log from a sequence on.
func entries(t *testing.T, h *hubtest.Hub, from int64) []logged {
	t.Helper()
	rows, err := h.DB.Query(t.Context(), `SELECT e.entry_id, e.operation, e.document_hash, e.role, e.purpose, e.ticket, e.outcome, e.reason,
			e.staff_code, e.break_glass, e.sequence, r.coordinates, w.coordinates
		FROM audit_entry e JOIN audit_set r ON r.id = e.requested_id JOIN audit_set w ON w.id = e.withheld_id
		WHERE e.sequence >= $1 ORDER BY e.sequence`, from)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (logged, error) {
		e := logged{Shown: map[int64]map[string]string{}, Bases: map[int64][]string{}}
		var id uuid.UUID
		err := row.Scan(&id, &e.Operation, &e.Hash, &e.Role, &e.Purpose, &e.Ticket, &e.Outcome, &e.Reason,
			&e.Staff, &e.BreakGlass, &e.Sequence, &e.Requested, &e.Withheld)
		e.ID = hex.EncodeToString(id[:])
		return e, err
	})
	if err != nil {
		t.Fatal(err)
	}
	readShown(t, h, from, out)
	return out
}

func readShown(t *testing.T, h *hubtest.Hub, from int64, list []logged) {
	t.Helper()
	rows, err := h.DB.Query(t.Context(), `SELECT d.sequence, d.child_id, d.bases, s.coordinates, s.labels
		FROM audit_disclosure d JOIN audit_set s ON s.id = d.set_id
		WHERE d.sequence >= $1 AND d.at >= (SELECT at FROM audit_entry WHERE sequence = $1)`, from)
	if err != nil {
		t.Fatal(err)
	}
	var sequence, child int64
	var bases, coordinates, labels []string
	_, err = pgx.ForEachRow(rows, []any{&sequence, &child, &bases, &coordinates, &labels}, func() error {
		e := list[sequence-list[0].Sequence]
		if e.Shown[child] != nil {
			t.Errorf("entry %d holds child %d twice", sequence, child)
		}
		e.Shown[child], e.Bases[child] = map[string]string{}, bases
		for i, c := range coordinates {
			e.Shown[child][c] = labels[i]
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// size is the length of the log.
func size(t *testing.T, h *hubtest.Hub) int64 {
	t.Helper()
	return single[int64](t, h, `SELECT size FROM audit_head`)
}

// last is the newest entry.
func last(t *testing.T, h *hubtest.Hub) logged {
	t.Helper()
	list := entries(t, h, size(t, h)-1)
	return list[len(list)-1]
}

// mentions reports whether a receipt names a coordinate.
func mentions(got hubtest.Response, coordinate string) bool {
	r := got.Extensions.Disclosure
	for _, s := range append(r.Withheld, r.Masked...) {
		if strings.HasPrefix(s.Coordinate, coordinate) {
			return true
		}
	}
	return false
}
