-- How people ask and what they are shown, counted by month behind the answers, so that a
-- policy is replayed over a year, and rights are held against their use, from some
-- thousand rows instead of every entry. A follower of its own begins at the first entry
-- and catches up; what it has not come to is read from the log itself, so an answer is
-- exact at any time.
--
-- The rows name no person and no child. When detail of a month is destroyed, its rows go
-- in the same statement, and are made anew from what is left.
--
-- New tables and functions, and one trigger function replaced: no lock on a table in
-- use. The previous binary neither writes nor reads them.

-- +goose Up
CREATE TABLE audit_way (
    id uuid PRIMARY KEY,
    role text NOT NULL,
    purpose text NOT NULL,
    agency_code text NOT NULL,
    system text NOT NULL,
    policy_version text NOT NULL,
    outcome text NOT NULL,
    requested_id bigint NOT NULL,
    withheld_id bigint NOT NULL,
    sets bigint[] NOT NULL
);
COMMENT ON TABLE audit_way IS 'Ways in which entries asked and were answered: all that decides. Empty but for its id: of entries whose detail was destroyed. Kept by audit_gather.';
COMMENT ON COLUMN audit_way.id IS 'From the other columns and the coordinates that an entry showed, of whatever sets.';
COMMENT ON COLUMN audit_way.sets IS 'Sets that together hold the coordinates that such an entry showed; others may.';

CREATE TABLE audit_use (
    month date NOT NULL,
    way uuid NOT NULL,
    set_id bigint NOT NULL,
    bases text[] NOT NULL,
    times bigint NOT NULL,
    last timestamptz,
    PRIMARY KEY (month, way, set_id, bases)
);
COMMENT ON TABLE audit_use IS 'How often entries of a month (Asia/Shanghai) asked in one way (set_id 0), and how many children these showed so, on those bases. Names no person and no child. Kept by audit_gather.';

CREATE TABLE audit_use_stale (
    month date PRIMARY KEY
);
COMMENT ON TABLE audit_use_stale IS 'Months of audit_use of which detail was destroyed: read from the log until they are made anew.';

-- +goose StatementBegin
CREATE FUNCTION audit_month(at timestamptz) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT date_trunc('month', at AT TIME ZONE 'Asia/Shanghai')::date
$$;
-- +goose StatementEnd

-- The ways of the entries of a time and of some numbers, from the log itself. The sets of
-- an entry are gathered first, and told apart by what they hold together: a page of
-- children has many sets in many orders, and shows few different things.
-- +goose StatementBegin
CREATE FUNCTION audit_ways(since timestamptz, until timestamptz, first bigint, beyond bigint) RETURNS TABLE (month date, way uuid, role text, purpose text, agency_code text,
    system text, policy_version text, outcome text, requested_id bigint, withheld_id bigint, sets bigint[], set_id bigint, bases text[], times bigint, last timestamptz)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan SET enable_sort = off SET work_mem = '64MB' AS $$
#variable_conflict use_column
DECLARE
    lo timestamptz;
    hi timestamptz;
