package watch

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/follower"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// A batch may work longer than a question may take.
const patientSQL = `-- name: BePatient
SELECT set_config('statement_timeout', '60s', true)`

const keepRulesSQL = `-- name: KeepReviewRules
INSERT INTO review_rule (code, place, zh, en, ground)
SELECT code, place, zh, en, ground
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS r (code, zh, en, ground, place)
ON CONFLICT (code) DO UPDATE SET place = excluded.place, zh = excluded.zh, en = excluded.en, ground = excluded.ground
WHERE (review_rule.place, review_rule.zh, review_rule.en, review_rule.ground)
    IS DISTINCT FROM (excluded.place, excluded.zh, excluded.en, excluded.ground)`

// keepRules tells the database the names of the rules.
func keepRules(ctx context.Context, tx postgres.Tx, rules []Rule) error {
	if _, err := tx.Exec(ctx, patientSQL); err != nil {
		return err
	}
	texts := make([][]string, 4)
	for _, r := range rules {
		for i, text := range []string{r.Code, r.ZH, r.EN, r.Ground} {
			texts[i] = append(texts[i], text)
		}
	}
	_, err := tx.Exec(ctx, keepRulesSQL, texts[0], texts[1], texts[2], texts[3])
	return err
}

// Entries without children are attempts where nothing was found, the request was
// refused, or the post had lapsed. The reason of an attempt is a code of the hub's.
const noteFactsSQL = `-- name: NoteAccessFacts
WITH entry AS MATERIALIZED (
    SELECT e.*, extract(hour FROM e.at AT TIME ZONE 'Asia/Shanghai')::int AS hour
    FROM audit_entry e
    WHERE e.sequence >= $1 AND e.sequence < $2 AND e.at >= $3 AND e.at <= $4 AND e.staff_id <> 0
), told AS MATERIALIZED (
    SELECT d.sequence, d.child_id, d.set_id, d.bases
    FROM audit_disclosure d WHERE d.sequence >= $1 AND d.sequence < $2 AND d.at >= $3 AND d.at <= $4
), high AS MATERIALIZED (
    SELECT s.id FROM audit_set s
    WHERE s.id IN (SELECT t.set_id FROM told t)
      AND EXISTS (SELECT FROM unnest(s.coordinates, s.labels) AS c (name, label) JOIN coordinate k ON k.name = c.name
        WHERE k.class = 'L4' AND c.label = 'FULL')
), child AS (
    SELECT t.sequence, t.child_id, bool_or(t.set_id IN (SELECT h.id FROM high h)) AS l4,
        string_to_array(string_agg(array_to_string(t.bases, ' '), ' '), ' ') AS bases
    FROM told t GROUP BY t.sequence, t.child_id
), row AS MATERIALIZED (
    SELECT e.*, c.child_id, c.l4, coalesce(array_to_string(c.bases, ' '), '') AS bases, e.ticket <> '' AS ticketed
    FROM entry e LEFT JOIN child c ON c.sequence = e.sequence
    WHERE c.child_id IS NOT NULL OR e.outcome IN ('NOT_FOUND', 'DENIED') OR e.reason = ANY ($5)
), kind AS MATERIALIZED (
    SELECT k.bases, k.ticketed, explained_by(string_to_array(k.bases, ' '), CASE WHEN k.ticketed THEN 'ticket' ELSE '' END) AS by
    FROM (SELECT DISTINCT r.bases, r.ticketed FROM row r) k
)
INSERT INTO access_fact (sequence, child_id, at, staff_id, agency_id, post_id, role, purpose, ticket, outcome, reason,
    explained_by, l4, night, break_glass)
SELECT r.sequence, coalesce(r.child_id, 0), r.at, r.staff_id, r.agency_id, r.post_id, r.role, r.purpose, r.ticket, r.outcome,
    CASE WHEN r.child_id IS NULL THEN r.reason ELSE '' END, CASE WHEN r.child_id IS NOT NULL THEN k.by END, coalesce(r.l4, false),
    r.hour >= (SELECT value FROM parameter WHERE name = 'review_night_from')::int
        OR r.hour < (SELECT value FROM parameter WHERE name = 'review_night_to')::int, r.break_glass
FROM row r JOIN kind k ON k.bases = r.bases AND k.ticketed = r.ticketed
ORDER BY r.sequence, 2`

