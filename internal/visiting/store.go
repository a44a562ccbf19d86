package visiting

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// standing is a visit as it stands, with what decides about its moves.
type standing struct {
	ID, Child, Visitor, Second, Ticket int64
	// Author wrote the record, Checker is the case manager who was asked to check it.
	Author, Checker                          int64
	State, Kind, Mode, Risk, Suggested       string
	Version                                  int
	Planned, Visited                         time.Time
	Concerns, Topics                         []string
	Informant, Living, Family, Guardianship  bool
	Mental, Seen, Alone, AddToFocus, OnFocus bool
	FocusDecided, Informed, Kin              bool
	// next is where the move that is under way leads.
	next string
}

const loadSQL = `-- name: LoadVisit
SELECT v.id, v.child_id, coalesce(v.visitor_id, 0), coalesce(v.second_visitor_id, 0), coalesce(v.ticket_id, 0), coalesce(v.author_id, 0), coalesce(v.checker_id, 0),
    coalesce(v.state, ''), coalesce(v.kind, ''), coalesce(v.mode, ''), coalesce(r.risk_level, ''), coalesce(v.suggested_risk, ''),
    v.version, v.planned_on, v.visited_on, v.concerns, v.topics,
    v.informant_relation IS NOT NULL, v.living_rating IS NOT NULL, v.family_rating IS NOT NULL, v.guardianship_rating IS NOT NULL,
    v.mental_rating IS NOT NULL, coalesce(v.child_seen, false), coalesce(v.living_alone, false), coalesce(v.add_to_focus, false),
    r.focus_since IS NOT NULL, v.focus_confirmed IS NOT NULL, v.guardian_informed_on IS NOT NULL,
    EXISTS (SELECT FROM conflict_declaration k WHERE k.staff_id = v.visitor_id AND k.child_id = v.child_id AND k.kind = 'KIN' AND k.ended_on IS NULL)
FROM visit v LEFT JOIN registration r ON r.child_id = v.child_id
WHERE v.id = $1 FOR UPDATE OF v`

func load(ctx context.Context, tx postgres.Tx, id int64) (standing, error) {
	var s standing
	var planned, visited *time.Time
	err := tx.QueryRow(ctx, loadSQL, id).Scan(&s.ID, &s.Child, &s.Visitor, &s.Second, &s.Ticket, &s.Author, &s.Checker,
		&s.State, &s.Kind, &s.Mode, &s.Risk, &s.Suggested, &s.Version, &planned, &visited, &s.Concerns, &s.Topics,
		&s.Informant, &s.Living, &s.Family, &s.Guardianship, &s.Mental, &s.Seen, &s.Alone, &s.AddToFocus,
		&s.OnFocus, &s.FocusDecided, &s.Informed, &s.Kin)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, fault.New(fault.NotFound, "没有这次走访，或不在您的范围内。", "There is no such visit in your reach.")
	}
	s.Planned, s.Visited = local(planned), local(visited)
	return s, err
}

// local is a calendar day as the moment at which it begins in the district.
func local(day *time.Time) time.Time {
	if day == nil {
		return time.Time{}
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, chinatime.Zone())
}

const stateSQL = `-- name: MoveVisit
UPDATE visit SET state = $2, version = version + 1 WHERE id = $1 RETURNING version`

func setState(ctx context.Context, tx postgres.Tx, id int64, state string) (int, error) {
	var version int
	err := tx.QueryRow(ctx, stateSQL, id, state).Scan(&version)
	return version, err
}

