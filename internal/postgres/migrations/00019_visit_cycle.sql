-- The cycle of visits: what the plan asks for, how far a visit has come, what a
-- visit suggests about risk, and the cadence as settings of the county. New columns
-- may be null (tries has a constant default, which rewrites nothing); the three
-- indexes lock visit while they are built.

-- +goose Up
ALTER TABLE visit
    ADD COLUMN plan_slot text,
    ADD COLUMN topics_due text[],
    ADD COLUMN topics text[],
    ADD COLUMN tries integer NOT NULL DEFAULT 0,
    ADD COLUMN living_alone boolean,
    ADD COLUMN suggested_risk text,
    ADD COLUMN guardian_informed_on date,
    ADD COLUMN guardian_informed_how text,
    ADD COLUMN focus_confirmed boolean,
    ADD COLUMN ticket_id bigint REFERENCES ticket,
    ADD COLUMN assigned_at timestamptz,
    ADD COLUMN submitted_at timestamptz,
    ADD COLUMN checked_at timestamptz,
    ADD COLUMN checked_by bigint REFERENCES staff,
    ADD COLUMN sampled boolean,
    ADD COLUMN spot_result text,
    ADD COLUMN spot_checked_by bigint REFERENCES staff,
    ADD COLUMN closed_at timestamptz;
COMMENT ON TABLE visit IS 'A visit from its plan to its end; the states and moves are those of internal/visiting.';
COMMENT ON COLUMN visit.plan_slot IS 'The part of the cadence that the plan made it for; a child has one visit for each, so that planning twice plans nothing twice.';
COMMENT ON COLUMN visit.sampled IS 'Whether the supervisor calls to check it again; null until the sample is drawn.';
CREATE UNIQUE INDEX visit_plan_slot ON visit (child_id, plan_slot) WHERE plan_slot IS NOT NULL;
CREATE INDEX visit_to_assign ON visit (planned_on, id) WHERE assigned_at IS NULL AND state IN ('PLANNED', 'ASSIGNED');
CREATE INDEX visit_to_sample ON visit (id) WHERE state = 'CHECKED' AND sampled IS NULL;

ALTER TABLE registration
    ADD COLUMN risk_suggested text,
    ADD COLUMN risk_suggested_on date,
    ADD COLUMN focus_since date;
COMMENT ON TABLE registration IS 'The register of children in need of care. The risk is a named person''s decision; risk_suggested only waits for one.';

ALTER TABLE action_card ADD COLUMN visit_id bigint REFERENCES visit;
COMMENT ON TABLE action_card IS 'What a role is asked to do about a child, without the reason.';

CREATE TABLE visit_plan_run (
    day date PRIMARY KEY,
    after_child bigint NOT NULL DEFAULT 0,
    children integer NOT NULL DEFAULT 0,
    planned integer NOT NULL DEFAULT 0,
    began_at timestamptz NOT NULL,
    ended_at timestamptz
);
COMMENT ON TABLE visit_plan_run IS 'How far the planning of visits of a day has come: the last child looked at, how many so far, and how many visits were planned.';

INSERT INTO parameter (name, value, basis) VALUES
    ('visit_general_green', '1/3', '设定值：各省标准不一，无国家数值（n/m＝每m个月n次） · cfg: no national figure; n/m is n in m months'),
    ('visit_general_yellow', '1/3', '设定值：各省标准不一，无国家数值 · cfg: no national figure'),
    ('visit_focus_yellow', '1/2', '设定值 · cfg'),
    ('visit_focus_orange', '1/1', '设定值 · cfg'),
    ('visit_contact_orange', '2/1', '设定值：电话或视频 · cfg: by phone or video'),
    ('visit_focus_red', '2/1', '设定值：两人同行 · cfg: two visitors'),
    ('visit_contact_red', '1/W', '设定值：每周电话或视频 · cfg: weekly by phone or video'),
    ('visit_ahead_days', '14', '设定值：提前派发天数 · cfg: days that a visit is assigned ahead'),
    ('visit_due_days', '14', '设定值：改派后的走访期限 · cfg: days for a visit assigned anew'),
    ('visit_revisit_days', '3', '设定值：未见儿童的复访期限 · cfg: the child was not seen'),
    ('visit_late_reminder', '1', '设定值：逾期提醒儿童主任 · cfg: the director is reminded'),
    ('visit_late_supervisor', '3', '设定值：逾期报儿童督导员 · cfg: the supervisor hears of it'),
    ('visit_late_manager', '7', '设定值：逾期报民政个案管理员 · cfg: the case manager hears of it'),
    ('visit_tries', '2', '设定值：两次未遇报督导员 · cfg: not at home so often goes to the supervisor'),
    ('visit_check_days', '5', '设定值：督导核查工作日 · cfg: working days of the supervisor''s check'),
    ('visit_spot_percent', '5', '设定值：电话复核比例不低于5%（百分数） · cfg: at least this many per cent are called again'),
    ('visit_spot_days', '5', '设定值：电话复核工作日 · cfg: working days of the call'),
    ('visit_answer_days', '5', '设定值：关注事项办理工作日 · cfg: working days to act on a concern'),
    ('visit_safety_days', '2', '设定值：安全隐患处置工作日 · cfg: working days to act on a danger'),
    ('visit_same_day', '0', '设定值：红色关注当日电话 · cfg: a red concern is called about the same day'),
    ('visit_alert_hours', '4', '未保法21（不得独自生活）；时限为设定值 · 未保法 21; the hours are cfg'),
    ('visit_report_hours', '1', '未保法11（立即报告）；时限为设定值 · 未保法 11: at once; the hours are cfg'),
    ('visit_search_days', '30', '设定值：因走访事项查看的期限 · cfg: days that a case manager may look because of a visit'),
    ('visit_inform_days', '3', '设定值：告知监护人工作日（民发〔2023〕61号） · cfg: working days to inform the guardian'),
    ('visit_risk_days', '3', '个保法24（由人决定）；时限为设定值 · 个保法 24; the days are cfg'),
    ('visit_handover_days', '5', '设定值：迁居交接工作日 · cfg: working days to hand over');
