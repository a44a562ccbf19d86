-- answer: one revealField
-- shape: value
WITH kept AS (
    INSERT INTO bench.reveal (at, caregiver_id, coordinate, reason, statement)
    VALUES (now(), $1::bigint, 'Caregiver.phone', 'CONTACT', $2::text) RETURNING caregiver_id
)
SELECT g.phone FROM kept k JOIN caregiver g ON g.id = k.caregiver_id
