"""People at the pages: who is logged in, whom a provider's subject is, what is not saved yet."""

import sqlalchemy as sa
from alembic import op

from models.tables import Moment

revision = "0004"
down_revision = "0003"


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def _key() -> sa.Column[int]:
    return sa.Column(
        "id",
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        autoincrement=True,
        nullable=False,
    )


STRANDED = "state IN ('dead', 'bounced', 'suppressed')"
LIVING = "state IN ('approved', 'distributed', 'expiring')"


def upgrade() -> None:
    op.drop_index("ix_charters_subject", table_name="charters")
    op.create_index("ix_charters_subject", "charters", ["subject_id", "kind"])
    op.create_index(
        "ix_charters_living_ends_on",
        "charters",
        ["ends_on", "id"],
        sqlite_where=sa.text(LIVING),
        postgresql_where=sa.text(LIVING),
    )
    op.create_index(
        "ix_outbox_stranded",
        "outbox",
        ["priority", "due_at", "id"],
        sqlite_where=sa.text(STRANDED),
        postgresql_where=sa.text(STRANDED),
    )
    op.create_index(op.f("ix_recipients_person_id"), "recipients", ["person_id"])
    op.create_table(
        "keys",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_keys")),
    )
    op.create_table(
        "identities",
        _key(),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        _number("person_id"),
        sa.Column("since", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_identities_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identities_issuer_subject")),
    )
    op.create_index(op.f("ix_identities_person_id"), "identities", ["person_id"])
    op.create_table(
        "logins_asked",
        _key(),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        _number("person_id", nullable=True),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("good_until", Moment(), nullable=False),
        _number("tries"),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_logins_asked_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logins_asked")),
    )
    op.create_index(op.f("ix_logins_asked_browser_hash"), "logins_asked", ["browser_hash"])
    op.create_index(op.f("ix_logins_asked_person_id"), "logins_asked", ["person_id"])
    op.create_table(
        "logins",
        _key(),
        sa.Column("token_hash", sa.String(64), nullable=False),
        _number("person_id"),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("authenticated_at", Moment(), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_logins_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_logins_token_hash")),
    )
    op.create_index(op.f("ix_logins_person_id"), "logins", ["person_id"])
    op.create_table(
        "unsaved",
        _key(),
        _number("charter_id"),
        _number("person_id"),
        _number("version"),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("written_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["charter_id"], ["charters.id"], name=op.f("fk_unsaved_charter_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_unsaved_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsaved")),
        sa.UniqueConstraint(
            "charter_id", "person_id", name=op.f("uq_unsaved_charter_id_person_id")
        ),
    )
