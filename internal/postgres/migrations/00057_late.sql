-- Who hears of what is late beyond every rung: whoever leads the agency. Who is told of a
-- correction: whoever was shown any step of the value's ladder. New parameters, a new
-- column that the next start fills.

-- +goose Up
INSERT INTO parameter (name, value, basis) VALUES
    ('task_head_days', '10', '县级设定：任务逾期几日告知其机构负责人 county setting: days late until whoever leads the agency hears'),
    ('task_head_answer_days', '5', '县级设定：负责人阅知期限（工作日） county setting: working days for whoever leads the agency'),
    ('inquiry_remind_days', '0', '县级设定：权利请求逾期即提醒 county setting: days late until the desk is reminded'),
    ('emergency_late_days', '0', '县级设定：紧急救护逾期未说明理由，几日报个人信息保护负责人 county setting: days late until the protection officer hears of a break-glass without reason');

ALTER TABLE coordinate ADD COLUMN coarser text NOT NULL DEFAULT '';
COMMENT ON COLUMN coordinate.coarser IS 'The next coarser step of the same value (birth date, month, age), empty for none.';

CREATE FUNCTION ladder_of(coordinate text) RETURNS text[] LANGUAGE sql STABLE AS $$
WITH RECURSIVE step (name) AS (
    SELECT $1
    UNION
    SELECT n.name FROM step s JOIN coordinate c ON c.name = s.name OR c.coarser = s.name, LATERAL (VALUES (c.name), (c.coarser)) n (name) WHERE n.name <> ''
)
SELECT array_agg(name ORDER BY name) FROM step
$$;
COMMENT ON FUNCTION ladder_of IS 'All steps of the value that a coordinate shows, the finer and the coarser.';
