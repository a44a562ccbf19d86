package pairing

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/record"
)

// Records says where a volunteer is stored; a pairing is a record of package federation.
func Records() []record.Type {
	return []record.Type{{
		Name: "Volunteer", Table: "volunteer", Kind: record.Node, Order: "{t}.vetted_until, {t}.id",
		Keys:    []record.Order{{SQL: "{t}.vetted_until", Cast: "date"}, {SQL: "{t}.id", Cast: "bigint"}},
		Columns: record.Columns{"townshipCode": "(SELECT d.code FROM division d WHERE d.id = {t}.township_id)"},
	}}
}

// Roots are the volunteers, whose vetting ends first first.
func Roots() []record.Root {
	return []record.Root{{Field: "volunteers", Type: "Volunteer", Paged: true}}
}

const insertSQL = `-- name: InsertPairing
INSERT INTO pairing (child_id, volunteer, volunteer_id, consent_ref, coordinator_id, state, ticket_id, author_id, author_agency_id, recorded_on)
SELECT $1, v.code, v.id, $3, $4, 'PROPOSED', $5, s.id, s.agency_id, $6::date FROM volunteer v, staff s WHERE v.id = $2 AND s.id = $4 RETURNING id`

func insert(ctx context.Context, tx postgres.Tx, d disclosure.Decided, n New, item int64) (id int64, err error) {
	err = tx.QueryRow(ctx, insertSQL, n.Child, n.Volunteer, n.ConsentRef, n.Keeper, item, today(d.Now)).Scan(&id)
	return id, err
}

const columns = `SELECT p.id, p.child_id, coalesce(p.ticket_id, 0), coalesce(p.volunteer_id, 0), coalesce(p.coordinator_id, 0), coalesce(p.state, ''), p.version,
    p.consent_ref IS NOT NULL AND NOT EXISTS (SELECT FROM consent_record c WHERE c.child_id = p.child_id AND c.kind = 'PAIRING' AND c.withdrawn_on IS NOT NULL
        AND NOT EXISTS (SELECT FROM consent_record n WHERE n.child_id = c.child_id AND n.kind = c.kind AND n.withdrawn_on IS NULL)),
    coalesce(v.vetted_until, '0001-01-01'::date)
FROM pairing p LEFT JOIN volunteer v ON v.id = p.volunteer_id `

const loadSQL = `-- name: LoadPairing
` + columns + `WHERE p.id = $1 ORDER BY p.id FOR UPDATE OF p`

const unsignedSQL = `-- name: LoadUnsignedPairing
` + columns + `WHERE p.child_id = $1 AND p.state = 'PROPOSED' AND p.volunteer_id = (SELECT o.volunteer_id FROM resource_offer o WHERE o.id = $2)
ORDER BY p.id DESC LIMIT 1 FOR UPDATE OF p`

const runningSQL = `-- name: LoadRunningPairings
` + columns + `WHERE p.child_id = $1 AND p.state IN ('PROPOSED', 'ACTIVE') ORDER BY p.id FOR UPDATE OF p`

// running are the pairings of a child that have not ended.
func running(ctx context.Context, tx postgres.Tx, child int64) ([]pair, error) {
	rows, err := tx.Query(ctx, runningSQL, child)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (pair, error) { return scan(row) })
}

const closeItemsSQL = `-- name: ClosePairingTickets
UPDATE ticket SET closed_at = $2 WHERE kind = 'PAIRING_CONSENT' AND child_id = $1 AND closed_at IS NULL`

// closeItems closes every work item that opens a child for a pairing.
func closeItems(ctx context.Context, tx postgres.Tx, child int64, now time.Time) error {
	_, err := tx.Exec(ctx, closeItemsSQL, child, now)
	return err
}

func scan(row pgx.Row) (pair, error) {
	var p pair
	err := row.Scan(&p.ID, &p.Child, &p.Ticket, &p.Volunteer, &p.Coordinator, &p.State, &p.Version, &p.Consented, &p.VettedUntil)
	return p, err
}

func load(ctx context.Context, tx postgres.Tx, id int64) (pair, error) {
	p, err := scan(tx.QueryRow(ctx, loadSQL, id))
	if errors.Is(err, pgx.ErrNoRows) {
		return p, fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach.")
	}
	return p, err
}

// unsigned is the pairing that an accepted need made, with id 0 for none.
func unsigned(ctx context.Context, tx postgres.Tx, child, offer int64) (pair, error) {
	p, err := scan(tx.QueryRow(ctx, unsignedSQL, child, offer))
	if errors.Is(err, pgx.ErrNoRows) {
		return pair{}, nil
	}
	return p, err
}

const stateSQL = `-- name: MovePairing
UPDATE pairing SET state = $2, version = version + 1 WHERE id = $1 RETURNING version`