// noteFacts notes what the rules need of a batch of entries.
func noteFacts(ctx context.Context, tx postgres.Tx, from, to int64) error {
	first, last, err := follower.Span(ctx, tx, from, to)
	if err == nil {
		_, err = tx.Exec(ctx, noteFactsSQL, from, to, first, last, lapses())
	}
	return err
}

const forgetSQL = `-- name: ForgetAccessFacts
DELETE FROM access_fact WHERE at < (SELECT a.at FROM access_fact a WHERE a.sequence < $1 ORDER BY a.sequence DESC, a.child_id LIMIT 1)
    - (SELECT value FROM parameter WHERE name = 'review_keep_days')::int * interval '1 day'`

// forget drops facts that no rule looks back to any more.
func forget(ctx context.Context, tx postgres.Tx, to int64) error {
	_, err := tx.Exec(ctx, forgetSQL, to)
	return err
}

// found are accesses: an entry, the child that it showed (0: an attempt), and the
// child that the finding is about (0: several or none).
type found struct{ sequences, children, abouts []int64 }

// find runs a rule over a batch of entries.
func find(ctx context.Context, tx postgres.Tx, r Rule, from, to int64) (found, error) {
	var f found
	rows, err := tx.Query(ctx, r.sql, from, to)
	if err != nil {
		return f, err
	}
	var sequence, child, about int64
	_, err = pgx.ForEachRow(rows, []any{&sequence, &child, &about}, func() error {
		f.sequences, f.children, f.abouts = append(f.sequences, sequence), append(f.children, child), append(f.abouts, about)
		return nil
	})
	return f, err
}

// What is found anew is cut where more than the gap lies between two accesses; each
// run joins the newest open item that it is near enough to, or becomes one.
const placeSQL = `-- name: PlaceFindings
WITH hit AS (
    SELECT h.sequence, h.child_id, h.about, a.staff_id, a.at
    FROM unnest($3::bigint[], $4::bigint[], $5::bigint[]) AS h (sequence, child_id, about)
    JOIN access_fact a ON a.sequence = h.sequence AND a.child_id = h.child_id
    WHERE NOT EXISTS (SELECT FROM review_entry e WHERE e.rule = $1 AND e.sequence = h.sequence AND e.child_id = h.child_id)
), cut AS (
    SELECT h.*, CASE WHEN h.at - lag(h.at) OVER near <= $2::interval THEN 0 ELSE 1 END AS starts
    FROM hit h WINDOW near AS (PARTITION BY h.staff_id, h.about ORDER BY h.at, h.sequence, h.child_id)
), run AS (
    SELECT c.*, sum(c.starts) OVER (PARTITION BY c.staff_id, c.about ORDER BY c.at, c.sequence, c.child_id) AS n FROM cut c
), span AS (
    SELECT r.staff_id, r.about, r.n, min(r.at) AS first_at, max(r.at) AS last_at, count(*) AS entries, max(r.sequence) AS newest
    FROM run r GROUP BY r.staff_id, r.about, r.n
), placed AS (
    SELECT s.*, (SELECT i.id FROM review_item i
        WHERE i.rule = $1 AND i.staff_id = s.staff_id AND i.child_id = s.about AND i.state IN ('OPEN', 'ASKED', 'ANSWERED')
          AND i.last_at >= s.first_at - $2::interval AND i.first_at <= s.last_at + $2::interval
        ORDER BY i.id DESC LIMIT 1) AS old
    FROM span s
), made AS (
    INSERT INTO review_item (rule, staff_id, staff_code, agency_code, child_id, first_at, last_at, entry_count, opened_at)
    SELECT $1, p.staff_id, e.staff_code, e.agency_code, p.about, p.first_at, p.last_at, p.entries, $6
    FROM placed p JOIN audit_entry e ON e.sequence = p.newest
    WHERE p.old IS NULL ORDER BY p.first_at, p.staff_id, p.about
    RETURNING id, staff_id, child_id, first_at
), grown AS (
    UPDATE review_item i SET first_at = least(i.first_at, g.first_at), last_at = greatest(i.last_at, g.last_at), entry_count = i.entry_count + g.entries
    FROM (SELECT p.old, min(p.first_at) AS first_at, max(p.last_at) AS last_at, sum(p.entries)::int AS entries
        FROM placed p WHERE p.old IS NOT NULL GROUP BY p.old) g
    WHERE i.id = g.old
)
INSERT INTO review_entry (item_id, rule, sequence, child_id, at, role, purpose, ticket, outcome, reason, bases, explained_by, l4)
SELECT coalesce(p.old, m.id), $1, a.sequence, a.child_id, a.at, a.role, a.purpose, a.ticket, a.outcome, a.reason,
    coalesce((SELECT array_agg(DISTINCT b ORDER BY b) FROM audit_disclosure d, unnest(d.bases) AS b
        WHERE d.at = a.at AND d.sequence = a.sequence AND d.child_id = a.child_id), '{}'),
    a.explained_by, a.l4
FROM run r
JOIN placed p ON p.staff_id = r.staff_id AND p.about = r.about AND p.n = r.n
LEFT JOIN made m ON m.staff_id = r.staff_id AND m.child_id = r.about AND m.first_at = p.first_at
JOIN access_fact a ON a.sequence = r.sequence AND a.child_id = r.child_id
ORDER BY a.sequence, a.child_id`

