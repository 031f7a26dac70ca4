"""Many at once: existing charters read, put right on one page, and committed together."""

import sqlalchemy as sa
from alembic import op

from models.tables import Moment

revision = "0006"
down_revision = "0005"


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def _key() -> sa.Column[int]:
    return sa.Column(
        "id",
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        autoincrement=True,
        nullable=False,
    )


def upgrade() -> None:
    op.create_table(
        "imports",
        _key(),
        sa.Column("name", sa.Text(), nullable=False),
        _number("by_id"),
        sa.Column("begun_at", Moment(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("passed_over", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "state IN ('reading', 'ready', 'committed', 'dropped')",
            name=op.f("ck_imports_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["persons.id"], name=op.f("fk_imports_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index("ix_imports_state", "imports", ["state"])
    op.create_table(
        "imported_files",
        _key(),
        _number("import_id"),
        _number("place"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("reading", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.String(64), nullable=True),
        sa.Column("remarks", sa.JSON(), nullable=False),
        _number("group_id", nullable=True),
        sa.Column("matched", sa.Text(), nullable=True),
        _number("score", nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_as", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_through", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("left_out", sa.Boolean(), nullable=False),
        _number("charter_id", nullable=True),
        sa.CheckConstraint(
            "reading IN ('waiting', 'read', 'unreadable', 'not_a_charter')",
            name=op.f("ck_imported_files_reading_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["charter_id"], ["charters.id"], name=op.f("fk_imported_files_charter_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_imported_files_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_imported_files_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_files")),
        sa.UniqueConstraint("import_id", "place", name=op.f("uq_imported_files_import_id_place")),
    )
