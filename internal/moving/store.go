package moving

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/packet"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// moving is a transfer in the hand of somebody who moves it.
type moving struct {
	id, child, ticket, supervisor int64
	state                         string
	// byDirector says that who handed it over is the old village's director still.
	byDirector bool
	// mode is how it moves; hub and packet name the other hub and what it was sent.
	mode, hub, packet, fromArea string
	// from and village are the villages moved from and to, 0 for one outside of the
	// district; claimer is the new one's director or, where there is none in post, its
	// supervisor.
	from, village, claimer int64
	underWay               bool
}

const holdChildSQL = `-- name: HoldMovingChild
SELECT 1 FROM child WHERE id = $1 FOR NO KEY UPDATE`

const loadSQL = `-- name: LoadMove
SELECT c.residence_village_id, coalesce(v.id, 0), coalesce((SELECT p.staff_id FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON'
        WHERE (p.role = 'DIR' AND p.division_id = v.id OR p.role = 'SUP' AND p.division_id = v.parent_id) AND held(p, $3::date)
            AND NOT deciding.hidden(c.id, s.id) AND NOT deciding.conflicted(c.id, s.id)
        ORDER BY p.role, p.valid_from DESC, p.id LIMIT 1), 0),
    EXISTS (SELECT FROM transfer_request t WHERE t.child_id = c.id AND t.state = 'SENT' AND (t.kind = 'WITHIN' OR t.hub IS NOT NULL)),
    coalesce((SELECT max(t.id) FROM transfer_request t WHERE t.child_id = c.id AND t.state = 'REQUESTED' AND t.handed_by IS NOT NULL), 0)
FROM child c LEFT JOIN division v ON v.code = $2 AND v.level = 'VILLAGE' WHERE c.id = $1`

func load(ctx context.Context, tx postgres.Tx, child int64, to string, on time.Time) (moving, error) {
	m := moving{child: child}
	if _, err := tx.Exec(ctx, holdChildSQL, child); err != nil {
		return m, err
	}
	return m, tx.QueryRow(ctx, loadSQL, child, to, chinatime.Day(on)).Scan(&m.from, &m.village, &m.claimer, &m.underWay, &m.id)
}

// What the director asked for is gone on with: author and record stay.
const sendSQL = `-- name: SendTransfer
INSERT INTO transfer_request AS t (id, child_id, from_area, to_area, state, requested_on, summary, kind, packet, hub, packet_id, handed_by, author_id, author_agency_id, recorded_on, synthetic)
SELECT coalesce(nullif($11::bigint, 0), nextval(pg_get_serial_sequence('transfer_request', 'id'))), c.id, d.code, $2, $3, $4::date, $5, $6, $7, nullif($9, ''), nullif($10, ''), s.id, s.id, s.agency_id, $4::date, c.synthetic
FROM child c JOIN division d ON d.id = c.residence_village_id JOIN staff s ON s.id = $8 WHERE c.id = $1
ON CONFLICT (id) DO UPDATE SET to_area = excluded.to_area, state = excluded.state, requested_on = excluded.requested_on, summary = excluded.summary, kind = excluded.kind,
    packet = excluded.packet, hub = excluded.hub, packet_id = excluded.packet_id, handed_by = excluded.handed_by, recorded_on = excluded.recorded_on, version = t.version + 1
RETURNING id, from_area`

// minimumParts is what goes out of the district: parts of the file by name.
func minimumParts() []string { return []string{"identity", "caregiver", "open tasks"} }

func send(ctx context.Context, tx postgres.Tx, m moving, in Handing, d disclosure.Decided) (id int64, from string, err error) {
	parts := minimumParts()
	if m.village != 0 {
		parts = nil
	}
	err = tx.QueryRow(ctx, sendSQL, m.child, in.To, m.state, chinatime.Day(d.Now), in.Summary, m.kind(in), parts, d.Caller.Staff.ID, m.hub, m.packet, m.id).Scan(&id, &from)
	return id, from, err
}

const holdSQL = `-- name: HoldTransferTicket
UPDATE transfer_request SET ticket_id = $2 WHERE id = $1`

