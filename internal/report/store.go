package report

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Records says where each type of schema/report.graphqls is stored.
func Records() []record.Type {
	return []record.Type{
		{Name: "ReportStep", Table: "report_step", Kind: record.Part, Order: "{t}.id DESC"},
		{Name: "MyReport", Table: "my_report", Kind: record.Node, Order: "{t}.id DESC"},
		{
			Name: "ReportCase", Table: "report_case", Kind: record.Node, Order: "{t}.submitted_at, {t}.id",
			Columns: record.Columns{"child": "{t}.child_id"},
			IDs:     map[string]string{"child": "Child"},
		},
	}
}

// Roots are the caller's own reports, and those in the caller's hand: the views hold
// no others.
func Roots() []record.Root {
	return []record.Root{
		{Field: "myReports", Type: "MyReport", List: true},
		{Field: "reportCases", Type: "ReportCase", List: true},
	}
}

// A token that stands for more than one child names none.
const insertSQL = `-- name: SubmitReport
INSERT INTO mandatory_report (child_id, category, channel, found_on, received_on, state, immediate_danger, police_notice_no,
    guardian_suspected, reporter_suspects, narrative, injury, described, place, reporter_unit, reporter_person, outcome,
    submitted_at, author_id, author_agency_id, recorded_on)
SELECT coalesce($1, (SELECT min(j.child_id) FROM join_token j WHERE j.agency_id = $2 AND j.kind = $3 AND j.token = $4 HAVING count(*) = 1)),
    $5, $6, $7, $8, 'SUBMITTED', $9, $10, false, $11, $12, $13, $14, $15, $16, $17, 'OPEN', $18, $19, $2, $8
RETURNING id, coalesce(child_id, 0)`

func insert(ctx context.Context, tx postgres.Tx, a Actor, n New) (id, child int64, err error) {
	err = tx.QueryRow(ctx, insertSQL, idOrNull(n.Child), a.Agency, n.Kind, n.Token, n.Category, n.Channel, n.FoundOn, a.Today, n.Danger,
		textOrNull(n.PoliceNo), n.Suspects, textOrNull(n.Narrative), textOrNull(n.Injury), textOrNull(n.Described), textOrNull(n.Place),
		textOrNull(n.Unit), textOrNull(n.Person), a.Now, a.Staff).Scan(&id, &child)
	return id, child, err
}

// The person of the roster, else the newest post; nobody in conflict, and the
// reporter last.
const onDutySQL = `-- name: FindDutyDesk
SELECT p.staff_id FROM post p
JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON' AND s.vetted_until >= $3::date
WHERE p.role = 'CM' AND p.valid_from <= $3::date AND (p.valid_to IS NULL OR p.valid_to > $3::date) AND p.authorised_until >= $3::date
  AND NOT EXISTS (SELECT FROM conflict_declaration d WHERE d.child_id = $1 AND d.staff_id = p.staff_id AND d.ended_on IS NULL)
ORDER BY p.staff_id = $4,
    EXISTS (SELECT FROM report_duty y WHERE y.staff_id = p.staff_id AND y.starts_at <= $2 AND y.ends_at > $2) DESC,
    p.valid_from DESC, p.id LIMIT 1`

// onDuty is who has the desk now, 0 where the district has no case manager.
func onDuty(ctx context.Context, tx postgres.Tx, a Actor, child int64) (int64, error) {
	return idOf(tx.QueryRow(ctx, onDutySQL, idOrNull(child), a.Now, a.Today, a.Staff))
}

const takeSQL = `-- name: GiveReportToDesk
UPDATE mandatory_report SET handler_id = $2, sealed_handler_id = $2 WHERE id = $1`

func take(ctx context.Context, tx postgres.Tx, id, staff int64) error {
	return execute(ctx, tx, takeSQL, id, staff)
}

