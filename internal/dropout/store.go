package dropout

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

// fileColumns are what a move works on; {day} is today.
const fileColumns = `SELECT d.id, d.child_id, coalesce(d.stage, ''), coalesce(d.ledger, ''), coalesce(d.outcome, ''), d.version,
    coalesce(d.officer_id, 0), coalesce(d.proposed_by, 0), coalesce(d.evidence, ''), coalesce(d.report_reference, ''),
    coalesce(d.responsible_persons, '{}'), t.day::text, coalesce(d.found_on, t.day)::text, coalesce(absence_clock(d.child_id, e.absent_since)::text, ''),
    coalesce(d.returned_on::text, ''), coalesce(d.watch_until::text, ''), coalesce(d.township_on, d.found_on, t.day)::text,
    coalesce(d.watch_until <= t.day, true)
FROM dropout_case d CROSS JOIN LATERAL (SELECT ($1::timestamptz AT TIME ZONE 'Asia/Shanghai')::date AS day) t
LEFT JOIN enrolment e ON e.child_id = d.child_id AND e.current `

const takeSQL = `-- name: TakeDropoutCase
` + fileColumns + `WHERE d.id = $2 AND d.child_id = $3 ORDER BY d.id FOR UPDATE OF d`

const openCaseSQL = `-- name: TakeOpenDropoutCase
` + fileColumns + `WHERE d.child_id = $2 AND d.cancelled_on IS NULL ORDER BY d.id DESC LIMIT 1 FOR UPDATE OF d`

func scan(row pgx.Row) (*file, error) {
	f := &file{}
	err := row.Scan(&f.id, &f.child, &f.stage, &f.ledger, &f.outcome, &f.version, &f.officer, &f.proposer, &f.evidence, &f.reference,
		&f.responsible, &f.today, &f.found, &f.absentSince, &f.returned, &f.watch, &f.town, &f.watched)
	return f, err
}