BEGIN
    SELECT min(x.at), max(x.at) INTO lo, hi
    FROM (SELECT e.at FROM audit_entry e WHERE e.at >= since AND e.at < until AND e.sequence >= first AND e.sequence < beyond OFFSET 0) x;
    IF lo IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH d AS MATERIALIZED (
        SELECT x.sequence, x.set_id, x.bases, count(*) AS children FROM audit_disclosure x
        WHERE x.at BETWEEN lo AND hi AND x.sequence >= first AND x.sequence < beyond GROUP BY 1, 2, 3
    ), c AS MATERIALIZED (
        SELECT d.sequence, CASE WHEN min(d.set_id) = max(d.set_id) THEN ARRAY[min(d.set_id)] ELSE array_agg(DISTINCT d.set_id ORDER BY d.set_id) END AS sets
        FROM d GROUP BY 1
    ), e AS MATERIALIZED (
        SELECT e.sequence, e.at, audit_month(e.at) AS month, e.role, e.purpose, e.agency_code, e.system, e.policy_version, e.outcome,
            e.requested_id, e.withheld_id, coalesce(c.sets, '{}') AS sets
        FROM audit_entry e LEFT JOIN c ON c.sequence = e.sequence
        WHERE e.at BETWEEN lo AND hi AND e.sequence >= first AND e.sequence < beyond
    ), g AS (
        SELECT e.month, e.role, e.purpose, e.agency_code, e.system, e.policy_version, e.outcome, e.requested_id, e.withheld_id, e.sets,
            0::bigint AS set_id, '{}'::text[] AS bases, count(*) AS times, max(e.at) AS last
        FROM e GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
        UNION ALL
        SELECT e.month, e.role, e.purpose, e.agency_code, e.system, e.policy_version, e.outcome, e.requested_id, e.withheld_id, e.sets,
            d.set_id, d.bases, sum(d.children)::bigint, NULL
        FROM e JOIN d ON d.sequence = e.sequence GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
    ), u AS (
        SELECT x.sets, (SELECT string_agg(DISTINCT n, ' ' ORDER BY n) FROM audit_set s CROSS JOIN unnest(s.coordinates) n WHERE s.id = ANY (x.sets)) AS shown
        FROM (SELECT DISTINCT c.sets FROM c) x
    )
    SELECT g.month, encode(substr(sha256(convert_to(ROW(g.role, g.purpose, g.agency_code, g.system, g.policy_version, g.outcome, g.requested_id, g.withheld_id, u.shown)::text, 'UTF8')), 1, 16), 'hex')::uuid,
        g.role, g.purpose, g.agency_code, g.system, g.policy_version, g.outcome, g.requested_id, g.withheld_id, g.sets, g.set_id, g.bases, g.times, g.last
    FROM g LEFT JOIN u ON u.sets = g.sets;
END $$;
-- +goose StatementEnd

-- Counts the entries first <= sequence < beyond, once each, but for those of months that
-- are to be made anew.
-- +goose StatementBegin
CREATE FUNCTION audit_gather(first bigint, beyond bigint) RETURNS void LANGUAGE sql AS $$
WITH g AS MATERIALIZED (
    SELECT * FROM audit_ways('-infinity', 'infinity', first, beyond) x WHERE NOT EXISTS (SELECT FROM audit_use_stale s WHERE s.month = x.month)
), known AS (
    INSERT INTO audit_way (id, role, purpose, agency_code, system, policy_version, outcome, requested_id, withheld_id, sets)
    SELECT DISTINCT ON (g.way) g.way, g.role, g.purpose, g.agency_code, g.system, g.policy_version, g.outcome, g.requested_id, g.withheld_id, g.sets
    FROM g WHERE NOT EXISTS (SELECT FROM audit_way w WHERE w.id = g.way) ORDER BY g.way, g.sets
    ON CONFLICT DO NOTHING
)
INSERT INTO audit_use AS a (month, way, set_id, bases, times, last)
SELECT g.month, g.way, g.set_id, g.bases, sum(g.times), max(g.last) FROM g GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (month, way, set_id, bases) DO UPDATE SET times = a.times + excluded.times, last = greatest(a.last, excluded.last)
$$;
-- +goose StatementEnd

