-- Temporary relief that is worked on: who decides and who signs, what was paid ahead,
-- what was checked, published or kept from publicity, refused and appealed. Takes a short
-- lock on relief_application, to add columns that may be null.

-- +goose Up
ALTER TABLE relief_application
    ADD COLUMN advanced_on date,
    ADD COLUMN advance_amount numeric(12,2),
    ADD COLUMN papers_due_on date,
    ADD COLUMN checked_on date,
    ADD COLUMN visited_on date,
    ADD COLUMN economy text,
    ADD COLUMN no_publicity_reason text,
    ADD COLUMN signer_id bigint REFERENCES staff,
    ADD COLUMN signed_by bigint REFERENCES staff,
    ADD COLUMN notice text,
    ADD COLUMN notice_from date,
    ADD COLUMN notice_until date,
    ADD COLUMN decider_id bigint REFERENCES staff,
    ADD COLUMN decided_by bigint REFERENCES staff,
    ADD COLUMN refusal text,
    ADD COLUMN appealed_on date;
COMMENT ON TABLE relief_application IS 'One application for temporary relief (社会救助暂行办法47–48), from the need to the payment.';
COMMENT ON COLUMN relief_application.signer_id IS 'The case manager who is asked to sign that nothing is published; null once it is signed or refused.';
COMMENT ON COLUMN relief_application.decider_id IS 'Who decides where the handler may not: sums above the township''s, and appeals; null once it is decided.';
COMMENT ON COLUMN relief_application.notice IS 'The notice as it was published: township, masked applicant, kind, sum and days, nothing of the child.';
CREATE INDEX ON relief_application (decider_id) WHERE decider_id IS NOT NULL;
CREATE INDEX ON relief_application (signer_id) WHERE signer_id IS NOT NULL;
CREATE INDEX ON relief_application (applied_on DESC, id DESC);

CREATE OR REPLACE VIEW deciding.relief_application AS SELECT child_id, handler_id, state, paid_on, decider_id, signer_id FROM relief_application;

INSERT INTO parameter (name, value, basis) VALUES
    ('relief_township_limit', '2000', '设定值（本区）；镇街可以决定的小额救助上限（元），以本区规定为准 cfg: sum up to which the township decides'),
    ('relief_most', '50000', '设定值（本区）；一次申请的金额上限（元），防止误填 cfg: most for one application, against slips'),
    ('relief_apply_days', '3', '设定值（本区）；发现需求后联系家庭申请 cfg: days to take the application'),
    ('relief_urgent_hours', '24', '设定值（本区）；急难先行发放 cfg: hours to pay ahead'),
    ('relief_papers_days', '10', '设定值（本区）；先行发放后补办手续 cfg: working days for the papers'),
    ('relief_check_days', '5', '设定值（本区）；入户和家庭经济状况核查 cfg: working days for the checks'),
    ('relief_publish_days', '2', '设定值（本区）；核查后公示或提请免公示 cfg: working days to publish'),
    ('relief_notice_days', '3', '设定值（本区）；公示的工作日数，以本区规定为准 cfg: working days of the notice'),
    ('relief_sign_days', '2', '设定值（本区）；签批免公示 cfg: working days to sign for no publicity'),
    ('relief_decide_days', '3', '设定值（本区）；公示后决定 cfg: working days to decide'),
    ('relief_pay_days', '3', '设定值（本区）；决定后发放 cfg: working days to pay'),
    ('relief_close_days', '10', '设定值（本区）；发放后办结 cfg: working days to close'),
    ('relief_appeal_days', '30', '设定值（本区）；申请复核的期限 cfg: days within which to appeal'),
    ('relief_remind_days', '0', '设定值（本区）；逾期即提醒 cfg: late at once'),
    ('relief_raise_days', '2', '设定值（本区）；逾期上报督导员 cfg: days late until the supervisor hears');