const loadSQL = `-- name: LoadReport
SELECT m.id, coalesce(m.child_id, 0), m.state, m.version, coalesce(m.author_id, 0), coalesce(m.handler_id, 0), coalesce(m.supervisor_id, 0),
    coalesce(m.second_handler_id, 0), coalesce(m.closing_by, 0), coalesce(m.guardian_suspected, false), coalesce(m.shield, ''),
    EXISTS (SELECT FROM task t WHERE t.subject = 'mandatory_report' AND t.subject_id = m.id AND t.staff_id = $2 AND t.done_at IS NULL
        AND t.kind <> 'REPORT_SUPPLEMENT'),
    EXISTS (SELECT FROM conflict_declaration d WHERE d.child_id = m.child_id AND d.staff_id = $2 AND d.ended_on IS NULL)
FROM mandatory_report m WHERE m.id = $1 FOR UPDATE OF m`

func loadFor(ctx context.Context, tx postgres.Tx, id, staff int64) (r open, err error) {
	err = tx.QueryRow(ctx, loadSQL, id, staff).Scan(&r.ID, &r.Child, &r.State, &r.Version, &r.Author, &r.Handler, &r.Supervisor,
		&r.Second, &r.ClosingBy, &r.Suspected, &r.Shield, &r.Tasked, &r.Conflicted)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, missing()
	}
	return r, err
}

const advanceSQL = `-- name: AdvanceReport
WITH step AS (INSERT INTO report_step (report_id, made_on, move, note, staff_id) VALUES ($1, $3, $4, $5, $6))
UPDATE mandatory_report SET state = $2, version = version + 1 WHERE id = $1 RETURNING version`

func advance(ctx context.Context, tx postgres.Tx, id int64, a Actor, s step) (version int, err error) {
	err = tx.QueryRow(ctx, advanceSQL, id, s.to, a.Today, s.move, textOrNull(s.note), a.Staff).Scan(&version)
	return version, err
}

const additionSQL = `-- name: AddToReport
UPDATE mandatory_report SET narrative = CASE WHEN narrative IS NULL THEN $2 ELSE narrative END,
    police_notice_no = coalesce(police_notice_no, $3) WHERE id = $1`

func addition(ctx context.Context, tx postgres.Tx, in Addition) error {
	return execute(ctx, tx, additionSQL, in.Report, in.Narrative, textOrNull(in.PoliceNo))
}

const acceptSQL = `-- name: AcceptReport
WITH old AS (
    UPDATE ticket SET closed_at = $6 WHERE code = 'MR-' || $1::bigint || '-' || (SELECT handler_id FROM mandatory_report WHERE id = $1)
        AND staff_id <> $2 AND closed_at IS NULL)
UPDATE mandatory_report SET handler_id = $2, sealed_handler_id = $2, guardian_suspected = $3, shield = $4, second_handler_id = $5 WHERE id = $1`

func accept(ctx context.Context, tx postgres.Tx, r open, now time.Time) error {
	return execute(ctx, tx, acceptSQL, r.ID, r.Handler, r.Suspected, textOrNull(r.Shield), idOrNull(r.Second), now)
}

const secondSQL = `-- name: FindSecondHandler
SELECT s.id FROM staff s JOIN post p ON p.staff_id = s.id
WHERE s.active AND s.kind = 'PERSON' AND s.vetted_until >= $4::date AND s.id <> $2
  AND p.valid_from <= $4::date AND (p.valid_to IS NULL OR p.valid_to > $4::date) AND p.authorised_until >= $4::date
  AND CASE WHEN $3 = '' THEN p.role = 'RP' ELSE p.role IN ('CM', 'RP') AND s.code = $3 END
  AND NOT EXISTS (SELECT FROM conflict_declaration d WHERE d.child_id = $1 AND d.staff_id = s.id AND d.ended_on IS NULL)
ORDER BY p.valid_from DESC, p.id LIMIT 1`

func secondHandler(ctx context.Context, tx postgres.Tx, child int64, a Actor, code string) (int64, error) {
	return idOf(tx.QueryRow(ctx, secondSQL, idOrNull(child), a.Staff, code, a.Today))
}