-- Makes one month anew of which detail was destroyed, from its entries before beyond.
-- Whoever destroys more of it waits for this, or this for them.
-- +goose StatementBegin
CREATE FUNCTION audit_gather_again(beyond bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    stale date;
BEGIN
    SELECT s.month INTO stale FROM audit_use_stale s ORDER BY 1 LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF stale IS NULL THEN
        RETURN false;
    END IF;
    DELETE FROM audit_use u WHERE u.month = stale;
    WITH g AS MATERIALIZED (
        SELECT * FROM audit_ways(stale::timestamp AT TIME ZONE 'Asia/Shanghai', (stale + interval '1 month') AT TIME ZONE 'Asia/Shanghai', -9223372036854775808, beyond)
    ), known AS (
        INSERT INTO audit_way (id, role, purpose, agency_code, system, policy_version, outcome, requested_id, withheld_id, sets)
        SELECT DISTINCT ON (g.way) g.way, g.role, g.purpose, g.agency_code, g.system, g.policy_version, g.outcome, g.requested_id, g.withheld_id, g.sets FROM g ORDER BY g.way, g.sets
        ON CONFLICT DO NOTHING
    )
    INSERT INTO audit_use (month, way, set_id, bases, times, last)
    SELECT g.month, g.way, g.set_id, g.bases, sum(g.times), max(g.last) FROM g GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;
    DELETE FROM audit_use_stale s WHERE s.month = stale;
    RETURN true;
END $$;
-- +goose StatementEnd

-- The ways of a period, exact at any time: what is kept of whole months, and from the log
-- the rest of the period, what is not followed yet and what is to be made anew. A month in
-- which the log begins or ends is whole, if the period goes beyond. In one snapshot, that
-- of the statement.
-- +goose StatementBegin
CREATE FUNCTION audit_uses(since timestamptz, until timestamptz) RETURNS TABLE (way uuid, role text, purpose text, agency_code text,
    system text, policy_version text, outcome text, requested_id bigint, withheld_id bigint, sets bigint[], set_id bigint, bases text[], times bigint, last timestamptz)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan SET enable_sort = off SET work_mem = '64MB' AS $$
#variable_conflict use_column
DECLARE
    least_number CONSTANT bigint := -9223372036854775808;
    most CONSTANT bigint := 9223372036854775807;
    followed bigint := coalesce((SELECT f.sequence FROM follower f WHERE f.name = 'audit uses'), 0);
    opening timestamptz := (SELECT min(e.at) FROM audit_entry e);
    ending timestamptz := (SELECT max(e.at) FROM audit_entry e);
    lo date;
    hi date;
    lo_at timestamptz;
    hi_at timestamptz;
    part record;
BEGIN
    IF opening IS NULL OR since > ending OR until <= opening THEN
        RETURN;
    END IF;
    lo := audit_month(greatest(since, opening));
    IF since > opening AND lo::timestamp AT TIME ZONE 'Asia/Shanghai' < since THEN
        lo := lo + interval '1 month';
    END IF;
    hi := CASE WHEN until > ending THEN audit_month(ending) + interval '1 month' ELSE audit_month(until) END;
    lo_at := least(lo::timestamp AT TIME ZONE 'Asia/Shanghai', until);
    hi_at := greatest(hi::timestamp AT TIME ZONE 'Asia/Shanghai', lo_at);

    RETURN QUERY
    SELECT w.id, w.role, w.purpose, w.agency_code, w.system, w.policy_version, w.outcome, w.requested_id, w.withheld_id, w.sets, x.set_id, x.bases, x.times, x.last
    FROM (SELECT u.way, u.set_id, u.bases, sum(u.times)::bigint AS times, max(u.last) AS last FROM audit_use u
        WHERE u.month >= lo AND u.month < hi AND NOT EXISTS (SELECT FROM audit_use_stale s WHERE s.month = u.month) GROUP BY 1, 2, 3) x
    JOIN audit_way w ON w.id = x.way;

    FOR part IN
        SELECT since AS since, lo_at AS until, least_number AS first
        UNION ALL SELECT hi_at, until, least_number
        UNION ALL SELECT s.month::timestamp AT TIME ZONE 'Asia/Shanghai', (s.month + interval '1 month') AT TIME ZONE 'Asia/Shanghai', least_number
            FROM audit_use_stale s WHERE s.month >= lo AND s.month < hi
        UNION ALL SELECT lo_at, hi_at, followed
    LOOP
        IF part.since < part.until THEN
            RETURN QUERY
            SELECT x.way, x.role, x.purpose, x.agency_code, x.system, x.policy_version, x.outcome, x.requested_id, x.withheld_id, x.sets, x.set_id, x.bases, x.times, x.last
            FROM audit_ways(part.since, part.until, part.first, most) x
            WHERE part.first = least_number OR NOT EXISTS (SELECT FROM audit_use_stale s WHERE s.month = x.month);
        END IF;
    END LOOP;
END $$;
-- +goose StatementEnd

-- What is destroyed in the log is destroyed here in the same statement.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_forget() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lo timestamptz;
    hi timestamptz;
BEGIN
    SELECT min(g.at), max(g.at) INTO lo, hi FROM gone g;
    DELETE FROM audit_key k USING gone g WHERE k.at BETWEEN lo AND hi AND k.at = g.at AND k.sequence = g.sequence;
    DELETE FROM audit_finding f USING gone g WHERE f.at BETWEEN lo AND hi AND f.at = g.at AND f.sequence = g.sequence;
    INSERT INTO audit_use_stale AS a (month) SELECT DISTINCT audit_month(g.at) FROM gone g ORDER BY 1
    ON CONFLICT (month) DO UPDATE SET month = excluded.month;
    DELETE FROM audit_use u WHERE u.month IN (SELECT audit_month(g.at) FROM gone g);
    RETURN NULL;
END $$;
-- +goose StatementEnd
