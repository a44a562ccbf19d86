-- Retention of the log: how long entries of each class are kept and why, holds
-- that keep entries beyond it, and how far those who look for what is due have
-- come. And the rights desk: what is written down of a guardian's question "who
-- looked at my child's file", and the lines of its answer. Takes a short lock on
-- access_inquiry, to add columns.

-- +goose Up
CREATE TABLE retention_schedule (
    class text NOT NULL CHECK (class IN ('NETWORK', 'ORDINARY', 'SENSITIVE')),
    revision integer NOT NULL CHECK (revision > 0),
    kept_months integer NOT NULL,
    least_months integer NOT NULL CHECK (least_months > 0),
    majority_months integer CHECK (majority_months >= 0),
    basis_zh text NOT NULL CHECK (basis_zh <> ''),
    basis_en text NOT NULL CHECK (basis_en <> ''),
    set_by text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (class, revision),
    CHECK (kept_months >= least_months),
    CHECK ((class = 'SENSITIVE') = (majority_months IS NOT NULL))
);
COMMENT ON TABLE retention_schedule IS 'How long the details of entries are kept, by class; the newest revision of a class is in force, older ones stay.';
COMMENT ON COLUMN retention_schedule.class IS 'NETWORK: nobody known asked and no child was shown. SENSITIVE: a coordinate of class L4 was shown. ORDINARY: the rest.';
COMMENT ON COLUMN retention_schedule.least_months IS 'What a statute demands; no revision goes below it.';
COMMENT ON COLUMN retention_schedule.majority_months IS 'SENSITIVE entries stay at least until the youngest child shown is 18 plus this.';

INSERT INTO retention_schedule (class, revision, kept_months, least_months, majority_months, basis_zh, basis_en, set_by, set_at) VALUES
    ('NETWORK', 1, 36, 6, NULL, '网络安全法：网络日志留存不少于六个月；设定值三年',
        'Cybersecurity Law: network logs are kept six months at least; set to three years', 'release', 'epoch'),
    ('ORDINARY', 1, 36, 36, NULL, '个保法56、网数条例12：处理情况记录至少保存三年',
        'Personal Information Protection Law 56, Network Data Regulations 12: records of processing are kept three years at least', 'release', 'epoch'),
    ('SENSITIVE', 1, 36, 36, 36, '个保法56、网数条例12：至少三年；出示过L4内容的，至儿童满18周岁后三年（设定值）',
        'Personal Information Protection Law 56, Network Data Regulations 12: three years at least; where L4 was shown, until the child is 18 plus three years (set locally)', 'release', 'epoch');

CREATE TABLE legal_hold (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    child_id bigint REFERENCES child,
    staff_id bigint REFERENCES staff,
    agency_id bigint REFERENCES agency,
    since timestamptz,
    until timestamptz,
    ordered_by text NOT NULL CHECK (ordered_by <> ''),
    reason text NOT NULL CHECK (reason <> ''),
    placed_by bigint REFERENCES staff,
    placed_at timestamptz NOT NULL,
    released_by bigint REFERENCES staff,
    released_at timestamptz,
    release_reason text NOT NULL DEFAULT '',
    CHECK (num_nonnulls(child_id, staff_id, agency_id, since, until) > 0),
    CHECK (since < until),
    CHECK ((released_at IS NULL) = (release_reason = ''))
);
CREATE INDEX legal_hold_standing ON legal_hold (id) WHERE released_at IS NULL;
COMMENT ON TABLE legal_hold IS 'Entries that match every scope a standing hold names (child, person, agency, time) are not destroyed. Rows stay; release fills the last three columns once.';
COMMENT ON COLUMN legal_hold.placed_by IS 'Null where the operator placed it on the command line; the log says so.';

CREATE VIEW legal_hold_list AS
SELECT h.id, h.child_id, a.code AS agency_code, s.code AS staff_code, h.since, h.until, h.ordered_by, h.reason,
    h.placed_at, p.code AS placed_by, h.released_at, r.code AS released_by, h.release_reason
FROM legal_hold h
LEFT JOIN agency a ON a.id = h.agency_id LEFT JOIN staff s ON s.id = h.staff_id
LEFT JOIN staff p ON p.id = h.placed_by LEFT JOIN staff r ON r.id = h.released_by;
COMMENT ON VIEW legal_hold_list IS 'Legal holds with the codes of whom they name, as auditors read them.';