const fillSQL = `-- name: FillVisit
UPDATE visit v SET mode = f.mode, visited_on = f."visitedOn", place_kind = f."placeKind", second_visitor_id = nullif($3, 0),
    informant_relation = f."informantRelation", informant_name = f."informantName", child_seen = f."childSeen", child_spoken_alone = f."childSpokenAlone",
    last_parent_contact_on = f."lastParentContactOn", living_rating = f."livingRating", family_rating = f."familyRating",
    guardianship_rating = f."guardianshipRating", mental_rating = f."mentalRating", health_rating = f."healthRating", living_text = f."livingText",
    family_text = f."familyText", guardianship_text = f."guardianshipText", mental_text = f."mentalText", concerns = f.concerns, child_view = f."childView",
    guardian_view = f."guardianView", recommendations = f.recommendations, add_to_focus = f."addToFocus", topics = f.topics, living_alone = f."livingAlone",
    suggested_risk = f."suggestedRisk", guardian_informed_on = f."guardianInformedOn", author_id = s.id, author_agency_id = s.agency_id, recorded_on = $5::date
FROM jsonb_to_record($2) AS f (mode text, "visitedOn" date, "placeKind" text, "informantRelation" text, "informantName" text, "childSeen" boolean,
    "childSpokenAlone" boolean, "lastParentContactOn" date, "livingRating" text, "familyRating" text, "guardianshipRating" text, "mentalRating" text,
    "healthRating" text, "livingText" text, "familyText" text, "guardianshipText" text, "mentalText" text, concerns text[], "childView" text,
    "guardianView" text, recommendations text[], "addToFocus" boolean, topics text[], "livingAlone" boolean, "suggestedRisk" text, "guardianInformedOn" date), staff s
WHERE v.id = $1 AND s.id = $4`

func fill(ctx context.Context, tx postgres.Tx, s standing, f Form, d disclosure.Decided) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, fillSQL, s.ID, text, s.Second, d.Caller.Staff.ID, chinatime.Day(d.Now))
	return err
}

const detachSQL = `-- name: DetachFromVisit
DELETE FROM attachment WHERE visit_id = $1`

const attachSQL = `-- name: AttachToVisit
INSERT INTO attachment (visit_id, kind, reference, recorded_on, synthetic)
SELECT v.id, a.kind, a.reference, $4::date, v.synthetic FROM visit v, unnest($2::text[], $3::text[]) WITH ORDINALITY AS a (kind, reference, n) WHERE v.id = $1 ORDER BY a.n`

// attach lets a draft carry these attachments and no others.
func attach(ctx context.Context, tx postgres.Tx, visit int64, list []Attachment, now time.Time) error {
	kinds, references := make([]string, len(list)), make([]string, len(list))
	for i, a := range list {
		kinds[i], references[i] = a.Kind, a.Reference
	}
	if _, err := tx.Exec(ctx, detachSQL, visit); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, attachSQL, visit, kinds, references, chinatime.Day(now))
	return err
}

const focusModeSQL = `-- name: LastFocusMode
SELECT coalesce((SELECT v.mode FROM visit v WHERE v.child_id = $1 AND v.id <> $2 AND v.kind = 'FOCUS_VISIT'
    AND v.state IN ('SUBMITTED', 'CHECKED', 'CLOSED') ORDER BY v.visited_on DESC, v.id DESC LIMIT 1), '')`

func lastFocusMode(ctx context.Context, tx postgres.Tx, s standing) (string, error) {
	var mode string
	err := tx.QueryRow(ctx, focusModeSQL, s.Child, s.ID).Scan(&mode)
	return mode, err
}

const companionSQL = `-- name: FindCompanion
SELECT s.id FROM staff s WHERE s.code = $1 AND s.active AND s.kind = 'PERSON' AND s.id <> $2
  AND EXISTS (SELECT FROM post p WHERE p.staff_id = s.id AND p.role IN ('DIR', 'SUP', 'SW', 'CM', 'HT')
    AND held(p, $4::date))
  AND NOT EXISTS (SELECT FROM conflict_declaration k WHERE k.staff_id = s.id AND k.child_id = $3 AND k.ended_on IS NULL)`

// companion is the second visitor by staff code: another one, in office, without a
// conflict of interest of their own.
func companion(ctx context.Context, tx postgres.Tx, s standing, code string, on time.Time) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, companionSQL, code, s.Visitor, s.Child, chinatime.Day(on)).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fault.At("secondVisitor", fault.New(fault.BadRequest,
			"同行人须为另一名在岗且无利益冲突的工作人员。", "The second visitor has to be somebody else, in office and without a conflict of interest."))
	}
	return id, err
}

