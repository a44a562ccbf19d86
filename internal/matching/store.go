package matching

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/record"
)

// Records says where the types of schema/pairing.graphqls that name no child are stored.
func Records() []record.Type {
	township := "(SELECT d.code FROM division d WHERE d.id = {t}.township_id)"
	return []record.Type{
		{Name: "NeedCell", Table: "need_board", Kind: record.Node},
		{
			Name: "ResourceOffer", Table: "resource_offer", Kind: record.Node, Order: "{t}.available_until DESC, {t}.id DESC",
			Keys:    []record.Order{{SQL: "{t}.available_until", Cast: "date", Desc: true}, {SQL: "{t}.id", Cast: "bigint", Desc: true}},
			Columns: record.Columns{"townshipCode": township, "left": "({t}.quantity - {t}.taken)"},
		},
		{
			Name: "MatchRequest", Table: "match_request", Kind: record.Node, Order: "{t}.id DESC", Keys: []record.Order{{SQL: "{t}.id", Cast: "bigint", Desc: true}},
			Columns: record.Columns{"townshipCode": township},
			Links:   record.Links{"offer": record.One("ResourceOffer", "{t}.id = {p}.offer_id")},
		},
	}
}

// Roots are the board, the offers that are left, and the requests to their keeper.
func Roots() []record.Root {
	return []record.Root{
		{Field: "needBoard", Type: "NeedCell", List: true, From: "need_board({today}::date)"},
		{Field: "resourceOffers", Type: "ResourceOffer", Paged: true, Where: "{t}.available_until >= {today} AND {t}.taken < {t}.quantity"},
		{Field: "matchRequests", Type: "MatchRequest", Paged: true, Where: "{t}.offer_id IN (SELECT o.id FROM resource_offer o WHERE o.keeper_id = {staff})"},
	}
}

func missing() error {
	return fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach.")
}

const needColumns = `SELECT m.id, m.child_id, coalesce(m.author_id, 0), coalesce(m.offer_id, 0), coalesce(m.need, ''), coalesce(m.state, ''), coalesce(m.consent_ref, ''), m.version
FROM need_match m `

const loadNeedSQL = `-- name: LoadNeed
` + needColumns + `WHERE m.id = $1 ORDER BY m.id FOR UPDATE OF m`

func scanNeed(row pgx.CollectableRow) (n need, err error) {
	err = row.Scan(&n.ID, &n.Child, &n.Author, &n.Offer, &n.Need, &n.State, &n.Consent, &n.Version)
	return n, err
}

func loadNeed(ctx context.Context, tx postgres.Tx, id int64) (need, error) {
	rows, err := tx.Query(ctx, loadNeedSQL, id)
	if err != nil {
		return need{}, err
	}
	n, err := pgx.CollectExactlyOneRow(rows, scanNeed)
	if errors.Is(err, pgx.ErrNoRows) {
		return n, missing()
	}
	return n, err
}

const restingSQL = `-- name: LoadConsentedNeeds
` + needColumns + `WHERE m.child_id = $1 AND m.state IN ('PUBLISHED', 'PROPOSED', 'ACCEPTED') AND m.consent_ref IS NOT NULL ORDER BY m.id FOR UPDATE OF m`

// resting are the open needs of a child that rest on a guardian's consent.
func resting(ctx context.Context, tx postgres.Tx, child int64) ([]need, error) {
	rows, err := tx.Query(ctx, restingSQL, child)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanNeed)
}

const moveNeedSQL = `-- name: MoveNeed
UPDATE need_match SET state = $2, offer_id = nullif($3, 0), version = version + 1 WHERE id = $1 RETURNING version`

func moveNeed(ctx context.Context, tx postgres.Tx, n need) (version int, err error) {
	err = tx.QueryRow(ctx, moveNeedSQL, n.ID, n.next, n.Offer).Scan(&version)
	return version, err
}

const insertNeedSQL = `-- name: InsertNeed
INSERT INTO need_match (child_id, need, state, wanted_until, consent_ref, plan_id, author_id, author_agency_id, recorded_on)
SELECT $1, $2, 'PUBLISHED', $3::date, $4, (SELECT p.id FROM support_plan p WHERE p.id = $5 AND p.child_id = $1), $6, $7, $8::date RETURNING id`

func insertNeed(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in New) (id int64, err error) {
	err = tx.QueryRow(ctx, insertNeedSQL, d.ChildID, in.Need, in.WantedUntil, in.ConsentRef, in.Plan, d.Caller.Staff.ID, d.Caller.Agency.ID, today(d)).Scan(&id)
	return id, err
}

const takeOfferSQL = `-- name: TakeOffer
SELECT o.id, o.keeper_id, coalesce(o.volunteer_id, 0) FROM resource_offer o JOIN need_match m ON m.id = $2 JOIN child c ON c.id = m.child_id
WHERE o.id = $1 AND o.need = m.need AND o.available_until >= $3::date AND o.taken < o.quantity
  AND (o.township_id IS NULL OR o.township_id = c.residence_township_id) FOR UPDATE OF o`

