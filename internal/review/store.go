package review

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/internal/task"
)

const (
	itemOverdue      = "{t}.state = 'ASKED' AND {t}.answer_due < {now}"
	emergencyOverdue = "({t}.state = 'NOTIFIED' AND {t}.justify_due < {now} OR {t}.state IN ('NOTIFIED', 'JUSTIFIED') AND {t}.review_due < {now})"
	itemChild        = "nullif({t}.child_id, 0)"
)

// newest is the order of pages by an instant.
func newest(column string) []record.Order {
	return []record.Order{
		{SQL: "{t}." + column, Cast: "timestamptz", Desc: true},
		{SQL: "{t}.id", Cast: "bigint", Desc: true},
	}
}

// Records says where each type of schema/review.graphqls is stored. What a person
// sees of reviews of the own accesses comes from views that hold the person's rows.
func Records() []record.Type {
	aboutChild := map[string]string{"child": "Child"}
	return []record.Type{
		{
			Name: "ReviewItem", Table: "review_item", Kind: record.Node, Order: "{t}.last_at DESC, {t}.id DESC", Keys: newest("last_at"),
			Columns: record.Columns{
				"child": itemChild, "overdue": itemOverdue,
				"title":  "(SELECT r.zh || ' ' || r.en FROM review_rule r WHERE r.code = {t}.rule)",
				"ground": "(SELECT r.ground FROM review_rule r WHERE r.code = {t}.rule)",
			},
			Links: record.Links{
				"entries": record.Many("ReviewEntry", "{t}.item_id = {p}.id"),
				"events":  record.Many("ReviewEvent", "{t}.item_id = {p}.id"),
			},
			IDs: aboutChild,
		},
		{
			Name: "ReviewEntry", Table: "review_entry", Kind: record.Node, Key: "sequence", Order: "{t}.at, {t}.sequence, {t}.child_id",
			Columns: record.Columns{"child": itemChild, "explanation": "CASE WHEN {t}.child_id <> 0 THEN explanation({t}.explained_by) END", "showedL4": "{t}.l4"}, IDs: aboutChild,
		},
		{Name: "ReviewEvent", Table: "review_event", Kind: record.Node, Columns: record.Columns{"by": "{t}.staff_code"}},
		{Name: "ReviewReportLine", Table: "review_report", Kind: record.Node, Key: "place"},
		{
			Name: "MyQuestion", Table: "my_question", Kind: record.Node, Order: "{t}.asked_at DESC, {t}.id DESC",
			Columns: record.Columns{
				"child": itemChild, "overdue": itemOverdue,
				"title": "(SELECT r.zh || ' ' || r.en FROM review_rule r WHERE r.code = {t}.rule)",
			},
			IDs: map[string]string{"child": "Child", "id": "ReviewItem"},
		},
		{
			Name: "EmergencyReview", Table: "emergency_review", Kind: record.Node, Order: "{t}.opened_at DESC, {t}.id DESC", Keys: newest("opened_at"),
			Columns: record.Columns{
				"child": itemChild, "overdue": emergencyOverdue,
				"staffCode":  "(SELECT s.code FROM staff s WHERE s.id = {t}.staff_id)",
				"agencyCode": "(SELECT g.code FROM staff s JOIN agency g ON g.id = s.agency_id WHERE s.id = {t}.staff_id)",
				"ticket": `(SELECT min(k.code) FROM ticket k WHERE k.kind = 'EMERGENCY' AND k.staff_id = {t}.staff_id AND k.child_id = {t}.child_id
					AND k.opened_at = {t}.opened_at)`,
				"accessCount": `(SELECT count(*) FROM audit_entry e WHERE e.staff_id = {t}.staff_id AND e.break_glass
					AND e.at >= {t}.opened_at AND e.at < {t}.expires_at)`,
			},
			Links: record.Links{"events": record.Many("ReviewEvent", "{t}.emergency_id = {p}.id")},
			IDs:   aboutChild,
		},
		{
			Name: "MyEmergency", Table: "my_emergency", Kind: record.Node, Order: "{t}.opened_at DESC, {t}.id DESC",
			Columns: record.Columns{"child": itemChild, "overdue": emergencyOverdue}, IDs: map[string]string{"child": "Child", "id": "EmergencyReview"},
		},
	}
}