func hold(ctx context.Context, tx postgres.Tx, id, item int64) error {
	_, err := tx.Exec(ctx, holdSQL, id, item)
	return err
}

// What a visit, a decline or the director had asked for is done.
const arrangedSQL = `-- name: MoveArranged
UPDATE task SET done_at = $3, done_by = $2, next_rung_at = NULL WHERE child_id = $1 AND done_at IS NULL AND kind IN ('HAND_OVER', 'MOVE_RETURNED', 'MOVE_REQUESTED')`

func arranged(ctx context.Context, tx postgres.Tx, child, by int64, now time.Time) error {
	_, err := tx.Exec(ctx, arrangedSQL, child, by, now)
	return err
}

const takeSQL = `-- name: TakeTransfer
SELECT t.id, t.child_id, coalesce(t.ticket_id, 0), coalesce(t.handed_by, 0), coalesce(t.state, ''), v.id, c.residence_village_id,
    EXISTS (SELECT FROM post p WHERE p.staff_id = t.handed_by AND p.role = 'DIR' AND p.division_id = c.residence_village_id AND held(p, $2::date))
FROM transfer_request t JOIN child c ON c.id = t.child_id JOIN division v ON v.code = t.to_area AND v.level = 'VILLAGE'
WHERE t.id = $1 FOR UPDATE OF t FOR NO KEY UPDATE OF c`

