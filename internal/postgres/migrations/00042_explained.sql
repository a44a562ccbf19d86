-- +goose Up
-- A work item for education aid explains an access as every other one does.

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION explained_by(bases text[], ticket text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT coalesce(
    (SELECT b FROM unnest(bases) WITH ORDINALITY AS x (b, n)
     WHERE b LIKE 'grant\_%' OR b IN ('ledger_open', 'home_visit_stage', 'placement_stage', 'own_class', 'open_referral', 'screening_list',
        'crisis', 'assigned_case', 'district_search', 'open_application', 'aid_application', 'enrolled_family', 'home_session', 'referred_family',
        'pairing_consent', 'rights_case', 'report_handler', 'named_handler', 'sealed_handler', 'open_visit', 'activity_day',
        'survey_batch', 'emergency', 'rights_request', 'correction_steward', 'own_hand', 'my_card')
     ORDER BY n LIMIT 1),
    (SELECT b FROM unnest(bases) WITH ORDINALITY AS x (b, n) WHERE b IN ('closed_case', 'ledger_closed') ORDER BY n LIMIT 1),
    CASE WHEN ticket <> '' THEN 'ticket' END,
    (SELECT b FROM unnest(bases) WITH ORDINALITY AS x (b, n)
     WHERE b IN ('own_village', 'own_township', 'compulsory_age', 'own_school', 'own_pupil', 'resident', 'own_agency')
     ORDER BY n LIMIT 1))
$$;
-- +goose StatementEnd
