"""How letters fare: the channel's pause, letters sent again, and bounced recipients unreached."""

import sqlalchemy as sa
from alembic import op

from models.tables import Moment

revision = "0003"
down_revision = "0002"

UNREACHED = "outcome IS NULL OR outcome = 'bounced'"
SENT_AGAIN = "resend_of IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        "channels",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("down_since", Moment(), nullable=True),
        sa.Column("paused_until", Moment(), nullable=True),
        sa.Column("probes", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("prober", sa.Text(), nullable=True),
        sa.Column("code", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("alarmed_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_channels")),
    )
    op.add_column(
        "outbox",
        sa.Column("resend_of", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
    )
    op.create_index(
        "uq_outbox_sent_again_once",
        "outbox",
        ["resend_of"],
        unique=True,
        sqlite_where=sa.text(SENT_AGAIN),
        postgresql_where=sa.text(SENT_AGAIN),
    )
    op.drop_index("ix_recipients_missing", table_name="recipients")
    op.create_index(
        "ix_recipients_missing",
        "recipients",
        ["charter_id"],
        unique=False,
        sqlite_where=sa.text(UNREACHED),
        postgresql_where=sa.text(UNREACHED),
    )
