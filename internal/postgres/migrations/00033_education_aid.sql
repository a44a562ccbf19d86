-- Education aid that is worked on: what a school proposed for a term, what the guardian
-- and the child said, who decides and what came of it. What stands was granted. Takes a
-- short lock on education_aid, to add columns that may be null.

-- +goose Up
ALTER TABLE education_aid
    ADD COLUMN state text,
    ADD COLUMN consent_relation text,
    ADD COLUMN consent_on date,
    ADD COLUMN child_view text,
    ADD COLUMN decider_id bigint REFERENCES staff,
    ADD COLUMN ticket_id bigint REFERENCES ticket,
    ADD COLUMN submitted_on date,
    ADD COLUMN missing text,
    ADD COLUMN returned_on date,
    ADD COLUMN decided_on date,
    ADD COLUMN refusal text,
    ADD COLUMN valid_until date,
    ADD COLUMN told_on date,
    ADD COLUMN withdrawal text;
COMMENT ON TABLE education_aid IS 'One application for education aid for one term, from the school''s proposal to the decision of the education bureau; never an amount.';
COMMENT ON COLUMN education_aid.decider_id IS 'The officer of the education bureau before whom it was put; null until the guardian has agreed.';
COMMENT ON COLUMN education_aid.valid_until IS 'Last day of the term that it was approved for; it is received up to that day.';
UPDATE education_aid a SET state = 'APPROVED', decided_on = a.recorded_on, valid_until = (SELECT m.ends_on FROM term m WHERE m.code = a.term_code) WHERE a.state IS NULL;
CREATE INDEX education_aid_decider ON education_aid (decider_id) WHERE decider_id IS NOT NULL;
CREATE INDEX education_aid_latest ON education_aid ((CASE WHEN recorded_on IS NULL THEN '-infinity'::date ELSE recorded_on END) DESC, id DESC);

INSERT INTO parameter (name, value, basis) VALUES
    ('aid_consent_days', '5', '设定值（本区）；提出后征得监护人同意的工作日数 cfg: working days to ask the guardian'),
    ('aid_decide_days', '10', '设定值（本区）；教育局审批的工作日数 cfg: working days to decide'),
    ('aid_supplement_days', '5', '设定值（本区）；补正材料的工作日数 cfg: working days to add what is missing'),
    ('aid_tell_days', '3', '设定值（本区）；告知家庭结果的工作日数 cfg: working days to tell the family'),
    ('aid_remind_days', '0', '设定值（本区）；逾期即提醒 cfg: late at once'),
    ('aid_raise_days', '3', '设定值（本区）；审批逾期告知另一名专干 cfg: days late until another officer hears');
