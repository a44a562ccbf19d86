package registering

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

const holdSQL = `-- name: HoldRegistration
SELECT 1 FROM registration WHERE child_id = $1 FOR UPDATE`

const loadSQL = `-- name: LoadRegistrationToMove
SELECT CASE WHEN c.merged_into IS NOT NULL THEN 'MERGED' WHEN r.child_id IS NULL THEN 'NONE' WHEN r.status = 'CANDIDATE' AND r.claimed_by IS NOT NULL THEN 'CLAIMED' ELSE coalesce(r.status, 'NONE') END,
    coalesce(r.version, 0), coalesce(r.claimed_by, 0), coalesce(r.nominated_by, 0), coalesce(r.ticket_id, 0),
    coalesce('HARDSHIP' = ANY (r.kinds), false),
    definition_met((SELECT value FROM parameter WHERE name = 'definition_in_force'), r.left_behind_since, r.away_reach, r.care_reason, c.birth_date, $2::date),
    coalesce(c.hukou_type = 'NONE', false),
    c.birth_date + interval '6 years' <= $2::date AND c.birth_date + interval '16 years' > $2::date AND (e.status IS NULL OR e.status = 'NO_ENROLMENT'),
    coalesce(h.immunisation = 'DUE', false),
    EXISTS (SELECT FROM merge_proposal m WHERE m.child_id = c.id AND m.state = 'PROPOSED' AND m.asked_at IS NOT NULL),
    coalesce('MIGRANT' = ANY (r.kinds) AND r.migrant_since <= $2::date - (SELECT value::integer FROM parameter WHERE name = 'migrant_months') * interval '1 month'
        AND c.birth_date > $2::date - (SELECT value::integer FROM parameter WHERE name = 'migrant_age_limit') * interval '1 year', false),
    coalesce(r.spot_asked_on IS NOT NULL AND r.spot_checked_on IS NULL, false),
    coalesce(r.exit_reason = 'DIED', false) OR c.birth_date <= $2::date - interval '18 years',
    coalesce(r.status = 'EXITED' AND r.exit_reason = 'ERROR' AND r.exited_by IS NOT NULL AND r.error_told_at IS NULL, false)
FROM child c LEFT JOIN registration r ON r.child_id = c.id LEFT JOIN enrolment e ON e.child_id = c.id AND e.current LEFT JOIN health h ON h.child_id = c.id
WHERE c.id = $1`

// load takes the registration of a child, if there is one, and what decides about it.
func load(ctx context.Context, tx postgres.Tx, child int64, now time.Time) (*entry, error) {
	if _, err := tx.Exec(ctx, holdSQL, child); err != nil {
		return nil, err
	}
	e := &entry{child: child}
	err := tx.QueryRow(ctx, loadSQL, child, chinatime.Day(now)).Scan(&e.state, &e.version, &e.claimer, &e.nominator, &e.ticket,
		&e.hardship, &e.met, &e.noHukou, &e.notEnrolled, &e.vaccinesDue, &e.doubtful, &e.migrant, &e.spot, &e.over, &e.untold)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "没有这名儿童，或不在您的范围内。", "There is no such child in your reach.")
	}
	return e, err
}

const nominateSQL = `-- name: NominateChild
INSERT INTO registration AS r (child_id, kinds, status, left_behind, nominated_by, nominated_on, nomination_source, recorded_on, synthetic)
SELECT c.id, '{}', 'CANDIDATE', false, $2, $3::date, $4, $3::date, c.synthetic FROM child c WHERE c.id = $1
ON CONFLICT (child_id) DO UPDATE SET status = 'CANDIDATE', nominated_by = $2, nominated_on = $3::date, nomination_source = $4, claimed_by = NULL, claimed_on = NULL,
    reject_reason = NULL, recorded_on = $3::date, version = r.version + 1 WHERE r.status IS NULL OR r.status = 'REJECTED'
RETURNING version`

func nominate(ctx context.Context, tx postgres.Tx, child, by int64, source *string, now time.Time) (int, error) {
	return moved(tx.QueryRow(ctx, nominateSQL, child, orNull(by), chinatime.Day(now), source))
}

