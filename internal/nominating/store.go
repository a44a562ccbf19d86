package nominating

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Two nominations of one child at once wait for each other here, so that the second
// finds the file of the first.
const enterSQL = `-- name: EnterNomination
SELECT d.id FROM division d WHERE d.level = 'DISTRICT' ORDER BY d.id LIMIT 1 FOR NO KEY UPDATE OF d`

const villageSQL = `-- name: FindVillage
SELECT d.id FROM division d WHERE d.code = $1 AND d.level = 'VILLAGE'`

// enter is the village of a nomination, while no other nomination is made.
func enter(ctx context.Context, tx postgres.Tx, code string) (village int64, err error) {
	if _, err := tx.Exec(ctx, enterSQL); err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, villageSQL, code).Scan(&village)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, noVillage()
	}
	return village, err
}

// known is a child whom the hub knows and who may be the nominated one; same says that
// the number is the same and no fact differs, and nothing stands against the file.
type known struct {
	child   int64
	ground  string
	differs []string
	same    bool
}

const findSQL = `-- name: FindNominated
WITH found AS (
    SELECT j.child_id AS id, 'SAME_NUMBER' AS ground FROM join_token j WHERE j.agency_id = $1 AND j.kind = $2 AND j.token = $3
    UNION ALL
    SELECT m.child_id, 'SAME_NUMBER' FROM join_token j JOIN merge_proposal m ON m.known_id = j.child_id AND m.ground = 'SAME_NUMBER'
    WHERE j.agency_id = $1 AND j.kind = $2 AND j.token = $3
    UNION ALL
    SELECT c.id, 'SAME_FACTS' FROM child c WHERE c.residence_village_id = $4 AND c.name = $5 AND c.sex = $6
        AND CASE WHEN $8 THEN date_part('year', age($9::date, c.birth_date)) = date_part('year', age($9::date, $7::date)) ELSE c.birth_date = $7::date END),
known AS (
    SELECT c.id, f.ground, array_remove(ARRAY[
        CASE WHEN c.name IS DISTINCT FROM $5 THEN 'NAME' END, CASE WHEN c.sex <> $6 THEN 'SEX' END,
        CASE WHEN CASE WHEN $8 THEN date_part('year', age($9::date, c.birth_date)) <> date_part('year', age($9::date, $7::date)) ELSE c.birth_date <> $7::date END THEN 'BIRTH_DATE' END,
        CASE WHEN c.residence_village_id <> $4 THEN 'VILLAGE' END], NULL) AS differs,
        c.shield = 'NONE' AND NOT deciding.conflicted(c.id, $10) AS plain
    FROM found f JOIN child c ON c.id = f.id WHERE c.merged_into IS NULL)
SELECT id, ground, differs, ground = 'SAME_NUMBER' AND cardinality(differs) = 0 AND plain FROM known
ORDER BY ground = 'SAME_NUMBER' AND cardinality(differs) = 0 AND plain DESC, ground = 'SAME_FACTS', cardinality(differs), id LIMIT 1`

// find looks for the nominated child among those whom the hub knows.
func (n newcomer) find(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (k known, err error) {
	err = tx.QueryRow(ctx, findSQL, d.Caller.Agency.ID, n.kind, n.token, n.village, n.Name, n.Sex, n.birth, n.estimated, chinatime.Day(d.Now), d.Caller.Staff.ID).
		Scan(&k.child, &k.ground, &k.differs, &k.same)
	if errors.Is(err, pgx.ErrNoRows) {
		return known{}, nil
	}
	return k, err
}

const openSQL = `-- name: OpenProvisionalFile
INSERT INTO child (name, sex, birth_date, birth_estimated, residence_village_id, residence_township_id, hukou_type, id_doc_type, recorded_on, synthetic)
SELECT $1, $2, $3::date, $4, v.id, v.parent_id, CASE WHEN $6 THEN 'NONE' END, CASE WHEN $6 THEN 'NONE' END, $7::date, s.synthetic
FROM division v, staff s WHERE v.id = $5 AND s.id = $8 RETURNING id`

// open opens a file of what the nominator said.
func (n newcomer) open(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (child int64, err error) {
	err = tx.QueryRow(ctx, openSQL, n.Name, n.Sex, n.birth, n.estimated, n.village, n.token == nil, chinatime.Day(d.Now), d.Caller.Staff.ID).Scan(&child)
	return child, err
}

const rememberSQL = `-- name: RememberJoinToken
INSERT INTO join_token (agency_id, kind, token, child_id) VALUES ($1, $2, $3, $4)`

// remember lets the agency find the child by its number from now on.
func (n newcomer) remember(ctx context.Context, tx postgres.Tx, d disclosure.Decided, child int64) error {
	_, err := tx.Exec(ctx, rememberSQL, d.Caller.Agency.ID, n.kind, n.token, child)
	return err
}

const noteSQL = `-- name: NoteMergeProposal
INSERT INTO merge_proposal (child_id, known_id, ground, differs, state, proposed_on, recorded_on, synthetic)
SELECT c.id, $2, $3, $4, 'PROPOSED', $5::date, $5::date, c.synthetic FROM child c WHERE c.id = $1 RETURNING id`

func note(ctx context.Context, tx postgres.Tx, p proposal, k known, d disclosure.Decided) (id int64, err error) {
	err = tx.QueryRow(ctx, noteSQL, p.child, p.known, k.ground, k.differs, chinatime.Day(d.Now)).Scan(&id)
	return id, err
}

const askedSQL = `-- name: AskAboutMerge
UPDATE merge_proposal SET asked_at = $3 WHERE id = $1 AND NOT deciding.hidden(known_id, $2) AND NOT deciding.conflicted(known_id, $2)`

// asked notes that somebody is asked; not free is who may not know of the known child.
func asked(ctx context.Context, tx postgres.Tx, p proposal, staff int64, now time.Time) (free bool, err error) {
	tag, err := tx.Exec(ctx, askedSQL, p.id, staff, now)
	return tag.RowsAffected() == 1, err
}

const waitingSQL = `-- name: WaitingMergeProposals
SELECT p.id, p.child_id, p.known_id FROM merge_proposal p JOIN registration r ON r.child_id = p.child_id AND r.status IN ('CANDIDATE', 'VERIFYING', 'REGISTERED')
WHERE p.state = 'PROPOSED' AND p.asked_at IS NULL ORDER BY p.id LIMIT 500 FOR UPDATE OF p SKIP LOCKED`

func waiting(ctx context.Context, tx postgres.Tx) ([]proposal, error) {
	rows, err := tx.Query(ctx, waitingSQL)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p proposal, err error) {
		err = row.Scan(&p.id, &p.child, &p.known)
		return p, err
	})
}

