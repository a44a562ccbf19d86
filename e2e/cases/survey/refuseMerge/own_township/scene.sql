INSERT INTO merge_proposal (id, child_id, known_id, ground, differs, state, proposed_on, asked_at)
VALUES (900002, 351, 352, 'SAME_NUMBER', '{NAME}', 'PROPOSED', '2026-11-20', '2026-11-20') ON CONFLICT DO NOTHING;
