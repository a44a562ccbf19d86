-- Whoever stands in does not confirm their own work, and gives it back. New columns that
-- may be null: visit is locked for a moment.

-- +goose Up
ALTER TABLE visit ADD COLUMN checker_id bigint REFERENCES staff;
COMMENT ON COLUMN visit.checker_id IS 'The case manager who was asked to check the visit, where the township has no supervisor but the visitor.';
