-- Moves: one summary from the old director to the new one, who claims; what goes out to
-- another county. New columns may be null.

-- +goose Up
ALTER TABLE transfer_request
    ADD COLUMN summary text,
    ADD COLUMN kind text,
    ADD COLUMN packet text[],
    ADD COLUMN handed_by bigint REFERENCES staff,
    ADD COLUMN claimed_by bigint REFERENCES staff,
    ADD COLUMN ticket_id bigint REFERENCES ticket;
COMMENT ON TABLE transfer_request IS 'A move of a child, from its hand-over to the claim of the new village, or out to another county.';
COMMENT ON COLUMN transfer_request.kind IS 'WITHIN the district; WITH_PARENTS to another county, as a migrant child; STILL_LEFT_BEHIND elsewhere, while this place leads.';
COMMENT ON COLUMN transfer_request.packet IS 'Which parts of the file go out: names of parts, never values. Whatever is highly sensitive goes through a case contact alone.';
CREATE UNIQUE INDEX transfer_under_way ON transfer_request (child_id) WHERE state = 'SENT' AND kind = 'WITHIN';

INSERT INTO parameter (name, value, basis) VALUES
    ('move_claim_days', '5', '设定值：新村认领迁入的工作日 · cfg: working days for the new village to claim'),
    ('move_send_days', '5', '设定值：向外县区转出的工作日 · cfg: working days to send a transfer to another county');