const takeSQL = `-- name: TakeMergeProposal
SELECT id, child_id, coalesce(known_id, 0), state, version FROM merge_proposal WHERE id = $1 FOR UPDATE`

func take(ctx context.Context, tx postgres.Tx, id int64) (p proposal, err error) {
	err = tx.QueryRow(ctx, takeSQL, id).Scan(&p.id, &p.child, &p.known, &p.state, &p.version)
	return p, err
}

// Both files are taken in one order: two mergers never wait for each other in a circle.
const holdSQL = `-- name: HoldBothFiles
SELECT c.id FROM child c WHERE c.id IN ($1, $2) ORDER BY c.id FOR NO KEY UPDATE OF c`

func hold(ctx context.Context, tx postgres.Tx, p proposal) error {
	_, err := tx.Exec(ctx, holdSQL, p.child, p.known)
	return err
}

// What opens a file for a reason of its own is closed; the rest goes on with the known
// child, in the hands that it is in.
const carrySQL = `-- name: CarryWorkOver
WITH c AS (UPDATE child SET merged_into = $2 WHERE id = $1),
m AS (UPDATE child SET merged_into = $2 WHERE merged_into = $1),
k AS (UPDATE ticket SET closed_at = greatest($3, opened_at) WHERE child_id = $1 AND closed_at IS NULL AND kind IN ('SURVEY_BATCH', 'EMERGENCY', 'DISTRICT_SEARCH')),
t AS (UPDATE ticket SET child_id = $2 WHERE child_id = $1 AND closed_at IS NULL AND kind NOT IN ('SURVEY_BATCH', 'EMERGENCY', 'DISTRICT_SEARCH')),
n AS (INSERT INTO join_token (agency_id, kind, token, child_id) SELECT agency_id, kind, token, $2 FROM join_token WHERE child_id = $1 ON CONFLICT DO NOTHING),
j AS (DELETE FROM join_token WHERE child_id = $1),
p AS (UPDATE merge_proposal SET known_id = $2 WHERE known_id = $1 AND state = 'PROPOSED')
UPDATE task SET child_id = $2 WHERE child_id = $1 AND done_at IS NULL AND subject NOT IN ('registration', 'merge_proposal')`

const recordsSQL = `-- name: CarryRecordsOver
SELECT move_records($1, $2)`

func carry(ctx context.Context, tx postgres.Tx, p proposal, now time.Time) error {
	if _, err := tx.Exec(ctx, recordsSQL, p.child, p.known); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, carrySQL, p.child, p.known, now)
	return err
}

const decideSQL = `-- name: DecideMerge
UPDATE merge_proposal SET state = $2, refusal = $3, decided_on = $4::date, decided_by = $5, version = version + 1 WHERE id = $1`

func (p proposal) decide(ctx context.Context, tx postgres.Tx, d disclosure.Decided, refusal *string) error {
	_, err := tx.Exec(ctx, decideSQL, p.id, p.state, refusal, chinatime.Day(d.Now), d.Caller.Staff.ID)
	return err
}