// Who comes back begins anew: which times the child was on the register is kept, and
// shown to nobody; what the register had decided and found is not carried over.
const beginAnewSQL = `-- name: BeginRegistrationAnew
UPDATE registration SET status = NULL, earlier = coalesce(earlier, '[]') || jsonb_build_object('registeredOn', registered_on, 'kinds', kinds, 'definition', definition_version,
        'exitedOn', exited_on, 'reason', exit_reason, 'evidence', exit_evidence, 'by', exited_by),
    kinds = '{}', left_behind = false, left_behind_since = NULL, left_behind_ended_on = NULL, left_behind_ended_by = NULL, care_reason = NULL, away_reach = NULL, capacity_evidence = NULL,
    parent_home_since = NULL, migrant_since = NULL, definition_version = NULL, registered_on = NULL, confirmed_by = NULL, verified_by = NULL, verified_on = NULL, reverify_on = NULL,
    hardship_groups = NULL, risk_level = NULL, risk_confirmed_by = NULL, risk_suggested = NULL, risk_suggested_on = NULL, focus_since = NULL,
    exit_reason = NULL, exit_evidence = NULL, exited_on = NULL, exited_by = NULL, error_told_at = NULL, age_notice_on = NULL, return_notice_on = NULL, reverify_notice_on = NULL,
    spot_drawn = NULL, spot_asked_on = NULL, spot_checked_on = NULL, spot_checked_by = NULL, spot_result = NULL
WHERE child_id = $1 AND status = 'EXITED'`

func beginAnew(ctx context.Context, tx postgres.Tx, child int64) error {
	_, err := tx.Exec(ctx, beginAnewSQL, child)
	return err
}

// orNull leaves a reference to nothing empty.
func orNull(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

const duplicateSQL = `-- name: CloseDuplicateFile
WITH t AS (UPDATE task SET done_at = $2, done_by = $3, next_rung_at = NULL
    WHERE child_id = $1 AND subject = 'registration' AND done_at IS NULL RETURNING kind)
UPDATE registration SET status = 'EXITED', exit_reason = 'DUPLICATE', exited_on = $4::date, exited_by = $3, recorded_on = $4::date, ticket_id = NULL, version = version + 1
WHERE child_id = $1 RETURNING nomination_source, (SELECT coalesce(array_agg(kind ORDER BY kind), '{}') FROM t)`

// closeDuplicate ends the registration, and what was to be done about it.
func closeDuplicate(ctx context.Context, tx postgres.Tx, child int64, d disclosure.Decided) (source *string, kinds []string, err error) {
	err = tx.QueryRow(ctx, duplicateSQL, child, d.Now, d.Caller.Staff.ID, chinatime.Day(d.Now)).Scan(&source, &kinds)
	return source, kinds, err
}

// moved reads the new version; without a row somebody else was first.
func moved(row pgx.Row) (version int, err error) {
	err = row.Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fault.New(fault.Conflict, "记录刚被他人更改，请刷新后再试。", "Somebody else has just changed the record; read it again.")
	}
	return version, err
}

// A nomination opens a survey of the village where none is open long enough.
const batchSQL = `-- name: OpenSurveyBatch
INSERT INTO survey_batch (division_id, opens_on, closes_on)
SELECT c.residence_village_id, $2::date, $2::date + p.value::integer FROM child c JOIN parameter p ON p.name = 'register_batch_days'
WHERE c.id = $1 AND NOT EXISTS (SELECT FROM survey_batch b WHERE b.division_id = c.residence_village_id
    AND b.opens_on <= $2::date AND b.closes_on >= $2::date + p.value::integer / 2)`

func openBatch(ctx context.Context, tx postgres.Tx, child int64, now time.Time) error {
	_, err := tx.Exec(ctx, batchSQL, child, chinatime.Day(now))
	return err
}

const itemSQL = `-- name: HoldSurveyTicket
UPDATE registration SET ticket_id = $2 WHERE child_id = $1`

const reverifiedSQL = `-- name: CloseReverifyTickets
UPDATE ticket k SET closed_at = greatest($2, k.opened_at) FROM task t
WHERE t.ticket_id = k.id AND k.closed_at IS NULL AND t.subject = 'registration' AND t.subject_id = $1 AND t.kind = $3 AND t.done_at IS NULL`

// reverified closes the work items by which the child was to be verified anew.
func reverified(ctx context.Context, tx postgres.Tx, child int64, now time.Time) error {
	_, err := tx.Exec(ctx, reverifiedSQL, child, now, toReverify().Code)
	return err
}

// hold notes which work item the survey of the child hangs on now.
func hold(ctx context.Context, tx postgres.Tx, child, item int64) error {
	_, err := tx.Exec(ctx, itemSQL, child, item)
	return err
}