-- +goose StatementBegin
CREATE FUNCTION retention_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'legal_hold' THEN
        IF to_jsonb(OLD) ->> 'released_at' IS NULL AND to_jsonb(NEW) ->> 'released_at' IS NOT NULL
            AND to_jsonb(NEW) - ARRAY['released_by', 'released_at', 'release_reason']
              = to_jsonb(OLD) - ARRAY['released_by', 'released_at', 'release_reason'] THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% keeps its history: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'TX003';
END $$;
-- +goose StatementEnd
CREATE TRIGGER retention_guard BEFORE UPDATE OR DELETE ON legal_hold FOR EACH ROW EXECUTE FUNCTION retention_guard();
CREATE TRIGGER retention_guard BEFORE UPDATE OR DELETE ON retention_schedule FOR EACH ROW EXECUTE FUNCTION retention_guard();
CREATE TRIGGER retention_keep BEFORE TRUNCATE ON legal_hold EXECUTE FUNCTION retention_guard();
CREATE TRIGGER retention_keep BEFORE TRUNCATE ON retention_schedule EXECUTE FUNCTION retention_guard();

CREATE TABLE retention_walk (
    name text PRIMARY KEY CHECK (name <> ''),
    destroys boolean NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    at timestamptz NOT NULL DEFAULT 'epoch',
    sequence bigint NOT NULL DEFAULT -1,
    examined bigint NOT NULL DEFAULT 0,
    destroyed bigint NOT NULL DEFAULT 0,
    due jsonb NOT NULL DEFAULT '{}',
    soon jsonb NOT NULL DEFAULT '{}',
    held jsonb NOT NULL DEFAULT '{}',
    record bigint
);
CREATE INDEX retention_walk_ended ON retention_walk (ended_at);
COMMENT ON TABLE retention_walk IS 'One walk over the old entries: the last one looked at, and counts by class. Each batch moves it on in its own transaction, so a walk goes on where a process that ended left it.';
COMMENT ON COLUMN retention_walk.due IS 'Time over, no hold, not destroyed in this walk.';
COMMENT ON COLUMN retention_walk.soon IS 'Time over within 30 days of the walk; held: time over and kept by a hold.';
COMMENT ON COLUMN retention_walk.record IS 'Number of the last entry that records a destruction.';

-- What auditors read: one row a class, with the newest whole walk beside it.
CREATE VIEW retention_class AS
SELECT s.class, s.kept_months, s.least_months, s.majority_months, s.basis_zh || ' · ' || s.basis_en AS basis,
    CASE WHEN w.ended_at IS NOT NULL THEN coalesce((w.due ->> s.class)::bigint, 0) END AS due,
    CASE WHEN w.ended_at IS NOT NULL THEN coalesce((w.soon ->> s.class)::bigint, 0) END AS soon,
    CASE WHEN w.ended_at IS NOT NULL THEN coalesce((w.held ->> s.class)::bigint, 0) END AS held, w.ended_at AS counted_at
FROM (SELECT DISTINCT ON (class) * FROM retention_schedule ORDER BY class, revision DESC) s
LEFT JOIN LATERAL (SELECT * FROM retention_walk WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT 1) w ON true;
COMMENT ON VIEW retention_class IS 'Schedules in force, with what the newest walk counted; counts are null until there was one.';

CREATE VIEW retention_state AS
SELECT 1 AS id, w.ended_at AS last_destroyed_at, w.destroyed AS last_destroyed, w.record::text AS last_record
FROM (SELECT 1) x
LEFT JOIN LATERAL (SELECT * FROM retention_walk WHERE destroyed > 0 ORDER BY began_at DESC LIMIT 1) w ON true;
COMMENT ON VIEW retention_state IS 'The last walk that destroyed something, with the number of its last record in the log.';

-- A refused inquiry is stored with the state ANSWERED and the decision REFUSED: this
-- is what marks and bases of every release, the previous one as well, take for closed.
ALTER TABLE access_inquiry
    ADD COLUMN standing text,
    ADD COLUMN identity_proof text,
    ADD COLUMN court_limited boolean,
    ADD COLUMN due_on date,
    ADD COLUMN outer_on date,
    ADD COLUMN compiled_at timestamptz,
    ADD COLUMN compiled_size bigint,
    ADD COLUMN embargoed integer,
    ADD COLUMN statement text,
    ADD COLUMN refusal text,
    ADD COLUMN ticket_code text,
    ADD COLUMN follows_id bigint REFERENCES access_inquiry;
