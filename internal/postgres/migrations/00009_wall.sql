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

-- The order of pages, in a form that may be looked up under row security; the
-- former indexes serve the previous binary and go with a later release.
CREATE INDEX dropout_case_latest ON dropout_case ((CASE WHEN found_on IS NULL THEN '-infinity'::date ELSE found_on END) DESC, id DESC);
CREATE INDEX dropout_case_latest_open ON dropout_case ((CASE WHEN found_on IS NULL THEN '-infinity'::date ELSE found_on END) DESC, id DESC)
    WHERE cancelled_on IS NULL;
CREATE INDEX visit_latest ON visit ((CASE WHEN planned_on IS NULL THEN '-infinity'::date ELSE planned_on END) DESC, id DESC);

-- What decides about a child, and no more: whether a basis holds must be asked
-- before it is known who may see the record. The views say whose work a child is.
-- The functions answer what is rare; called only where the child bears the mark,
-- they cost less than a part of the statement that is made ready for every child.
CREATE SCHEMA deciding;
COMMENT ON SCHEMA deciding IS 'Of the records that a basis asks for: whose work the child is, and the columns that decide.';

-- +goose StatementBegin
CREATE FUNCTION deciding.handles(child bigint, staff bigint) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
BEGIN RETURN EXISTS (SELECT 1 FROM public.shield_handler h WHERE h.child_id = child AND h.staff_id = staff); END $$;
CREATE FUNCTION deciding.emergency(child bigint, staff bigint, moment timestamptz) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
BEGIN RETURN EXISTS (SELECT 1 FROM public.emergency_access m WHERE m.child_id = child AND m.staff_id = staff AND moment >= m.opened_at AND moment < m.expires_at); END $$;
CREATE FUNCTION deciding.conflicted(child bigint, staff bigint) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
BEGIN RETURN EXISTS (SELECT 1 FROM public.conflict_declaration d WHERE d.child_id = child AND d.staff_id = staff AND d.ended_on IS NULL); END $$;
CREATE FUNCTION deciding.granted(child bigint, staff bigint, today date, fields text) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
BEGIN RETURN EXISTS (SELECT 1 FROM public.disclosure_grant g WHERE g.child_id = child AND g.grantee_id = staff AND (fields IS NULL OR g.field = fields) AND today BETWEEN g.granted_from AND g.granted_to AND (g.revoked_on IS NULL OR g.revoked_on > today)); END $$;
CREATE FUNCTION deciding.exited(child bigint, today date) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
BEGIN RETURN EXISTS (SELECT 1 FROM public.registration r WHERE r.child_id = child AND r.status = 'EXITED' AND r.exited_on < today); END $$;
CREATE FUNCTION deciding.holds_item(child bigint, staff bigint, moment timestamptz) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
BEGIN RETURN EXISTS (SELECT 1 FROM public.ticket k WHERE k.child_id = child AND k.staff_id = staff AND k.kind = 'DROPOUT_CASE' AND k.purpose = 'DROPOUT_PREVENTION' AND k.opened_at <= moment AND k.closed_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > moment)); END $$;
-- +goose StatementEnd

CREATE VIEW deciding.ticket AS SELECT child_id, staff_id, kind, purpose, reason <> '' AS reasoned, opened_at, closed_at, expires_at FROM ticket;
CREATE VIEW deciding.psych_referral AS SELECT child_id, closed_on, assignee_id, to_school_id FROM psych_referral;
CREATE VIEW deciding.screening_list AS SELECT child_id, term_id, school_id FROM screening_list;
CREATE VIEW deciding.care_case AS SELECT child_id, assignee_id, closed_on FROM care_case;
CREATE VIEW deciding.relief_application AS SELECT child_id, handler_id, state, paid_on FROM relief_application;
CREATE VIEW deciding.family_enrolment AS SELECT child_id, guide_id, ended_on, home_session_on, kind FROM family_enrolment;
CREATE VIEW deciding.guidance_order AS SELECT child_id, assignee_id, valid_to FROM guidance_order;
CREATE VIEW deciding.pairing AS SELECT child_id, coordinator_id, ended_on, consent_ref IS NOT NULL AS consented FROM pairing;
CREATE VIEW deciding.rights_case AS SELECT child_id, assignee_id, closed_on FROM rights_case;
CREATE VIEW deciding.mandatory_report AS SELECT child_id, handler_id, closed_on FROM mandatory_report;
CREATE VIEW deciding.visit AS SELECT child_id, visitor_id, state FROM visit;
CREATE VIEW deciding.activity_attendance AS SELECT child_id, group_session_id FROM activity_attendance;
CREATE VIEW deciding.emergency_access AS SELECT child_id, staff_id FROM emergency_access;
CREATE VIEW deciding.access_inquiry AS SELECT child_id, dpo_id, state FROM access_inquiry;
CREATE VIEW deciding.correction_request AS SELECT child_id, agency_id, resolved_on FROM correction_request;
CREATE VIEW deciding.disclosure_grant AS SELECT child_id, grantee_id FROM disclosure_grant;
CREATE VIEW deciding.enrolment AS SELECT child_id, class_id, school_id FROM enrolment WHERE current;