const visitorSQL = `-- name: FindVisitor
SELECT s.id FROM staff s JOIN post p ON p.staff_id = s.id JOIN child c ON c.id = $2
WHERE s.code = $1 AND s.active AND s.kind = 'PERSON' AND held(p, $3::date)
  AND (p.role = 'DIR' AND p.division_id = c.residence_village_id OR p.role = 'SUP' AND p.division_id = c.residence_township_id
    OR p.role = 'SW' AND EXISTS (SELECT FROM care_case k WHERE k.child_id = c.id AND k.assignee_id = s.id AND k.closed_on IS NULL))
LIMIT 1`

// visitorOf is somebody who may visit the child: the director of the village, the
// township's supervisor, or a social worker with an open case.
func visitorOf(ctx context.Context, tx postgres.Tx, child int64, code string, on time.Time) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, visitorSQL, code, child, chinatime.Day(on)).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fault.At("visitor", fault.New(fault.BadRequest,
			"走访人须为本村儿童主任、本镇街儿童督导员，或在办该儿童个案的社工。", "The visitor has to be the village's child director, the township's supervisor or a social worker with an open case of the child."))
	}
	return id, err
}

const handedSQL = `-- name: HandVisit
UPDATE visit SET visitor_id = $2, second_visitor_id = nullif($3, 0), ticket_id = $4, planned_on = $5::date, topics_due = $6, assigned_at = $7, tries = 0,
    author_id = $2, author_agency_id = (SELECT agency_id FROM staff WHERE id = $2), state = $8, version = version + 1
WHERE id = $1 RETURNING version`

// handed is the move and its facts in one statement: every change of a visit looks at
// the marks of its child.
func handed(ctx context.Context, tx postgres.Tx, s standing, item int64, now time.Time) (int, error) {
	var version int
	err := tx.QueryRow(ctx, handedSQL, s.ID, s.Visitor, s.Second, item, s.Planned.Format(time.DateOnly), topicsDue(s.Planned.Month()), now, s.next).Scan(&version)
	return version, err
}

const triedSQL = `-- name: CountTry
UPDATE visit SET tries = tries + 1 WHERE id = $1
RETURNING tries >= (SELECT value::integer FROM parameter WHERE name = 'visit_tries')`

// tried counts a try and reports whether there have been enough.
func tried(ctx context.Context, tx postgres.Tx, id int64) (bool, error) {
	var enough bool
	err := tx.QueryRow(ctx, triedSQL, id).Scan(&enough)
	return enough, err
}

const submittedSQL = `-- name: SubmittedVisit
WITH v AS (UPDATE visit SET submitted_at = $2 WHERE id = $1 RETURNING child_id, last_parent_contact_on, living_alone)
UPDATE guardianship g SET last_parent_contact_on = greatest(g.last_parent_contact_on, v.last_parent_contact_on),
    living_alone = coalesce(v.living_alone, g.living_alone), version = g.version + 1
FROM v WHERE g.child_id = v.child_id AND (v.last_parent_contact_on IS NOT NULL OR v.living_alone IS NOT NULL)`

// submitted notes when, and keeps in the file what the visit found of its facts.
func submitted(ctx context.Context, tx postgres.Tx, s standing, now time.Time) error {
	_, err := tx.Exec(ctx, submittedSQL, s.ID, now)
	return err
}

const askedSQL = `-- name: AskToCheckVisit
UPDATE visit SET checker_id = $2 WHERE id = $1`

// asked lets a case manager read the record that she is to check.
func asked(ctx context.Context, tx postgres.Tx, id, checker int64) error {
	_, err := tx.Exec(ctx, askedSQL, id, checker)
	return err
}

const checkTicketsSQL = `-- name: CloseCheckTickets
UPDATE ticket k SET closed_at = greatest($2, k.opened_at) FROM task t
WHERE t.subject = 'visit' AND t.subject_id = $1 AND t.kind = $3 AND t.done_at IS NULL AND k.id = t.ticket_id AND k.kind = 'DISTRICT_SEARCH' AND k.closed_at IS NULL`

// closeCheck ends the work item that was opened for the check alone.
func closeCheck(ctx context.Context, tx postgres.Tx, id int64, kind string, now time.Time) error {
	_, err := tx.Exec(ctx, checkTicketsSQL, id, now, kind)
	return err
}

const checkedSQL = `-- name: CheckedVisit
UPDATE visit SET checked_by = $2, checked_at = $3 WHERE id = $1`

