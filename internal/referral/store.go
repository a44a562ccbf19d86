package referral

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/consent"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

const fileColumns = `SELECT r.id, r.child_id, coalesce(r.author_id, 0), coalesce(r.assignee_id, 0), coalesce(r.to_school_id, 0), coalesce(r.clinic_id, 0),
    coalesce(r.emergency_id, 0), coalesce(r.state, ''), coalesce(r.level, y.level, ''), coalesce(r.consent_basis, CASE WHEN r.guardian_consent THEN 'GUARDIAN' END, ''),
    coalesce(r.consent_relation, ''), coalesce(r.consent_on::text, ''), coalesce(r.child_view, ''), r.version,
    extract(year FROM age(t.day, c.birth_date))::integer, coalesce(r.unreachable_tries, 0), coalesce(r.urgent, false), coalesce(y.in_crisis, false),
    coalesce(r.guardian_informed_on::text, ''), coalesce(r.guardian_informed_how, ''), coalesce(r.guardian_informed_proof, ''),
    coalesce(r.unreachable_on::text, ''), coalesce(r.refused_on::text, ''), coalesce(r.screened_on::text, ''), coalesce(r.planned_on::text, ''),
    coalesce(r.plan_note, ''), coalesce(r.to_unit, ''), coalesce(r.measures, '{}'), coalesce(r.referred_on::text, ''), coalesce(r.escort, ''),
    coalesce(r.follow_since::text, ''), coalesce(r.followed_on::text, ''),
    coalesce(r.next_follow_up_on::text, ''), coalesce(r.follow_note, ''), coalesce(r.outcome, ''), t.day::text
FROM psych_referral r JOIN child c ON c.id = r.child_id LEFT JOIN psychology y ON y.child_id = r.child_id
CROSS JOIN LATERAL (SELECT ($1::timestamptz AT TIME ZONE 'Asia/Shanghai')::date AS day) t `

const takeSQL = `-- name: TakeReferral
` + fileColumns + `WHERE r.id = $2 AND r.child_id = $3 ORDER BY r.id FOR UPDATE OF r`

func scan(row pgx.Row) (*file, error) {
	f := &file{}
	err := row.Scan(&f.id, &f.child, &f.author, &f.assignee, &f.school, &f.clinic, &f.emergency, &f.state, &f.level, &f.basis,
		&f.relation, &f.consentOn, &f.view, &f.version, &f.age, &f.tries, &f.urgent, &f.crisis, &f.informedOn, &f.how, &f.proof,
		&f.unreachableOn, &f.refusedOn, &f.screenedOn, &f.plannedOn, &f.planNote, &f.toUnit, &f.measures, &f.referredOn, &f.escort,
		&f.followSince, &f.followedOn, &f.nextOn, &f.followNote, &f.outcome, &f.today)
	return f, err
}

// take holds the referral until the transaction ends.
func take(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (*file, error) {
	f, err := scan(tx.QueryRow(ctx, takeSQL, d.Now, d.SubjectID, d.ChildID))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, missing()
	}
	return f, err
}

// opened is the child's open referral, or what one begins with.
type opened struct {
	*file
	// atSchool is the child's school, 0 for none.
	atSchool int64
}

// Two flags of one child wait for each other here.
const lockSQL = `-- name: LockChildOfReferral
SELECT coalesce((SELECT e.school_id FROM enrolment e WHERE e.child_id = c.id AND e.current), 0) FROM child c WHERE c.id = $1 FOR NO KEY UPDATE OF c`

const openSQL = `-- name: TakeOpenReferral
` + fileColumns + `WHERE r.child_id = $2 AND r.closed_on IS NULL ORDER BY r.id DESC LIMIT 1 FOR UPDATE OF r`

// takeOpen holds the child's open referral.
func takeOpen(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (*file, error) {
	f, err := scan(tx.QueryRow(ctx, openSQL, d.Now, d.ChildID))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, missing()
	}
	return f, err
}

