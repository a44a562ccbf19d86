package readnotice

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/follower"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/record"
)

// Records says where each type of schema/readnotice.graphqls is stored.
func Records() []record.Type {
	return []record.Type{{
		Name: "ReadNotice", Table: "read_notice", Kind: record.Node, Order: "{t}.last_at DESC, {t}.id DESC",
		Keys: record.Newest("last_at"),
		Columns: record.Columns{
			"readerAgency": "(SELECT a.name FROM agency a WHERE a.code = {t}.reader_agency)",
			"logNumber":    "{t}.log_number::text",
		},
	}}
}

// Roots are the notices to the caller's agency.
func Roots() []record.Root {
	return []record.Root{{
		Field: "readNotices", Type: "ReadNotice", Paged: true,
		Where:   "{t}.owner = (SELECT a.kind FROM agency a WHERE a.id = {agency})",
		Filters: record.Columns{"kind": "{t}.kind = {v}"},
	}}
}

// sector is whose a reader is: a school is of the owner EDUCATION, a clinic of HEALTH.
const sector = `CASE a.kind WHEN 'SCHOOL' THEN 'EDUCATION' WHEN 'CLINIC' THEN 'HEALTH' ELSE a.kind END`

// What is highly sensitive joins the owner's open alert; what nobody of the agency, in
// the role and for the purpose, has read before joins the digest of its day. What is
// older than late is known from now on, and told to nobody.
const noteSQL = `-- name: NoteReads
WITH late AS MATERIALIZED (
    SELECT $5::timestamptz - value::integer * interval '1 day' AS at FROM parameter WHERE name = 'read_notice_back_days'
), read AS MATERIALIZED (
    SELECT r.*, ` + sector + ` AS sector
    FROM (SELECT e.agency_code, e.role, e.purpose, d.set_id, min(e.at) AS first_at, max(e.at) AS last_at, count(*) AS n, min(e.sequence) AS number
        FROM audit_disclosure d JOIN audit_entry e ON e.at = d.at AND e.sequence = d.sequence
        WHERE d.sequence >= $1 AND d.sequence < $2 AND d.at >= $3 AND d.at <= $4 AND e.at >= $3 AND e.at <= $4 AND e.staff_id <> 0
        GROUP BY 1, 2, 3, 4) r
    LEFT JOIN agency a ON a.code = r.agency_code
), high AS MATERIALIZED (
    SELECT s.id, k.owner, array_agg(k.name ORDER BY k.name) AS names
    FROM audit_set s CROSS JOIN LATERAL unnest(s.coordinates, s.labels) AS c (name, label) JOIN coordinate k ON k.name = c.name
    WHERE s.id IN (SELECT r.set_id FROM read r) AND k.class = 'L4' AND c.label = 'FULL' AND k.owner <> 'HUB' GROUP BY s.id, k.owner
), sensitive AS (
    SELECT h.owner, r.agency_code, r.role, r.purpose, h.names, sum(r.n) AS n, min(r.first_at) AS first_at, max(r.last_at) AS last_at, min(r.number) AS number
    FROM read r JOIN high h ON h.id = r.set_id AND h.owner IS DISTINCT FROM r.sector
    WHERE r.last_at > (SELECT at FROM late) GROUP BY 1, 2, 3, 4, 5
), alert AS (
    INSERT INTO read_digest (owner, kind, day) SELECT DISTINCT s.owner, 'ALERT', ($4::timestamptz AT TIME ZONE 'Asia/Shanghai')::date FROM sensitive s
    ON CONFLICT (owner) WHERE kind = 'ALERT' AND closed_at IS NULL DO UPDATE SET day = read_digest.day RETURNING id, owner
), shown AS MATERIALIZED (
    SELECT k.owner, r.agency_code, r.role, r.purpose, k.name, min(r.first_at) AS first_at, max(r.last_at) AS last_at, sum(r.n) AS n, min(r.number) AS number
    FROM read r JOIN audit_set s ON s.id = r.set_id CROSS JOIN LATERAL unnest(s.coordinates) AS c (name)
    JOIN coordinate k ON k.name = c.name AND k.owner <> 'HUB' AND k.class <> 'L1' AND k.owner IS DISTINCT FROM r.sector
    GROUP BY 1, 2, 3, 4, 5
), known AS (
    INSERT INTO known_reading (agency_code, role, purpose, coordinate, first_at)
    SELECT w.agency_code, w.role, w.purpose, w.name, w.first_at FROM shown w
    ON CONFLICT DO NOTHING RETURNING agency_code, role, purpose, coordinate
), first AS (
    SELECT w.owner, w.agency_code, w.role, w.purpose, (min(w.first_at) AT TIME ZONE 'Asia/Shanghai')::date AS day, array_agg(w.name ORDER BY w.name) AS names,
        max(w.n) AS n, min(w.first_at) AS first_at, max(w.last_at) AS last_at, min(w.number) AS number
    FROM known k JOIN shown w ON (w.agency_code, w.role, w.purpose, w.name) = (k.agency_code, k.role, k.purpose, k.coordinate)
    WHERE w.first_at > (SELECT at FROM late) GROUP BY 1, 2, 3, 4
), daily AS (
    INSERT INTO read_digest (owner, kind, day) SELECT DISTINCT f.owner, 'DAILY', f.day FROM first f
    ON CONFLICT (owner, day) WHERE kind = 'DAILY' DO UPDATE SET day = read_digest.day RETURNING id, owner, day
)
INSERT INTO read_notice AS o (digest_id, owner, kind, reader_agency, reader_role, reader_purpose, coordinates, reads, first_at, last_at, log_number)
SELECT d.id, s.owner, 'HIGHLY_SENSITIVE', s.agency_code, s.role, s.purpose, s.names, s.n, s.first_at, s.last_at, s.number
FROM sensitive s JOIN alert d ON d.owner = s.owner
UNION ALL
SELECT d.id, f.owner, 'FIRST_TIME', f.agency_code, f.role, f.purpose, f.names, f.n, f.first_at, f.last_at, f.number
FROM first f JOIN daily d ON d.owner = f.owner AND d.day = f.day
ON CONFLICT (digest_id, kind, reader_agency, reader_role, reader_purpose, coordinates)
DO UPDATE SET reads = o.reads + excluded.reads, last_at = greatest(o.last_at, excluded.last_at)`