func take(ctx context.Context, tx postgres.Tx, id int64, now time.Time) (moving, error) {
	var m moving
	err := tx.QueryRow(ctx, takeSQL, id, chinatime.Day(now)).Scan(&m.id, &m.child, &m.ticket, &m.supervisor, &m.state, &m.village, &m.from, &m.byDirector)
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

const expirySQL = `-- name: PacketExpiry
SELECT date_trunc('second', $1::timestamptz) + value::integer * interval '1 day' FROM parameter WHERE name = 'transfer_packet_days'`

func expiry(ctx context.Context, tx postgres.Tx, now time.Time) (at time.Time, err error) {
	return at, tx.QueryRow(ctx, expirySQL, now).Scan(&at)
}

const enqueueSQL = `-- name: EnqueueMessage
INSERT INTO transfer_message (incoming, hub, id, kind, transfer_id, digest, sealed, created_at, expires_at, next_try_at) VALUES (false, $1, $2, $3, $4, $5, $6, $7, $8, $7)`

func enqueue(ctx context.Context, tx postgres.Tx, m message) error {
	_, err := tx.Exec(ctx, enqueueSQL, m.hub, m.id, string(m.kind), m.transfer, m.digest, m.sealed, m.created, m.expires)
	return err
}

const dueSQL = `-- name: ClaimDueMessage
WITH due AS (SELECT hub, id FROM transfer_message WHERE next_try_at <= $1 AND NOT incoming AND (claimed_until IS NULL OR claimed_until <= $2)
    ORDER BY next_try_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE transfer_message m SET claimed_until = $3 FROM due, transfer_request t
WHERE NOT m.incoming AND m.hub = due.hub AND m.id = due.id AND t.id = m.transfer_id
RETURNING m.hub, m.id, m.kind, m.transfer_id, t.child_id, m.digest, m.sealed, m.created_at, m.expires_at, m.claimed_until, coalesce(t.packet_id, ''), coalesce(t.state, ''), coalesce(t.refusal, '')`

// claimDue takes a packet that is due, and nobody's at this moment, for one delivery.
func claimDue(ctx context.Context, tx postgres.Tx, due, now time.Time) (m message, found bool, err error) {
	a := &m.answer
	err = tx.QueryRow(ctx, dueSQL, due, now, now.Add(lease)).
		Scan(&m.hub, &m.id, &m.kind, &m.transfer, &m.child, &m.digest, &m.sealed, &m.created, &m.expires, &m.claimed, &a.Transfer, &a.Decision, &a.Reason)
	if errors.Is(err, pgx.ErrNoRows) {
		return m, false, nil
	}
	return m, err == nil, err
}

// The next try waits twice as long each time, six hours at most; what has expired is
// given up.
const laterSQL = `-- name: TryMessageLater
UPDATE transfer_message SET tries = tries + 1, refused_with = $3, claimed_until = NULL,
    next_try_at = CASE WHEN expires_at > $4::timestamptz THEN $4::timestamptz + least(power(2, least(tries, 9)), 360) * interval '1 minute' END,
    sealed = CASE WHEN expires_at > $4 THEN sealed END
WHERE NOT incoming AND hub = $1 AND id = $2 AND claimed_until = $5`

func later(ctx context.Context, tx postgres.Tx, m message, why fault.Code, now time.Time) error {
	_, err := tx.Exec(ctx, laterSQL, m.hub, m.id, string(why), now, m.claimed)
	return err
}

const receivedSQL = `-- name: MessageReceived
UPDATE transfer_message SET next_try_at = NULL, sealed = NULL, refused_with = NULL, claimed_until = NULL WHERE NOT incoming AND hub = $1 AND id = $2 AND claimed_until = $3`

// received notes a receipt; false where the claim is another's now.
func received(ctx context.Context, tx postgres.Tx, m message) (ours bool, err error) {
	tag, err := tx.Exec(ctx, receivedSQL, m.hub, m.id, m.claimed)
	return tag.RowsAffected() == 1, err
}

const unreachedSQL = `-- name: TakeUnreachedMessage
UPDATE transfer_message m SET told_at = $1::timestamptz FROM transfer_request t
WHERE t.id = m.transfer_id AND (m.hub, m.id) = (SELECT x.hub, x.id FROM transfer_message x
    WHERE NOT x.incoming AND x.told_at IS NULL AND (x.next_try_at IS NOT NULL OR x.refused_with IS NOT NULL)
      AND x.created_at <= $1::timestamptz - (SELECT value::integer FROM parameter WHERE name = 'transfer_unreachable_days') * interval '1 day'
    ORDER BY x.created_at, x.id LIMIT 1 FOR UPDATE SKIP LOCKED) AND NOT m.incoming
RETURNING m.hub, m.id, m.transfer_id, t.child_id, coalesce(CASE WHEN m.kind = 'ANSWER' THEN t.claimed_by ELSE t.handed_by END, 0)`

// takeUnreached takes one packet that was not received for too long, and who sent it.
func takeUnreached(ctx context.Context, tx postgres.Tx, now time.Time) (m message, staff int64, err error) {
	err = tx.QueryRow(ctx, unreachedSQL, now).Scan(&m.hub, &m.id, &m.transfer, &m.child, &staff)
	if errors.Is(err, pgx.ErrNoRows) {
		return message{}, 0, nil
	}
	return m, staff, err
}

// What is on the road may be there at any moment: it is not taken back meanwhile.
const withdrawSQL = `-- name: WithdrawTransfer
WITH m AS (UPDATE transfer_message SET next_try_at = NULL, sealed = NULL, refused_with = NULL
    WHERE transfer_id = $1 AND NOT incoming AND kind = 'TRANSFER' AND (sealed IS NOT NULL OR expires_at <= $2)
      AND (claimed_until IS NULL OR claimed_until <= $2) RETURNING transfer_id)
UPDATE transfer_request t SET state = 'RETURNED', version = t.version + 1 FROM m WHERE t.id = m.transfer_id RETURNING t.id`

// withdraw takes a packet back; false where the other hub has it.
func withdraw(ctx context.Context, tx postgres.Tx, id int64, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, withdrawSQL, id, now)
	return tag.RowsAffected() == 1, err
}

const betweenSQL = `-- name: TakeTransferBetween
SELECT id, child_id, coalesce(handed_by, 0), coalesce(state, ''), coalesce(kind, ''), hub, packet_id FROM transfer_request
WHERE child_id = $1 AND hub IS NOT NULL AND incoming IS NOT DISTINCT FROM nullif($2, false) ORDER BY id DESC LIMIT 1 FOR UPDATE`

const sentSQL = `-- name: TakeSentTransfer
SELECT id, child_id, coalesce(handed_by, 0), coalesce(state, ''), coalesce(kind, ''), hub, packet_id FROM transfer_request
WHERE packet_id = $2 AND hub = $1 AND incoming IS NULL ORDER BY id FOR UPDATE`

