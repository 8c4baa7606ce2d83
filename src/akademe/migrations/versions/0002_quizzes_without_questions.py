"""A lesson knows whether its quiz has questions: one without is not asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_HAS_QUESTIONS = "SELECT assessment_id FROM questions WHERE deleted_at IS NULL"


def upgrade() -> None:
    op.add_column("lessons", sa.Column("quiz_is_ready", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(f"UPDATE lessons SET quiz_is_ready = true WHERE quiz_id IN ({_HAS_QUESTIONS})")
    op.execute(
        f"UPDATE requirements SET is_required = false WHERE kind = 'quiz' AND ref_id NOT IN ({_HAS_QUESTIONS})"
    )


def downgrade() -> None:
    op.drop_column("lessons", "quiz_is_ready")
