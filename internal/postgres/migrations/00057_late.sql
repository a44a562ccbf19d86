-- Who hears of what is late beyond every rung: whoever leads the agency. New parameters.

-- +goose Up
INSERT INTO parameter (name, value, basis) VALUES
    ('task_head_days', '10', '县级设定：任务逾期几日告知其机构负责人 county setting: days late until whoever leads the agency hears'),
    ('task_head_answer_days', '5', '县级设定：负责人阅知期限（工作日） county setting: working days for whoever leads the agency'),
    ('inquiry_remind_days', '0', '县级设定：权利请求逾期即提醒 county setting: days late until the desk is reminded'),
    ('emergency_late_days', '0', '县级设定：紧急救护逾期未说明理由，几日报个人信息保护负责人 county setting: days late until the protection officer hears of a break-glass without reason');
