-- Sessions of the console. A new table that the previous binary does not know; nothing
-- is locked that it uses.

-- +goose Up
CREATE TABLE console_session (
    cookie_hash bytea PRIMARY KEY CHECK (octet_length(cookie_hash) = 32),
    former_hash bytea CHECK (octet_length(former_hash) = 32),
    issuer text NOT NULL,
    subject text NOT NULL,
    sealed bytea NOT NULL,
    former_sealed bytea,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    rotated_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL
);

COMMENT ON TABLE console_session IS '控制台会话：只存Cookie的散列；令牌与所选岗位密封保存 · Sessions of the console: only a hash of the cookie; token and chosen post are sealed';
COMMENT ON COLUMN console_session.former_hash IS '轮换前的Cookie散列，短时有效 · hash of the cookie before the rotation, good for a moment';
COMMENT ON COLUMN console_session.sealed IS 'AES-GCM，密钥由密钥环与Cookie共同导出 · AES-GCM under a key that needs the key ring and the cookie';

CREATE UNIQUE INDEX console_session_former ON console_session (former_hash) WHERE former_hash IS NOT NULL;
CREATE INDEX console_session_person ON console_session (issuer, subject);
CREATE INDEX console_session_ends ON console_session (ends_at);
