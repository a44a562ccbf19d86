-- Whoever has a report in hand is asked to propose its closing once the time without a new
-- risk is over. A setting; no lock.

-- +goose Up
INSERT INTO parameter (name, value, basis) VALUES
    ('report_close_days', '5', '设定值（本区）；满规定期限无新风险后提请办结的工作日 · cfg: working days to propose the closing once the time without a risk is over');