// take holds the case until the transaction ends.
func take(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (*file, error) {
	f, err := scan(tx.QueryRow(ctx, takeSQL, d.Now, d.SubjectID, d.ChildID))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.At("id", fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach."))
	}
	return f, err
}

// openCase is the child's open case, held; nil for none.
func openCase(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (*file, error) {
	f, err := scan(tx.QueryRow(ctx, openCaseSQL, d.Now, d.ChildID))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // no case is an answer
	}
	return f, err
}

const saveSQL = `-- name: SaveDropoutCase
UPDATE dropout_case SET stage = $3, ledger = $4, outcome = $5, officer_id = nullif($6::bigint, 0), proposed_by = nullif($7::bigint, 0),
    evidence = nullif($8, ''), report_reference = nullif($9, ''), responsible_persons = $10, version = version + 1,
    suspected_on = CASE WHEN $3 = 'SUSPECTED' THEN coalesce(suspected_on, $2::date) ELSE suspected_on END,
    township_on = CASE WHEN $3 = 'TOWNSHIP_PERSUASION' AND stage <> $3 THEN $2::date ELSE township_on END,
    written_on = CASE WHEN $3 = 'WRITTEN_REPORT' AND stage <> $3 THEN $2::date ELSE written_on END,
    ordered_on = CASE WHEN $3 = 'ORDER' AND stage <> $3 THEN $2::date ELSE ordered_on END,
    confirmed_on = CASE WHEN $3 = 'DROPOUT' THEN coalesce(confirmed_on, $2::date) ELSE confirmed_on END,
    returned_on = CASE WHEN $3 = 'RETURNED' THEN $2::date ELSE returned_on END,
    watch_until = CASE WHEN $3 = 'RETURNED' THEN $2::date + (SELECT p.value::integer FROM parameter p WHERE p.name = 'dropout_watch_days')
        WHEN $3 IN ('REVIEW', 'CANCELLED') THEN watch_until END,
    settled_on = CASE WHEN $3 = 'TRANSFERRED' THEN $2::date ELSE settled_on END,
    cancelled_on = CASE WHEN $3 = 'CANCELLED' THEN $2::date END,
    confirmed_by = CASE WHEN $3 = 'CANCELLED' THEN $11::bigint END
WHERE id = $1 RETURNING version, coalesce(watch_until::text, '')`

func (f *file) save(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	return tx.QueryRow(ctx, saveSQL, f.id, f.today, f.stage, f.ledger, f.outcome, f.officer, f.proposer, f.evidence, f.reference,
		f.responsible, d.Caller.Staff.ID).Scan(&f.version, &f.watch)
}

const dueSQL = `-- name: SetDropoutDue
UPDATE dropout_case SET due_on = (SELECT (min(t.due_at) AT TIME ZONE 'Asia/Shanghai' - interval '1 second')::date FROM task t
    WHERE t.subject = 'dropout_case' AND t.subject_id = $1 AND t.done_at IS NULL) WHERE id = $1`

func (f *file) due(ctx context.Context, tx postgres.Tx) error {
	_, err := tx.Exec(ctx, dueSQL, f.id)
	return err
}

// pupil is a child as its school knows it.
type pupil struct {
	enrolment, school int64
	today, earliest   string
	// expected: of compulsory schooling, enrolled and with no other place.
	expected bool
}

const pupilSQL = `-- name: TakePupil
SELECT e.id, coalesce(e.school_id, 0), t.day::text, (t.day - 200)::text,
    coalesce(e.stage IN ('PRIMARY', 'JUNIOR') AND e.status IN ('ENROLLED', 'RESUMED')
        AND coalesce(e.special_placement, 'NONE') NOT IN ('HOME_TEACHING', 'SPECIAL_SCHOOL')
        AND coalesce(e.not_in_school_category, 'NONE') IN ('NONE', 'LONG_LEAVE', 'SUSPECTED_DROPOUT'), false)
FROM enrolment e CROSS JOIN LATERAL (SELECT ($1::timestamptz AT TIME ZONE 'Asia/Shanghai')::date AS day) t
WHERE e.child_id = $2 AND e.current ORDER BY e.id FOR UPDATE OF e`

// pupilOf holds the child's enrolment, so that two reports of one absence open one case.
func pupilOf(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (pupil, error) {
	p, err := pupilOrNone(ctx, tx, d)
	if err == nil && p.enrolment == 0 {
		err = unready("child", "该生没有学籍。", "The child is enrolled nowhere.")
	}
	return p, err
}

// pupilOrNone is the child as a pupil, with enrolment 0 where it is enrolled nowhere.
func pupilOrNone(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (p pupil, err error) {
	err = tx.QueryRow(ctx, pupilSQL, d.Now, d.ChildID).Scan(&p.enrolment, &p.school, &p.today, &p.earliest, &p.expected)
	if errors.Is(err, pgx.ErrNoRows) {
		return pupil{today: chinatime.Day(d.Now)}, nil
	}
	return p, err
}

const noteSQL = `-- name: NoteAbsence
UPDATE enrolment SET absent_since = $2::date, absent_run_days = school_days(absence_clock(child_id, $2::date), $3::date), absence_category = $4, version = version + 1
WHERE id = $1 RETURNING absent_run_days, absent_run_days >= (SELECT p.value::integer FROM parameter p WHERE p.name = 'dropout_alert_days')`

// note keeps the absence with the enrolment and says whether it is long enough for an alert.
func (p pupil) note(ctx context.Context, tx postgres.Tx, in Absence) (days int, long bool, err error) {
	err = tx.QueryRow(ctx, noteSQL, p.enrolment, in.Since, p.today, in.Category).Scan(&days, &long)
	return days, long, err
}

const daysSQL = `-- name: CountedAbsence
SELECT coalesce(absent_run_days, 0) FROM enrolment WHERE id = $1`

// days is the absence as it was counted last.
func (p pupil) days(ctx context.Context, tx postgres.Tx) (n int, err error) {
	err = tx.QueryRow(ctx, daysSQL, p.enrolment).Scan(&n)
	return n, err
}

const beginSQL = `-- name: BeginDropoutCase
INSERT INTO dropout_case (child_id, school_id, ledger, stage, found_on, reason, absent_run_days, outcome, author_id, author_agency_id,
    recorded_on, version)
VALUES ($1, nullif($2::bigint, 0), 'SCHOOL_AGE', 'NOTED', $3::date, 'UNKNOWN', $4, 'OPEN', nullif($5::bigint, 0), nullif($6::bigint, 0), $3::date, 0) RETURNING id`

// begin makes a case of a child that has none.
func begin(ctx context.Context, tx postgres.Tx, d disclosure.Decided, p pupil, days int) (*file, error) {
	var id int64
	if err := tx.QueryRow(ctx, beginSQL, d.ChildID, p.school, p.today, days, d.Caller.Staff.ID, d.Caller.Agency.ID).Scan(&id); err != nil {
		return nil, err
	}
	return scan(tx.QueryRow(ctx, takeSQL, d.Now, id, d.ChildID))
}

const schoolingSQL = `-- name: SetSchooling
UPDATE enrolment SET version = version + 1,
    status = CASE WHEN $2 IN ('TRANSFERRED', 'RE_ENROLLED') AND EXISTS (SELECT FROM school_transfer t WHERE t.enrolment_id = enrolment.id) THEN status
        WHEN $2 IN ('TRANSFERRED', 'RE_ENROLLED') THEN 'TRANSFERRING_OUT' WHEN $2 IN ('SUSPENDED', 'APPROVED_SUSPENSION') THEN 'SUSPENDED'
        WHEN $2 IN ('DIED', 'LEFT_COUNTRY') THEN 'LEFT' ELSE status END,
    special_placement = CASE WHEN $2 = 'HOME_TEACHING' THEN $2 ELSE special_placement END,
    not_in_school_category = CASE WHEN $2 = 'SUSPECTED' THEN 'SUSPECTED_DROPOUT' WHEN $2 IN ('SUSPENDED', 'APPROVED_SUSPENSION') THEN 'SUSPENDED'
        WHEN $2 = 'SPECIAL_SCHOOL' THEN 'SPECIAL_SCHOOLING' WHEN $2 = 'ILLNESS' THEN 'LONG_LEAVE' END,
    absence_category = CASE WHEN $2 = 'ILLNESS' THEN $2 WHEN $2 = 'SUSPECTED' THEN absence_category END,
    absent_run_days = CASE WHEN $2 IN ('SUSPECTED', 'ILLNESS') THEN absent_run_days ELSE 0 END,
    absent_since = CASE WHEN $2 IN ('SUSPECTED', 'ILLNESS') THEN absent_since END
WHERE child_id = $1 AND current`

// schooling writes into the enrolment, which education holds, what a move came to.
func (f *file) schooling(ctx context.Context, tx postgres.Tx, outcome string) error {
	_, err := tx.Exec(ctx, schoolingSQL, f.child, outcome)
	return err
}

const visitSQL = `-- name: AddPersuasionVisit
WITH done AS (UPDATE action_card SET done_on = $2::date WHERE case_id = $1 AND role = $8 AND done_on IS NULL)
INSERT INTO persuasion_visit (dropout_case_id, visited_on, persons, place_kind, result, next_step, options, recorded_on)
VALUES ($1, $3::date, $4, $5, $6, $7, $9, $2::date)`

// visit adds an entry to the log; the writer was there. Whoever goes has done what
// the card asked.
func (f *file) visit(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Visit) error {
	_, err := tx.Exec(ctx, visitSQL, f.id, f.today, in.On, append([]string{d.Caller.Staff.Code}, in.Persons...), in.Place, in.Result,
		in.NextStep, d.Post.Role, in.Options)
	return err
}

const visitsSQL = `-- name: CountPersuasionVisits
SELECT count(*) FROM persuasion_visit WHERE dropout_case_id = $1 AND visited_on >= $2::date AND NOT ($3 AND coalesce(result = 'AGREED', false))`

// visits counts the entries from a day on, those that failed or all.
func (f *file) visits(ctx context.Context, tx postgres.Tx, since string, failed bool) (n int, err error) {
	err = tx.QueryRow(ctx, visitsSQL, f.id, since, failed).Scan(&n)
	return n, err
}

const orderSQL = `-- name: AddDropoutOrder
INSERT INTO dropout_order (child_id, kind, issued_on, due_on, author_id, author_agency_id, recorded_on)
VALUES ($1, $2, $3::date, $4::date, $5, $6, $3::date)`

func (f *file) order(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Notice) error {
	_, err := tx.Exec(ctx, orderSQL, f.child, in.Kind, f.today, in.Due, d.Caller.Staff.ID, d.Caller.Agency.ID)
	return err
}

const orderDueSQL = `-- name: FindDropoutOrderDue
SELECT coalesce(max(due_on)::text, '') FROM dropout_order WHERE child_id = $1 AND issued_on >= $2::date`

func (f *file) orderDue(ctx context.Context, tx postgres.Tx) (due string, err error) {
	err = tx.QueryRow(ctx, orderDueSQL, f.child, f.found).Scan(&due)
	return due, err
}

const cardSQL = `-- name: IssueDropoutCard
INSERT INTO action_card (child_id, text, issued_by, issued_on, due_on, role, author_id, author_agency_id, case_id, recorded_on)
SELECT $1, $2, $3, $4::date, working_day_after($4::date, (SELECT p.value::integer FROM parameter p WHERE p.name = 'dropout_visit_days')),
    $5, nullif($6::bigint, 0), nullif($7::bigint, 0), $8, $4::date
WHERE NOT EXISTS (SELECT FROM action_card a WHERE a.child_id = $1 AND a.role = $5 AND a.text = $2 AND a.done_on IS NULL)`

// card asks a role for something without saying why.
func (f *file) card(ctx context.Context, tx postgres.Tx, d disclosure.Decided, role, text string) error {
	_, err := tx.Exec(ctx, cardSQL, f.child, text, d.Caller.Agency.Name, f.today, role, d.Caller.Staff.ID, d.Caller.Agency.ID, f.id)
	return err
}

const cardsDoneSQL = `-- name: EndDropoutCards
UPDATE action_card SET done_on = $2::date WHERE case_id = $1 AND done_on IS NULL`

func (f *file) cardsDone(ctx context.Context, tx postgres.Tx) error {
	_, err := tx.Exec(ctx, cardsDoneSQL, f.id, f.today)
	return err
}

const ticketSQL = `-- name: OpenDropoutTicket
WITH held AS (
    SELECT k.id FROM ticket k WHERE k.staff_id = $1 AND k.child_id = $2 AND k.kind = 'DROPOUT_CASE' AND k.closed_at IS NULL
        AND (k.expires_at IS NULL OR k.expires_at > $3) ORDER BY k.id LIMIT 1
), given AS (
    INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, reason, opened_at)
    SELECT 'DC-' || to_char(nextval('dropout_ticket'), 'FM00000000'), 'DROPOUT_CASE', 'DROPOUT_PREVENTION', s.id, s.agency_id, $2, '控辍保学预警', $3
    FROM staff s WHERE s.id = $1 AND NOT EXISTS (SELECT FROM held) RETURNING id
)
SELECT id FROM held UNION ALL SELECT id FROM given ORDER BY id`

// ticket is the work item by which somebody may open the file, given if need be.
func (f *file) ticket(ctx context.Context, tx postgres.Tx, d disclosure.Decided, who int64) (id int64, err error) {
	err = tx.QueryRow(ctx, ticketSQL, who, f.child, d.Now).Scan(&id)
	return id, err
}

const dismissSQL = `-- name: CloseDropoutTickets
UPDATE ticket SET closed_at = greatest($2, opened_at) WHERE child_id = $1 AND kind = 'DROPOUT_CASE' AND closed_at IS NULL`

// dismiss closes the work items of the case.
func (f *file) dismiss(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	_, err := tx.Exec(ctx, dismissSQL, f.child, d.Now)
	return err
}

const reviewerSQL = `-- name: FindReviewer
SELECT p.staff_id FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON'
WHERE p.role = 'DPS' AND p.staff_id <> $1 AND held(p, $2::date)
ORDER BY p.valid_from DESC, p.id LIMIT 1`

// reviewer is another officer than the one who proposed; 0 where there is none.
func reviewer(ctx context.Context, tx postgres.Tx, proposer int64, on time.Time) (who int64, err error) {
	err = tx.QueryRow(ctx, reviewerSQL, proposer, chinatime.Day(on)).Scan(&who)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return who, err
}

const inOfficeSQL = `-- name: OfficerInOffice
SELECT EXISTS (SELECT FROM post p JOIN staff s ON s.id = p.staff_id AND s.active WHERE p.staff_id = $1 AND p.role = 'DPS' AND held(p, $3::date))
  AND NOT deciding.conflicted($2, $1)`

// inOffice reports whether an officer still holds the post, without a conflict of interest.
func inOffice(ctx context.Context, tx postgres.Tx, officer, child int64, on time.Time) (there bool, err error) {
	err = tx.QueryRow(ctx, inOfficeSQL, officer, child, chinatime.Day(on)).Scan(&there)
	return there, err
}

const codesSQL = `-- name: StaffCodes
SELECT coalesce(array_agg(s.code ORDER BY w.n), '{}') FROM unnest($1::bigint[]) WITH ORDINALITY AS w (id, n) JOIN staff s ON s.id = w.id`

// codes are the staff codes of people.
func codes(ctx context.Context, tx postgres.Tx, who []int64) (list []string, err error) {
	err = tx.QueryRow(ctx, codesSQL, who).Scan(&list)
	return list, err
}

const knownSQL = `-- name: KnowsStaff
SELECT NOT EXISTS (SELECT FROM unnest($1::text[]) c WHERE NOT EXISTS (SELECT FROM staff s WHERE s.code = c))`

// known refuses staff codes that nobody has.
func known(ctx context.Context, tx postgres.Tx, persons []string) error {
	all := false
	if err := tx.QueryRow(ctx, knownSQL, persons).Scan(&all); err != nil || all {
		return err
	}
	return fault.At("persons", fault.New(fault.BadRequest, "有不存在的工号。", "There is a staff code that nobody has."))
}