// A child that is hidden altogether stays so.
const shieldSQL = `-- name: ShieldChild
WITH before AS (
    UPDATE mandatory_report m SET shield_before = c.shield FROM child c WHERE m.id = $1 AND c.id = $2 AND m.shield_before IS NULL),
named AS (
    INSERT INTO shield_handler (child_id, staff_id, named_on, report_id) SELECT $2, x.staff, $4, $1 FROM unnest($5::bigint[]) x (staff)
    ON CONFLICT DO NOTHING)
UPDATE child SET shield = $3 WHERE id = $2 AND shield <> 'FULL'`

func shield(ctx context.Context, tx postgres.Tx, r open, a Actor) error {
	return execute(ctx, tx, shieldSQL, r.ID, r.Child, r.Shield, a.Today, []int64{r.Handler, r.Second})
}

// Only where the second handler is a rights officer who has no case of the child yet.
const rightsCaseSQL = `-- name: OpenRightsCaseOfReport
WITH officer AS (
    SELECT s.id, s.agency_id FROM staff s WHERE s.id = $3 AND EXISTS (SELECT FROM post p WHERE p.staff_id = s.id AND p.role = 'RP')
      AND NOT EXISTS (SELECT FROM rights_case k WHERE k.child_id = $2 AND k.assignee_id = s.id AND k.closed_on IS NULL)),
opened AS (
    INSERT INTO rights_case (child_id, kind, state, opened_on, assignee_id, author_id, author_agency_id, recorded_on, report_id)
    SELECT $2, 'GUARDIANSHIP', 'OPEN', $4, o.id, o.id, o.agency_id, $4, $1 FROM officer o)
INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, reason, opened_at)
SELECT 'RC-MR-' || $1, 'RIGHTS_CASE', 'RIGHTS_CASE', o.id, o.agency_id, $2, '强制报告涉监护人', $5 FROM officer o ON CONFLICT (code) DO NOTHING`

func rightsCase(ctx context.Context, tx postgres.Tx, r open, a Actor) error {
	return execute(ctx, tx, rightsCaseSQL, r.ID, r.Child, r.Second, a.Today, a.Now)
}

const superviseSQL = `-- name: NameSupervisorOfReport
UPDATE mandatory_report SET supervisor_id = (
    SELECT s.id FROM staff s WHERE s.id = $2
      AND NOT EXISTS (SELECT FROM conflict_declaration d WHERE d.child_id = $3 AND d.staff_id = s.id AND d.ended_on IS NULL))
WHERE id = $1 RETURNING coalesce(supervisor_id, 0)`

func supervise(ctx context.Context, tx postgres.Tx, r open, staff int64) (int64, error) {
	return idOf(tx.QueryRow(ctx, superviseSQL, r.ID, staff, r.Child))
}

// Tickets and tasks of the report learn the child with it.
const linkSQL = `-- name: LinkReport
WITH found AS (
    SELECT coalesce($2, (SELECT min(j.child_id) FROM join_token j WHERE j.agency_id = $3 AND j.kind = $4 AND j.token = $5 HAVING count(*) = 1)) AS child
), tickets AS (
    UPDATE ticket SET child_id = (SELECT child FROM found) WHERE code LIKE 'MR-' || $1::bigint || '-%' AND closed_at IS NULL
), tasks AS (
    UPDATE task SET child_id = (SELECT child FROM found)
    WHERE subject = 'mandatory_report' AND subject_id = $1 AND done_at IS NULL AND kind <> 'REPORT_SUPPLEMENT')
UPDATE mandatory_report SET child_id = (SELECT child FROM found) WHERE id = $1 RETURNING coalesce(child_id, 0)`

func link(ctx context.Context, tx postgres.Tx, id int64, a Actor, n New) (int64, error) {
	return idOf(tx.QueryRow(ctx, linkSQL, id, idOrNull(n.Child), a.Agency, n.Kind, n.Token))
}

const notifySQL = `-- name: NotePoliceNotice
UPDATE mandatory_report SET police_notice_no = $2, police_unit = $3 WHERE id = $1`