func setState(ctx context.Context, tx postgres.Tx, id int64, state string) (version int, err error) {
	err = tx.QueryRow(ctx, stateSQL, id, state).Scan(&version)
	return version, err
}

const signedSQL = `-- name: SignPairing
UPDATE pairing SET contract_from = $2::date, contract_until = $3::date, started_on = $2::date, frequency = $4 WHERE id = $1`

func signed(ctx context.Context, tx postgres.Tx, id int64, in Contract) error {
	_, err := tx.Exec(ctx, signedSQL, id, in.ContractFrom, in.ContractUntil, in.Frequency)
	return err
}

const noteSQL = `-- name: NotePairingContact
INSERT INTO pairing_contact (pairing_id, contacted_on, mode, topic, need_found, author_id, recorded_on) VALUES ($1, $2::date, $3, $4, $5, $6, $2::date)`

func note(ctx context.Context, tx postgres.Tx, id int64, in Contact, by int64) error {
	_, err := tx.Exec(ctx, noteSQL, id, in.ContactedOn, in.Mode, in.Topic, in.NeedFound, by)
	return err
}

const endedSQL = `-- name: EndPairing
UPDATE pairing SET ended_on = $2::date, end_reason = $3 WHERE id = $1`

func ended(ctx context.Context, tx postgres.Tx, id int64, day, reason string) error {
	_, err := tx.Exec(ctx, endedSQL, id, day, reason)
	return err
}

const expireSQL = `-- name: ExpirePairings
WITH over AS (
    SELECT p.id FROM pairing p WHERE p.state = 'ACTIVE' AND p.contract_until < $1::date ORDER BY p.id LIMIT $3 FOR UPDATE SKIP LOCKED
), gone AS (
    UPDATE pairing p SET state = 'ENDED', ended_on = p.contract_until, end_reason = 'CONTRACT', version = p.version + 1 FROM over o WHERE p.id = o.id
    RETURNING p.child_id, p.ticket_id
), closed AS (
    UPDATE ticket k SET closed_at = $2 FROM gone g WHERE k.id = g.ticket_id AND k.closed_at IS NULL
)
SELECT g.child_id FROM gone g ORDER BY g.child_id`

// expire ends the pairings whose contract has run out and returns their children.
func expire(ctx context.Context, tx postgres.Tx, day string, now time.Time) ([]int64, error) {
	rows, err := tx.Query(ctx, expireSQL, day, now, batch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

const vettingDaysSQL = `-- name: VettingDays
SELECT value::integer FROM parameter WHERE name = 'vetting_days'`

func vettingDays(ctx context.Context, tx postgres.Tx) (days int, err error) {
	err = tx.QueryRow(ctx, vettingDaysSQL).Scan(&days)
	return days, err
}

const vetNewSQL = `-- name: InsertVolunteer
INSERT INTO volunteer (code, kind, township_id, vetting_ref, vetted_on, vetted_until, author_id, author_agency_id)
SELECT 'V-' || upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 10)), $1, (SELECT d.id FROM division d WHERE d.code = $2 AND d.level = 'TOWNSHIP'), $3, $4::date, $5::date, $6, $7
RETURNING id, code, version`

const vetAgainSQL = `-- name: VetVolunteer
UPDATE volunteer SET vetting_ref = $2, vetted_on = $3::date, vetted_until = $4::date, version = version + 1 WHERE code = $1 RETURNING id, code, version`

// vet notes the vetting; the result's state is the volunteer's reference.
func vet(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Vetting) (Result, error) {
	var to Result
	if in.Volunteer == nil {
		err := tx.QueryRow(ctx, vetNewSQL, in.Kind, in.TownshipCode, in.VettingRef, in.VettedOn, in.VettedUntil, d.Caller.Staff.ID, d.Caller.Agency.ID).Scan(&to.ID, &to.State, &to.Version)
		return to, err
	}
	err := tx.QueryRow(ctx, vetAgainSQL, *in.Volunteer, in.VettingRef, in.VettedOn, in.VettedUntil).Scan(&to.ID, &to.State, &to.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return to, fault.At("volunteer", fault.New(fault.NotFound, "没有这名志愿者。", "There is no such volunteer."))
	}
	return to, err
}

const vettedSQL = `-- name: FindVettedVolunteer
SELECT v.id FROM volunteer v WHERE v.code = $1 AND v.vetted_until >= $2::date`

func vetted(ctx context.Context, tx postgres.Tx, code, until string) (id int64, err error) {
	err = tx.QueryRow(ctx, vettedSQL, code, until).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fault.New(fault.BadRequest, "没有这名志愿者，或其审查有效期不足。", "There is no such volunteer, or the vetting does not hold so long.")
	}
	return id, err
}