func openOf(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (*opened, error) {
	o := &opened{}
	if err := tx.QueryRow(ctx, lockSQL, d.ChildID).Scan(&o.atSchool); err != nil {
		return nil, err
	}
	var err error
	if o.file, err = scan(tx.QueryRow(ctx, openSQL, d.Now, d.ChildID)); errors.Is(err, pgx.ErrNoRows) {
		o.file = &file{child: d.ChildID, state: Flagged, version: 1, author: d.Caller.Staff.ID}
		return o, nil
	}
	return o, err
}

const beginSQL = `-- name: BeginReferral
INSERT INTO psych_referral (child_id, from_unit, to_unit, state, opened_on, source, urgent, to_school_id, author_id, author_agency_id, recorded_on)
SELECT $1, a.name, (SELECT s.name FROM school s WHERE s.id = $5), 'FLAGGED', t.day, $3, $4, nullif($5::bigint, 0), x.id, a.id, t.day
FROM staff x JOIN agency a ON a.id = x.agency_id
CROSS JOIN LATERAL (SELECT ($6::timestamptz AT TIME ZONE 'Asia/Shanghai')::date AS day) t WHERE x.id = $2
RETURNING id, opened_on::text`

// begin flags.
func (o *opened) begin(ctx context.Context, tx postgres.Tx, d disclosure.Decided, source string) error {
	return tx.QueryRow(ctx, beginSQL, o.child, d.Caller.Staff.ID, source, o.urgent, o.school, d.Now).Scan(&o.id, &o.today)
}

const saveSQL = `-- name: SaveReferral
UPDATE psych_referral SET state = $2, level = nullif($3, ''), consent_basis = nullif($4, ''), consent_relation = nullif($5, ''),
    consent_on = nullif($6, '')::date, child_view = nullif($7, ''), unreachable_tries = $8, urgent = $9, guardian_informed_on = nullif($10, '')::date,
    guardian_informed_how = nullif($11, ''), guardian_informed_proof = nullif($12, ''), unreachable_on = nullif($13, '')::date,
    refused_on = nullif($14, '')::date, screened_on = nullif($15, '')::date, planned_on = nullif($16, '')::date, plan_note = nullif($17, ''),
    to_unit = nullif($18, ''), measures = $19, referred_on = nullif($20, '')::date, escort = nullif($21, ''),
    follow_since = nullif($22, '')::date, followed_on = nullif($23, '')::date, next_follow_up_on = nullif($24, '')::date,
    follow_note = nullif($25, ''), outcome = nullif($26, ''), closed_on = nullif($27, '')::date, to_school_id = nullif($28::bigint, 0),
    assignee_id = nullif($29::bigint, 0), clinic_id = nullif($30::bigint, 0), emergency_id = nullif($31::bigint, 0),
    guardian_consent = CASE WHEN $4 = 'GUARDIAN' THEN true WHEN $14 <> '' THEN false END, version = version + 1
WHERE id = $1 RETURNING version`

// save keeps everything but what the clinic is the source of.
func (f *file) save(ctx context.Context, tx postgres.Tx) error {
	return tx.QueryRow(ctx, saveSQL, f.id, f.state, f.level, f.basis, f.relation, f.consentOn, f.view, f.tries, f.urgent, f.informedOn,
		f.how, f.proof, f.unreachableOn, f.refusedOn, f.screenedOn, f.plannedOn, f.planNote, f.toUnit, f.measures, f.referredOn, f.escort,
		f.followSince, f.followedOn, f.nextOn, f.followNote, f.outcome, f.closedOn, f.school, f.assignee, f.clinic,
		f.emergency).Scan(&f.version)
}

const adviseSQL = `-- name: AdviseSchool
UPDATE psych_referral SET first_seen_on = nullif($2, '')::date, advice = nullif($3, '') WHERE id = $1`

// advise keeps what the clinic says.
func (f *file) advise(ctx context.Context, tx postgres.Tx, in Advice) error {
	_, err := tx.Exec(ctx, adviseSQL, f.id, in.SeenOn, in.Code)
	return err
}

func finish(ctx context.Context, tx postgres.Tx, f *file, d disclosure.Decided, kinds ...task.Kind) error {
	return task.Finish(ctx, tx, task.Subject{Table: subject, ID: f.id}, d.Caller.Staff.ID, d.Now, kinds...)
}

// idOf is an id, 0 where there is none.
func idOf(row pgx.Row) (id int64, err error) {
	if err = row.Scan(&id); errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

const numberSQL = `-- name: ReferralSetting
SELECT value::integer FROM parameter WHERE name = $1`

func number(ctx context.Context, tx postgres.Tx, name string) (n int, err error) {
	err = tx.QueryRow(ctx, numberSQL, name).Scan(&n)
	return n, err
}

const breakGlassSQL = `-- name: FindBreakGlass
SELECT m.id FROM emergency_access m WHERE m.child_id = $1 AND m.staff_id = $2 AND m.opened_at <= $3 AND m.expires_at > $3 ORDER BY m.id DESC LIMIT 1`

func breakGlass(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (int64, error) {
	return idOf(tx.QueryRow(ctx, breakGlassSQL, d.ChildID, d.Caller.Staff.ID, d.Now))
}

const entrustSQL = `-- name: EntrustReferral
UPDATE psych_referral SET assignee_id = $2 WHERE id = $1`

func (f *file) entrust(ctx context.Context, tx postgres.Tx) error {
	_, err := tx.Exec(ctx, entrustSQL, f.id, f.assignee)
	return err
}

// inPost is who holds a post in force, unconflicted; $1 is the child and $2 the moment.
const inPost = `JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON' AND s.vetted_until >= $2::date
WHERE p.valid_from <= $2::date AND (p.valid_to IS NULL OR p.valid_to > $2::date) AND p.authorised_until >= $2::date
  AND NOT EXISTS (SELECT FROM conflict_declaration d WHERE d.child_id = $1 AND d.staff_id = p.staff_id AND d.ended_on IS NULL) `

// underContract: the contract is in force and allows psychological support.
const underContract = `p.role = 'SW' AND EXISTS (SELECT FROM contract k WHERE k.id = p.contract_id AND $2::date BETWEEN k.valid_from AND k.valid_to
    AND k.purposes @> ARRAY['PSYCH_SUPPORT'])`

const contractorSQL = `-- name: FindPsychContractor
SELECT p.staff_id FROM post p ` + inPost + `AND ` + underContract + ` ORDER BY p.valid_from DESC, p.id LIMIT 1`

func contractor(ctx context.Context, tx postgres.Tx, f *file, d disclosure.Decided) (int64, error) {
	return idOf(tx.QueryRow(ctx, contractorSQL, f.child, d.Now))
}

const counsellorSQL = `-- name: FindCounsellor
SELECT p.staff_id FROM post p ` + inPost + `AND s.code = $3 AND (` + underContract + ` OR p.role = 'PSY' AND p.school_id = $4)
ORDER BY p.valid_from DESC, p.id LIMIT 1`

func counsellor(ctx context.Context, tx postgres.Tx, f *file, d disclosure.Decided, code string) (int64, error) {
	return idOf(tx.QueryRow(ctx, counsellorSQL, f.child, d.Now, code, f.school))
}

const doctorSQL = `-- name: FindClinicDoctor
SELECT p.staff_id, k.id, k.name FROM post p JOIN clinic k ON k.id = p.clinic_id ` + inPost + `AND p.role = 'HD'
  AND k.division_id = (SELECT c.residence_township_id FROM child c WHERE c.id = $1)
ORDER BY p.valid_from DESC, p.id LIMIT 1`

// doctor is a doctor of the clinic of the child's township, 0 for none.
func (f *file) doctor(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (staff int64, err error) {
	err = tx.QueryRow(ctx, doctorSQL, f.child, d.Now).Scan(&staff, &f.clinic, &f.toUnit)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return staff, err
}

const itemSQL = `-- name: FindReferralTicket
SELECT coalesce((SELECT max(k.id) FROM ticket k WHERE k.kind = 'PSYCH_REFERRAL' AND k.child_id = $1 AND k.staff_id = $2 AND k.closed_at IS NULL
        AND (k.expires_at IS NULL OR k.expires_at > $3)), 0),
    EXISTS (SELECT FROM post p WHERE p.staff_id = $2 AND p.role IN ('PSY', 'SW') AND (p.valid_to IS NULL OR p.valid_to > $3::date))`

// openItem is somebody's open work item for the child, and whether the post needs one.
func openItem(ctx context.Context, tx postgres.Tx, child, staff int64, now time.Time) (item int64, works bool, err error) {
	err = tx.QueryRow(ctx, itemSQL, child, staff, now).Scan(&item, &works)
	return item, works, err
}

// What there is to do goes along; the school's own psychologists keep their work items.
const handOverSQL = `-- name: HandOverReferral
WITH closed AS (
    UPDATE ticket k SET closed_at = $5 WHERE k.kind = 'PSYCH_REFERRAL' AND k.child_id = $2 AND k.staff_id <> $3 AND k.closed_at IS NULL
      AND NOT EXISTS (SELECT FROM post p WHERE p.staff_id = k.staff_id AND p.role = 'PSY'))
UPDATE task t SET staff_id = s.id, agency_id = s.agency_id, ticket_id = $4 FROM staff s
WHERE s.id = $3 AND t.subject = 'psych_referral' AND t.subject_id = $1 AND t.done_at IS NULL AND t.staff_id <> s.id
  AND t.kind IN ('REFERRAL_CONSENT', 'REFERRAL_SCREEN', 'REFERRAL_PLAN', 'REFERRAL_CLINIC', 'REFERRAL_FOLLOW_UP', 'REFERRAL_TELL_AFTER')`

func handOver(ctx context.Context, tx postgres.Tx, f *file, item int64, now time.Time) error {
	_, err := tx.Exec(ctx, handOverSQL, f.id, f.child, f.assignee, item, now)
	return err
}

const dismissSQL = `-- name: CloseReferralTickets
UPDATE ticket SET closed_at = $2 WHERE kind = 'PSYCH_REFERRAL' AND child_id = $1 AND closed_at IS NULL`

// dismiss closes the work items of everybody who worked on it.
func (f *file) dismiss(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	_, err := tx.Exec(ctx, dismissSQL, f.child, d.Now)
	return err
}

const schoolSQL = `-- name: ShowReferralToSchool
SELECT e.school_id, s.name FROM enrolment e JOIN school s ON s.id = e.school_id WHERE e.child_id = $1 AND e.current`

// toSchool lets the child's school know of the referral.
func (f *file) toSchool(ctx context.Context, tx postgres.Tx) error {
	if f.school != 0 {
		return nil
	}
	err := tx.QueryRow(ctx, schoolSQL, f.child).Scan(&f.school, &f.toUnit)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

const crisisSQL = `-- name: SetCrisis
INSERT INTO psychology (child_id, in_crisis) VALUES ($1, $2)
ON CONFLICT (child_id) DO UPDATE SET in_crisis = $2, version = psychology.version + 1 WHERE psychology.in_crisis IS DISTINCT FROM $2`

// setCrisis says on the child's file whether there is danger of self-harm.
func (f *file) setCrisis(ctx context.Context, tx postgres.Tx, danger bool) error {
	_, err := tx.Exec(ctx, crisisSQL, f.child, danger)
	return err
}

const keepLevelSQL = `-- name: KeepLevel
INSERT INTO psychology (child_id, screened_on, level, in_crisis, recorded_on) VALUES ($1, $2::date, $3, $4, $2::date)
ON CONFLICT (child_id) DO UPDATE SET screened_on = $2::date, level = $3, in_crisis = $4, recorded_on = $2::date, version = psychology.version + 1`

func (f *file) keepLevel(ctx context.Context, tx postgres.Tx) error {
	_, err := tx.Exec(ctx, keepLevelSQL, f.child, f.today, f.level, f.crisis)
	return err
}

const noteInformedSQL = `-- name: KeepGuardianInformed
INSERT INTO psychology (child_id, guardian_informed_on) VALUES ($1, $2::date)
ON CONFLICT (child_id) DO UPDATE SET guardian_informed_on = $2::date, version = psychology.version + 1`

func (f *file) noteInformed(ctx context.Context, tx postgres.Tx) error {
	_, err := tx.Exec(ctx, noteInformedSQL, f.child, f.informedOn)
	return err
}

// consentRecord writes down a notice or a consent where all of a child's stand.
func (f *file) consentRecord(ctx context.Context, tx postgres.Tx, d disclosure.Decided, kind, by string) error {
	on := f.consentOn
	if kind == consent.Notice {
		on = f.informedOn
	}
	return consent.Keep(ctx, tx, d, kind, by, on)
}

const cardSQL = `-- name: IssueReferralCard
INSERT INTO action_card (child_id, text, issued_by, issued_on, due_on, role, author_id, author_agency_id, referral_id, recorded_on)
SELECT $1, $2, a.name, $3::date, $3::date, $4, s.id, a.id, $5, $3::date FROM staff s JOIN agency a ON a.id = s.agency_id WHERE s.id = $6
  AND NOT EXISTS (SELECT FROM action_card c WHERE c.referral_id = $5 AND c.role = $4 AND c.text = $2 AND c.done_on IS NULL)`

// card asks a role to do something for the child, without the reason.
func (f *file) card(ctx context.Context, tx postgres.Tx, d disclosure.Decided, role policy.Role, text string) error {
	_, err := tx.Exec(ctx, cardSQL, f.child, text, f.today, string(role), f.id, d.Caller.Staff.ID)
	return err
}

const cardsDoneSQL = `-- name: FinishReferralCards
UPDATE action_card SET done_on = $2::date, version = version + 1 WHERE referral_id = $1 AND done_on IS NULL`

func (f *file) cardsDone(ctx context.Context, tx postgres.Tx) error {
	_, err := tx.Exec(ctx, cardsDoneSQL, f.id, f.today)
	return err
}

const comeUpSQL = `-- name: NextFollowUp
SELECT ($1::date + (SELECT p.value::integer FROM parameter p WHERE p.name = CASE
    WHEN $2 = '' OR $1::date - nullif($2, '')::date < (SELECT m.value::integer FROM parameter m WHERE m.name = 'referral_first_month_days')
    THEN 'referral_follow_first_days' ELSE 'referral_follow_later_days' END))::text`

// comeUp sets when the child is looked after next.
func (f *file) comeUp(ctx context.Context, tx postgres.Tx) error {
	return tx.QueryRow(ctx, comeUpSQL, f.today, f.followSince).Scan(&f.nextOn)
}

// Two children of one session find the same one: the counsellor's row is locked, and
// the next statement sees what the other has committed.
const counsellorLockSQL = `-- name: LockCounsellor
SELECT s.id FROM staff s WHERE s.id = $1 FOR NO KEY UPDATE OF s`

const sessionSQL = `-- name: FindCounsellingSession
SELECT coalesce(max(c.id), 0) FROM counselling_session c WHERE c.counsellor_id = $1 AND c.held_on = $2::date AND c.mode = $3`

const beginSessionSQL = `-- name: BeginCounsellingSession
INSERT INTO counselling_session (held_on, counsellor_id, mode) VALUES ($2::date, $1, $3) RETURNING id`

const attendSQL = `-- name: CountAttendance
INSERT INTO counselling_attendance (child_id, attended_on, mode, session_id, author_id, author_agency_id, recorded_on)
SELECT $1, $2::date, $3, $4, $5, $6, $7::date
WHERE NOT EXISTS (SELECT FROM counselling_attendance a WHERE a.session_id = $4 AND a.child_id = $1)`

// attend counts a child in a session, and says whether it was new.
func (f *file) attend(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Session) (bool, error) {
	var session int64
	who := d.Caller.Staff.ID
	if _, err := tx.Exec(ctx, counsellorLockSQL, who); err != nil {
		return false, err
	}
	err := tx.QueryRow(ctx, sessionSQL, who, in.On, in.Mode).Scan(&session)
	if err == nil && session == 0 {
		err = tx.QueryRow(ctx, beginSessionSQL, who, in.On, in.Mode).Scan(&session)
	}
	if err != nil {
		return false, err
	}
	tag, err := tx.Exec(ctx, attendSQL, f.child, in.On, in.Mode, session, who, d.Caller.Agency.ID, f.today)
	return tag.RowsAffected() == 1, err
}

// due is a follow-up that comes up.
type due struct {
	id, child, staff, ticket int64
	until                    time.Time
}

const dueSQL = `-- name: DueFollowUps
SELECT r.id, r.child_id, w.staff_id, coalesce((SELECT max(k.id) FROM ticket k WHERE k.kind = 'PSYCH_REFERRAL' AND k.child_id = r.child_id
        AND k.staff_id = w.staff_id AND k.closed_at IS NULL), 0), (r.next_follow_up_on + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
FROM psych_referral r
CROSS JOIN LATERAL (SELECT coalesce(r.assignee_id, (SELECT p.staff_id FROM post p JOIN staff s ON s.id = p.staff_id AND s.active
    WHERE p.role = 'PSY' AND p.school_id = r.to_school_id AND p.valid_from <= $1::date AND (p.valid_to IS NULL OR p.valid_to > $1::date)
      AND p.authorised_until >= $1::date ORDER BY p.valid_from DESC, p.id LIMIT 1)) AS staff_id) w
WHERE r.closed_on IS NULL AND r.next_follow_up_on <= ($1::timestamptz AT TIME ZONE 'Asia/Shanghai')::date
        + (SELECT q.value::integer FROM parameter q WHERE q.name = 'referral_follow_ahead_days')
  AND w.staff_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM task t WHERE t.subject = 'psych_referral' AND t.subject_id = r.id AND t.kind = 'REFERRAL_FOLLOW_UP' AND t.done_at IS NULL)
ORDER BY r.next_follow_up_on, r.id LIMIT $2 FOR UPDATE OF r SKIP LOCKED`

func dueFollowUps(ctx context.Context, tx postgres.Tx, now time.Time) ([]due, error) {
	rows, err := tx.Query(ctx, dueSQL, now, batch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (d due, err error) {
		err = row.Scan(&d.id, &d.child, &d.staff, &d.ticket, &d.until)
		return d, err
	})
}

const roundsSQL = `-- name: OpenScreeningRounds
INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, reason, opened_at, expires_at)
SELECT 'WT-' || upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 12)), 'PSYCH_REFERRAL', 'PSYCH_SUPPORT', s.id, s.agency_id, NULL,
    '本学期心理测评', $1, (m.ends_on + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
FROM (SELECT DISTINCT p.staff_id, l.term_id FROM post p JOIN screening_list l ON l.school_id = p.school_id
    WHERE p.role = 'PSY' AND p.valid_from <= $1::date AND (p.valid_to IS NULL OR p.valid_to > $1::date) AND p.authorised_until >= $1::date) r
JOIN staff s ON s.id = r.staff_id AND s.active JOIN term m ON m.id = r.term_id
    AND ($1::timestamptz AT TIME ZONE 'Asia/Shanghai')::date BETWEEN m.starts_on AND m.ends_on
WHERE NOT EXISTS (SELECT FROM ticket k WHERE k.staff_id = s.id AND k.kind = 'PSYCH_REFERRAL' AND k.child_id IS NULL AND k.closed_at IS NULL
    AND k.expires_at > $1)
ORDER BY s.id`

// openRounds gives each psychologist who has a screening list this term the work item
// that opens it.
func openRounds(ctx context.Context, tx postgres.Tx, now time.Time) error {
	_, err := tx.Exec(ctx, roundsSQL, now)
	return err
}