func checked(ctx context.Context, tx postgres.Tx, id, by int64, now time.Time) error {
	_, err := tx.Exec(ctx, checkedSQL, id, by, now)
	return err
}

const spottedSQL = `-- name: SpotVisit
UPDATE visit SET spot_checked_by = $2, spot_result = $3, sampled = coalesce(sampled, true), closed_at = $4 WHERE id = $1`

func spotted(ctx context.Context, tx postgres.Tx, id, by int64, result string, now time.Time) error {
	_, err := tx.Exec(ctx, spottedSQL, id, by, result, now)
	return err
}

const sampleSQL = `-- name: SampleVisit
UPDATE visit SET sampled = $2, closed_at = CASE WHEN NOT $2 THEN $3::timestamptz END WHERE id = $1`

func sample(ctx context.Context, tx postgres.Tx, id int64, drawn bool, now time.Time) error {
	_, err := tx.Exec(ctx, sampleSQL, id, drawn, now)
	return err
}

const focusSQL = `-- name: DecideFocus
WITH r AS (UPDATE registration SET focus_since = $4::date, version = version + 1 WHERE child_id = $2 AND $3)
UPDATE visit SET focus_confirmed = $3 WHERE id = $1`

func decideFocus(ctx context.Context, tx postgres.Tx, s standing, agree bool, now time.Time) error {
	_, err := tx.Exec(ctx, focusSQL, s.ID, s.Child, agree, chinatime.Day(now))
	return err
}

const informedSQL = `-- name: InformedGuardian
UPDATE visit SET guardian_informed_on = $2::date, guardian_informed_how = $3 WHERE id = $1`

func informed(ctx context.Context, tx postgres.Tx, id int64, in Informing) error {
	_, err := tx.Exec(ctx, informedSQL, id, in.InformedOn, in.How)
	return err
}

const suggestSQL = `-- name: SuggestRisk
UPDATE registration SET risk_suggested = $2, risk_suggested_on = $3::date, version = version + 1 WHERE child_id = $1`

func suggestRisk(ctx context.Context, tx postgres.Tx, child int64, level string, now time.Time) error {
	_, err := tx.Exec(ctx, suggestSQL, child, level, chinatime.Day(now))
	return err
}

const registeredSQL = `-- name: LoadRegistration
SELECT version FROM registration WHERE child_id = $1 FOR UPDATE`

func registered(ctx context.Context, tx postgres.Tx, child int64) (int, error) {
	var version int
	err := tx.QueryRow(ctx, registeredSQL, child).Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fault.New(fault.NotFound, "没有这名儿童的登记，或不在您的范围内。", "There is no registration of this child in your reach.")
	}
	return version, err
}

const riskSQL = `-- name: SetRisk
UPDATE registration SET risk_level = $2, risk_confirmed_by = $3, risk_suggested = NULL, risk_suggested_on = NULL, version = version + 1 WHERE child_id = $1`

func setRisk(ctx context.Context, tx postgres.Tx, child int64, level, by string) error {
	_, err := tx.Exec(ctx, riskSQL, child, level, by)
	return err
}

const riskTicketsSQL = `-- name: CloseRiskTickets
UPDATE ticket k SET closed_at = $2 FROM task t
WHERE t.subject = 'registration' AND t.subject_id = $1 AND t.kind = 'CONFIRM_RISK' AND t.done_at IS NULL AND k.id = t.ticket_id AND k.closed_at IS NULL`

func closeRiskTickets(ctx context.Context, tx postgres.Tx, child int64, now time.Time) error {
	_, err := tx.Exec(ctx, riskTicketsSQL, child, now)
	return err
}

const urgentSQL = `-- name: PlanUrgentVisit
INSERT INTO visit (child_id, kind, state, planned_on, plan_slot, visitor_id, author_id, author_agency_id, recorded_on, synthetic)
SELECT c.id, 'URGENT', 'PLANNED', $2::date + 1, 'URGENT/' || $3, nullif($4, 0), s.id, s.agency_id, $2::date, c.synthetic
FROM child c JOIN staff s ON s.id = $5
WHERE c.id = $1 AND NOT EXISTS (SELECT FROM visit v WHERE v.child_id = c.id AND v.kind = 'URGENT' AND v.state NOT IN ('SUBMITTED', 'CHECKED', 'CLOSED', 'MOVED'))
ON CONFLICT (child_id, plan_slot) WHERE plan_slot IS NOT NULL DO NOTHING RETURNING id`

