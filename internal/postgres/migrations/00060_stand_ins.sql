-- Whoever stands in does not confirm their own work, and gives it back. New columns that
-- may be null: visit is locked for a moment.

-- +goose Up
ALTER TABLE visit ADD COLUMN checker_id bigint REFERENCES staff;
COMMENT ON COLUMN visit.checker_id IS 'The case manager who was asked to check the visit, where the township has no supervisor but the visitor.';

INSERT INTO parameter (name, value, basis) VALUES
    ('post_vacant_days', '3', '县级设定：镇街无人在岗时落实人员的工作日 · cfg: working days to fill a post in a township that has nobody');