func notify(ctx context.Context, tx postgres.Tx, id int64, in Notice) error {
	return execute(ctx, tx, notifySQL, id, in.Number, in.Unit)
}

const placeSQL = `-- name: PlaceChild
INSERT INTO temporary_custody (child_id, ground, placement_kind, placement_location, started_on, author_id, author_agency_id, recorded_on, report_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $5, $8)`

func place(ctx context.Context, tx postgres.Tx, r open, a Actor, in Check) error {
	return execute(ctx, tx, placeSQL, r.Child, in.Ground, in.Kind, in.Location, a.Today, a.Staff, a.Agency, r.ID)
}

const assessedSQL = `-- name: NoteFindings
UPDATE mandatory_report SET assessed_safety = $2, assessed_guardianship = $3, assessed_body = $4, assessed_mind = $5 WHERE id = $1`

func assessed(ctx context.Context, tx postgres.Tx, id int64, f Findings) error {
	return execute(ctx, tx, assessedSQL, id, f.Safety, f.Guardianship, f.Body, f.Mind)
}

const plannedSQL = `-- name: NoteProtectionPlan
UPDATE mandatory_report SET planned_on = $2, unquiet_on = $2, plan_consultation_id = $3
WHERE id = $1 AND ($3::bigint IS NULL OR EXISTS (SELECT FROM consultation k WHERE k.id = $3 AND k.child_id = $4
    AND k.state IN ('CONVENED', 'GRANTED', 'MEETING', 'REVOKED', 'CLOSED'))) RETURNING id`

// planned is false where the consultation is not the child's, or was never convened.
func planned(ctx context.Context, tx postgres.Tx, r open, today time.Time, consultation int64) (bool, error) {
	id, err := idOf(tx.QueryRow(ctx, plannedSQL, r.ID, today, idOrNull(consultation), r.Child))
	return id != 0, err
}

// A risk found anew takes back the first signature.
const followedSQL = `-- name: NoteFollowUp
UPDATE mandatory_report SET unquiet_on = CASE WHEN $3 THEN unquiet_on ELSE $2::date END,
    closing_by = CASE WHEN $3 THEN closing_by END
WHERE id = $1
RETURNING coalesce(planned_on, received_on) + (SELECT value::integer FROM parameter WHERE name = 'report_first_month_days') > $2::date`

func followed(ctx context.Context, tx postgres.Tx, id int64, today time.Time, quiet bool) (firstMonth bool, err error) {
	err = tx.QueryRow(ctx, followedSQL, id, today, quiet).Scan(&firstMonth)
	return firstMonth, err
}

const tellSQL = `-- name: TellReporter
UPDATE mandatory_report SET outcome = $3, feedback = $4, feedback_given_on = $2 WHERE id = $1`

func tell(ctx context.Context, tx postgres.Tx, id int64, today time.Time, outcome, feedback string) error {
	return execute(ctx, tx, tellSQL, id, today, outcome, feedback)
}

const quietSQL = `-- name: IsReportQuiet
SELECT coalesce(unquiet_on, planned_on, received_on) + (SELECT value::integer FROM parameter WHERE name = 'report_quiet_days') <= $2::date
FROM mandatory_report WHERE id = $1`

func quietLongEnough(ctx context.Context, tx postgres.Tx, id int64, today time.Time) (quiet bool, err error) {
	err = tx.QueryRow(ctx, quietSQL, id, today).Scan(&quiet)
	return quiet, err
}

const signSQL = `-- name: SignClosingFirst
UPDATE mandatory_report SET closing_by = $2 WHERE id = $1`

func sign(ctx context.Context, tx postgres.Tx, id, staff int64) error {
	return execute(ctx, tx, signSQL, id, idOrNull(staff))
}

