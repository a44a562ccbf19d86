-- Contestant P, in a copy of the database: a role that may read what the hub's
-- caller may read of pupils with an open ledger item, row by row (row security)
-- and column by column (grants).
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'bench_reader') THEN
        CREATE ROLE bench_reader NOLOGIN;
    END IF;
END $$;

-- The hub's second wall stays out of the copy: its row security is not this contestant's.
DO $$
DECLARE t record;
BEGIN
    FOR t IN SELECT nspname FROM pg_namespace WHERE nspname LIKE 'tongxin\_%' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', t.nspname);
    END LOOP;
    FOR t IN SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public' LOOP
        EXECUTE format('DROP POLICY %I ON %I', t.policyname, t.tablename);
    END LOOP;
    FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity LOOP
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', t.relname);
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA public TO bench_reader;
GRANT SELECT (id, name, sex, birth_date, hukou_type, shield, residence_village_id, hukou_township_id, residence_township_id) ON child TO bench_reader;
GRANT SELECT (id, child_id, stage, grade, class_no, status, boarding, absent_run_days, absent_since, school_id, class_id, current) ON enrolment TO bench_reader;
GRANT SELECT (id, child_id, name, relation, workplace_city, workplace_province) ON guardian TO bench_reader;
GRANT SELECT (id, child_id, name, relation) ON caregiver TO bench_reader;
GRANT SELECT (id, child_id, ledger, stage, found_on, reason, absent_run_days, due_on, cancelled_on) ON dropout_case TO bench_reader;
GRANT SELECT (id, dropout_case_id, visited_on, place_kind, result, next_step) ON persuasion_visit TO bench_reader;
GRANT SELECT (id, child_id, kind, issued_on, due_on) ON dropout_order TO bench_reader;
GRANT SELECT (id, child_id, kind, term_code, state, valid_until) ON education_aid TO bench_reader;
GRANT SELECT (child_id, left_behind, hardship_groups, risk_level, status, exited_on) ON registration TO bench_reader;
GRANT SELECT (child_id, kind, living_alone, assistance_status) ON guardianship TO bench_reader;
GRANT SELECT (id, child_id, visited_on, concerns) ON visit TO bench_reader;
GRANT SELECT (id, code, name) ON division, school TO bench_reader;
GRANT SELECT (id, homeroom_staff_id) ON school_class TO bench_reader;
GRANT SELECT (id, display_name) ON staff TO bench_reader;

CREATE FUNCTION today_here() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date $$;

-- Row security: a pupil of compulsory age or with a ledger item, not shielded,
-- not archived; the rest of the file only while the item is open. Scalar
-- subqueries, because EXISTS is hashed or merged over the whole table.
ALTER TABLE child ENABLE ROW LEVEL SECURITY;
CREATE POLICY bench ON child FOR SELECT TO bench_reader USING (
    shield <> 'FULL'
    AND (birth_date <= today_here() - interval '6 years' AND birth_date > today_here() - interval '16 years'
        OR (SELECT true FROM enrolment e WHERE e.child_id = child.id AND e.current AND e.stage IN ('PRIMARY', 'JUNIOR') LIMIT 1)
        OR (SELECT true FROM dropout_case d WHERE d.child_id = child.id LIMIT 1))
    AND NOT coalesce((SELECT r.status = 'EXITED' AND r.exited_on < today_here() FROM registration r WHERE r.child_id = child.id), false));
