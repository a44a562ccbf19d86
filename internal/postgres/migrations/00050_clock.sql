-- When in the day and for what people look, and how much was withheld from them, counted
-- behind the answers like the other totals; and how a declared conflict of interest ends.
--
-- New tables, and one column that may be null on conflict_notice: locked for a moment.
-- What was logged before is not counted by the clock.

-- +goose Up
CREATE TABLE audit_clock (
    day date NOT NULL,
    hour smallint NOT NULL CHECK (hour BETWEEN 0 AND 23),
    purpose text NOT NULL,
    operations bigint NOT NULL,
    child_views bigint NOT NULL,
    withheld bigint NOT NULL,
    PRIMARY KEY (day, hour, purpose)
);
COMMENT ON TABLE audit_clock IS 'Operations of people by day, hour (Asia/Shanghai) and purpose; withheld: those of which something was withheld. Kept by audit_follow.';

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_total(first bigint, beyond bigint, lo timestamptz, hi timestamptz) RETURNS void LANGUAGE sql AS $$
INSERT INTO audit_day AS a (day, agency_id, agency_code, staff_id, staff_code, operations, child_views, reveals, denied, not_found, failed, l4, night, break_glass)
SELECT (e.at AT TIME ZONE 'Asia/Shanghai')::date, max(e.agency_id), e.agency_code, max(e.staff_id), e.staff_code, count(*), sum(e.disclosed),
    count(*) FILTER (WHERE e.outcome = 'REVEALED'), count(*) FILTER (WHERE e.outcome = 'DENIED'),
    count(*) FILTER (WHERE e.outcome = 'NOT_FOUND'), count(*) FILTER (WHERE e.outcome = 'FAILED'),
    count(*) FILTER (WHERE EXISTS (SELECT FROM audit_key k WHERE k.key = log_key('class', 'L4') AND k.at = e.at AND k.sequence = e.sequence)),
    count(*) FILTER (WHERE extract(hour FROM e.at AT TIME ZONE 'Asia/Shanghai') NOT BETWEEN 6 AND 21),
    count(*) FILTER (WHERE e.break_glass)
FROM audit_entry e
WHERE e.sequence >= first AND e.sequence < beyond AND e.at BETWEEN lo AND hi AND e.salt IS NOT NULL AND e.operation <> 'audit.destroy'
GROUP BY 1, e.agency_code, e.staff_code
ON CONFLICT (day, staff_code, agency_code) DO UPDATE SET
    operations = a.operations + excluded.operations, child_views = a.child_views + excluded.child_views,
    reveals = a.reveals + excluded.reveals, denied = a.denied + excluded.denied, not_found = a.not_found + excluded.not_found,
    failed = a.failed + excluded.failed, l4 = a.l4 + excluded.l4, night = a.night + excluded.night, break_glass = a.break_glass + excluded.break_glass;

-- Requests have a trace; what a job or a command writes has none, and made-up history is backdated.
INSERT INTO audit_hour AS a (hour, agency_code, system, entries)
SELECT date_trunc('hour', e.at), e.agency_code, e.system, count(*) FROM audit_entry e
WHERE e.sequence >= first AND e.sequence < beyond AND e.at BETWEEN lo AND hi AND e.trace_id <> '' AND NOT e.backdated
GROUP BY 1, 2, 3
ON CONFLICT (hour, agency_code, system) DO UPDATE SET entries = a.entries + excluded.entries;

INSERT INTO audit_purpose AS a (staff_id, purpose, at)
SELECT e.staff_id, e.purpose, max(e.at) FROM audit_entry e
WHERE e.sequence >= first AND e.sequence < beyond AND e.at BETWEEN lo AND hi AND e.staff_id <> 0 AND e.disclosed > 0
GROUP BY 1, 2
ON CONFLICT (staff_id, purpose) DO UPDATE SET at = greatest(a.at, excluded.at);

INSERT INTO audit_clock AS a (day, hour, purpose, operations, child_views, withheld)
SELECT (e.at AT TIME ZONE 'Asia/Shanghai')::date, extract(hour FROM e.at AT TIME ZONE 'Asia/Shanghai')::smallint, e.purpose, count(*), sum(e.disclosed),
    count(*) FILTER (WHERE e.outcome = 'PARTLY_WITHHELD')
FROM audit_entry e
WHERE e.sequence >= first AND e.sequence < beyond AND e.at BETWEEN lo AND hi AND e.salt IS NOT NULL AND e.staff_code <> ''
GROUP BY 1, 2, 3
ON CONFLICT (day, hour, purpose) DO UPDATE SET
    operations = a.operations + excluded.operations, child_views = a.child_views + excluded.child_views, withheld = a.withheld + excluded.withheld;
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$ BEGIN
    EXECUTE replace(pg_get_functiondef('minors_audit(integer)'::regprocedure), 'as REVEALS', 'as for reveals');
END $$;
-- +goose StatementEnd

ALTER TABLE conflict_notice ADD COLUMN ended_on date;
COMMENT ON COLUMN conflict_notice.ended_on IS 'The day on which the conflict ended, proposed by one person and approved by another.';

CREATE TABLE conflict_met (
    notice_id bigint NOT NULL REFERENCES conflict_notice,
    declaration_id bigint NOT NULL REFERENCES conflict_declaration,
    PRIMARY KEY (notice_id, declaration_id)
);
CREATE INDEX ON conflict_met (declaration_id);
COMMENT ON TABLE conflict_met IS 'Which declaration, and so which child, a notice came to be; never shown.';

-- What was met before is told by person, kind and day.
INSERT INTO conflict_met (notice_id, declaration_id)
SELECT n.id, d.id FROM conflict_notice n JOIN conflict_declaration d ON d.staff_id = n.staff_id AND d.kind = n.kind AND d.declared_on = n.declared_on
WHERE n.met_on IS NOT NULL;

-- A person's conflicts are ended by the head who answers for them, or by an
-- administrator; both see them, and nobody sees of which child they are.
-- +goose StatementBegin
CREATE FUNCTION deciding.answers_for(head bigint, staff bigint, today date) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT EXISTS (SELECT FROM staff s JOIN post p ON p.staff_id = head AND p.valid_from <= today AND (p.valid_to IS NULL OR p.valid_to > today) AND p.authorised_until >= today
        WHERE s.id = staff AND (p.role = 'ADM' OR p.role = 'STA' AND p.agency_id = answerable_agency(s.agency_id, today)))
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION deciding.answers_for IS 'Whether one person is the head who answers for another, or an administrator.';
