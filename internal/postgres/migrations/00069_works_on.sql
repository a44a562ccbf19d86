-- Whether a child is somebody's work item of a kind, as a function: a statement about a
-- child pays for it only where the child bears the mark. Takes no lock; the previous
-- binary does not ask for it.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION deciding.works_on(child bigint, staff bigint, task text, moment timestamptz) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
BEGIN RETURN EXISTS (SELECT 1 FROM public.ticket k WHERE k.child_id = child AND k.staff_id = staff AND k.kind = task AND k.opened_at <= moment AND k.closed_at IS NULL); END $$;
-- +goose StatementEnd
