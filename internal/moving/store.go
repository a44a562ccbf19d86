package moving

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

// moving is a transfer in the hand of somebody who moves it.
type moving struct {
	id, child, ticket, supervisor int64
	state                         string
	// from and village are the villages moved from and to, 0 for one outside of the
	// district; director is the new one's.
	from, village, director int64
	underWay                bool
}

const holdChildSQL = `-- name: HoldMovingChild
SELECT 1 FROM child WHERE id = $1 FOR NO KEY UPDATE`

const loadSQL = `-- name: LoadMove
SELECT c.residence_village_id, coalesce(v.id, 0), coalesce((SELECT p.staff_id FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON'
        WHERE p.role = 'DIR' AND p.division_id = v.id AND p.valid_to IS NULL ORDER BY p.valid_from DESC, p.id LIMIT 1), 0),
    EXISTS (SELECT FROM transfer_request t WHERE t.child_id = c.id AND t.state = 'SENT' AND t.kind = 'WITHIN')
FROM child c LEFT JOIN division v ON v.code = $2 AND v.level = 'VILLAGE' WHERE c.id = $1`

func load(ctx context.Context, tx postgres.Tx, child int64, to string) (moving, error) {
	m := moving{child: child}
	if _, err := tx.Exec(ctx, holdChildSQL, child); err != nil {
		return m, err
	}
	return m, tx.QueryRow(ctx, loadSQL, child, to).Scan(&m.from, &m.village, &m.director, &m.underWay)
}

const sendSQL = `-- name: SendTransfer
INSERT INTO transfer_request (child_id, from_area, to_area, state, requested_on, summary, kind, packet, handed_by, author_id, author_agency_id, recorded_on, synthetic)
SELECT c.id, d.code, $2, $3, $4::date, $5, $6, $7, s.id, s.id, s.agency_id, $4::date, c.synthetic
FROM child c JOIN division d ON d.id = c.residence_village_id JOIN staff s ON s.id = $8 WHERE c.id = $1 RETURNING id`

// minimum is what goes out of the district: parts of the file by name.
func minimum() []string { return []string{"identity", "caregiver", "open tasks"} }

func send(ctx context.Context, tx postgres.Tx, m moving, in Handing, d disclosure.Decided) (int64, error) {
	kind, packet := "WITHIN", []string(nil)
	if m.village == 0 {
		kind, packet = "STILL_LEFT_BEHIND", minimum()
		if in.WithParents {
			kind = "WITH_PARENTS"
		}
	}
	var id int64
	err := tx.QueryRow(ctx, sendSQL, m.child, in.To, m.state, chinatime.Day(d.Now), in.Summary, kind, packet, d.Caller.Staff.ID).Scan(&id)
	return id, err
}

const holdSQL = `-- name: HoldTransferTicket
UPDATE transfer_request SET ticket_id = $2 WHERE id = $1`

func hold(ctx context.Context, tx postgres.Tx, id, item int64) error {
	_, err := tx.Exec(ctx, holdSQL, id, item)
	return err
}

// What a visit or a decline had asked the supervisor for is done.
const arrangedSQL = `-- name: MoveArranged
UPDATE task SET done_at = $3, done_by = $2, next_rung_at = NULL WHERE child_id = $1 AND done_at IS NULL AND kind IN ('HAND_OVER', 'MOVE_RETURNED')`

func arranged(ctx context.Context, tx postgres.Tx, child, by int64, now time.Time) error {
	_, err := tx.Exec(ctx, arrangedSQL, child, by, now)
	return err
}

const takeSQL = `-- name: TakeTransfer
SELECT t.id, t.child_id, coalesce(t.ticket_id, 0), coalesce(t.handed_by, 0), coalesce(t.state, ''), v.id, c.residence_village_id
FROM transfer_request t JOIN child c ON c.id = t.child_id JOIN division v ON v.code = t.to_area AND v.level = 'VILLAGE'
WHERE t.id = $1 FOR UPDATE OF t FOR NO KEY UPDATE OF c`

func take(ctx context.Context, tx postgres.Tx, id int64) (moving, error) {
	var m moving
	err := tx.QueryRow(ctx, takeSQL, id).Scan(&m.id, &m.child, &m.ticket, &m.supervisor, &m.state, &m.village, &m.from)
	if errors.Is(err, pgx.ErrNoRows) {
		return m, fault.New(fault.NotFound, "没有这次交接。", "There is no such hand-over.")
	}
	return m, err
}

// The child lives in the new village from this statement on; the address is to be found
// out there. Visits that nobody has made go to the new director by night, and what the
// old one had to do about the child is over.
const settleSQL = `-- name: SettleMove
WITH t AS (UPDATE transfer_request SET state = 'RECEIVED', received_on = $4::date, claimed_by = $3, version = version + 1 WHERE id = $1 RETURNING child_id, ticket_id),
c AS (UPDATE child SET residence_village_id = $2, residence_township_id = (SELECT parent_id FROM division WHERE id = $2), residence_address = NULL,
    same_as_hukou = hukou_village_id = $2, recorded_on = $4::date, version = version + 1 FROM t WHERE child.id = t.child_id),
v AS (UPDATE visit SET state = 'PLANNED', visitor_id = NULL, second_visitor_id = NULL, ticket_id = NULL, assigned_at = NULL, version = version + 1
    FROM t WHERE visit.child_id = t.child_id AND visit.state IN ('PLANNED', 'ASSIGNED', 'NOT_AT_HOME', 'CHILD_NOT_SEEN')),
k AS (UPDATE ticket SET closed_at = greatest($5, opened_at) FROM t WHERE ticket.child_id = t.child_id AND ticket.closed_at IS NULL
    AND ticket.kind IN ('VISIT_TASK', 'SURVEY_BATCH') AND ticket.id IS DISTINCT FROM t.ticket_id),
g AS (UPDATE action_card SET done_on = $4::date FROM t WHERE action_card.child_id = t.child_id AND action_card.role = 'DIR' AND action_card.done_on IS NULL)
UPDATE task SET done_at = $5, next_rung_at = NULL FROM t WHERE task.child_id = t.child_id AND task.done_at IS NULL
    AND task.staff_id IN (SELECT p.staff_id FROM post p WHERE p.role = 'DIR' AND p.division_id = $6)`

func settle(ctx context.Context, tx postgres.Tx, m moving, by int64, now time.Time) error {
	_, err := tx.Exec(ctx, settleSQL, m.id, m.village, by, chinatime.Day(now), now, m.from)
	return err
}

const giveBackSQL = `-- name: ReturnTransfer
UPDATE transfer_request SET state = 'RETURNED', version = version + 1 WHERE id = $1`

func giveBack(ctx context.Context, tx postgres.Tx, id int64) error {
	_, err := tx.Exec(ctx, giveBackSQL, id)
	return err
}