// takeBetween takes the newest transfer of a child from or to another hub.
func takeBetween(ctx context.Context, tx postgres.Tx, child int64, incoming bool) (moving, error) {
	return between(tx.QueryRow(ctx, betweenSQL, child, incoming))
}

// takeSent takes what was sent to a hub in a packet.
func takeSent(ctx context.Context, tx postgres.Tx, hub, id string) (moving, error) {
	return between(tx.QueryRow(ctx, sentSQL, hub, id))
}

func between(row pgx.Row) (m moving, err error) {
	err = row.Scan(&m.id, &m.child, &m.supervisor, &m.state, &m.mode, &m.hub, &m.packet)
	if errors.Is(err, pgx.ErrNoRows) {
		return m, fault.New(fault.NotFound, "没有这次跨县区转移。", "There is no such hand-over to or from another county.")
	}
	return m, err
}

const concludeSQL = `-- name: ConcludeTransfer
WITH m AS (UPDATE transfer_message SET next_try_at = NULL, sealed = NULL, refused_with = NULL, claimed_until = NULL WHERE transfer_id = $1 AND NOT incoming)
UPDATE transfer_request SET state = $2, refusal = nullif($3, ''), received_on = CASE WHEN $2 = 'ACCEPTED' THEN $4::date END, version = version + 1 WHERE id = $1`

// conclude notes at the sender what was decided.
func conclude(ctx context.Context, tx postgres.Tx, m moving, reason string, now time.Time) error {
	_, err := tx.Exec(ctx, concludeSQL, m.id, m.state, reason, chinatime.Day(now))
	return err
}

const decidedSQL = `-- name: DecideTransfer
UPDATE transfer_request SET state = $2, refusal = nullif($3, ''), received_on = CASE WHEN $2 = 'ACCEPTED' THEN $4::date END, claimed_by = $5, version = version + 1 WHERE id = $1`

// decided notes at the receiver what was decided, and by whom.
func decided(ctx context.Context, tx postgres.Tx, m moving, reason string, now time.Time) error {
	_, err := tx.Exec(ctx, decidedSQL, m.id, m.state, reason, chinatime.Day(now), m.supervisor)
	return err
}

const placeSQL = `-- name: PlaceOfArrival
SELECT t.id FROM division t WHERE t.level = 'TOWNSHIP' AND left(t.code, 9) = left($1, 9) ORDER BY t.id LIMIT 1`

// place is the township of a code, 0 for none.
func place(ctx context.Context, tx postgres.Tx, area string) (town int64, err error) {
	err = tx.QueryRow(ctx, placeSQL, area).Scan(&town)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return town, err
}

const arrivalSQL = `-- name: ArriveChild
INSERT INTO child (name, sex, birth_date, residence_village_id, residence_township_id, recorded_on) VALUES ($1, $2, $3::date, $4, $4, $5::date) RETURNING id`

const arrivalCarerSQL = `-- name: ArriveCaregivers
INSERT INTO caregiver (child_id, name, relation, phone, recorded_on)
SELECT $1, nullif(g.name, ''), nullif(g.relation, ''), nullif(g.phone, ''), $5::date FROM unnest($2::text[], $3::text[], $4::text[]) AS g (name, relation, phone)`

const arrivalTransferSQL = `-- name: ArriveTransfer
INSERT INTO transfer_request (child_id, from_area, to_area, state, requested_on, kind, incoming, hub, packet_id, open_work, agency, contact, recorded_on)
VALUES ($1, $2, $3, 'SENT', $4::date, $5, true, $6, $7, $8, $9, $10, $4::date) RETURNING id`