CREATE INDEX ON access_inquiry (follows_id) WHERE follows_id IS NOT NULL;
COMMENT ON TABLE access_inquiry IS 'A question who looked at a child''s file: who asks in which relation, how far it has come, what was answered.';
COMMENT ON COLUMN access_inquiry.embargoed IS 'Entries that the compiled answer leaves out while a protected matter is live. Never told to the requester.';
COMMENT ON COLUMN access_inquiry.compiled_size IS 'The size of the log that the answer was compiled from.';
COMMENT ON COLUMN access_inquiry.follows_id IS 'The answered inquiry of which this gives what had to wait.';

CREATE TABLE inquiry_line (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    inquiry_id bigint NOT NULL REFERENCES access_inquiry,
    ordinal integer,
    day date,
    agency text,
    role text,
    purpose text,
    fields text[]
);
CREATE INDEX ON inquiry_line (inquiry_id, ordinal);
COMMENT ON TABLE inquiry_line IS 'The lines of a compiled answer: day, agency, role, purpose and groups of fields; no person and no other child.';

INSERT INTO parameter (name, value, basis) VALUES
    ('inquiry_target_days', '15', '未成年人网络保护条例34（及时处理）；15个工作日为设定值 · working days, set locally'),
    ('inquiry_outer_days', '30', 'GB/T 35273-2020 8.7：30天 · days');

-- Deadlines stand with the inquiry from its first day, whoever wrote it down.
-- +goose StatementBegin
CREATE FUNCTION inquiry_deadlines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.due_on := coalesce(NEW.due_on, working_day_after(NEW.received_on,
        (SELECT value::integer FROM parameter WHERE name = 'inquiry_target_days')));
    NEW.outer_on := coalesce(NEW.outer_on, NEW.received_on
        + (SELECT value::integer FROM parameter WHERE name = 'inquiry_outer_days'));
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER inquiry_deadlines BEFORE INSERT OR UPDATE OF received_on ON access_inquiry
    FOR EACH ROW EXECUTE FUNCTION inquiry_deadlines();
UPDATE access_inquiry SET received_on = received_on;

-- While one of these is live, accesses under it are not told to those who ask.
-- +goose StatementBegin
CREATE FUNCTION deciding.protected_matter(child bigint, today date) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT EXISTS (SELECT FROM child c WHERE c.id = child AND c.shield <> 'NONE')
        OR EXISTS (SELECT FROM mandatory_report r WHERE r.child_id = child AND r.closed_on IS NULL)
        OR EXISTS (SELECT FROM rights_case r WHERE r.child_id = child AND r.closed_on IS NULL)
        OR EXISTS (SELECT FROM protection_order o WHERE o.child_id = child AND (o.valid_to IS NULL OR o.valid_to >= today))
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION deciding.protected_matter IS 'Whether a shield, report, rights case or protection order of the child is live.';

CREATE VIEW rights_desk AS
SELECT q.id, q.child_id, q.dpo_id, q.requester_relation, q.received_on, q.due_on, q.outer_on, q.answered_on, q.decision,
    CASE WHEN q.decision = 'REFUSED' THEN 'REFUSED' ELSE q.state END AS state,
    q.state = 'ANSWERED' AND coalesce(q.embargoed, 0) > 0 AND NOT EXISTS (
        SELECT FROM access_inquiry f WHERE f.follows_id = q.id) AS owes
FROM access_inquiry q;
COMMENT ON VIEW rights_desk IS 'The worklist of the rights desk: nothing of a child but which one, for whom to answer; owes: something had to wait and no later answer was begun.';

-- The figures of the yearly audit of minors' data. Everything is counted as of the
-- newest entry of the log, so that the same log gives the same figures.
-- +goose StatementBegin
CREATE FUNCTION minors_audit(audited integer) RETURNS TABLE (id bigint, code text, name text, dimension text, value bigint,
    unit text, definition text, as_of timestamptz) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