func note(ctx context.Context, tx postgres.Tx, from, to int64, now time.Time) error {
	first, last, err := follower.Span(ctx, tx, from, to)
	if err == nil {
		_, err = tx.Exec(ctx, noteSQL, from, to, first, last, now)
	}
	return err
}

// A day is over when it has passed and its entries have been followed, by who notes reads
// and by who puts them on the review list: nothing joins a digest that was told.
const overSQL = `-- name: DayOfFirstEntryToFollow
SELECT least($1::date, (SELECT (e.at AT TIME ZONE 'Asia/Shanghai')::date FROM audit_entry e
    WHERE e.sequence >= (SELECT CASE count(*) WHEN 2 THEN min(f.sequence) ELSE 0 END FROM follower f WHERE f.name IN ('readnotice', 'review'))
    ORDER BY e.sequence LIMIT 1))::text`

// over is the first day that is not over.
func over(ctx context.Context, tx postgres.Tx, now time.Time) (day string, err error) {
	err = tx.QueryRow(ctx, overSQL, chinatime.Day(now)).Scan(&day)
	return day, err
}

const tellSQL = `-- name: DigestsToTell
UPDATE read_digest SET told_at = $1 WHERE id IN (SELECT id FROM read_digest
    WHERE told_at IS NULL AND (kind = 'ALERT' OR day < $2::date) ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING id, owner, kind`

// digest is what an owner is told at once.
type digest struct {
	id          int64
	owner, kind string
}

// take takes digests that nobody was told of yet: alerts, and the days that are over.
func take(ctx context.Context, tx postgres.Tx, now time.Time, over string) ([]digest, error) {
	rows, err := tx.Query(ctx, tellSQL, now, over, batch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (d digest, err error) {
		err = row.Scan(&d.id, &d.owner, &d.kind)
		return d, err
	})
}

const stewardsSQL = `-- name: StewardsOfOwner
SELECT p.staff_id FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON' JOIN agency a ON a.id = p.agency_id AND a.kind = $1
WHERE p.role = 'STEWARD' AND held(p, $2::date)
ORDER BY p.staff_id`