// place puts what a rule found on the list: each access once.
func place(ctx context.Context, tx postgres.Tx, r Rule, f found, now time.Time) error {
	_, err := tx.Exec(ctx, placeSQL, r.Code, r.Gap, f.sequences, f.children, f.abouts, now)
	return err
}

// What follows are the rules. Each selects accesses, as Rule says. bound holds how far
// the rule looks back (span) and how many it takes (least).

// Pieces that rules share.
const (
	attemptDays = "(SELECT value FROM parameter WHERE name = 'review_attempt_days')::int * interval '1 day'"

	// attempted are attempts of people who made one in the batch, as far back as the
	// span; a post that has lapsed has a rule of its own.
	attempted = `a.child_id = 0 AND a.at > (SELECT b.at FROM access_fact b WHERE b.sequence >= $1 ORDER BY b.sequence, b.child_id LIMIT 1) - (SELECT span FROM bound)
      AND a.staff_id IN (SELECT b.staff_id FROM access_fact b WHERE b.sequence >= $1 AND b.sequence < $2 AND b.child_id = 0) AND a.sequence < $2`

	// unsettled leaves out what a ruling has settled: counting begins anew.
	unsettled = ` AND NOT EXISTS (SELECT FROM review_entry e JOIN review_item i ON i.id = e.item_id
        WHERE e.sequence = a.sequence AND e.child_id = a.child_id AND i.state IN ('JUSTIFIED', 'MISUSE') AND e.rule = `

	// together takes the candidates of every span, ending in the batch, that has enough.
	together = `
), counted AS (
    SELECT c.*, count(*) OVER (PARTITION BY c.staff_id, c.about ORDER BY c.at RANGE BETWEEN (SELECT span FROM bound) PRECEDING AND CURRENT ROW) AS n
    FROM candidate c
), reached AS (
    SELECT c.*, min(c.at) FILTER (WHERE c.sequence >= $1 AND c.n >= (SELECT least FROM bound))
        OVER (PARTITION BY c.staff_id, c.about ORDER BY c.at, c.sequence ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS enough
    FROM counted c
)
SELECT DISTINCT r.sequence, r.child_id, r.about FROM reached r WHERE r.enough <= r.at + (SELECT span FROM bound) ORDER BY 1, 2`
)