WITH head AS (
    SELECT h.at AS as_of, (h.at AT TIME ZONE 'Asia/Shanghai')::date AS today, make_date(audited, 1, 1) AS first,
        make_date(audited + 1, 1, 1) AS after,
        make_timestamptz(audited, 1, 1, 0, 0, 0, 'Asia/Shanghai') AS since, make_timestamptz(audited + 1, 1, 1, 0, 0, 0, 'Asia/Shanghai') AS until
    FROM audit_head h
), entry AS MATERIALIZED (
    SELECT e.agency_code, e.role, e.purpose, e.outcome, e.break_glass, e.operation = 'audit.destroy' AS destroys,
        (e.salt IS NULL) AS emptied, e.disclosed > 0 AS access, count(*) AS n, sum(e.disclosed) AS children
    FROM audit_entry e, head h WHERE e.at >= h.since AND e.at < h.until
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
), emergency AS MATERIALIZED (
    SELECT m.opened_at, m.justified_at, m.reviewed_at,
        working_day_after((m.opened_at AT TIME ZONE 'Asia/Shanghai')::date, 3) AS review_due
    FROM emergency_access m, head h WHERE m.opened_at >= h.since AND m.opened_at < h.until
), asked AS MATERIALIZED (
    SELECT q.* FROM access_inquiry q, head h WHERE q.received_on >= h.first AND q.received_on < h.after
), figure AS (
    SELECT 100 AS n, 'ENTRIES' AS code, '访问记录条目 · entries of the log' AS name, '' AS dimension, sum(n) AS value, '条' AS unit,
        '该年全部条目，含拒绝、未找到与失败 · all entries of the year, refused and failed ones too' AS definition FROM entry
    UNION ALL SELECT 110, 'ENTRIES_EMPTIED', '内容已按期销毁的条目 · entries whose details were destroyed', '', coalesce(sum(n) FILTER (WHERE emptied), 0), '条',
        '该年条目中内容已销毁者；其余分类指标不含这些 · of the entries of the year; figures by class do not hold them' FROM entry
    UNION ALL SELECT 120, 'ACCESSES', '查阅儿童信息的操作 · operations that showed a child', '', coalesce(sum(n) FILTER (WHERE access), 0), '次',
        '至少出示一名儿童字段的操作 · operations that showed at least one child' FROM entry
    UNION ALL SELECT 130, 'CHILD_ACCESSES', '查阅儿童 · showings of a child', '', coalesce(sum(children), 0), '人次',
        '每次操作每名儿童计一人次 · one for each child of each operation' FROM entry
    UNION ALL SELECT 140, 'CHILDREN', '被查阅儿童 · children shown', '', (SELECT count(DISTINCT d.child_id) FROM audit_disclosure d, head h WHERE d.at >= h.since AND d.at < h.until), '人',
        '该年至少被查阅一次的儿童，不重复计 · children shown at least once, each counted once'
    UNION ALL SELECT 200, 'ACCESSES_BY_AGENCY', '查阅操作（按机构）· accesses by agency', agency_code, sum(n), '次', '同“查阅儿童信息的操作”· as ACCESSES' FROM entry WHERE access GROUP BY agency_code
    UNION ALL SELECT 210, 'ACCESSES_BY_ROLE', '查阅操作（按角色）· accesses by role', role, sum(n), '次', '同“查阅儿童信息的操作”· as ACCESSES' FROM entry WHERE access GROUP BY role
    UNION ALL SELECT 220, 'ACCESSES_BY_PURPOSE', '查阅操作（按用途）· accesses by purpose', purpose, sum(n), '次', '同“查阅儿童信息的操作”· as ACCESSES' FROM entry WHERE access GROUP BY purpose
    UNION ALL SELECT 300, 'REVEALS', '逐条查看 · reveals', '', coalesce(sum(n) FILTER (WHERE outcome = 'REVEALED'), 0), '次', '填写理由查看一条被掩码内容 · one masked value opened for a typed reason' FROM entry
    UNION ALL SELECT 310, 'REVEALS_BY_ROLE', '逐条查看（按角色）· reveals by role', role, sum(n), '次', '同“逐条查看”· as REVEALS' FROM entry WHERE outcome = 'REVEALED' GROUP BY role
    UNION ALL SELECT 320, 'DENIED', '被拒绝的操作 · refused operations', '', coalesce(sum(n) FILTER (WHERE outcome = 'DENIED'), 0), '次', '规则、用途、工单或限额不允许 · not allowed by rule, purpose, ticket or limit' FROM entry
    UNION ALL SELECT 330, 'NOT_FOUND', '未找到 · not found', '', coalesce(sum(n) FILTER (WHERE outcome = 'NOT_FOUND'), 0), '次', '范围内没有所查对象 · nothing in reach answered' FROM entry
    UNION ALL SELECT 400, 'EMERGENCIES', '紧急访问 · break-glass accesses', '', count(*), '次', '该年启动的紧急访问 · opened in the year' FROM emergency
    UNION ALL SELECT 410, 'EMERGENCIES_JUSTIFIED', '24小时内说明理由 · justified within 24 hours', '', count(*) FILTER (WHERE justified_at <= opened_at + interval '24 hours'), '次', '该年启动的紧急访问中 · of those opened in the year' FROM emergency
    UNION ALL SELECT 420, 'EMERGENCIES_REVIEWED', '3个工作日内复核 · reviewed within 3 working days', '', count(*) FILTER (WHERE (reviewed_at AT TIME ZONE 'Asia/Shanghai')::date <= review_due), '次', '该年启动的紧急访问中 · of those opened in the year' FROM emergency
    UNION ALL SELECT 430, 'EMERGENCIES_OVERDUE', '逾期未复核 · not reviewed in time', '', count(*) FILTER (WHERE reviewed_at IS NULL AND review_due < h.today), '次', '截至数据时间仍未复核且已逾期 · past the limit and not reviewed, as of the data' FROM emergency, head h
    UNION ALL SELECT 500, 'POLICY_CHANGES', '规则版本生效 · policy versions put in force', '', (SELECT count(*) FROM policy_version v, head h WHERE v.activated_at >= h.since AND v.activated_at < h.until), '次', '该年生效的规则版本 · versions put in force in the year'
    UNION ALL SELECT 600, 'DESTRUCTIONS', '销毁记录 · records of destruction', '', coalesce(sum(n) FILTER (WHERE destroys), 0), '条', '该年写入的销毁记录 · written in the year' FROM entry
    UNION ALL SELECT 610, 'DESTROYED', '销毁内容的条目 · entries destroyed', '', (SELECT coalesce(sum(w.destroyed), 0) FROM retention_walk w, head h WHERE w.began_at >= h.since AND w.began_at < h.until), '条', '该年到期销毁内容的条目 · details destroyed in the year because their time was over'
    UNION ALL SELECT 620, 'HOLDS', '有效的法律保全 · legal holds that stand', '', (SELECT count(*) FROM legal_hold l, head h WHERE l.placed_at < h.until AND (l.released_at IS NULL OR l.released_at >= h.until)), '项', '该年年末（或数据时间）有效 · at the end of the year, or of the data'
    UNION ALL SELECT 700, 'INQUIRIES', '“谁看过”申请 · inquiries who looked', '', count(*), '件', '该年收到 · received in the year' FROM asked
    UNION ALL SELECT 710, 'INQUIRIES_ANSWERED', '已答复 · answered', '', count(*) FILTER (WHERE decision = 'ANSWERED'), '件', '该年收到的申请中 · of those received in the year' FROM asked
    UNION ALL SELECT 720, 'INQUIRIES_REFUSED', '不予提供（书面说明理由）· refused in writing', '', count(*) FILTER (WHERE decision = 'REFUSED'), '件', '该年收到的申请中 · of those received in the year' FROM asked
    UNION ALL SELECT 730, 'INQUIRIES_IN_TIME', '按期办结 · closed by the target', '', count(*) FILTER (WHERE answered_on <= due_on), '件', '在应答复日期之前办结 · closed on or before the day due' FROM asked
    UNION ALL SELECT 740, 'INQUIRIES_LATE', '超期 · late', '', count(*) FILTER (WHERE coalesce(answered_on, h.today) > due_on), '件', '办结日（未办结的为数据日）晚于应答复日期 · closed, or still open, after the day due' FROM asked, head h
    UNION ALL SELECT 750, 'INQUIRIES_TOO_LATE', '超过最长期限 · beyond the outer limit', '', count(*) FILTER (WHERE coalesce(answered_on, h.today) > outer_on), '件', '晚于最迟答复日期 · after the outer limit' FROM asked, head h
)
SELECT row_number() OVER (ORDER BY f.n, f.dimension COLLATE "C"), f.code, f.name, f.dimension, coalesce(f.value, 0)::bigint, f.unit, f.definition, h.as_of
FROM figure f CROSS JOIN head h ORDER BY f.n, f.dimension COLLATE "C"
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION minors_audit IS 'Figures of the yearly audit of minors'' data, each with unit and definition, as of the newest entry of the log.';
