-- Psychological referrals that are worked on, from the flag to the end: what the
-- guardian and the child said, the level that was found, who acts on it, and when it is
-- looked after next. There is no column for a diagnosis, and none for what was said.
-- Takes short locks on psych_referral and action_card, to add columns that may be null.

-- +goose Up
ALTER TABLE psych_referral
    ADD COLUMN source text,
    ADD COLUMN urgent boolean,
    ADD COLUMN guardian_informed_how text,
    ADD COLUMN guardian_informed_proof text,
    ADD COLUMN unreachable_tries integer,
    ADD COLUMN unreachable_on date,
    ADD COLUMN consent_basis text,
    ADD COLUMN consent_relation text,
    ADD COLUMN consent_on date,
    ADD COLUMN child_view text,
    ADD COLUMN refused_on date,
    ADD COLUMN emergency_id bigint REFERENCES emergency_access,
    ADD COLUMN level text,
    ADD COLUMN screened_on date,
    ADD COLUMN planned_on date,
    ADD COLUMN measures text[],
    ADD COLUMN plan_note text,
    ADD COLUMN clinic_id bigint REFERENCES clinic,
    ADD COLUMN referred_on date,
    ADD COLUMN escort text,
    ADD COLUMN follow_since date,
    ADD COLUMN followed_on date,
    ADD COLUMN next_follow_up_on date,
    ADD COLUMN follow_note text,
    ADD COLUMN outcome text;
COMMENT ON TABLE psych_referral IS 'One psychological referral (精神卫生法; 未保法30, 90) from the flag to the end. No diagnosis and no content of a session.';
COMMENT ON COLUMN psych_referral.to_school_id IS 'Null until the guardian was told, unless the school''s own psychologist flagged it or there is danger: nobody at the school sees it before.';
COMMENT ON COLUMN psych_referral.consent_basis IS 'What the help rests on: the guardian''s consent, or break-glass (emergency_id) where there is danger and no guardian is reached.';
COMMENT ON COLUMN psych_referral.level IS 'The level that the screening of this referral found; psychology.level is what education keeps of it.';
CREATE INDEX ON psych_referral (next_follow_up_on) WHERE closed_on IS NULL AND next_follow_up_on IS NOT NULL;
CREATE INDEX ON psych_referral (opened_on DESC, id DESC);

ALTER TABLE action_card ADD COLUMN referral_id bigint REFERENCES psych_referral;
COMMENT ON COLUMN action_card.referral_id IS 'The referral that the card came from; it is done when the danger or the referral is over.';
CREATE INDEX ON action_card (referral_id) WHERE referral_id IS NOT NULL;

INSERT INTO parameter (name, value, basis) VALUES
    ('referral_same_day', '0', '设定值（本区）；紧急或三级：当日办理 cfg: urgent or level 3, the same day'),
    ('referral_inform_days', '3', '设定值（本区）；及时告知父母或其他监护人（民发〔2023〕61号） cfg: the guardian is told in time'),
    ('referral_tries', '2', '设定值（本区）；紧急先行救助前联系监护人的次数 cfg: tries to reach the guardian before going on in an emergency'),
    ('referral_tell_after_days', '1', '设定值（本区）；紧急先行救助后补告监护人 cfg: the guardian is told afterwards'),
    ('referral_consent_days', '3', '设定值（本区）；征求监护人和儿童意见 cfg: consent and the child''s view'),
    ('referral_screen_days', '5', '设定值（本区）；评估 cfg: screening'),
    ('referral_plan_days', '3', '设定值（本区）；定方案 cfg: plan'),
    ('referral_clinic_days', '3', '设定值（本区）；就医绿色通道 cfg: green channel to the clinic'),
    ('referral_advice_days', '10', '设定值（本区）；就学建议反馈 cfg: the clinic''s advice'),
    ('referral_follow_first_days', '7', '设定值（本区）；首月每周随访 cfg: weekly in the first month'),
    ('referral_follow_later_days', '30', '设定值（本区）；首月之后每月随访 cfg: monthly afterwards'),
    ('referral_first_month_days', '30', '设定值（本区）；首月的天数 cfg: days of the first month'),
    ('referral_follow_ahead_days', '2', '设定值（本区）；随访任务提前派发天数 cfg: days that a follow-up is asked for ahead'),
    ('referral_remind_days', '0', '设定值（本区）；逾期即提醒并上报 cfg: late at once');