// takeOffer holds an offer that fits a need.
func takeOffer(ctx context.Context, tx postgres.Tx, id int64, n need, day string) (offer, error) {
	var o offer
	err := tx.QueryRow(ctx, takeOfferSQL, id, n.ID, day).Scan(&o.ID, &o.Keeper, &o.Volunteer)
	if errors.Is(err, pgx.ErrNoRows) {
		return o, fault.At("offer", fault.New(fault.Conflict,
			"这项资源不适合该需求、已用完或已过期。", "This offer does not fit the need, is used up or has ended."))
	}
	return o, err
}

const insertRequestSQL = `-- name: InsertMatchRequest
INSERT INTO match_request (need_id, offer_id, need, age_band, township_id, asked_on)
SELECT k.need_id, $2, k.need, k.age_band, k.township_id, $3::date FROM need_cells($3::date) k WHERE k.need_id = $1 RETURNING id`

func insertRequest(ctx context.Context, tx postgres.Tx, n need, o offer, day string) (id int64, err error) {
	err = tx.QueryRow(ctx, insertRequestSQL, n.ID, o.ID, day).Scan(&id)
	return id, err
}

const withdrawSQL = `-- name: WithdrawMatchRequest
WITH gone AS (UPDATE match_request SET state = 'WITHDRAWN', version = version + 1 WHERE need_id = $1 AND state = 'ASKED' RETURNING id)
SELECT coalesce((SELECT min(g.id) FROM gone g), 0)`

func withdrawRequest(ctx context.Context, tx postgres.Tx, n need) (id int64, err error) {
	err = tx.QueryRow(ctx, withdrawSQL, n.ID).Scan(&id)
	return id, err
}

const deliveredSQL = `-- name: DeliveredNeed
UPDATE need_match SET delivered_on = $2::date, value = coalesce($3, value) WHERE id = $1`

func delivered(ctx context.Context, tx postgres.Tx, id int64, in Delivery) error {
	_, err := tx.Exec(ctx, deliveredSQL, id, in.DeliveredOn, in.Value)
	return err
}

const acceptedSQL = `-- name: AcceptedNeed
UPDATE need_match m SET matched_on = $2::date, resource = o.resource FROM resource_offer o WHERE m.id = $1 AND o.id = m.offer_id`

func (n need) accepted(ctx context.Context, tx postgres.Tx, day string) error {
	_, err := tx.Exec(ctx, acceptedSQL, n.ID, day)
	return err
}

const insertOfferSQL = `-- name: InsertOffer
INSERT INTO resource_offer (need, resource, donor, volunteer_id, township_id, quantity, available_until, keeper_id, author_agency_id)
SELECT $1, $2, $3, nullif($4, 0), d.id, $6, $7::date, $8, $9 FROM (SELECT $5::text AS code) t LEFT JOIN division d ON d.code = t.code AND d.level = 'TOWNSHIP'
WHERE t.code IS NULL OR d.id IS NOT NULL RETURNING id`

func insertOffer(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Offer, volunteer int64) (id int64, err error) {
	err = tx.QueryRow(ctx, insertOfferSQL, in.Need, in.Resource, in.Donor, volunteer, in.TownshipCode, in.Quantity, in.AvailableUntil,
		d.Caller.Staff.ID, d.Caller.Agency.ID).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fault.At("townshipCode", fault.New(fault.BadRequest, "没有这个镇街。", "There is no such township."))
	}
	return id, err
}

const loadRequestSQL = `-- name: LoadMatchRequest
SELECT r.id, r.need_id, r.offer_id, o.keeper_id, coalesce(o.volunteer_id, 0), r.state, r.version FROM match_request r JOIN resource_offer o ON o.id = r.offer_id
WHERE r.id = $1 AND o.keeper_id = $2 FOR UPDATE`

func loadRequest(ctx context.Context, tx postgres.Tx, id, keeper int64) (request, error) {
	var r request
	err := tx.QueryRow(ctx, loadRequestSQL, id, keeper).Scan(&r.ID, &r.Need, &r.Offer, &r.Keeper, &r.Volunteer, &r.State, &r.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, missing()
	}
	return r, err
}

const takeSQL = `-- name: UseOffer
UPDATE resource_offer SET taken = taken + 1, version = version + 1 WHERE id = $1 AND taken < quantity`

func take(ctx context.Context, tx postgres.Tx, id int64) error {
	tag, err := tx.Exec(ctx, takeSQL, id)
	if err == nil && tag.RowsAffected() == 0 {
		return fault.New(fault.Conflict, "这项资源已用完。", "This offer is used up.")
	}
	return err
}

const releaseSQL = `-- name: ReleaseOffer
UPDATE resource_offer SET taken = taken - 1, version = version + 1 WHERE id = $1 AND taken > 0`

// release gives back what a withdrawn need had taken.
func release(ctx context.Context, tx postgres.Tx, id int64) error {
	_, err := tx.Exec(ctx, releaseSQL, id)
	return err
}

const answerSQL = `-- name: AnswerMatchRequest
UPDATE match_request SET state = $2, version = version + 1 WHERE id = $1 RETURNING version`

func answerRequest(ctx context.Context, tx postgres.Tx, id int64, state string) (version int, err error) {
	err = tx.QueryRow(ctx, answerSQL, id, state).Scan(&version)
	return version, err
}