const areaAttemptsSQL = `-- name: FindAreaAttempts
WITH bound AS (SELECT ` + attemptDays + ` AS span, (SELECT value FROM parameter WHERE name = 'review_area_attempts')::int AS least
), candidate AS (
    SELECT a.sequence, a.child_id, a.staff_id, a.at, 0::bigint AS about FROM access_fact a
    WHERE ` + attempted + ` AND a.outcome = 'NOT_FOUND' AND a.reason = '' AND a.role IN ('DIR', 'SUP')` + unsettled + `'NEIGHBOUR_VILLAGE')` + together

const reachAttemptsSQL = `-- name: FindAttemptsOutOfReach
WITH bound AS (SELECT ` + attemptDays + ` AS span, (SELECT value FROM parameter WHERE name = 'review_reach_attempts')::int AS least
), candidate AS (
    SELECT a.sequence, a.child_id, a.staff_id, a.at, 0::bigint AS about FROM access_fact a JOIN staff s ON s.id = a.staff_id AND s.kind = 'PERSON'
    WHERE ` + attempted + ` AND a.outcome = 'NOT_FOUND' AND a.reason = '' AND a.role NOT IN ('DIR', 'SUP')` + unsettled + `'OUT_OF_REACH')` + together

const lapsedSQL = `-- name: FindLapsedPosts
WITH bound AS (SELECT ` + attemptDays + ` AS span, (SELECT value FROM parameter WHERE name = 'review_lapsed_attempts')::int AS least
), candidate AS (
    SELECT a.sequence, a.child_id, a.staff_id, a.at, 0::bigint AS about FROM access_fact a
    WHERE ` + attempted + ` AND a.reason IN ('ACCOUNT_DISABLED', 'VETTING_EXPIRED', 'POST_ENDED', 'AUTHORISATION_EXPIRED')` + unsettled + `'POST_LAPSED')` + together

// A teacher had another class if a pupil of a class in an ended term is in no class of
// the teacher's now.
const (
	formerPupil = `EXISTS (SELECT FROM school_class k JOIN term t ON t.id = k.term_id JOIN enrolment e ON e.class_id = k.id AND NOT e.current
        WHERE k.homeroom_staff_id = a.staff_id AND t.ends_on < (a.at AT TIME ZONE 'Asia/Shanghai')::date
          AND NOT EXISTS (SELECT FROM enrolment o JOIN school_class j ON j.id = o.class_id WHERE o.child_id = e.child_id AND o.current AND j.homeroom_staff_id = a.staff_id)`

	formerClassSQL = `-- name: FindFormerClass
WITH bound AS (SELECT interval '1 day' AS span, (SELECT value FROM parameter WHERE name = 'review_class_attempts')::int AS least
), candidate AS (
    SELECT a.sequence, a.child_id, a.staff_id, a.at, 0::bigint AS about FROM access_fact a
    WHERE ` + attempted + ` AND a.outcome = 'NOT_FOUND' AND a.reason = '' AND a.role = 'HT' AND ` + formerPupil + `)
    UNION ALL
    SELECT a.sequence, a.child_id, a.staff_id, a.at, 0::bigint FROM access_fact a CROSS JOIN generate_series(1, (SELECT least FROM bound))
    WHERE a.sequence >= $1 AND a.sequence < $2 AND a.child_id <> 0 AND a.explained_by = 'own_class' AND a.role = 'HT' AND ` + formerPupil + ` AND e.child_id = a.child_id)` + together
)

