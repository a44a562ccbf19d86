-- What goes with packed rows: filing the children behind the answers. A function; no
-- lock on any table.

-- +goose Up

-- An answer leaves its children at the end of a list; they are filed in the index from
-- here, many at a time. How many pages of the list were filed.
CREATE FUNCTION audit_settle() RETURNS bigint LANGUAGE sql AS
'SELECT coalesce(sum(gin_clean_pending_list(i.inhrelid)), 0)::bigint FROM pg_inherits i WHERE i.inhparent = ''audit_packed_child''::regclass';
COMMENT ON FUNCTION audit_settle IS 'Files in the index audit_packed_child what waits beside it. What waits is found as well, only more slowly.';
