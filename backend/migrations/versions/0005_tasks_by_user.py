"""Tasks are found by their user and id: who asks for an id reads no row of another's (specs/decisions/0057)."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Makes the primary key anew and what keeps ids unique: reads the table twice and lets nobody read it meanwhile."""
    op.execute("ALTER TABLE tasks DROP CONSTRAINT tasks_pkey, ADD CONSTRAINT tasks_pkey PRIMARY KEY (user_id, id)")
    op.execute("CREATE UNIQUE INDEX tasks_id_once ON tasks ((id + 0))")


def downgrade() -> None:
    """Makes that of the id alone, which is both."""
    op.execute("DROP INDEX tasks_id_once")
    op.execute("ALTER TABLE tasks DROP CONSTRAINT tasks_pkey, ADD CONSTRAINT tasks_pkey PRIMARY KEY (id)")