// planUrgent plans an urgent visit until tomorrow, for a visitor or 0 for whoever holds the
// village, and is 0 where one is under way or was planned for the same slot.
func planUrgent(ctx context.Context, tx postgres.Tx, d disclosure.Decided, child int64, slot string, visitor int64) (id int64, err error) {
	err = tx.QueryRow(ctx, urgentSQL, child, chinatime.Day(d.Now), slot, visitor, d.Caller.Staff.ID).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

const handingsSQL = `-- name: VisitsToHand
WITH holder AS (SELECT DISTINCT ON (p.role, p.division_id) p.role, p.division_id, p.staff_id FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON'
    WHERE p.role IN ('DIR', 'SUP') AND held(p, $2::date)
    ORDER BY p.role, p.division_id, p.valid_from DESC, p.id)
SELECT v.id, v.child_id, w.visitor_id, CASE WHEN v.second_visitor_id IS NOT NULL THEN v.second_visitor_id
        WHEN v.kind = 'FOCUS_VISIT' AND r.risk_level = 'RED' OR EXISTS (SELECT FROM conflict_declaration k
            WHERE k.staff_id = w.visitor_id AND k.child_id = v.child_id AND k.kind = 'KIN' AND k.ended_on IS NULL) THEN coalesce(nullif(u.staff_id, w.visitor_id), 0) ELSE 0 END,
    coalesce(v.ticket_id, 0), v.state, v.planned_on, h.staff_id IS NULL AND w.visitor_id IS NOT DISTINCT FROM u.staff_id
FROM visit v JOIN child c ON c.id = v.child_id LEFT JOIN registration r ON r.child_id = v.child_id
LEFT JOIN holder h ON h.role = 'DIR' AND h.division_id = c.residence_village_id
LEFT JOIN holder u ON u.role = 'SUP' AND u.division_id = c.residence_township_id
CROSS JOIN LATERAL (SELECT CASE WHEN EXISTS (SELECT FROM post p JOIN staff s ON s.id = p.staff_id AND s.active WHERE p.staff_id = v.visitor_id AND held(p, $2::date)
    AND (p.role = 'DIR' AND p.division_id = c.residence_village_id OR p.role = 'SW')) THEN v.visitor_id ELSE coalesce(h.staff_id, u.staff_id) END AS visitor_id) w
WHERE v.id = ANY ($1) AND w.visitor_id IS NOT NULL ORDER BY v.id`

func handings(ctx context.Context, tx postgres.Tx, ids []int64, now time.Time) ([]handing, error) {
	rows, err := tx.Query(ctx, handingsSQL, ids, chinatime.Day(now))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (h handing, err error) {
		var planned *time.Time
		err = row.Scan(&h.ID, &h.Child, &h.Visitor, &h.Second, &h.Ticket, &h.State, &planned, &h.StandsIn)
		h.Planned = local(planned)
		return h, err
	})
}

const handedAllSQL = `-- name: HandVisits
UPDATE visit v SET visitor_id = e.visitor_id, second_visitor_id = nullif(e.second_id, 0), ticket_id = e.ticket_id,
    topics_due = string_to_array(nullif(e.topics, ''), ' '), assigned_at = $6, tries = 0,
    author_id = s.id, author_agency_id = s.agency_id, state = $7, version = v.version + 1
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[]) AS e (id, visitor_id, second_id, ticket_id, topics)
JOIN staff s ON s.id = e.visitor_id WHERE v.id = e.id`

// handedAll is handed for many visits.
func handedAll(ctx context.Context, tx postgres.Tx, list []handing, items []int64, now time.Time) error {
	ids, visitors, seconds := make([]int64, len(list)), make([]int64, len(list)), make([]int64, len(list))
	topics := make([]string, len(list))
	for i, h := range list {
		ids[i], visitors[i], seconds[i], topics[i] = h.ID, h.Visitor, h.Second, strings.Join(topicsDue(h.Planned.Month()), " ")
	}
	_, err := tx.Exec(ctx, handedAllSQL, ids, visitors, seconds, items, topics, now, Assigned)
	return err
}