const otherHandlerSQL = `-- name: FindOtherHandler
SELECT c.shield = 'FULL', coalesce((SELECT s.id FROM shield_handler h JOIN staff s ON s.id = h.staff_id AND s.active AND s.kind = 'PERSON' AND s.vetted_until >= $4::date
    WHERE h.child_id = c.id AND s.id <> $2
      AND EXISTS (SELECT FROM post p WHERE p.staff_id = s.id AND p.role IN ('CM', 'RP', 'SUP') AND p.valid_from <= $4::date AND (p.valid_to IS NULL OR p.valid_to > $4::date) AND p.authorised_until >= $4::date)
      AND NOT EXISTS (SELECT FROM conflict_declaration d WHERE d.child_id = c.id AND d.staff_id = s.id AND d.ended_on IS NULL)
    ORDER BY s.id = $3 DESC, h.named_on DESC, s.id LIMIT 1), 0)
FROM child c WHERE c.id = $1`

// otherHandler says whether the child is hidden altogether, and then who handles it
// beside the asking person: this report's own second handler first, 0 for nobody.
func otherHandler(ctx context.Context, tx postgres.Tx, r open, a Actor) (hidden bool, staff int64, err error) {
	err = tx.QueryRow(ctx, otherHandlerSQL, r.Child, a.Staff, r.Second, a.Today).Scan(&hidden, &staff)
	if errors.Is(err, pgx.ErrNoRows) { // nobody knows yet which child it is
		return false, 0, nil
	}
	return hidden, staff, err
}

const handOverSQL = `-- name: HandOverReports
WITH tickets AS (
    UPDATE ticket k SET closed_at = $4 FROM mandatory_report m
    WHERE m.child_id = $1 AND m.closed_on IS NULL AND k.code = 'MR-' || m.id || '-' || $2::bigint AND k.closed_at IS NULL)
UPDATE mandatory_report SET handler_id = CASE WHEN handler_id = $2 THEN $3 ELSE handler_id END,
    sealed_handler_id = CASE WHEN sealed_handler_id = $2 AND handler_id = $2 THEN $3 ELSE sealed_handler_id END,
    second_handler_id = CASE WHEN second_handler_id = $2 THEN $3 ELSE second_handler_id END
WHERE child_id = $1 AND closed_on IS NULL AND $2 IN (handler_id, second_handler_id) RETURNING id`

