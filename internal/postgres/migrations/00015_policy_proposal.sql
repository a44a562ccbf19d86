-- A change of the policy: proposed by one person, decided by another, and what it
-- does to the matrix. Versions and what was proposed never change afterwards. Adds
-- a column that may be null to policy_version: the table is locked for a moment.

-- +goose Up
CREATE TABLE policy_proposal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    base text NOT NULL CHECK (base <> ''),
    version text NOT NULL CHECK (version <> '' AND version <> base),
    files jsonb NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    state text NOT NULL DEFAULT 'PROPOSED' CHECK (state IN ('PROPOSED', 'APPROVED', 'REJECTED', 'WITHDRAWN')),
    proposed_by bigint NOT NULL REFERENCES staff,
    proposed_at timestamptz NOT NULL,
    decided_by bigint REFERENCES staff,
    decided_at timestamptz,
    note text,
    CONSTRAINT policy_proposal_decided CHECK ((state = 'PROPOSED') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
    CONSTRAINT policy_proposal_two_persons CHECK (state NOT IN ('APPROVED', 'REJECTED') OR decided_by <> proposed_by),
    CONSTRAINT policy_proposal_withdrawn CHECK (state <> 'WITHDRAWN' OR decided_by = proposed_by)
);
CREATE INDEX policy_proposal_newest ON policy_proposal (proposed_at DESC, id DESC);
CREATE INDEX ON policy_proposal (proposed_by);
CREATE INDEX ON policy_proposal (decided_by);
COMMENT ON TABLE policy_proposal IS 'Changes of the policy: the version they start from, the whole text they would make, who proposed and who decided. Nobody decides on a proposal of their own.';

CREATE TABLE policy_proposal_line (
    proposal_id bigint NOT NULL REFERENCES policy_proposal,
    ordinal integer NOT NULL,
    comes boolean NOT NULL,
    line text NOT NULL,
    PRIMARY KEY (proposal_id, ordinal)
);
COMMENT ON TABLE policy_proposal_line IS 'The policy lines that a proposal adds (comes) or removes.';

CREATE TABLE policy_proposal_cell (
    proposal_id bigint NOT NULL REFERENCES policy_proposal,
    ordinal integer NOT NULL,
    role text NOT NULL,
    purpose text NOT NULL,
    grp text NOT NULL,
    coordinates text[] NOT NULL,
    bases text[] NOT NULL,
    turn text NOT NULL CHECK (turn IN ('OPENS', 'CLOSES', 'ALTERS', 'DENIES', 'RELENTS')),
    before text NOT NULL,
    after text NOT NULL,
    PRIMARY KEY (proposal_id, ordinal)
);
COMMENT ON TABLE policy_proposal_cell IS 'What a proposal does to the matrix, worked out from the compiled policies when it was proposed.';

ALTER TABLE policy_version ADD COLUMN proposal_id bigint REFERENCES policy_proposal;
COMMENT ON COLUMN policy_version.proposal_id IS 'The approved proposal that made this version; null when it came with the program.';
CREATE INDEX ON policy_version (proposal_id) WHERE proposal_id IS NOT NULL;

ALTER TABLE wall ADD COLUMN roles jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN wall.roles IS 'A digest of what each role may read: only roles whose digest changes are made anew.';

-- +goose StatementBegin
CREATE FUNCTION policy_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was in force or proposed is kept: % on % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'TX004';
END $$;
CREATE FUNCTION policy_decide() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'PROPOSED' AND NEW.state <> 'PROPOSED'
        AND (NEW.id, NEW.base, NEW.version, NEW.files, NEW.reason, NEW.proposed_by, NEW.proposed_at)
          = (OLD.id, OLD.base, OLD.version, OLD.files, OLD.reason, OLD.proposed_by, OLD.proposed_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a proposal is decided once and never rewritten: % refused', TG_OP USING ERRCODE = 'TX004';
END $$;
CREATE FUNCTION policy_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.proposal_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM policy_proposal p WHERE p.id = NEW.proposal_id AND p.state = 'APPROVED') THEN
        RAISE EXCEPTION 'only an approved proposal comes into force' USING ERRCODE = 'TX004';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER policy_approved BEFORE INSERT ON policy_version FOR EACH ROW EXECUTE FUNCTION policy_approved();
CREATE TRIGGER policy_keep BEFORE UPDATE OR DELETE ON policy_version FOR EACH ROW EXECUTE FUNCTION policy_keep();
CREATE TRIGGER policy_keep_all BEFORE TRUNCATE ON policy_version EXECUTE FUNCTION policy_keep();
CREATE TRIGGER policy_decide BEFORE UPDATE OR DELETE ON policy_proposal FOR EACH ROW EXECUTE FUNCTION policy_decide();
CREATE TRIGGER policy_keep BEFORE UPDATE OR DELETE ON policy_proposal_line FOR EACH ROW EXECUTE FUNCTION policy_keep();
CREATE TRIGGER policy_keep BEFORE UPDATE OR DELETE ON policy_proposal_cell FOR EACH ROW EXECUTE FUNCTION policy_keep();

-- The text of a version, file by file.
CREATE VIEW policy_file AS SELECT v.id AS version_id, f.key AS name, f.value AS text FROM policy_version v, jsonb_each_text(v.files) f;
COMMENT ON VIEW policy_file IS 'The files of each policy version that was ever in force.';