// Attempts on the own ticket after it was closed, and reads that only a closed case
// explains, are counted; a read on a ticket that was closed longer ago than any purpose
// lives on is enough by itself.
const afterClosureSQL = `-- name: FindAccessAfterClosure
WITH bound AS (SELECT ` + attemptDays + ` AS span, (SELECT value FROM parameter WHERE name = 'review_closed_reads')::int AS least,
    (SELECT b.at FROM access_fact b WHERE b.sequence >= $1 ORDER BY b.sequence, b.child_id LIMIT 1) AS first
), touched AS MATERIALIZED (
    SELECT DISTINCT b.staff_id FROM access_fact b
    WHERE b.sequence >= $1 AND b.sequence < $2 AND (b.child_id = 0 AND b.reason = 'TICKET_INVALID' OR b.explained_by = 'closed_case')
), candidate AS (
    SELECT a.sequence, a.child_id, a.staff_id, a.at, coalesce(t.child_id, 0) AS about
    FROM touched x JOIN access_fact a ON a.staff_id = x.staff_id AND a.child_id = 0 JOIN ticket t ON t.code = a.ticket AND t.staff_id = a.staff_id
    WHERE a.at > (SELECT first - span FROM bound) AND a.sequence < $2
      AND a.outcome = 'DENIED' AND a.reason = 'TICKET_INVALID' AND t.closed_at < a.at` + unsettled + `'AFTER_CLOSURE')
    UNION ALL
    SELECT a.sequence, a.child_id, a.staff_id, a.at, a.child_id FROM touched x JOIN access_fact a ON a.staff_id = x.staff_id AND a.explained_by = 'closed_case'
    WHERE a.at > (SELECT first - span FROM bound) AND a.sequence < $2` + unsettled + `'AFTER_CLOSURE')
    UNION ALL
    SELECT a.sequence, a.child_id, a.staff_id, a.at, a.child_id FROM access_fact a
    JOIN ticket t ON t.code = a.ticket AND t.staff_id = a.staff_id CROSS JOIN generate_series(1, (SELECT least FROM bound))
    WHERE a.sequence >= $1 AND a.sequence < $2 AND a.child_id <> 0
      AND t.closed_at < a.at - (SELECT value FROM parameter WHERE name = 'review_closed_days')::int * interval '1 day'` + together

const contractEndedSQL = `-- name: FindEndedContracts
SELECT a.sequence, a.child_id, 0::bigint
FROM access_fact a LEFT JOIN post p ON p.id = a.post_id LEFT JOIN contract c ON c.id = p.contract_id
WHERE a.sequence >= $1 AND a.sequence < $2
  AND (a.reason = 'CONTRACT_EXPIRED' OR a.child_id <> 0 AND (a.at AT TIME ZONE 'Asia/Shanghai')::date > c.valid_to)
ORDER BY a.sequence, a.child_id`

const purposesSQL = `-- name: FindPurposeShopping
WITH bound AS (SELECT (SELECT value FROM parameter WHERE name = 'review_purpose_minutes')::int * interval '1 minute' AS span,
    (SELECT value FROM parameter WHERE name = 'review_purposes')::int AS least
), seen AS (
    SELECT a.sequence, a.child_id, a.staff_id, a.at, a.purpose FROM access_fact a
    WHERE a.child_id <> 0 AND a.sequence < $2
      AND a.at > (SELECT b.at FROM access_fact b WHERE b.sequence >= $1 ORDER BY b.sequence, b.child_id LIMIT 1) - (SELECT span FROM bound)
), pair AS (
    SELECT s.staff_id, s.child_id FROM seen s GROUP BY s.staff_id, s.child_id HAVING count(DISTINCT s.purpose) >= (SELECT least FROM bound)
), of_pair AS MATERIALIZED (
    SELECT s.* FROM seen s JOIN pair p ON p.staff_id = s.staff_id AND p.child_id = s.child_id
), many AS (
    SELECT x.staff_id, x.child_id, x.at FROM of_pair x
    WHERE x.sequence >= $1 AND (SELECT count(DISTINCT y.purpose) FROM of_pair y
        WHERE y.staff_id = x.staff_id AND y.child_id = x.child_id AND y.at > x.at - (SELECT span FROM bound) AND y.at <= x.at) >= (SELECT least FROM bound)
)
SELECT DISTINCT x.sequence, x.child_id, x.child_id FROM of_pair x
JOIN many m ON m.staff_id = x.staff_id AND m.child_id = x.child_id AND x.at > m.at - (SELECT span FROM bound) AND x.at <= m.at
ORDER BY 1, 2`

