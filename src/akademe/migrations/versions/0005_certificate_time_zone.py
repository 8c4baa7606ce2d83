"""A certificate is dated where its holder lives. Those issued before keep the day they say, which is that of UTC."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("certificates", sa.Column("time_zone", sa.String(), nullable=False, server_default="UTC"))


def downgrade() -> None:
    op.drop_column("certificates", "time_zone")
