-- Whoever stands in does not confirm their own work, and gives it back. New columns that
-- may be null: visit is locked for a moment.

-- +goose Up
ALTER TABLE visit ADD COLUMN checker_id bigint REFERENCES staff;
COMMENT ON COLUMN visit.checker_id IS 'The case manager who was asked to check the visit, where the township has no supervisor but the visitor.';

INSERT INTO parameter (name, value, basis) VALUES
    ('post_vacant_days', '3', '县级设定：镇街无人在岗时落实人员的工作日 · cfg: working days to fill a post in a township that has nobody');

ALTER TABLE task ADD COLUMN for_role text;
COMMENT ON COLUMN task.for_role IS 'The role in whose stead the task is somebody''s; it goes back when that post is held.';
CREATE INDEX task_stood_in ON task (id) WHERE for_role IS NOT NULL AND done_at IS NULL;

-- +goose StatementBegin
CREATE FUNCTION reaches(p post, c child, e enrolment, k school_class, n clinic) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE
    WHEN p.role = 'HT' THEN k.homeroom_staff_id = p.staff_id
    WHEN p.school_id IS NOT NULL THEN p.school_id = e.school_id
    WHEN p.clinic_id IS NOT NULL THEN n.division_id = c.residence_township_id
    WHEN p.role = 'DIR' THEN p.division_id = c.residence_village_id
    WHEN p.role = 'SUP' THEN p.division_id = c.residence_township_id
    ELSE true END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION reaches IS 'Whether a post reaches a child by its work, with the child''s current enrolment and its class, and the clinic of the post.';