// A night runs from noon to noon.
const nightBatchSQL = `-- name: FindNightBatches
WITH touched AS (
    SELECT DISTINCT a.staff_id, ((a.at AT TIME ZONE 'Asia/Shanghai') - interval '12 hours')::date AS night FROM access_fact a
    WHERE a.sequence >= $1 AND a.sequence < $2 AND a.night AND a.child_id <> 0 AND NOT a.break_glass
), seen AS (
    SELECT a.sequence, a.child_id, t.staff_id, t.night FROM touched t JOIN access_fact a ON a.staff_id = t.staff_id
        AND a.at >= (t.night + interval '12 hours') AT TIME ZONE 'Asia/Shanghai' AND a.at < (t.night + interval '36 hours') AT TIME ZONE 'Asia/Shanghai'
    WHERE a.night AND a.child_id <> 0 AND NOT a.break_glass AND a.sequence < $2
), many AS (
    SELECT s.staff_id, s.night FROM seen s GROUP BY s.staff_id, s.night
    HAVING count(DISTINCT s.child_id) >= (SELECT value FROM parameter WHERE name = 'review_night_children')::int
)
SELECT s.sequence, s.child_id, 0::bigint FROM seen s JOIN many m ON m.staff_id = s.staff_id AND m.night = s.night ORDER BY 1, 2`

const nightL4SQL = `-- name: FindNightL4
SELECT a.sequence, a.child_id, 0::bigint FROM access_fact a
WHERE a.sequence >= $1 AND a.sequence < $2 AND a.night AND a.l4 AND NOT a.break_glass ORDER BY a.sequence, a.child_id`

// The limits are those that the gate holds people to, so that this finds what passed it.
const volumeSQL = `-- name: FindVolume
WITH touched AS (
    SELECT DISTINCT a.staff_id, (a.at AT TIME ZONE 'Asia/Shanghai')::date AS day FROM access_fact a JOIN staff s ON s.id = a.staff_id
    WHERE a.sequence >= $1 AND a.sequence < $2 AND a.child_id <> 0 AND s.kind = 'PERSON'
), counted AS (
    SELECT t.staff_id, t.day, n.of_day, n.of_week, coalesce(v.max_children, 0) AS approved
    FROM touched t CROSS JOIN LATERAL (
        SELECT count(DISTINCT a.child_id) FILTER (WHERE a.at >= t.day::timestamp AT TIME ZONE 'Asia/Shanghai') AS of_day, count(DISTINCT a.child_id) AS of_week
        FROM access_fact a
        WHERE a.staff_id = t.staff_id AND a.child_id <> 0 AND a.sequence < $2 AND a.at >= (t.day - 6)::timestamp AT TIME ZONE 'Asia/Shanghai'
          AND a.at < (t.day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai') n
    LEFT JOIN volume_approval v ON v.staff_id = t.staff_id AND v.day = t.day
)
SELECT a.sequence, a.child_id, 0::bigint FROM counted c JOIN access_fact a ON a.staff_id = c.staff_id
    AND a.at >= c.day::timestamp AT TIME ZONE 'Asia/Shanghai' AND a.at < (c.day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
WHERE a.child_id <> 0 AND a.sequence < $2
  AND (c.of_day > greatest((SELECT value FROM parameter WHERE name = 'volume_day')::int, c.approved)
    OR c.approved = 0 AND c.of_week > (SELECT value FROM parameter WHERE name = 'volume_week')::int)
ORDER BY 1, 2`

const conflictSQL = `-- name: FindConflicts
SELECT a.sequence, a.child_id, a.child_id FROM access_fact a
WHERE a.sequence >= $1 AND a.sequence < $2 AND a.child_id <> 0
  AND EXISTS (SELECT FROM conflict_declaration d WHERE d.staff_id = a.staff_id AND d.child_id = a.child_id
    AND d.declared_on <= (a.at AT TIME ZONE 'Asia/Shanghai')::date AND (d.ended_on IS NULL OR d.ended_on >= (a.at AT TIME ZONE 'Asia/Shanghai')::date))
ORDER BY a.sequence, a.child_id`

