"""The table of answers that are kept for requests that are sent again (specs/decisions/0038)."""

from alembic import op

revision = "0002"
down_revision = "0001"

_IDEMPOTENCY_KEYS = """
CREATE TABLE idempotency_keys (
    user_id text NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, method, path, key),
    CONSTRAINT idempotency_keys_method_writes CHECK (method IN ('POST', 'PUT', 'PATCH', 'DELETE')),
    CONSTRAINT idempotency_keys_key_length CHECK (char_length(key) BETWEEN 1 AND 255),
    CONSTRAINT idempotency_keys_fingerprint_length CHECK (octet_length(fingerprint) = 32),
    CONSTRAINT idempotency_keys_status_success CHECK (status BETWEEN 200 AND 299),
    CONSTRAINT idempotency_keys_headers_list CHECK (jsonb_typeof(headers) = 'array')
)
"""


def upgrade() -> None:
    """Creates the table, and the index for its cleaning."""
    op.execute(_IDEMPOTENCY_KEYS)
    op.create_index("idempotency_keys_expires_at", "idempotency_keys", ["expires_at"])


def downgrade() -> None:
    """Drops the table: what was sent before is then done again."""
    op.drop_table("idempotency_keys")