func handOver(ctx context.Context, tx postgres.Tx, h Heir, a Actor) ([]int64, error) {
	rows, err := tx.Query(ctx, handOverSQL, h.Child, h.From, h.To, a.Now)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

const giveTasksSQL = `-- name: GiveReportTasks
UPDATE task t SET staff_id = s.id, agency_id = s.agency_id, ticket_id = $4 FROM staff s
WHERE s.id = $3 AND t.subject = 'mandatory_report' AND t.subject_id = $1 AND t.staff_id = $2 AND t.done_at IS NULL AND t.kind <> 'REPORT_SUPPLEMENT'`

func pass(ctx context.Context, tx postgres.Tx, id int64, h Heir, ticket int64) error {
	return execute(ctx, tx, giveTasksSQL, id, h.From, h.To, idOrNull(ticket))
}

const undecidedSQL = `-- name: HasUndecidedMeasure
SELECT EXISTS (SELECT FROM measure s JOIN mandatory_report m ON m.child_id = s.child_id
    WHERE m.id = $1 AND s.state <> 'LIFTED' AND (s.kept_on IS NULL OR s.kept_on < coalesce(m.feedback_given_on, m.received_on)))`

// undecided reports whether a shield or placement of the child stands that nobody has
// decided to keep since the reporter was told.
func undecided(ctx context.Context, tx postgres.Tx, id int64) (yes bool, err error) {
	err = tx.QueryRow(ctx, undecidedSQL, id).Scan(&yes)
	return yes, err
}

const closedSQL = `-- name: CloseReport
WITH tickets AS (UPDATE ticket SET closed_at = $3 WHERE code LIKE 'MR-' || $1::bigint || '-%' AND closed_at IS NULL)
UPDATE mandatory_report SET closed_on = $2 WHERE id = $1`

func closed(ctx context.Context, tx postgres.Tx, id int64, a Actor) error {
	return execute(ctx, tx, closedSQL, id, a.Today, a.Now)
}

const measuredSQL = `-- name: HasReportMeasures
SELECT EXISTS (SELECT FROM temporary_custody c WHERE c.report_id = $1)
    OR EXISTS (SELECT FROM rights_case k WHERE k.report_id = $1 AND (k.version > 1 OR k.state <> 'OPEN'))`

func measured(ctx context.Context, tx postgres.Tx, id int64) (yes bool, err error) {
	err = tx.QueryRow(ctx, measuredSQL, id).Scan(&yes)
	return yes, err
}

const unfoundSQL = `-- name: CloseReportUnfounded
WITH named AS (DELETE FROM shield_handler WHERE report_id = $1),
cases AS (DELETE FROM rights_case WHERE report_id = $1),
child AS (
    UPDATE child c SET shield = m.shield_before FROM mandatory_report m
    WHERE m.id = $1 AND c.id = m.child_id AND c.shield = m.shield AND m.shield_before IS NOT NULL),
tasks AS (
    UPDATE task t SET done_at = $3, next_rung_at = NULL FROM measure s JOIN mandatory_report m ON m.child_id = s.child_id
    WHERE m.id = $1 AND m.shield_before = 'NONE' AND s.custody_id IS NULL AND t.subject = 'measure' AND t.subject_id = s.id AND t.done_at IS NULL),
tickets AS (
    UPDATE ticket SET closed_at = $3 WHERE (code LIKE 'MR-' || $1::bigint || '-%' OR code = 'RC-MR-' || $1::bigint) AND closed_at IS NULL)
UPDATE mandatory_report SET child_id = NULL, state = 'CLOSED_UNFOUNDED', outcome = 'UNFOUNDED', guardian_suspected = false,
    closed_on = $2, feedback_given_on = $2, feedback = $4 WHERE id = $1`

func unfound(ctx context.Context, tx postgres.Tx, r open, a Actor) error {
	return execute(ctx, tx, unfoundSQL, r.ID, a.Today, a.Now, goodFaith)
}

// The work item of one person for one report.
const ticketSQL = `-- name: OpenReportTicket
INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, reason, opened_at)
SELECT 'MR-' || $1::bigint || '-' || s.id, 'REPORT', 'MANDATORY_REPORT', s.id, s.agency_id, $3, '强制报告', $4 FROM staff s
WHERE s.id = $2 AND EXISTS (SELECT FROM post p WHERE p.staff_id = s.id AND p.role IN ('CM', 'SUP', 'RP'))
ON CONFLICT (code) DO UPDATE SET closed_at = NULL RETURNING id`

func ticketFor(ctx context.Context, tx postgres.Tx, r open, staff int64, now time.Time) (int64, error) {
	return idOf(tx.QueryRow(ctx, ticketSQL, r.ID, staff, idOrNull(r.Child), now))
}

const dueSQL = `-- name: DueAfter
SELECT due_after($1, $2, $3)`

func dueAfter(ctx context.Context, tx postgres.Tx, from time.Time, k task.Kind) (due time.Time, err error) {
	err = tx.QueryRow(ctx, dueSQL, from, k.Due, string(k.Unit)).Scan(&due)
	return due, err
}

const dutySQL = `-- name: PlanReportDuty
INSERT INTO report_duty (staff_id, starts_at, ends_at, named_by)
SELECT s.id, $2, $3, $4 FROM staff s WHERE s.code = $1 AND s.active AND s.kind = 'PERSON'
  AND EXISTS (SELECT FROM post p WHERE p.staff_id = s.id AND p.role = 'CM') RETURNING id`

func plan(ctx context.Context, tx postgres.Tx, a Actor, d Duty) (int64, error) {
	return idOf(tx.QueryRow(ctx, dutySQL, d.Staff, d.From, d.Until, a.Staff))
}

func execute(ctx context.Context, tx postgres.Tx, sql string, args ...any) error {
	_, err := tx.Exec(ctx, sql, args...)
	return err
}

// idOf is the one id of a row, 0 where there is none.
func idOf(row pgx.Row) (id int64, err error) {
	if err = row.Scan(&id); errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

func idOrNull(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
