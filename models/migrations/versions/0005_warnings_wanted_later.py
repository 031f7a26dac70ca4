"""Warnings wanted later: who asked for none of a charter's coming end, until when, and why."""

import sqlalchemy as sa
from alembic import op

from models.tables import Moment

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "snoozes",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("charter_id", number, nullable=False),
        sa.Column("person_id", number, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("from_", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["charter_id"], ["charters.id"], name=op.f("fk_snoozes_charter_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_snoozes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snoozes")),
    )
    op.create_index(op.f("ix_snoozes_charter_id"), "snoozes", ["charter_id"])
    op.create_index(op.f("ix_snoozes_person_id"), "snoozes", ["person_id"])