const claimSQL = `-- name: ClaimChild
UPDATE registration SET claimed_by = $2, claimed_on = $3::date, version = version + 1 WHERE child_id = $1 RETURNING version`

func claim(ctx context.Context, tx postgres.Tx, child, by int64, now time.Time) (int, error) {
	return moved(tx.QueryRow(ctx, claimSQL, child, by, chinatime.Day(now)))
}

const verifySQL = `-- name: VerifyChild
UPDATE registration r SET care_reason = $2, left_behind_since = coalesce($3::date, r.left_behind_since), away_reach = $4, capacity_evidence = $5,
    return_notice_on = CASE WHEN r.parent_home_since IS NOT DISTINCT FROM $6::date THEN r.return_notice_on END, parent_home_since = $6::date,
    verified_by = $7, verified_on = $8::date, reverify_on = next_reverify($8::date), recorded_on = $8::date,
    status = $9, version = r.version + 1
FROM child c WHERE r.child_id = $1 AND c.id = r.child_id
RETURNING r.version, definition_met((SELECT value FROM parameter WHERE name = 'definition_in_force'), r.left_behind_since, r.away_reach, r.care_reason, c.birth_date, $8::date)`

func (e *entry) verify(ctx context.Context, tx postgres.Tx, in Finding, d disclosure.Decided) error {
	return tx.QueryRow(ctx, verifySQL, e.child, in.Reason, in.Since, in.Reach, in.Evidence, in.HomeSince, d.Caller.Staff.ID, chinatime.Day(d.Now), e.state).
		Scan(&e.version, &e.metAnew)
}

const confirmSQL = `-- name: ConfirmRegistration
UPDATE registration SET status = 'REGISTERED', left_behind = $2, hardship_groups = $3, risk_level = $6, risk_confirmed_by = (SELECT code FROM staff WHERE id = $4),
    kinds = CASE WHEN $2 THEN ARRAY['LEFT_BEHIND'] ELSE '{}'::text[] END || CASE WHEN $7 THEN ARRAY['MIGRANT'] ELSE '{}'::text[] END || CASE WHEN cardinality($3::text[]) > 0 THEN ARRAY['HARDSHIP'] ELSE '{}'::text[] END,
    definition_version = (SELECT value FROM parameter WHERE name = 'definition_in_force'), registered_on = $5::date, confirmed_by = $4,
    reverify_on = next_reverify($5::date), recorded_on = $5::date, ticket_id = NULL, version = version + 1
WHERE child_id = $1 RETURNING version`

func confirm(ctx context.Context, tx postgres.Tx, e *entry, in Decision, d disclosure.Decided) (int, error) {
	return moved(tx.QueryRow(ctx, confirmSQL, e.child, e.met, in.groups(), d.Caller.Staff.ID, chinatime.Day(d.Now), in.Risk, e.migrant))
}

const rejectSQL = `-- name: RejectRegistration
UPDATE registration SET status = 'REJECTED', reject_reason = $2, confirmed_by = $3, ticket_id = NULL, version = version + 1 WHERE child_id = $1 RETURNING version`

func reject(ctx context.Context, tx postgres.Tx, child, by int64, reason string) (int, error) {
	return moved(tx.QueryRow(ctx, rejectSQL, child, reason, by))
}

// In each township and quarter, as many are drawn as keep the share at or above the
// county's; which ones follows from their numbers alone, so that the draw can be repeated
// by whoever doubts it. Whom another county leads is checked there.
const drawSQL = `-- name: DrawRegistrations
WITH waiting AS (
    SELECT r.child_id, r.confirmed_by, c.residence_township_id AS town, date_trunc('quarter', r.registered_on)::date AS quarter
    FROM registration r JOIN child c ON c.id = r.child_id
    WHERE r.status = 'REGISTERED' AND r.spot_drawn IS NULL AND r.confirmed_by IS NOT NULL AND r.kinds <> '{}' ORDER BY r.child_id LIMIT $1 FOR UPDATE OF r),
ranked AS (
    SELECT w.*, row_number() OVER (PARTITION BY w.town, w.quarter ORDER BY md5(w.quarter || ':' || w.child_id), w.child_id) AS rank, count(*) OVER (PARTITION BY w.town, w.quarter) AS here
    FROM waiting w),
before AS (
    SELECT g.town, g.quarter, count(r.child_id) AS all_of, count(r.child_id) FILTER (WHERE r.spot_drawn) AS drawn
    FROM (SELECT DISTINCT town, quarter FROM waiting) g LEFT JOIN child c ON c.residence_township_id = g.town
    LEFT JOIN registration r ON r.child_id = c.id AND r.spot_drawn IS NOT NULL AND r.registered_on >= g.quarter AND r.registered_on < g.quarter + interval '3 months'
    GROUP BY g.town, g.quarter)
SELECT k.child_id, k.confirmed_by, k.rank <= ceil((b.all_of + k.here) * p.value::integer / 100.0) - b.drawn
FROM ranked k JOIN before b ON b.town IS NOT DISTINCT FROM k.town AND b.quarter IS NOT DISTINCT FROM k.quarter JOIN parameter p ON p.name = 'register_spot_percent' ORDER BY k.child_id`