// Roots are the root fields that start from reviews.
func Roots() []record.Root {
	return []record.Root{
		{
			Field: "reviewItems", Type: "ReviewItem", Paged: true,
			Filters: record.Columns{
				"rule": "{t}.rule = {v}", "state": "{t}.state = {v}", "agencyCode": "{t}.agency_code = {v}", "staffCode": "{t}.staff_code = {v}",
				"since": "{t}.last_at >= {v}", "until": "{t}.first_at < {v}",
				"overdue": itemOverdue, "!overdue": "NOT coalesce(" + itemOverdue + ", false)",
			},
		},
		{Field: "reviewItem", Type: "ReviewItem", Keyed: true},
		{
			Field: "reviewReport", Type: "ReviewReportLine", List: true,
			From: "review_report({arg.since}::timestamptz, {arg.until}::timestamptz, {now}::timestamptz)",
		},
		{Field: "myQuestions", Type: "MyQuestion", List: true},
		{
			Field: "emergencyReviews", Type: "EmergencyReview", Paged: true,
			Filters: record.Columns{
				"state": "{t}.state = {v}", "staffCode": "{t}.staff_id = (SELECT s.id FROM staff s WHERE s.code = {v})",
				"overdue": emergencyOverdue, "!overdue": "NOT " + emergencyOverdue,
			},
		},
		{Field: "myEmergencies", Type: "MyEmergency", List: true},
	}
}

// reviewed is what a move begins with: an item, or the review of a break-glass access.
type reviewed struct {
	id, staff int64
	state     string
	// due is until when the person's word is waited for.
	due time.Time
}

const lockItemSQL = `-- name: LockReviewItem
SELECT id, staff_id, state, coalesce(answer_due, 'epoch') FROM review_item WHERE id = $1 FOR UPDATE`

const lockEmergencySQL = `-- name: LockEmergencyReview
SELECT id, staff_id, state, justify_due FROM emergency_review WHERE id = $1 FOR UPDATE`

// lock reads what a move begins with and holds it to the end of tx.
func lock(ctx context.Context, tx postgres.Tx, sql string, id int64) (r reviewed, err error) {
	err = tx.QueryRow(ctx, sql, id).Scan(&r.id, &r.staff, &r.state, &r.due)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach.")
	}
	return r, err
}

const askSQL = `-- name: AskAboutAccess
UPDATE review_item SET state = $2, question = $3, asked_at = $4, answer = NULL, answered_at = NULL,
    answer_due = working_days_end($4, (SELECT value FROM parameter WHERE name = 'review_answer_days')::int)
WHERE id = $1 RETURNING answer_due`

const answerSQL = `-- name: AnswerQuestion
UPDATE review_item SET state = $2, answer = $3, answered_at = $4 WHERE id = $1 RETURNING NULL::timestamptz`

const ruleSQL = `-- name: RuleOnAccess
UPDATE review_item SET state = $2, ruling = $3, ruled_at = $4, ruled_by = $5 WHERE id = $1 RETURNING NULL::timestamptz`

const justifyEmergencySQL = `-- name: JustifyEmergency
WITH done AS (UPDATE emergency_access SET justified_at = $4 WHERE id = $1)
UPDATE emergency_review SET state = $2, justification = $3, justified_at = $4 WHERE id = $1 RETURNING review_due`

const reviewEmergencySQL = `-- name: ReviewEmergency
WITH done AS (UPDATE emergency_access SET reviewed_at = $4 WHERE id = $1)
UPDATE emergency_review SET state = $2, ruling = $3, reviewed_at = $4, reviewed_by = $5 WHERE id = $1 RETURNING NULL::timestamptz`

const itemEventSQL = `-- name: NoteItemEvent
INSERT INTO review_event (item_id, at, staff_code, move, from_state, to_state, statement) VALUES ($1, $2, $3, $4, $5, $6, $7)`

const emergencyEventSQL = `-- name: NoteEmergencyEvent
INSERT INTO review_event (emergency_id, at, staff_code, move, from_state, to_state, statement) VALUES ($1, $2, $3, $4, $5, $6, $7)`

// write makes the change of a move, and its event.
func write(ctx context.Context, tx postgres.Tx, m move, r reviewed, to string) (due *time.Time, err error) {
	args := []any{r.id, to, m.statement, m.who.Now}
	if m.signed {
		args = append(args, m.who.Caller.Staff.Code)
	}
	if err := tx.QueryRow(ctx, m.sql, args...).Scan(&due); err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, m.event, r.id, m.who.Now, m.who.Caller.Staff.Code, m.name, r.state, to, m.statement)
	return due, err
}

// Who broke the glass, has not said why, and has no task about it: the task ends with
// the word alone.
const silentSQL = `-- name: TakeSilentEmergencies
SELECT r.id, r.staff_id, r.justify_due FROM emergency_review r
WHERE r.state = 'NOTIFIED' AND NOT EXISTS (
    SELECT FROM task t WHERE t.subject = 'emergency_review' AND t.subject_id = r.id AND t.kind = $1 AND t.done_at IS NULL)
ORDER BY r.id FOR UPDATE SKIP LOCKED`

func takeSilent(ctx context.Context, tx postgres.Tx) ([]task.Each, error) {
	rows, err := tx.Query(ctx, silentSQL, ToJustify().Code)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (e task.Each, err error) {
		err = row.Scan(&e.SubjectID, &e.Staff, &e.Until)
		return e, err
	})
}
