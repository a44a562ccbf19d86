INSERT INTO child (id, name, sex, birth_date, residence_village_id, residence_township_id, synthetic)
SELECT 900351, name, sex, birth_date, residence_village_id, residence_township_id, true FROM child WHERE id = 351 ON CONFLICT DO NOTHING;
INSERT INTO registration (child_id, status, kinds, synthetic) VALUES (900351, 'CANDIDATE', '{}', true) ON CONFLICT DO NOTHING;
INSERT INTO merge_proposal (id, child_id, known_id, ground, differs, state, proposed_on, asked_at)
VALUES (900001, 900351, 351, 'SAME_NUMBER', '{NAME}', 'PROPOSED', '2026-11-20', '2026-11-20') ON CONFLICT DO NOTHING;