ALTER TABLE dropout_case ENABLE ROW LEVEL SECURITY;
CREATE POLICY bench ON dropout_case FOR SELECT TO bench_reader USING (true);
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['guardian', 'caregiver', 'guardianship', 'dropout_order', 'education_aid', 'visit'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY bench ON %I FOR SELECT TO bench_reader USING ((SELECT true FROM dropout_case d
            WHERE d.child_id = %I.child_id AND d.cancelled_on IS NULL LIMIT 1))', t, t);
    END LOOP;
END $$;

-- What GraphQL shows: views that run with the reader's own rights, with the keys
-- and relations that a view cannot declare as smart comments.
CREATE SCHEMA api;
GRANT USAGE ON SCHEMA api TO bench_reader;
CREATE VIEW api.division WITH (security_invoker) AS SELECT id, code, name FROM division;
COMMENT ON VIEW api.division IS '@primaryKey id';
CREATE VIEW api.school WITH (security_invoker) AS SELECT id, code, name FROM school;
COMMENT ON VIEW api.school IS '@primaryKey id';
CREATE VIEW api.child WITH (security_invoker) AS
SELECT c.id, c.name, c.sex, to_char(c.birth_date, 'YYYY-MM') AS birth_year_month,
       extract(year FROM age(today_here(), c.birth_date))::int AS age, age_band(c.birth_date, today_here()) AS age_band,
       c.hukou_type <> 'NONE' AS has_hukou,
       (SELECT max(v.visited_on) FROM visit v WHERE v.child_id = c.id) AS last_visited_on,
       recent_concern(c.id, 'STUDY', today_here()) AS has_study_concern,
       c.residence_village_id, c.hukou_township_id
FROM child c;
COMMENT ON VIEW api.child IS E'@primaryKey id\n@foreignKey (residence_village_id) references division (id)|@fieldName residenceVillage\n@foreignKey (hukou_township_id) references division (id)|@fieldName hukouTownship';
CREATE VIEW api.registration WITH (security_invoker) AS
SELECT r.child_id, COALESCE(r.left_behind OR cardinality(r.hardship_groups) > 0, false) AS needs_focus,
       COALESCE(cardinality(r.hardship_groups) > 0, false) AS has_hardship, COALESCE(r.risk_level = 'RED', false) AS is_high_risk
FROM registration r;
COMMENT ON VIEW api.registration IS E'@primaryKey child_id\n@foreignKey (child_id) references child (id)|@foreignFieldName registration';
CREATE VIEW api.guardianship WITH (security_invoker) AS
SELECT g.child_id, g.kind, g.living_alone,
       COALESCE(cardinality(g.assistance_status) > 0 AND NOT (g.assistance_status @> ARRAY['NONE']), false) AS is_aid_eligible
FROM guardianship g;
COMMENT ON VIEW api.guardianship IS E'@primaryKey child_id\n@foreignKey (child_id) references child (id)|@foreignFieldName guardianship';
CREATE VIEW api.enrolment WITH (security_invoker) AS
SELECT e.child_id, e.stage, e.grade, e.class_no, e.status, e.boarding, e.absent_run_days, e.absent_since, e.school_id,
       (SELECT s.display_name FROM school_class k JOIN staff s ON s.id = k.homeroom_staff_id WHERE k.id = e.class_id) AS homeroom_teacher,
       EXISTS (SELECT 1 FROM education_aid a WHERE a.child_id = e.child_id AND a.state = 'APPROVED' AND coalesce(a.valid_until >= today_here(), true)) AS has_education_aid,
       e.status IN ('ENROLLED', 'RESUMED') AS is_attending,
       academic_status(e.status, e.stage) AS academic_status
FROM enrolment e WHERE e.current;
COMMENT ON VIEW api.enrolment IS E'@primaryKey child_id\n@foreignKey (child_id) references child (id)|@foreignFieldName enrolment\n@foreignKey (school_id) references school (id)|@fieldName school';
CREATE VIEW api.guardian WITH (security_invoker) AS
SELECT id, child_id, name, relation, workplace_city, workplace_province FROM guardian;
COMMENT ON VIEW api.guardian IS E'@primaryKey id\n@foreignKey (child_id) references child (id)|@foreignFieldName guardians';
CREATE VIEW api.caregiver WITH (security_invoker) AS
SELECT g.id, g.child_id, g.name, g.relation,
       g.relation IN ('PATERNAL_GRANDFATHER', 'PATERNAL_GRANDMOTHER', 'MATERNAL_GRANDFATHER', 'MATERNAL_GRANDMOTHER') AS is_grandparent
FROM caregiver g;
COMMENT ON VIEW api.caregiver IS E'@primaryKey id\n@foreignKey (child_id) references child (id)|@foreignFieldName caregivers';
CREATE VIEW api.dropout_case WITH (security_invoker) AS
SELECT id, child_id, ledger, stage, found_on, reason, absent_run_days, due_on, cancelled_on FROM dropout_case;
COMMENT ON VIEW api.dropout_case IS E'@primaryKey id\n@foreignKey (child_id) references child (id)|@foreignFieldName dropoutCases|@fieldName child';
CREATE VIEW api.persuasion_visit WITH (security_invoker) AS
SELECT id, dropout_case_id, visited_on, place_kind, result, next_step FROM persuasion_visit;
COMMENT ON VIEW api.persuasion_visit IS E'@primaryKey id\n@foreignKey (dropout_case_id) references dropout_case (id)|@foreignFieldName persuasionVisits';
CREATE VIEW api.dropout_order WITH (security_invoker) AS SELECT id, child_id, kind, issued_on, due_on FROM dropout_order;
COMMENT ON VIEW api.dropout_order IS E'@primaryKey id\n@foreignKey (child_id) references child (id)|@foreignFieldName orders';
CREATE VIEW api.education_aid WITH (security_invoker) AS SELECT id, child_id, kind, term_code FROM education_aid;
COMMENT ON VIEW api.education_aid IS E'@primaryKey id\n@foreignKey (child_id) references child (id)|@foreignFieldName educationAid';
GRANT SELECT ON ALL TABLES IN SCHEMA api TO bench_reader;

CREATE FUNCTION api.children_by_ids(ids bigint[]) RETURNS SETOF api.child LANGUAGE sql STABLE AS $$ SELECT * FROM api.child c WHERE c.id = ANY (ids) $$;

-- W6: counts by township, for a role that may count and not read.
CREATE TYPE api.township_count AS (township_code text, township text, category text, value bigint);
CREATE FUNCTION api.counts_by_township() RETURNS SETOF api.township_count LANGUAGE sql STABLE SECURITY DEFINER AS $$
WITH cut AS MATERIALIZED (
    SELECT (today_here() - interval '6 years')::date AS six, (today_here() - interval '14 years')::date AS fourteen,
           (today_here() - interval '16 years')::date AS sixteen, (today_here() - interval '3 months')::date AS since
), n AS MATERIALIZED (
    SELECT c.residence_township_id AS township,
           CASE WHEN c.birth_date > (SELECT six FROM cut) THEN 0 WHEN c.birth_date > (SELECT fourteen FROM cut) THEN 1 ELSE 2 END AS band,
           count(*) AS n
    FROM registration r
    JOIN child c ON c.id = r.child_id
    WHERE r.status = 'REGISTERED' AND r.left_behind AND r.left_behind_since <= (SELECT since FROM cut)
      AND c.birth_date > (SELECT sixteen FROM cut)
    GROUP BY 1, 2
)
SELECT d.code, d.name, (ARRAY['AGE_0_5', 'AGE_6_13', 'AGE_14_15'])[n.band + 1], n.n
FROM n
JOIN division d ON d.id = n.township
ORDER BY 1, 3
$$;

-- W7: the reveal of a phone number with its reason.
CREATE TABLE kept_reveal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL, caregiver_id bigint NOT NULL, coordinate text NOT NULL, reason text NOT NULL, statement text NOT NULL
);
CREATE FUNCTION api.reveal_phone(caregiver_id bigint, statement text) RETURNS text LANGUAGE sql VOLATILE SECURITY DEFINER AS $$
INSERT INTO kept_reveal (at, caregiver_id, coordinate, reason, statement) VALUES (now(), $1, 'Caregiver.phone', 'CONTACT', $2);
SELECT g.phone FROM caregiver g
WHERE g.id = $1 AND EXISTS (SELECT 1 FROM dropout_case d WHERE d.child_id = g.child_id AND d.cancelled_on IS NULL);
$$;
ANALYZE;
