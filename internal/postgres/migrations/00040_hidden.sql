-- +goose Up
-- Whose work a child is that is shielded altogether: nobody's but its two handlers'.
-- Nothing of it is ended by the shield, so that an unfounded report leaves nothing.

-- +goose StatementBegin
CREATE FUNCTION deciding.hidden(child bigint, staff bigint) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
BEGIN RETURN EXISTS (SELECT 1 FROM public.child c WHERE c.id = child AND c.shield = 'FULL') AND NOT deciding.handles(child, staff); END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION deciding.hidden IS 'Whether the child is shielded altogether, and not handled by this person.';
