-- The second wall: which policy version the database's own roles, privileges and
-- row security were made from. They are made when a version is put in force.
-- Functions that count children do so with their owner's rights: whoever asks for
-- figures may read no child. New indexes lock their tables against writes while
-- they are built.

-- +goose Up
CREATE TABLE wall (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    policy text NOT NULL CHECK (policy <> ''),
    digest text NOT NULL CHECK (digest <> ''),
    raised_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE wall IS 'What the database roles, column privileges and row security were made from: the policy version, and a digest of all of it.';

ALTER FUNCTION child_counts(date, text, text) SECURITY DEFINER SET search_path = public;
ALTER FUNCTION figure(date) SECURITY DEFINER SET search_path = public;

-- The children that a post's own work leads to are found by these.
CREATE INDEX ON visit (visitor_id) WHERE visitor_id IS NOT NULL;
CREATE INDEX ON guidance_order (assignee_id);
CREATE INDEX ON mandatory_report (handler_id);
CREATE INDEX ON access_inquiry (dpo_id);
CREATE INDEX ON correction_request (agency_id) WHERE resolved_on IS NULL;
CREATE INDEX ON group_session (author_id);
CREATE INDEX ON activity_attendance (group_session_id);
CREATE INDEX ON psych_referral (to_school_id) WHERE closed_on IS NULL;
