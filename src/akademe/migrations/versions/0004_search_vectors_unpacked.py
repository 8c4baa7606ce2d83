"""PostgreSQL keeps the vectors of ordinary texts as they are: unpacking 300 of them was half of a search.

A vector that is there takes it on when its text is indexed next.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE search_fts SET (toast_tuple_target = 8160)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE search_fts RESET (toast_tuple_target)")
