package consultation_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/consultation"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// roles are people 1, 2, …; each has one post. 12 is in a conflict of interest.
var roles = []string{"CM", "DPS", "FE", "HD", "HT", "PSY", "RP", "SUP", "SW", "STEWARD", "DPO", "CM", "STA", "AUD"}

// district is one agency and its people.
const district = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'CIVIL_AFFAIRS', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, 1, 's' || i, 'PERSON', '2027-01-01' FROM generate_series(1, 14) i;`

const records = `
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'MALE', '2015-01-01', 3, 2);
INSERT INTO conflict_declaration (child_id, staff_id, kind, declared_on) VALUES (1, 12, 'KIN', '2026-01-01');
INSERT INTO coordinate (name, class, owner, zh, grp) VALUES ('Visit.livingText', 'L4', 'CIVIL_AFFAIRS', '生活', 'D.narrative');`

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// opens is a rule by which a grant of the narrative helps everybody but the teacher.
func opens(role, field string) bool { return field == "D.narrative" && role != "HT" }

func actor(staff int64) consultation.Actor {
	return consultation.Actor{Staff: staff, Agency: 1, Role: roles[staff-1], Now: now, Today: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
}

func setup(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	exec(t, db, district)
	exec(t, db, posts, roles)
	exec(t, db, records)
	return db
}

// posts gives everybody a post.
const posts = `INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref)
SELECT i, ($1::text[])[i], 1, 1, '2026-01-01', '2027-01-01', 'x' FROM generate_series(1, 14) i;`

func exec(t *testing.T, db *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := db.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// stand puts consultation 7 in a state, in everybody's hand.
func stand(ctx context.Context, tx postgres.Tx, state string) error {
	_, err := tx.Exec(ctx, `INSERT INTO consultation (id, child_id, state, proposer_id, convenor_id) VALUES (7, 1, '`+state+`', 1, 1)`)
	if err != nil {
		return err
	}
	answer := "'AGREED'"
	if state == consultation.Proposed {
		answer = "NULL"
	}
	_, err = tx.Exec(ctx, `INSERT INTO consultation_field (consultation_id, field, wanted, agency_id, answer) SELECT 7, f, '{x}', 1, `+answer+` FROM unnest(ARRAY['D.narrative']) f;
		INSERT INTO consultation_person (consultation_id, staff_id, pledged_at) SELECT 7, i, now() FROM generate_series(1, 9) i;
		INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, opened_at, consultation_id)
		SELECT 't' || i, 'GRANT', 'CONSULTATION', i, 1, '2026-11-22', 7 FROM generate_series(1, 14) i`)
	return err
}

// move makes a move by its name, with facts that are in order.
func move(ctx context.Context, tx postgres.Tx, a consultation.Actor, name string) (consultation.Done, error) {
	s := consultation.Step{Consultation: 7, Version: 1}
	switch name {
	case "reviewSource":
		return consultation.ReviewSource(ctx, tx, a, consultation.Answer{Step: s, Agreed: []string{"D.narrative"}})
	case "conveneConsultation":
		if _, err := tx.Exec(ctx, `DELETE FROM consultation_person; UPDATE consultation_field SET answer = 'AGREED'`); err != nil {
			return consultation.Done{}, err
		}
		return consultation.Convene(ctx, tx, a, consultation.Call{Step: s, People: []string{"s2"}, Convenor: "a"})
	case "pledgeSecrecy":
		return consultation.Pledge(ctx, tx, a, s, true)
	case "grantDisclosure":
		return consultation.GrantDisclosure(ctx, tx, a, consultation.Grant{Step: s, Fields: []string{"D.narrative"}, People: []string{"s2"}, Opens: opens})
	case "recordMeeting":
		return consultation.Record(ctx, tx, a, consultation.Minutes{Step: s, Minutes: "各部门逐项核对事实并商定。", Decisions: "临时照护。", ChildView: "愿意住到姑姑家。"})
	case "assignConsultationTasks":
		return consultation.GiveOut(ctx, tx, a, consultation.Assign{Step: s, Tasks: []consultation.Assignment{{Staff: "s2", Words: "请联系亲属"}}})
	case "reviewConsultation":
		return consultation.ReviewUse(ctx, tx, a, consultation.Review{Step: s, Note: "均已使用。"})
	case "withdrawConsultation":
		if _, err := tx.Exec(ctx, `UPDATE consultation SET proposer_id = $1`, a.Staff); err != nil {
			return consultation.Done{}, err
		}
		return consultation.Withdraw(ctx, tx, a, s)
	}
	panic(name)
}

// TestFlow_everyMove makes every move in every state by every kind of person: it
// happens where the table says so, and is refused with a code everywhere else.
func TestFlow_everyMove(t *testing.T) {
	t.Parallel()
	db := setup(t)
	m := consultation.Flow()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	happened := 0
	for _, s := range m.States {
		for _, x := range m.Moves {
			if slices.Contains(x.Roles, flow.System) {
				continue
			}
			for staff := int64(1); staff <= int64(len(roles)); staff++ {
				var got consultation.Done
				var moved error
				rollback := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
					if err := stand(t.Context(), tx, s.Code); err != nil {
						t.Fatal(err)
					}
					got, moved = move(t.Context(), tx, actor(staff), x.Name)
					return errBack
				})
				if !errors.Is(rollback, errBack) {
					t.Fatal(rollback)
				}
				want := fault.Code("")
				to, next := m.Next(s.Code, x.Name)
				switch {
				case staff == 12: // in a conflict of interest: there is nothing
					want = fault.NotFound
				case !slices.Contains(x.Roles, roles[staff-1]):
					want = fault.Forbidden
				case next != nil:
					want = fault.Conflict
				case x.Name == "reviewSource" && s.Code == consultation.SourceReview:
					want = fault.Conflict // has answered
				}
				if moved == nil && (want != "" || got.State != to) || moved != nil && fault.CodeOf(moved) != want {
					t.Errorf("%s in %s by %s: %+v, %v; want %q", x.Name, s.Code, roles[staff-1], got, moved, want)
				}
				if moved == nil {
					happened++
				}
			}
		}
	}
	if happened < 30 {
		t.Errorf("only %d moves happened", happened)
	}
}

// errBack takes back what a test did.
var errBack = fault.New(fault.Conflict, "回退", "back")

// TestFlow_agreesWithThePolicy: who may make a move by the table may make it by the
// policy, and nobody else.
func TestFlow_agreesWithThePolicy(t *testing.T) {
	t.Parallel()
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range consultation.Flow().Moves {
		if slices.Contains(x.Roles, flow.System) {
			continue
		}
		var got []string
		for _, pair := range p.Pairs() {
			view, err := p.View(pair.Role, pair.Purpose)
			if err != nil {
				t.Fatal(err)
			}
			if view.Cell("Mutation."+x.Name).Full != 0 {
				got = append(got, string(pair.Role))
			}
		}
		slices.Sort(got)
		want := slices.Sorted(slices.Values(x.Roles))
		if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
			t.Errorf("%s (-table +policy):\n%s", x.Name, diff)
		}
	}
}

// TestGrant_onlyToWhomItHelps: a grant goes to those whose role it opens, and not at
// all where it opens nothing.
func TestGrant_onlyToWhomItHelps(t *testing.T) {
	t.Parallel()
	db := setup(t)
	grant := func(tx postgres.Tx, people ...string) (consultation.Done, error) {
		return consultation.GrantDisclosure(t.Context(), tx, actor(11), consultation.Grant{
			Step: consultation.Step{Consultation: 7, Version: 1}, Fields: []string{"D.narrative"}, People: people, Days: 30, Opens: opens,
		})
	}
	err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
		if err := stand(t.Context(), tx, consultation.Convened); err != nil {
			return err
		}
		if _, err := grant(tx, "s5"); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("to the teacher alone: %v", err)
		}
		_, err := grant(tx, "s5", "s2")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var got string
	if err := db.QueryRow(t.Context(), `SELECT string_agg(concat_ws(' ', grantee_id, field, granted_from, granted_to), ', ') FROM disclosure_grant`).Scan(&got); err != nil {
		t.Fatal(err)
	}
	if want := "2 D.narrative 2026-11-23 2026-12-22"; got != want {
		t.Errorf("granted %s, want %s", got, want)
	}
}

// kept counts the entries of a job.
type kept struct{ children []int64 }

func (k *kept) AppendTx(_ context.Context, _ postgres.Tx, e audit.Entry) (audit.Receipt, error) {
	for _, d := range e.Disclosures {
		k.children = append(k.children, d.ChildID)
	}
	return audit.Receipt{}, nil
}

// TestEnding_once: grants end after their last day, once however often and however
// many at once the job runs.
func TestEnding_once(t *testing.T) {
	t.Parallel()
	db := setup(t)
	err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
		if err := stand(t.Context(), tx, consultation.Granted); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `INSERT INTO disclosure_grant (child_id, field, granted_from, granted_to, grantee_id, consultation_id) VALUES (1, 'D.narrative', '2026-11-23', '2026-11-24', 2, 7)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	log := new(kept)
	for _, hours := range []int{0, 24, 48, 48, 72} {
		if err := jobs.Run(t.Context(), db, log, consultation.Ending(), now.Add(time.Duration(hours)*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if want := min(1, hours/48); len(log.children) != want {
			t.Errorf("after %d hours: ended %d times, want %d", hours, len(log.children), want)
		}
	}
	var state, revoked string
	var tickets, reviews int
	err = db.QueryRow(t.Context(), `SELECT k.state, g.revoked_on::text, (SELECT count(*) FROM ticket WHERE closed_at IS NULL), (SELECT count(*) FROM task WHERE kind = 'CONSULTATION_REVIEW')
		FROM consultation k JOIN disclosure_grant g ON g.consultation_id = k.id`).Scan(&state, &revoked, &tickets, &reviews)
	if got, want := []any{state, revoked, tickets, reviews}, []any{"REVOKED", "2026-11-25", 1, 1}; err != nil || !cmp.Equal(want, got) {
		t.Errorf("ended: %v, %v; want %v", got, err, want)
	}
}

// TestEscalation_admits: whoever a late task goes up to gets the work item under which
// the consultation is read, also long after it was held and closed, and reads there what
// the meeting gave out and nobody has done.
func TestEscalation_admits(t *testing.T) {
	t.Parallel()
	db := setup(t)
	err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
		if err := stand(t.Context(), tx, consultation.Meeting); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `UPDATE consultation SET convenor_id = 8; UPDATE ticket SET opened_at = '2026-11-01', expires_at = '2026-11-22'`)
		if err == nil {
			_, err = consultation.GiveOut(t.Context(), tx, actor(1), consultation.Assign{Step: consultation.Step{Consultation: 7, Version: 1}, Tasks: []consultation.Assignment{{Staff: "s2", Words: "请联系亲属"}}})
		}
		if err == nil {
			_, err = tx.Exec(t.Context(), `UPDATE consultation SET state = 'CLOSED', closed_on = '2026-11-24'; DELETE FROM task WHERE kind <> 'CONSULTATION_TASK'`)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := func(staff string) (out string) {
		if err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
			if _, err := tx.Exec(t.Context(), `SELECT set_config('tongxin.staff', $1, true)`, staff); err != nil {
				return err
			}
			return tx.QueryRow(t.Context(), `SELECT coalesce(string_agg(state || ' ' || assigned::text, ';'), '') FROM consultation_case`).Scan(&out)
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got := seen("1"); got != "" {
		t.Errorf("before it is late the case manager reads %s", got)
	}
	late := now.AddDate(0, 0, 20)
	for range 2 {
		if err := jobs.Run(t.Context(), db, new(kept), task.Escalation(consultation.Kinds()), late); err != nil {
			t.Fatal(err)
		}
	}
	var got string
	err = db.QueryRow(t.Context(), `SELECT string_agg(concat_ws(' ', t.staff_id, k.staff_id, k.purpose, k.opened_at = $1, k.closed_at IS NULL AND k.expires_at IS NULL), ';')
		FROM task t JOIN ticket k ON k.id = t.ticket_id WHERE t.raised_by IS NOT NULL`, late).Scan(&got)
	if want := "1 1 CONSULTATION t t"; err != nil || got != want {
		t.Errorf("the next holder has %q, %v; want %q", got, err, want)
	}
	if got, want := seen("1"), `CLOSED {"DPS 请联系亲属"}`; got != want {
		t.Errorf("and reads %s, want %s", got, want)
	}
	if got := seen("3"); got != "" {
		t.Errorf("somebody else reads %s", got)
	}
}
