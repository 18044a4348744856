"""The device that a session began on, and the one that a password was changed from, which alone stays a known one."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("people", sa.Column("password_device_id", sa.Uuid(), nullable=True))
    op.add_column("sessions", sa.Column("device_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("sessions", "device_id")
    op.drop_column("people", "password_device_id")