// arrival writes what a packet brought: the child, who cares for it, and the transfer.
func arrival(ctx context.Context, tx postgres.Tx, o packet.Opened, town int64, now time.Time) (child, transfer int64, err error) {
	t := o.Move
	if err := tx.QueryRow(ctx, arrivalSQL, t.Child.Name, t.Child.Sex, t.Child.BirthDate, town, chinatime.Day(now)).Scan(&child); err != nil {
		return 0, 0, err
	}
	var names, relations, phones, open []string
	for _, g := range t.Caregivers {
		names, relations, phones = append(names, g.Name), append(relations, g.Relation), append(phones, g.Phone)
	}
	for _, w := range t.Open {
		open = append(open, w.Kind+" "+w.Due)
	}
	if _, err := tx.Exec(ctx, arrivalCarerSQL, child, names, relations, phones, chinatime.Day(now)); err != nil {
		return 0, 0, err
	}
	err = tx.QueryRow(ctx, arrivalTransferSQL, child, t.FromArea, t.ToArea, chinatime.Day(now), t.Mode, o.Hub, o.ID, open, t.Agency, t.Contact.Post+" "+t.Contact.Phone).Scan(&transfer)
	return child, transfer, err
}

const cameSQL = `-- name: MessageCameBefore
SELECT digest = $3 FROM transfer_message WHERE incoming AND hub = $1 AND id = $2`

const lockSQL = `-- name: LockMessage
SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 45))`

// cameBefore says whether a packet is known already. Faults: Conflict for another one of
// the same id.
func cameBefore(ctx context.Context, tx postgres.Tx, hub, id string, digest []byte) (known bool, err error) {
	if _, err := tx.Exec(ctx, lockSQL, hub, id); err != nil { // two of the same at once wait for each other
		return false, err
	}
	err = tx.QueryRow(ctx, cameSQL, hub, id, digest).Scan(&known)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return false, nil
	case err == nil && !known:
		return false, fault.New(fault.Conflict, "同一编号已有另一个包。", "Another packet has this id.")
	}
	return known, err
}

const keepSQL = `-- name: KeepMessage
INSERT INTO transfer_message (incoming, hub, id, kind, transfer_id, digest, created_at, expires_at) VALUES (true, $1, $2, $3, $4, $5, $6, $7)`

// keep notes that a packet came.
func keep(ctx context.Context, tx postgres.Tx, o packet.Opened, transfer int64, digest []byte, now time.Time) error {
	_, err := tx.Exec(ctx, keepSQL, o.Hub, o.ID, string(o.Kind), transfer, digest, now, time.Unix(o.Expires, 0))
	return err
}

const settleHereSQL = `-- name: SettleArrival
UPDATE child c SET residence_village_id = v.id, version = c.version + 1 FROM division v
WHERE c.id = $1 AND v.code = $2 AND v.level = 'VILLAGE' AND v.parent_id = c.residence_township_id`

// settleHere lets a child live in a village of its township; false for any other place.
func settleHere(ctx context.Context, tx postgres.Tx, child int64, area string) (bool, error) {
	tag, err := tx.Exec(ctx, settleHereSQL, child, area)
	return tag.RowsAffected() == 1, err
}

// What is left of a child that is not taken over names nobody: the log needs a row to
// point at. From the next day on nobody at work reaches it.
const forgetChildSQL = `-- name: ForgetArrival
UPDATE child SET name = NULL, citizen_id = NULL, residence_address = NULL, birth_date = date_trunc('year', birth_date)::date, version = version + 1 WHERE id = $1`

const forgetCarersSQL = `-- name: ForgetCaregivers
UPDATE caregiver SET name = NULL, phone = NULL, relation = NULL, version = version + 1 WHERE child_id = $1`

const forgetTransferSQL = `-- name: ForgetOpenWork
UPDATE transfer_request SET open_work = NULL WHERE id = $1`

const forgetRegisterSQL = `-- name: CloseArrival
INSERT INTO registration (child_id, kinds, status, exit_reason, exited_on, recorded_on) VALUES ($1, '{}', 'EXITED', 'ERROR', $2::date, $2::date) ON CONFLICT (child_id) DO NOTHING`

func forget(ctx context.Context, tx postgres.Tx, m moving, now time.Time) error {
	if _, err := tx.Exec(ctx, forgetChildSQL, m.child); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, forgetCarersSQL, m.child); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, forgetTransferSQL, m.id); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, forgetRegisterSQL, m.child, chinatime.Day(now))
	return err
}
