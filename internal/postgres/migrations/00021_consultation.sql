-- Consultations that are worked on: which fields are wanted, what each source agency
-- agreed to, who is named and has pledged secrecy, and what was read of what was
-- granted. Takes short locks on consultation, disclosure_grant and ticket, to add
-- columns that may be null.

-- +goose Up
ALTER TABLE consultation
    ADD COLUMN reason text,
    ADD COLUMN urgent boolean,
    ADD COLUMN proposed_at timestamptz,
    ADD COLUMN proposer_id bigint REFERENCES staff,
    ADD COLUMN convenor_id bigint REFERENCES staff,
    ADD COLUMN unread_before text[],
    ADD COLUMN child_view text,
    ADD COLUMN ended_at timestamptz,
    ADD COLUMN closed_on date,
    ADD COLUMN review_note text;
CREATE INDEX ON consultation (proposer_id);
CREATE INDEX ON consultation (state) WHERE closed_on IS NULL;
COMMENT ON TABLE consultation IS 'One consultation of several agencies about a child, from the proposal to the review.';
COMMENT ON COLUMN consultation.unread_before IS 'Of what is wanted: what the same agency had been granted before and nobody read.';
COMMENT ON COLUMN consultation.ended_at IS 'When the grants ended, by the clock or because the tasks were given out.';

CREATE TABLE consultation_field (
    consultation_id bigint NOT NULL REFERENCES consultation,
    field text NOT NULL,
    wanted text[] NOT NULL,
    agency_id bigint NOT NULL REFERENCES agency,
    answer text CHECK (answer IN ('AGREED', 'REFUSED')),
    reason text,
    answered_by bigint REFERENCES staff,
    answered_at timestamptz,
    PRIMARY KEY (consultation_id, field)
);
COMMENT ON TABLE consultation_field IS 'What a consultation wants to see, by group of the matrix, and what its source agency answered.';
COMMENT ON COLUMN consultation_field.wanted IS 'The coordinates by which it was asked for.';

CREATE TABLE consultation_person (
    consultation_id bigint NOT NULL REFERENCES consultation,
    staff_id bigint NOT NULL REFERENCES staff,
    pledged_at timestamptz,
    PRIMARY KEY (consultation_id, staff_id)
);
CREATE INDEX ON consultation_person (staff_id);
COMMENT ON TABLE consultation_person IS 'Who is named for a consultation, and when each pledged secrecy; nothing opens to anybody before.';

CREATE TABLE consultation_use (
    consultation_id bigint NOT NULL REFERENCES consultation,
    field text NOT NULL,
    staff_id bigint NOT NULL REFERENCES staff,
    reads integer NOT NULL,
    PRIMARY KEY (consultation_id, field, staff_id)
);
COMMENT ON TABLE consultation_use IS 'How often what was granted was really read, counted from the log when the grants ended.';

ALTER TABLE disclosure_grant ADD COLUMN consultation_id bigint REFERENCES consultation;
CREATE INDEX ON disclosure_grant (consultation_id);
ALTER TABLE ticket ADD COLUMN consultation_id bigint REFERENCES consultation;
CREATE UNIQUE INDEX ON ticket (consultation_id, staff_id) WHERE consultation_id IS NOT NULL;
ALTER TABLE action_card ADD COLUMN consultation_id bigint REFERENCES consultation;

INSERT INTO parameter (name, value, basis) VALUES
    ('consultation_source_days', '2', '设定值（本区）；数源单位答复会商字段，工作日'),
    ('consultation_source_urgent_hours', '2', '设定值（本区）；紧急会商，数源单位即时答复'),
    ('consultation_convene_days', '2', '设定值（本区）；数源答复齐备后召集，工作日'),
    ('consultation_pledge_days', '1', '设定值（本区）；参加人确认保密承诺，工作日'),
    ('consultation_grant_days', '1', '设定值（本区）；批准限时授权，工作日'),
    ('consultation_meeting_days', '5', '设定值（本区）；召集后开会并形成纪要，工作日'),
    ('consultation_task_days', '10', '设定值（本区）；会商分工，工作日'),
    ('consultation_review_days', '10', '设定值（本区）；授权使用复核，工作日'),
    ('consultation_rung_at_once', '0', '设定值（本区）；逾期即提醒或上报'),
    ('consultation_grant_default', '7', '设定值（本区）；限时授权默认天数；个保法6'),
    ('consultation_grant_most', '30', '设定值（本区）；限时授权最长天数；个保法6'),
    ('consultation_unread_days', '365', '设定值（本区）；多久以内授权而未查阅的字段，提议时提示');

-- What somebody has in hand: as proposer, convenor, named participant, steward of a
-- source agency, or by a task.
CREATE VIEW consultation_case AS
SELECT k.id, k.child_id, k.topic, k.reason, k.state, k.version, coalesce(k.urgent, false) AS urgent,
    (SELECT min(t.due_at) FROM task t WHERE t.subject = 'consultation' AND t.subject_id = k.id AND t.done_at IS NULL AND t.staff_id = w.staff) AS due_at,
    ARRAY(SELECT f.field FROM consultation_field f WHERE f.consultation_id = k.id ORDER BY f.field) AS wanted,
    ARRAY(SELECT f.field FROM consultation_field f WHERE f.consultation_id = k.id AND f.agency_id = w.agency AND f.answer IS NULL ORDER BY f.field) AS to_answer,
    ARRAY(SELECT f.field FROM consultation_field f WHERE f.consultation_id = k.id AND f.answer = 'AGREED' ORDER BY f.field) AS agreed,
    ARRAY(SELECT f.field || '：' || f.reason FROM consultation_field f WHERE f.consultation_id = k.id AND f.answer = 'REFUSED' ORDER BY f.field) AS refused,
    coalesce(k.unread_before, '{}') AS unread_before,
    coalesce(k.participants, '{}') AS participants,
    ARRAY(SELECT s.code FROM consultation_person p JOIN staff s ON s.id = p.staff_id WHERE p.consultation_id = k.id AND p.pledged_at IS NOT NULL ORDER BY s.code) AS pledged,
    ARRAY(SELECT s.code || ' ' || g.field || ' ' || g.granted_to FROM disclosure_grant g JOIN staff s ON s.id = g.grantee_id
        WHERE g.consultation_id = k.id AND g.revoked_on IS NULL ORDER BY s.code, g.field) AS granted,
    ARRAY(SELECT s.code || ' ' || u.field || ' ' || u.reads FROM consultation_use u JOIN staff s ON s.id = u.staff_id
        WHERE u.consultation_id = k.id ORDER BY s.code, u.field) AS used
FROM (SELECT nullif(current_setting('tongxin.staff', true), '')::bigint AS staff, nullif(current_setting('tongxin.agency', true), '')::bigint AS agency) w
JOIN consultation k ON k.closed_on IS NULL AND k.state <> 'CLOSED' AND (k.proposer_id = w.staff OR k.convenor_id = w.staff
    OR EXISTS (SELECT FROM consultation_person p WHERE p.consultation_id = k.id AND p.staff_id = w.staff)
    OR EXISTS (SELECT FROM ticket t WHERE t.consultation_id = k.id AND t.staff_id = w.staff AND t.closed_at IS NULL)
    OR EXISTS (SELECT FROM task t WHERE t.subject = 'consultation' AND t.subject_id = k.id AND t.staff_id = w.staff AND t.done_at IS NULL))
WHERE NOT EXISTS (SELECT FROM conflict_declaration d WHERE d.child_id = k.child_id AND d.staff_id = w.staff AND d.ended_on IS NULL);