func drawLots(ctx context.Context, tx postgres.Tx) ([]lot, error) {
	rows, err := tx.Query(ctx, drawSQL, drawn)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (l lot, err error) {
		err = row.Scan(&l.child, &l.confirmer, &l.drawn)
		return l, err
	})
}

const lotSQL = `-- name: NoteLot
UPDATE registration SET spot_drawn = $2, spot_asked_on = CASE WHEN $2 THEN $3::date END WHERE child_id = $1`

func noteLot(ctx context.Context, tx postgres.Tx, l lot, now time.Time) error {
	_, err := tx.Exec(ctx, lotSQL, l.child, l.drawn, chinatime.Day(now))
	return err
}

const spottedSQL = `-- name: SpotCheckRegistration
UPDATE registration SET spot_checked_on = $2::date, spot_checked_by = $3, spot_result = $4, ticket_id = NULL, version = version + 1 WHERE child_id = $1 RETURNING version`

func spotted(ctx context.Context, tx postgres.Tx, child int64, result string, d disclosure.Decided) (int, error) {
	return moved(tx.QueryRow(ctx, spottedSQL, child, chinatime.Day(d.Now), d.Caller.Staff.ID, result))
}

const exitSQL = `-- name: ExitRegister
UPDATE registration SET status = 'EXITED', exit_reason = $2, exit_evidence = $3, exited_on = $4::date, exited_by = $5, recorded_on = $4::date, version = version + 1
WHERE child_id = $1 RETURNING version`

func exit(ctx context.Context, tx postgres.Tx, child int64, in Leaving, by int64, now time.Time) (int, error) {
	return moved(tx.QueryRow(ctx, exitSQL, child, in.Reason, in.Evidence, chinatime.Day(now), orNull(by)))
}

const unansweredSQL = `-- name: TransferUnanswered
SELECT EXISTS (SELECT FROM transfer_request WHERE child_id = $1 AND state = 'SENT' AND hub IS NOT NULL)`

// unanswered says whether another hub has yet to answer a hand-over of the child.
func unanswered(ctx context.Context, tx postgres.Tx, child int64) (is bool, err error) {
	return is, tx.QueryRow(ctx, unansweredSQL, child).Scan(&is)
}

const arriveSQL = `-- name: ArriveFromElsewhere
INSERT INTO registration AS r (child_id, kinds, status, migrant_since, nominated_by, nominated_on, recorded_on) VALUES ($1, ARRAY['MIGRANT'], 'CANDIDATE', $3::date, $2, $4::date, $4::date)
ON CONFLICT (child_id) DO NOTHING`

func arrive(ctx context.Context, tx postgres.Tx, child, by int64, since string, now time.Time) error {
	_, err := tx.Exec(ctx, arriveSQL, child, by, since, chinatime.Day(now))
	return err
}

const hostSQL = `-- name: HostFromElsewhere
INSERT INTO registration (child_id, kinds, status, left_behind, risk_level, risk_confirmed_by, registered_on, confirmed_by, reverify_on, recorded_on)
SELECT $1, '{}', 'REGISTERED', false, $2, s.code, $3::date, s.id, next_reverify($3::date), $3::date FROM staff s WHERE s.id = $4
ON CONFLICT (child_id) DO NOTHING`

func host(ctx context.Context, tx postgres.Tx, d disclosure.Decided, risk string) error {
	_, err := tx.Exec(ctx, hostSQL, d.ChildID, risk, chinatime.Day(d.Now), d.Caller.Staff.ID)
	return err
}

