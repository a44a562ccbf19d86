-- Two knocks at the door for every case that the benchmark added.
INSERT INTO persuasion_visit (id, dropout_case_id, visited_on, persons, place_kind, result, next_step, recorded_on, synthetic)
SELECT last.id + row_number() OVER (ORDER BY d.id, k.n), d.id, d.found_on + k.n, d.responsible_persons, 'HOME',
       'UNDECIDED', '继续联系照护人', d.found_on + k.n, true
FROM dropout_case d
CROSS JOIN (SELECT coalesce(max(id), 0) AS id FROM persuasion_visit) last
CROSS JOIN generate_series(1, 2) k(n)
WHERE d.cancelled_on IS NULL AND NOT EXISTS (SELECT 1 FROM persuasion_visit v WHERE v.dropout_case_id = d.id)
