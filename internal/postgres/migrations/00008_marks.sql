-- Marks: on the row of a child, one bit for each kind of record that could make
-- a basis hold. The gate asks the bit first and looks into the table only where
-- it is set, so that a page of children costs no look-up for what most of them
-- do not have. Triggers keep the bits; marks_of says what they must be.
--
-- Takes a short lock on child and on every table watched, then writes each child
-- once. The previous binary neither reads nor writes the new column.

-- +goose Up
ALTER TABLE child ADD COLUMN marks bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN child.marks IS 'Bits named by mark(): which records that matter to a basis exist. Kept by triggers, never shown.';

-- +goose StatementBegin
CREATE FUNCTION mark(name text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT 1::bigint << (array_position(ARRAY[
    'compulsory', 'ledger', 'ledger_open', 'home_visit', 'placement', 'crisis', 'suspect', 'exited', 'candidate',
    'referral', 'screening', 'care_case', 'relief', 'family', 'pairing', 'rights', 'report', 'visit', 'activity',
    'emergency', 'inquiry', 'correction', 'conflict', 'grant', 'ticket', 'handler'], name) - 1)
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION mark IS 'The bit of a mark; null for a name that is none. Append, never reorder.';

-- +goose StatementBegin
CREATE FUNCTION marks_of(child bigint, mask bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
SELECT
    CASE WHEN mask & mark('compulsory') <> 0 AND EXISTS (SELECT 1 FROM enrolment e WHERE e.child_id = child AND e.current AND e.stage IN ('PRIMARY', 'JUNIOR')) THEN mark('compulsory') ELSE 0 END
  | CASE WHEN mask & mark('ledger') <> 0 AND EXISTS (SELECT 1 FROM dropout_case d WHERE d.child_id = child) THEN mark('ledger') ELSE 0 END
  | CASE WHEN mask & mark('ledger_open') <> 0 AND EXISTS (SELECT 1 FROM dropout_case d WHERE d.child_id = child AND d.cancelled_on IS NULL) THEN mark('ledger_open') ELSE 0 END
  | CASE WHEN mask & mark('home_visit') <> 0 AND EXISTS (SELECT 1 FROM dropout_case d WHERE d.child_id = child AND d.cancelled_on IS NULL
        AND d.stage IN ('HOME_VISIT', 'SUSPECTED', 'TOWNSHIP_PERSUASION', 'WRITTEN_REPORT', 'ORDER', 'DROPOUT')) THEN mark('home_visit') ELSE 0 END
  | CASE WHEN mask & mark('placement') <> 0 AND EXISTS (SELECT 1 FROM dropout_case d WHERE d.child_id = child AND d.cancelled_on IS NULL
        AND d.stage IN ('TOWNSHIP_PERSUASION', 'WRITTEN_REPORT', 'ORDER', 'DROPOUT')) THEN mark('placement') ELSE 0 END
  | CASE WHEN mask & mark('crisis') <> 0 AND EXISTS (SELECT 1 FROM psychology y WHERE y.child_id = child AND y.in_crisis) THEN mark('crisis') ELSE 0 END
  | CASE WHEN mask & mark('suspect') <> 0 AND EXISTS (SELECT 1 FROM mandatory_report r WHERE r.child_id = child AND r.guardian_suspected AND r.closed_on IS NULL) THEN mark('suspect') ELSE 0 END
  | CASE WHEN mask & mark('exited') <> 0 AND EXISTS (SELECT 1 FROM registration r WHERE r.child_id = child AND r.status = 'EXITED') THEN mark('exited') ELSE 0 END
  | CASE WHEN mask & mark('candidate') <> 0 AND EXISTS (SELECT 1 FROM registration r WHERE r.child_id = child AND r.status IN ('CANDIDATE', 'VERIFYING')) THEN mark('candidate') ELSE 0 END
  | CASE WHEN mask & mark('referral') <> 0 AND EXISTS (SELECT 1 FROM psych_referral r WHERE r.child_id = child AND r.closed_on IS NULL) THEN mark('referral') ELSE 0 END
  | CASE WHEN mask & mark('screening') <> 0 AND EXISTS (SELECT 1 FROM screening_list l WHERE l.child_id = child) THEN mark('screening') ELSE 0 END
  | CASE WHEN mask & mark('care_case') <> 0 AND EXISTS (SELECT 1 FROM care_case k WHERE k.child_id = child) THEN mark('care_case') ELSE 0 END
  | CASE WHEN mask & mark('relief') <> 0 AND EXISTS (SELECT 1 FROM relief_application r WHERE r.child_id = child AND r.state NOT IN ('CLOSED', 'REFUSED')) THEN mark('relief') ELSE 0 END
  | CASE WHEN mask & mark('family') <> 0 AND (EXISTS (SELECT 1 FROM family_enrolment f WHERE f.child_id = child AND f.ended_on IS NULL)
        OR EXISTS (SELECT 1 FROM guidance_order o WHERE o.child_id = child)) THEN mark('family') ELSE 0 END
  | CASE WHEN mask & mark('pairing') <> 0 AND EXISTS (SELECT 1 FROM pairing p WHERE p.child_id = child AND p.ended_on IS NULL) THEN mark('pairing') ELSE 0 END
  | CASE WHEN mask & mark('rights') <> 0 AND EXISTS (SELECT 1 FROM rights_case r WHERE r.child_id = child AND r.closed_on IS NULL) THEN mark('rights') ELSE 0 END
  | CASE WHEN mask & mark('report') <> 0 AND EXISTS (SELECT 1 FROM mandatory_report r WHERE r.child_id = child AND r.closed_on IS NULL) THEN mark('report') ELSE 0 END
  | CASE WHEN mask & mark('visit') <> 0 AND EXISTS (SELECT 1 FROM visit v WHERE v.child_id = child
        AND v.state IN ('PLANNED', 'ASSIGNED', 'DONE', 'CHILD_NOT_SEEN', 'NOT_AT_HOME')) THEN mark('visit') ELSE 0 END
  | CASE WHEN mask & mark('activity') <> 0 AND EXISTS (SELECT 1 FROM activity_attendance a WHERE a.child_id = child) THEN mark('activity') ELSE 0 END
  | CASE WHEN mask & mark('emergency') <> 0 AND EXISTS (SELECT 1 FROM emergency_access m WHERE m.child_id = child) THEN mark('emergency') ELSE 0 END
  | CASE WHEN mask & mark('inquiry') <> 0 AND EXISTS (SELECT 1 FROM access_inquiry q WHERE q.child_id = child AND q.state <> 'ANSWERED') THEN mark('inquiry') ELSE 0 END
  | CASE WHEN mask & mark('correction') <> 0 AND EXISTS (SELECT 1 FROM correction_request q WHERE q.child_id = child AND q.resolved_on IS NULL) THEN mark('correction') ELSE 0 END
  | CASE WHEN mask & mark('conflict') <> 0 AND EXISTS (SELECT 1 FROM conflict_declaration d WHERE d.child_id = child AND d.ended_on IS NULL) THEN mark('conflict') ELSE 0 END
  | CASE WHEN mask & mark('grant') <> 0 AND EXISTS (SELECT 1 FROM disclosure_grant g WHERE g.child_id = child) THEN mark('grant') ELSE 0 END
  | CASE WHEN mask & mark('ticket') <> 0 AND EXISTS (SELECT 1 FROM ticket k WHERE k.child_id = child AND k.closed_at IS NULL) THEN mark('ticket') ELSE 0 END
  | CASE WHEN mask & mark('handler') <> 0 AND EXISTS (SELECT 1 FROM shield_handler h WHERE h.child_id = child) THEN mark('handler') ELSE 0 END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION marks_of IS 'What the marks within the mask must be; the one definition of every mark.';

CREATE INDEX ON screening_list (child_id);
CREATE INDEX ON emergency_access (child_id);

-- Two changes of the same child at once wait for each other here: the lock comes
-- first, and the next statement of a read-committed transaction sees what the
-- other has committed.
-- +goose StatementBegin
CREATE FUNCTION remark() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    mask bigint := (SELECT bit_or(mark(name)) FROM unnest(TG_ARGV) AS name);
    ids bigint[];
BEGIN
    CASE TG_OP
    WHEN 'INSERT' THEN ids := ARRAY(SELECT DISTINCT child_id FROM after WHERE child_id IS NOT NULL);
    WHEN 'DELETE' THEN ids := ARRAY(SELECT DISTINCT child_id FROM before WHERE child_id IS NOT NULL);
    WHEN 'UPDATE' THEN ids := ARRAY(SELECT child_id FROM before WHERE child_id IS NOT NULL
                                    UNION SELECT child_id FROM after WHERE child_id IS NOT NULL);
    ELSE ids := ARRAY(SELECT id FROM child WHERE marks & mask <> 0);
    END CASE;
    PERFORM 1 FROM child WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
    UPDATE child c SET marks = c.marks & ~mask | n.marks
    FROM (SELECT id, marks_of(id, mask) AS marks FROM child WHERE id = ANY (ids)) n
    WHERE c.id = n.id AND c.marks & mask <> n.marks;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE PROCEDURE watch_marks(source regclass, VARIADIC marks text[]) LANGUAGE plpgsql AS $$
DECLARE
    arguments text := (SELECT string_agg(quote_literal(name), ', ') FROM unnest(marks) AS name);
BEGIN
    EXECUTE format('CREATE TRIGGER mark_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS after EXECUTE FUNCTION remark(%s)', source, arguments);
    EXECUTE format('CREATE TRIGGER mark_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS before EXECUTE FUNCTION remark(%s)', source, arguments);
    EXECUTE format('CREATE TRIGGER mark_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS before NEW TABLE AS after EXECUTE FUNCTION remark(%s)', source, arguments);
    EXECUTE format('CREATE TRIGGER mark_truncate AFTER TRUNCATE ON %s EXECUTE FUNCTION remark(%s)', source, arguments);
END
$$;
-- +goose StatementEnd
COMMENT ON PROCEDURE watch_marks IS 'Keeps the marks of children true to a table with a child_id.';

CALL watch_marks('enrolment', 'compulsory');
CALL watch_marks('dropout_case', 'ledger', 'ledger_open', 'home_visit', 'placement');
CALL watch_marks('psychology', 'crisis');
CALL watch_marks('mandatory_report', 'suspect', 'report');
CALL watch_marks('registration', 'exited', 'candidate');
CALL watch_marks('psych_referral', 'referral');
CALL watch_marks('screening_list', 'screening');
CALL watch_marks('care_case', 'care_case');
CALL watch_marks('relief_application', 'relief');
CALL watch_marks('family_enrolment', 'family');
CALL watch_marks('guidance_order', 'family');
CALL watch_marks('pairing', 'pairing');
CALL watch_marks('rights_case', 'rights');
CALL watch_marks('visit', 'visit');
CALL watch_marks('activity_attendance', 'activity');
CALL watch_marks('emergency_access', 'emergency');
CALL watch_marks('access_inquiry', 'inquiry');
CALL watch_marks('correction_request', 'correction');
CALL watch_marks('conflict_declaration', 'conflict');
CALL watch_marks('disclosure_grant', 'grant');
CALL watch_marks('ticket', 'ticket');
CALL watch_marks('shield_handler', 'handler');

UPDATE child SET marks = marks_of(id, ~0::bigint) WHERE marks_of(id, ~0::bigint) <> 0;