// What hangs on the register ends with it; reports, referrals and cases keep their own
// clock. Visits that nobody has made are closed, not deleted.
const windSQL = `-- name: WindUp
WITH v AS (UPDATE visit SET state = 'CLOSED', closed_at = $2, version = version + 1
    WHERE child_id = ANY ($1) AND state IN ('PLANNED', 'ASSIGNED', 'NOT_AT_HOME', 'CHILD_NOT_SEEN', 'REFUSED')),
k AS (UPDATE ticket SET closed_at = greatest($2, opened_at) WHERE child_id = ANY ($1) AND closed_at IS NULL AND kind IN ('VISIT_TASK', 'SURVEY_BATCH'))
UPDATE task SET done_at = $2, next_rung_at = NULL
WHERE child_id = ANY ($1) AND done_at IS NULL AND (subject = 'visit' OR subject = 'registration' AND kind LIKE 'REGISTER\_%' AND kind NOT IN ('REGISTER_ANSWER', 'REGISTER_FOLLOW_UP'))`

func wind(ctx context.Context, tx postgres.Tx, children []int64, now time.Time) error {
	if len(children) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, windSQL, children, now)
	return err
}

// Registration and child are taken together; what somebody holds is left for the next
// run, so that the night waits for nobody.
const ageSQL = `-- name: SwitchByAge
WITH p AS (
    SELECT r.child_id, 'HARDSHIP' = ANY (r.kinds) AND c.birth_date + interval '18 years' > $1::date AS stays,
        r.kinds && ARRAY['LEFT_BEHIND', 'MIGRANT'] OR coalesce(r.left_behind, false) AS young
    FROM registration r JOIN child c ON c.id = r.child_id LEFT JOIN definition_version v ON v.code = r.definition_version
    WHERE r.status = 'REGISTERED' AND c.birth_date <= $1::date - 14 * 365
      AND ((r.kinds && ARRAY['LEFT_BEHIND', 'MIGRANT'] OR r.left_behind) AND c.birth_date + coalesce(v.age_limit, 16) * interval '1 year' <= $1::date
        OR c.birth_date + interval '18 years' <= $1::date)
    ORDER BY r.child_id LIMIT $2 FOR UPDATE OF r SKIP LOCKED FOR NO KEY UPDATE OF c SKIP LOCKED)
UPDATE registration r SET kinds = array_remove(array_remove(r.kinds, 'LEFT_BEHIND'), 'MIGRANT'), left_behind = false,
    left_behind_ended_on = CASE WHEN p.young THEN $1::date ELSE r.left_behind_ended_on END,
    left_behind_ended_by = CASE WHEN p.young THEN 'AGE_16' ELSE r.left_behind_ended_by END,
    status = CASE WHEN p.stays THEN 'REGISTERED' ELSE 'EXITED' END,
    exit_reason = CASE WHEN p.stays THEN r.exit_reason WHEN p.young THEN 'AGE_16' ELSE 'AGE_18' END,
    exited_on = CASE WHEN p.stays THEN r.exited_on ELSE $1::date END, recorded_on = $1::date, version = r.version + 1
FROM p WHERE r.child_id = p.child_id RETURNING r.child_id, NOT p.stays`

// age makes the switches of a day for some children; left are those who left.
func age(ctx context.Context, tx postgres.Tx, now time.Time) (children, left []int64, err error) {
	rows, err := tx.Query(ctx, ageSQL, chinatime.Day(now), batch)
	if err != nil {
		return nil, nil, err
	}
	var child int64
	var gone bool
	_, err = pgx.ForEachRow(rows, []any{&child, &gone}, func() error {
		children = append(children, child)
		if gone {
			left = append(left, child)
		}
		return nil
	})
	return children, left, err
}

// holding finds, for the children of p, who holds the role in $3: the director of the
// village or, where that is vacant or the supervisor is asked for, the supervisor, and in
// the supervisor's stead the case manager.
const holding = `
SELECT u.child_id, coalesce(w.staff_id, 0), coalesce(w.role = 'DIR', false)
FROM u JOIN child c ON c.id = u.child_id LEFT JOIN LATERAL (SELECT h.staff_id, h.role FROM post h JOIN staff s ON s.id = h.staff_id AND s.active AND s.kind = 'PERSON'
    WHERE held(h, $1::date) AND NOT deciding.conflicted(c.id, s.id) AND NOT deciding.hidden(c.id, s.id)
      AND ($3 = 'DIR' AND h.role = 'DIR' AND h.division_id = c.residence_village_id OR h.role = 'SUP' AND h.division_id = c.residence_township_id OR h.role = 'CM')
    ORDER BY array_position(ARRAY['DIR', 'SUP', 'CM'], h.role), h.valid_from DESC, h.id LIMIT 1) w ON true ORDER BY u.child_id`

