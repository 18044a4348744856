"""A one-time link is for one version of its person: what changes the password or disables the person ends it.

Links that are open when this runs have no version and are not valid any more: one of them may have been meant to end.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("password_resets", sa.Column("person_version", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("password_resets", "person_version")