func stewards(ctx context.Context, tx postgres.Tx, owner string, now time.Time) ([]int64, error) {
	rows, err := tx.Query(ctx, stewardsSQL, owner, chinatime.Day(now))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// Whoever took note closes the digest for all; the work items go with it.
const closeSQL = `-- name: CloseReadDigests
WITH d AS (UPDATE read_digest d SET closed_at = $1 WHERE d.closed_at IS NULL AND d.told_at IS NOT NULL
    AND (EXISTS (SELECT FROM task t WHERE t.subject = 'read_digest' AND t.subject_id = d.id AND t.done_at IS NOT NULL)
        OR NOT EXISTS (SELECT FROM task t WHERE t.subject = 'read_digest' AND t.subject_id = d.id)) RETURNING d.id),
t AS (UPDATE task t SET done_at = coalesce(t.done_at, $1), next_rung_at = NULL FROM d WHERE t.subject = 'read_digest' AND t.subject_id = d.id RETURNING t.ticket_id)
UPDATE ticket k SET closed_at = greatest($1, k.opened_at) FROM t WHERE k.id = t.ticket_id AND k.closed_at IS NULL`

const forgetSQL = `-- name: ForgetReadNotices
DELETE FROM read_digest d WHERE d.closed_at IS NOT NULL
  AND d.day < $1::date - (SELECT value::integer FROM parameter WHERE name = 'read_notice_keep_days')`

// Close closes what somebody has taken note of, in the transaction of who does: what is
// read from then on joins a new alert.
func Close(ctx context.Context, tx postgres.Tx, now time.Time) error {
	_, err := tx.Exec(ctx, closeSQL, now)
	return err
}

// tidy closes what ended otherwise and drops what is old.
func tidy(ctx context.Context, tx postgres.Tx, now time.Time) error {
	if err := Close(ctx, tx, now); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, forgetSQL, chinatime.Day(now))
	return err
}

// What the auditors' rules found on a day that is over, but for the samples, is told to
// the owners of what was shown; the rule and the person are not. Days that were told of
// are not looked at again.
const unusualSQL = `-- name: NoteUnusual
WITH item AS (
    SELECT i.id, (i.opened_at AT TIME ZONE 'Asia/Shanghai')::date AS day FROM review_item i
    WHERE i.opened_at >= (SELECT greatest($1::date - 7, max(o.day) + 1) FROM read_digest o WHERE o.kind = 'DAILY' AND o.told_at IS NOT NULL)::timestamp AT TIME ZONE 'Asia/Shanghai' AND i.opened_at < $1::date::timestamp AT TIME ZONE 'Asia/Shanghai'
      AND i.rule NOT LIKE '%SAMPLE'
), shown AS (
    SELECT i.day, k.owner, n.agency_code, n.role, n.purpose, c.name, n.sequence, n.at
    FROM item i JOIN review_entry r ON r.item_id = i.id JOIN audit_entry n ON n.at = r.at AND n.sequence = r.sequence
    CROSS JOIN LATERAL (SELECT x.set_id FROM audit_disclosure x
        WHERE x.at = n.at AND x.sequence = n.sequence AND x.child_id = r.child_id OFFSET 0) d
    JOIN audit_set s ON s.id = d.set_id CROSS JOIN LATERAL unnest(s.coordinates) AS c (name) JOIN coordinate k ON k.name = c.name
    WHERE k.owner <> 'HUB' AND k.class <> 'L1' AND k.owner IS DISTINCT FROM
        (SELECT ` + sector + ` FROM agency a WHERE a.code = n.agency_code)
), line AS (
    SELECT w.day, w.owner, w.agency_code, w.role, w.purpose, array_agg(DISTINCT w.name ORDER BY w.name) AS names,
        count(DISTINCT w.sequence) AS n, min(w.at) AS first_at, max(w.at) AS last_at, min(w.sequence) AS number
    FROM shown w GROUP BY 1, 2, 3, 4, 5
), made AS (
    INSERT INTO read_digest (owner, kind, day) SELECT DISTINCT l.owner, 'DAILY', l.day FROM line l
    ON CONFLICT (owner, day) WHERE kind = 'DAILY' DO UPDATE SET day = read_digest.day RETURNING id, owner, day, told_at
)
INSERT INTO read_notice (digest_id, owner, kind, reader_agency, reader_role, reader_purpose, coordinates, reads, first_at, last_at, log_number)
SELECT m.id, l.owner, 'UNUSUAL', l.agency_code, l.role, l.purpose, l.names, l.n, l.first_at, l.last_at, l.number
FROM line l JOIN made m ON m.owner = l.owner AND m.day = l.day WHERE m.told_at IS NULL
ON CONFLICT DO NOTHING`

func noteUnusual(ctx context.Context, tx postgres.Tx, over string) error {
	_, err := tx.Exec(ctx, unusualSQL, over)
	return err
}
