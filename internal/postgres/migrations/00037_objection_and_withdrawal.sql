-- Objections to the notice of relief, and consents that are taken back. Takes a short lock
-- on relief_application, to add columns that may be null.

-- +goose Up
ALTER TABLE relief_application
    ADD COLUMN objected_on date,
    ADD COLUMN objection_grounds text[],
    ADD COLUMN objection_outcome text,
    ADD COLUMN objection_answered_on date;
COMMENT ON COLUMN relief_application.objection_grounds IS 'Why it was objected to, in codes; who objected is written nowhere.';
CREATE INDEX pairing_running ON pairing (child_id) WHERE state IN ('PROPOSED', 'ACTIVE');

INSERT INTO parameter (name, value, basis) VALUES
    ('relief_objection_days', '5', '设定值（本区）；核实公示异议的工作日数 cfg: working days to look into an objection'),
    ('consent_stop_days', '1', '设定值（本区）；监护人撤回同意后停止服务 cfg: working days to stop after a consent was withdrawn'),
    ('consent_remind_days', '0', '设定值（本区）；逾期即提醒 cfg: late at once');
