-- One answer to whether somebody is in post on a day: from the first day of the post until
-- the day before it was left, and not beyond the yearly authorisation. It is a function
-- that the planner takes in, so that it costs what it says. What was open in a post that
-- was left is handed over once: a column that may be null on post, locked for a moment.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION held(p post, day date) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT p.valid_from <= day AND (p.valid_to IS NULL OR p.valid_to > day) AND p.authorised_until >= day $$;
-- +goose StatementEnd
COMMENT ON FUNCTION held IS 'Whether a post is held on a day of the district. On the day on which it is left it opens nothing any more.';

ALTER TABLE post ADD COLUMN handed_over_at timestamptz;
COMMENT ON COLUMN post.handed_over_at IS 'When what was open in the post was passed on after it was left.';

INSERT INTO parameter (name, value, basis) VALUES
    ('handover_days', '3', '设定值：接任人核对转来事项的工作日 · cfg: working days to look through what came over from a post that was left');
