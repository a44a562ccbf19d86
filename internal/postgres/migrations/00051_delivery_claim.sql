-- A packet to another hub is claimed while it is on the road, so that no transaction waits
-- for the other hub. The column may be null; transfer_message is locked for a moment.

-- +goose Up
ALTER TABLE transfer_message ADD COLUMN claimed_until timestamptz;
COMMENT ON COLUMN transfer_message.claimed_until IS 'Until when a hub that delivers it has it to itself; null while nobody does. What is past was cut off and is delivered again.';