const turningSQL = `-- name: RemindOfSixteen
WITH p AS (SELECT r.child_id FROM registration r JOIN child c ON c.id = r.child_id JOIN parameter n ON n.name = 'register_age_notice_days'
    WHERE r.status = 'REGISTERED' AND r.age_notice_on IS NULL AND r.left_behind AND c.birth_date <= $1::date - 14 * 365
      AND c.birth_date + interval '16 years' > $1::date AND c.birth_date + interval '16 years' <= $1::date + n.value::integer
    ORDER BY r.child_id LIMIT $2 FOR UPDATE OF r SKIP LOCKED FOR NO KEY UPDATE OF c SKIP LOCKED),
u AS (UPDATE registration r SET age_notice_on = $1::date FROM p WHERE r.child_id = p.child_id RETURNING r.child_id)` + holding

const reverifySQL = `-- name: RemindOfVerification
WITH p AS (SELECT r.child_id FROM registration r JOIN child c ON c.id = r.child_id
    WHERE r.status = 'REGISTERED' AND r.reverify_on <= $1::date AND (r.reverify_notice_on IS NULL OR r.reverify_notice_on < r.reverify_on)
    ORDER BY r.child_id LIMIT $2 FOR UPDATE OF r SKIP LOCKED FOR NO KEY UPDATE OF c SKIP LOCKED),
u AS (UPDATE registration r SET reverify_notice_on = $1::date FROM p WHERE r.child_id = p.child_id RETURNING r.child_id)` + holding

const returnedSQL = `-- name: RemindOfReturn
WITH p AS (SELECT r.child_id FROM registration r JOIN child c ON c.id = r.child_id
    JOIN definition_version v ON v.code = coalesce(r.definition_version, (SELECT value FROM parameter WHERE name = 'definition_in_force'))
    WHERE r.status = 'REGISTERED' AND r.left_behind AND r.return_notice_on IS NULL AND r.parent_home_since + v.months * interval '1 month' <= $1::date
    ORDER BY r.child_id LIMIT $2 FOR UPDATE OF r SKIP LOCKED FOR NO KEY UPDATE OF c SKIP LOCKED),
u AS (UPDATE registration r SET return_notice_on = $1::date FROM p WHERE r.child_id = p.child_id RETURNING r.child_id)` + holding

// reminded is a child and who hears of it, 0 for nobody in post; its director, or the
// supervisor in the director's stead.
type reminded struct {
	child, staff int64
	director     bool
}

func due(ctx context.Context, tx postgres.Tx, r reminder, now time.Time) ([]reminded, error) {
	rows, err := tx.Query(ctx, r.sql, chinatime.Day(now), reminders, r.role)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c reminded, err error) {
		err = row.Scan(&c.child, &c.staff, &c.director)
		return c, err
	})
}

const errorSQL = `-- name: TakeErrorToTell
UPDATE registration SET error_told_at = $1 WHERE child_id = (SELECT child_id FROM registration
    WHERE status = 'EXITED' AND exit_reason = 'ERROR' AND exited_by IS NOT NULL AND error_told_at IS NULL ORDER BY child_id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING child_id`

// A system of an agency is a recipient like a person (政务数据共享条例26): it follows its
// tasks with changes(after:). The child's disclosures and then their entries are fenced
// off: the planner takes one child for a two-hundredth of the log, and would read it all.
const readersSQL = `-- name: ReadersOfRegistration
SELECT DISTINCT e.staff_id
FROM (SELECT y.at, y.sequence, y.set_id FROM audit_packed y WHERE y.child_ids @> ARRAY[$1::bigint] OFFSET 0) d
CROSS JOIN LATERAL (SELECT n.staff_id FROM audit_entry n WHERE n.at = d.at AND n.sequence = d.sequence OFFSET 0) e
JOIN audit_set s ON s.id = d.set_id JOIN staff w ON w.id = e.staff_id AND w.active
WHERE EXISTS (SELECT FROM unnest(s.coordinates) x WHERE x LIKE 'Registration.%') ORDER BY 1`

// takeError takes one registration that was an error; 0 where none is left.
func takeError(ctx context.Context, tx postgres.Tx, now time.Time) (child int64, err error) {
	err = tx.QueryRow(ctx, errorSQL, now).Scan(&child)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return child, err
}

// readersOf are those whom the log knows to have read the registration of a child.
func readersOf(ctx context.Context, tx postgres.Tx, child int64) ([]int64, error) {
	rows, err := tx.Query(ctx, readersSQL, child)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}
