-- Whether an inquiry has a statement to be read: the desk offers none that is not there.
-- Replaces a view, no table is locked.
-- +goose Up
CREATE OR REPLACE VIEW rights_desk AS
SELECT q.id, q.child_id, q.dpo_id, q.requester_relation, q.received_on, q.due_on, q.outer_on, q.answered_on, q.decision,
    CASE WHEN q.decision = 'REFUSED' THEN 'REFUSED' ELSE q.state END AS state,
    q.state = 'ANSWERED' AND coalesce(q.embargoed, 0) > 0 AND NOT EXISTS (
        SELECT FROM access_inquiry f WHERE f.follows_id = q.id) AS owes,
    q.statement IS NOT NULL AS compiled
FROM access_inquiry q;
