-- Handing a child over between two hubs: what a transfer says of the other hub, and the
-- messages on their way. New columns may be null; transfer_request and registration are
-- locked for a moment.

-- +goose Up
ALTER TABLE transfer_request
    ADD COLUMN incoming boolean,
    ADD COLUMN hub text,
    ADD COLUMN packet_id text,
    ADD COLUMN open_work text[],
    ADD COLUMN agency text,
    ADD COLUMN contact text,
    ADD COLUMN refusal text;
COMMENT ON COLUMN transfer_request.hub IS 'The other hub, by its name in the file of partners, where the transfer goes or came through one; null for within the district and for paper.';
COMMENT ON COLUMN transfer_request.incoming IS 'Whether the other hub handed the child over to this one.';
COMMENT ON COLUMN transfer_request.packet_id IS 'The packet that handed the child over, by which the answer names it.';
COMMENT ON COLUMN transfer_request.open_work IS 'What was to be done when the child left: kinds of work with their dates, as the sender wrote them.';
COMMENT ON COLUMN transfer_request.contact IS 'Post and office telephone at the sender, for what no packet holds.';
CREATE UNIQUE INDEX transfer_between_hubs ON transfer_request (child_id) WHERE state = 'SENT' AND hub IS NOT NULL;

CREATE TABLE transfer_message (
    incoming boolean NOT NULL,
    hub text NOT NULL,
    id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('TRANSFER', 'ANSWER')),
    transfer_id bigint NOT NULL REFERENCES transfer_request,
    digest bytea,
    sealed bytea,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    next_try_at timestamptz,
    tries integer NOT NULL DEFAULT 0,
    refused_with text,
    told_at timestamptz,
    PRIMARY KEY (incoming, hub, id)
);
COMMENT ON TABLE transfer_message IS 'Packets between hubs: those to be delivered, with the next try, and the ids of those that came, so that none has an effect twice.';
COMMENT ON COLUMN transfer_message.sealed IS 'What is delivered, readable for its receiver alone; null once it is received or given up.';
COMMENT ON COLUMN transfer_message.next_try_at IS 'When it is tried next; null once it is received or given up, and for what came.';
CREATE INDEX transfer_message_due ON transfer_message (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX transfer_message_transfer ON transfer_message (transfer_id);

ALTER TABLE registration ADD COLUMN migrant_since date;
COMMENT ON COLUMN registration.migrant_since IS 'Since when a child lives here with its parents from another county; a migrant child after the months of the parameter migrant_months.';

INSERT INTO parameter (name, value, basis) VALUES
    ('migrant_months', '6', '设定值：跨县域随父母居住满6个月认定流动儿童 · cfg: months with the parents across counties until a child is a migrant child'),
    ('migrant_age_limit', '16', '设定值：流动儿童的年龄上限 · cfg: age limit of a migrant child'),
    ('transfer_packet_days', '60', '设定值：转移包的有效天数 · cfg: days for which a packet to another hub is good'),
    ('transfer_unreachable_days', '3', '设定值：对方枢纽联系不上多少天后告知 · cfg: days without a receipt until the sender is told'),
    ('transfer_decide_days', '10', '设定值：决定是否接收外县区转入的工作日 · cfg: working days to accept or refuse a child from another county'),
    ('transfer_told_days', '5', '设定值：收到答复后办理工作日 · cfg: working days to act on an answer');