// phones are the telephone numbers of the families in the batch.
const phones = `), phone AS MATERIALIZED (
    SELECT DISTINCT p.child_id, translate(p.number, '+-–()  ', '') AS number
    FROM (SELECT DISTINCT s.child_id FROM seen s) c CROSS JOIN LATERAL (
        SELECT c.child_id, g.phone FROM guardian g WHERE g.child_id = c.child_id
        UNION ALL SELECT c.child_id, g.phone FROM caregiver g WHERE g.child_id = c.child_id
        UNION ALL SELECT c.child_id, k.care_contact_phone FROM child k WHERE k.id = c.child_id) p (child_id, number)
    WHERE length(translate(p.number, '+-–()  ', '')) >= 7
)`

const samePhoneSQL = `-- name: FindOwnPhone
WITH seen AS MATERIALIZED (
    SELECT a.sequence, a.child_id, a.staff_id FROM access_fact a WHERE a.sequence >= $1 AND a.sequence < $2 AND a.child_id <> 0
` + phones + `, person AS MATERIALIZED (
    SELECT w.id, translate(w.work_phone, '+-–()  ', '') AS number FROM staff w WHERE w.id IN (SELECT s.staff_id FROM seen s)
)
SELECT s.sequence, s.child_id, s.child_id FROM phone p JOIN person w ON w.number = p.number
JOIN seen s ON s.staff_id = w.id AND s.child_id = p.child_id
ORDER BY 1, 2`

const colleagueSQL = `-- name: FindColleaguesChildren
WITH seen AS MATERIALIZED (
    SELECT a.sequence, a.child_id, a.staff_id, a.agency_id FROM access_fact a
    WHERE a.sequence >= $1 AND a.sequence < $2 AND a.child_id <> 0 AND explanation(a.explained_by) <> 'WORK_ITEM'
` + phones + `, person AS MATERIALIZED (
    SELECT w.id, w.agency_id, translate(w.work_phone, '+-–()  ', '') AS number
    FROM staff w WHERE w.agency_id IN (SELECT s.agency_id FROM seen s)
)
SELECT DISTINCT s.sequence, s.child_id, s.child_id FROM phone p JOIN person w ON w.number = p.number
JOIN seen s ON s.agency_id = w.agency_id AND s.child_id = p.child_id AND s.staff_id <> w.id
ORDER BY 1, 2`

const canarySQL = `-- name: FindCanaries
SELECT a.sequence, a.child_id, a.child_id FROM access_fact a JOIN canary_child c ON c.child_id = a.child_id
WHERE a.sequence >= $1 AND a.sequence < $2 ORDER BY a.sequence, a.child_id`

const noBasisSQL = `-- name: FindUnexplained
SELECT a.sequence, a.child_id, a.child_id FROM access_fact a
WHERE a.sequence >= $1 AND a.sequence < $2 AND a.child_id <> 0 AND a.explained_by IS NULL ORDER BY a.sequence, a.child_id`

const unrecordedSQL = `-- name: FindUnrecordedEmergencies
SELECT a.sequence, a.child_id, a.child_id FROM access_fact a
WHERE a.sequence >= $1 AND a.sequence < $2 AND a.child_id <> 0 AND a.break_glass
  AND NOT EXISTS (SELECT FROM emergency_access m WHERE m.staff_id = a.staff_id AND m.child_id = a.child_id
    AND a.at >= m.opened_at AND a.at < m.expires_at)
ORDER BY a.sequence, a.child_id`

// The lot is drawn by the commitment of the entry, which nobody knows beforehand.
const sampleSQL = `-- name: SampleStanding
SELECT a.sequence, min(a.child_id), min(a.child_id) FROM access_fact a JOIN audit_entry e ON e.at = a.at AND e.sequence = a.sequence
WHERE a.sequence >= $1 AND a.sequence < $2 AND a.child_id <> 0 AND explanation(a.explained_by) = 'STANDING'
  AND ('x' || encode(substring(e.commitment FROM 1 FOR 4), 'hex'))::bit(32)::bigint % (SELECT value FROM parameter WHERE name = 'review_sample')::int = 0
GROUP BY a.sequence ORDER BY a.sequence`
