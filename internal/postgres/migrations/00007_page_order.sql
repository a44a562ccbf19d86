-- Pages read records from the newest on in exactly this order, and stop early.

-- +goose Up
CREATE INDEX dropout_case_newest ON dropout_case ((coalesce(found_on, '-infinity'::date)) DESC, id DESC);
CREATE INDEX dropout_case_newest_open ON dropout_case ((coalesce(found_on, '-infinity'::date)) DESC, id DESC)
    WHERE cancelled_on IS NULL;
CREATE INDEX visit_newest ON visit ((coalesce(planned_on, '-infinity'::date)) DESC, id DESC);
