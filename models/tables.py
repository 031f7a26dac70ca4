"""The tables: everything the system remembers, as SQLAlchemy 2 typed mappings.

What the database itself holds (periods that cannot overlap, decided content that cannot change,
no state without its journal row) stands in the migration
`0002_what_the_database_holds`, for both engines.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite has no time zones: it is stored there as UTC and comes back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; moments are stored in UTC")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's own name for it)
        datetime: Moment(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        str: Text(),
        int: BigInteger().with_variant(Integer(), "sqlite"),
    }


def _key() -> Mapped[int]:
    return mapped_column(primary_key=True, autoincrement=True)


# --- the organisation -------------------------------------------------------------------------


class Person(Base):
    """Someone in the organisation. Never deleted: a leaver is closed with `left_on`."""

    __tablename__ = "persons"
    id: Mapped[int] = _key()
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_folded: Mapped[str] = mapped_column(index=True)
    title: Mapped[str | None]
    email: Mapped[str | None]
    email_folded: Mapped[str | None] = mapped_column(index=True)
    phone: Mapped[str | None]
    administration: Mapped[str | None]
    language: Mapped[str] = mapped_column(String(2), default="sv")
    starts_on: Mapped[date | None]
    left_on: Mapped[date | None]
    """The first day the person is no longer here."""


class DutyHeld(Base):
    """A standing duty (handler, registry keeper, administrator) held by a person."""

    __tablename__ = "duties"
    id: Mapped[int] = _key()
    duty: Mapped[str] = mapped_column(index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    from_: Mapped[date]
    through: Mapped[date | None]


class Office(Base):
    """An office (befattning) that may be held, and stood in for."""

    __tablename__ = "offices"
    id: Mapped[int] = _key()
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_folded: Mapped[str] = mapped_column(index=True)
    administration: Mapped[str | None]


class Tenure(Base):
    """A person holding an office."""

    __tablename__ = "tenures"
    id: Mapped[int] = _key()
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    from_: Mapped[date]
    through: Mapped[date | None]


class StandIn(Base):
    """A person standing in for an office's holder between two days."""

    __tablename__ = "stand_ins"
    id: Mapped[int] = _key()
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    from_: Mapped[date]
    through: Mapped[date | None]


class Authority(Base):
    """What an office may do: `establish`, `decide` or `discontinue`, and on what basis.

    A kind, group or area of None means every one.
    """

    __tablename__ = "authorities"
    id: Mapped[int] = _key()
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    may: Mapped[str]
    kind: Mapped[str | None]
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"))
    area: Mapped[str | None]
    basis: Mapped[str]
    basis_date: Mapped[date | None]
    from_: Mapped[date]
    through: Mapped[date | None]


class Group(Base):
    """A group that works across administrations."""

    __tablename__ = "groups"
    id: Mapped[int] = _key()
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_folded: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str | None]
    level: Mapped[str | None]
    area: Mapped[str | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"))
    programme_areas: Mapped[list[Any]] = mapped_column(default=list)
    starts_on: Mapped[date]
    discontinued_on: Mapped[date | None]
    """The first day the group no longer exists."""
    taken_over_by_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"))
    gap_since: Mapped[date | None]
    """Since when it has had no charter in force; None while it has one, or one awaits its day."""
    wake_on: Mapped[date | None]
    looked_on: Mapped[date | None]
    __table_args__ = (Index("ix_groups_wake_on", "wake_on", "id"),)


class SeatHeld(Base):
    """A seat in a group; vacant where `person_id` is None."""

    __tablename__ = "seats"
    id: Mapped[int] = _key()
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id"), index=True)
    seat: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"), index=True)
    appointed_by: Mapped[str | None]
    from_: Mapped[date]
    through: Mapped[date | None]


class Subject(Base):
    """What a document is about: a group, or a role described on its own."""

    __tablename__ = "subjects"
    id: Mapped[int] = _key()
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"), unique=True)
    title: Mapped[str | None] = mapped_column(unique=True)
    __table_args__ = (
        CheckConstraint("(group_id IS NULL) <> (title IS NULL)", name="group_or_title"),
    )


# --- the charter ------------------------------------------------------------------------------


class Content(Base):
    """A document's text, kept under its own hash: written once, never changed.

    Every saved draft stays here, so that any version named in the journal can be read again.
    """

    __tablename__ = "contents"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    document: Mapped[str]
    """The canonical JSON of models.document.Document."""


class Charter(Base):
    """One version of one document, from draft to its end."""

    __tablename__ = "charters"
    id: Mapped[int] = _key()
    kind: Mapped[str]
    subject_id: Mapped[int] = mapped_column(ForeignKey("subjects.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"))
    title: Mapped[str]
    registry_number: Mapped[str | None]
    content_hash: Mapped[str] = mapped_column(String(64), ForeignKey("contents.hash"))
    state: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    """Rises by one with every act: two people who act at once on the same version cannot both."""

    handler_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    predecessor_id: Mapped[int | None] = mapped_column(ForeignKey("charters.id"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"))
    """The deciding office."""
    commissioner_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    instead: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Who gets it instead, by the recipient's place on the list: {"2": "anna.ek"}."""

    round: Mapped[int] = mapped_column(default=0)
    touched_on: Mapped[date | None]
    submitted_on: Mapped[date | None]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    submitted_hash: Mapped[str | None] = mapped_column(String(64))

    decided_on: Mapped[date | None]
    valid_from: Mapped[date | None]
    valid_through: Mapped[date | None]
    ends_on: Mapped[date | None]
    discontinue_on: Mapped[date | None]
    """The first day not in force, by a decision to discontinue."""

    wake_on: Mapped[date | None]
    """The next day the calendar must look at this charter."""
    looked_on: Mapped[date | None]
    """The last day the calendar has looked at: everything due through it is dealt with."""

    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'review', 'approved', 'distributed', 'expiring', 'superseded', "
            "'expired', 'discontinued', 'abandoned')",
            name="state_is_known",
        ),
        CheckConstraint(
            "state IN ('draft', 'review', 'abandoned') OR "
            "(decided_on IS NOT NULL AND valid_from IS NOT NULL)",
            name="decided_has_dates",
        ),
        CheckConstraint("valid_through >= valid_from", name="term_runs_forward"),
        CheckConstraint("ends_on <= valid_through", name="ends_within_term"),
        Index("ix_charters_wake_on", "wake_on", "id"),
        # Without the state: a change of it then writes no page of this index.
        Index("ix_charters_subject", "subject_id", "kind"),
        Index("ix_charters_predecessor_id", "predecessor_id"),
        Index("ix_charters_group_id", "group_id"),
        Index("ix_charters_handler_id", "handler_id"),
        Index(
            "uq_charters_one_open_draft",
            "subject_id",
            "kind",
            unique=True,
            sqlite_where=text("state IN ('draft', 'review')"),
            postgresql_where=text("state IN ('draft', 'review')"),
        ),
        Index(
            "ix_charters_living_ends_on",
            "ends_on",
            "id",
            sqlite_where=text("state IN ('approved', 'distributed', 'expiring')"),
            postgresql_where=text("state IN ('approved', 'distributed', 'expiring')"),
        ),
        Index(
            "ix_charters_approved",
            "id",
            sqlite_where=text("state = 'approved'"),
            postgresql_where=text("state = 'approved'"),
        ),
    )


class Decision(Base):
    """A decision as it was made; förvaltningslagen 31 § is its template. Never changed."""

    __tablename__ = "decisions"
    id: Mapped[int] = _key()
    charter_id: Mapped[int | None] = mapped_column(ForeignKey("charters.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"), index=True)
    what: Mapped[str]
    """The act decided: approve, record, correct, discontinue, discontinue-group."""
    decided_at: Mapped[datetime]
    decided_on: Mapped[date]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    decided_by: Mapped[str]
    office: Mapped[str | None]
    standing_in_for: Mapped[str | None]
    authentication_method: Mapped[str | None]
    authenticated_at: Mapped[datetime | None]
    content_hash: Mapped[str | None] = mapped_column(String(64), ForeignKey("contents.hash"))
    conflict: Mapped[str]
    presenter: Mapped[str | None]
    others_present: Mapped[str | None]
    authority_basis: Mapped[str | None]
    registry_number: Mapped[str | None]
    reason: Mapped[str | None]
    effective_day: Mapped[date | None]


class Conflict(Base):
    """A conflict of interest declared in a round; the stand-in decides instead."""

    __tablename__ = "conflicts"
    id: Mapped[int] = _key()
    charter_id: Mapped[int] = mapped_column(ForeignKey("charters.id"))
    round: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    declared_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("charter_id", "round", "person_id"),)


class Opinion(Base):
    """An opinion asked for in a round, and, when it has come, what it says. Advisory."""

    __tablename__ = "opinions"
    id: Mapped[int] = _key()
    charter_id: Mapped[int] = mapped_column(ForeignKey("charters.id"))
    round: Mapped[int]
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    asked_at: Mapped[datetime]
    given_at: Mapped[datetime | None]
    supports: Mapped[bool | None]
    """True: supports. False: has remarks. None: not given yet."""
    statement: Mapped[str | None]
    content_hash: Mapped[str | None] = mapped_column(String(64))
    __table_args__ = (UniqueConstraint("charter_id", "round", "reviewer_id"),)


class PaperKept(Base):
    """A paper as it was written, byte for byte. Never changed."""

    __tablename__ = "papers"
    id: Mapped[int] = _key()
    charter_id: Mapped[int | None] = mapped_column(ForeignKey("charters.id"), index=True)
    round: Mapped[int | None]
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))
    paper: Mapped[str]
    media_type: Mapped[str]
    filename: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    written_at: Mapped[datetime]


UNREACHED = "outcome IS NULL OR outcome = 'bounced'"
"""Of recipients: who is still to be reached. Word for word the condition of their index."""


class Recipient(Base):
    """One person or address on a decided charter's distribution list, and how it was reached.

    Without an outcome until the relay accepts the letter, someone reached them otherwise, or it
    was given up. There is no "opened": a scanner can fake that.
    """

    __tablename__ = "recipients"
    id: Mapped[int] = _key()
    charter_id: Mapped[int] = mapped_column(ForeignKey("charters.id"), index=True)
    place: Mapped[int]
    """The line on the distribution list, from 1."""
    who: Mapped[str]
    purpose: Mapped[str | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"), index=True)
    name: Mapped[str]
    email: Mapped[str]
    language: Mapped[str] = mapped_column(String(2))
    outcome: Mapped[str | None]
    """accepted, bounced, reached_otherwise or given_up; None while there is none.

    A bounced one is as unreached as one without an outcome: the distribution waits for both.
    """
    outcome_at: Mapped[datetime | None]
    outcome_note: Mapped[str | None]
    acknowledged_at: Mapped[datetime | None]
    __table_args__ = (
        Index(
            "ix_recipients_missing",
            "charter_id",
            sqlite_where=text(UNREACHED),
            postgresql_where=text(UNREACHED),
        ),
    )


STILL_UNREACHED = text(f"({UNREACHED})")
"""The condition, in a query that asks about recipients."""


class Journal(Base):
    """The journal: who, in what role, did what, when, on which text, why. Append-only."""

    __tablename__ = "journal"
    id: Mapped[int] = _key()
    at: Mapped[datetime]
    day: Mapped[date]
    """The day it was in the organisation's zone, and, in a rehearsal, the rehearsed day."""
    charter_id: Mapped[int | None] = mapped_column(ForeignKey("charters.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"))
    version: Mapped[int | None]
    """The charter's version after the act; None for entries that are not acts on a charter."""
    act: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    name: Mapped[str]
    role: Mapped[str]
    stood: Mapped[str | None]
    becomes: Mapped[str | None]
    content_hash: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    __table_args__ = (
        UniqueConstraint("charter_id", "version"),
        Index(
            "ix_journal_group_id",
            "group_id",
            sqlite_where=text("charter_id IS NULL"),
            postgresql_where=text("charter_id IS NULL"),
        ),
    )


class SnoozeAsked(Base):
    """Someone asked for no warnings of a charter's coming end for a while, and why."""

    __tablename__ = "snoozes"
    id: Mapped[int] = _key()
    charter_id: Mapped[int] = mapped_column(ForeignKey("charters.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    reason: Mapped[str]
    from_: Mapped[date]
    until: Mapped[date]
    """The first day on which they are warned again; moves earlier when they end it."""
    asked_at: Mapped[datetime]


# --- letters ----------------------------------------------------------------------------------


class Outbox(Base):
    """One letter to one reader. Facts are kept at the act; the bytes are frozen before the wire."""

    __tablename__ = "outbox"
    id: Mapped[int] = _key()
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    letter: Mapped[str]
    stage: Mapped[str] = mapped_column(default="")
    calendar: Mapped[bool] = mapped_column(default=False)
    """Whether the calendar sent it; a letter caused by an act goes at once."""
    charter_id: Mapped[int | None] = mapped_column(ForeignKey("charters.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"))
    round: Mapped[int | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("recipients.id"))
    """The place on the distribution list this letter serves, for a distribution."""
    to_name: Mapped[str]
    to_email: Mapped[str]
    language: Mapped[str] = mapped_column(String(2))
    facts: Mapped[dict[str, Any]]
    papers: Mapped[list[Any]] = mapped_column(default=list)
    day: Mapped[date]
    created_at: Mapped[datetime]
    priority: Mapped[int] = mapped_column(default=5)
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]

    state: Mapped[str] = mapped_column(default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    bytes: Mapped[bytes | None] = mapped_column(LargeBinary, nullable=True)
    sha256: Mapped[str | None] = mapped_column(String(64))
    wire_at: Mapped[datetime | None]
    code: Mapped[int | None]
    enhanced: Mapped[str | None]
    reply: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    resend_of: Mapped[int | None]
    """The letter that this one is sent again in place of."""
    __table_args__ = (
        CheckConstraint(
            "state IN ('pending', 'claimed', 'sending', 'sent', 'bounced', 'uncertain', 'dead', "
            "'suppressed', 'cancelled', 'expired')",
            name="state_is_known",
        ),
        Index("ix_outbox_charter_id", "charter_id", "letter"),
        Index(
            "ix_outbox_group_id",
            "group_id",
            sqlite_where=text("charter_id IS NULL"),
            postgresql_where=text("charter_id IS NULL"),
        ),
        Index(
            "uq_outbox_sent_again_once",
            "resend_of",
            unique=True,
            sqlite_where=text("resend_of IS NOT NULL"),
            postgresql_where=text("resend_of IS NOT NULL"),
        ),
        Index(
            "ix_outbox_stranded",
            "priority",
            "due_at",
            "id",
            sqlite_where=text("state IN ('dead', 'bounced', 'suppressed')"),
            postgresql_where=text("state IN ('dead', 'bounced', 'suppressed')"),
        ),
        Index(
            "ix_outbox_waiting",
            "priority",
            "due_at",
            "id",
            sqlite_where=text("state IN ('pending', 'claimed', 'sending', 'uncertain')"),
            postgresql_where=text("state IN ('pending', 'claimed', 'sending', 'uncertain')"),
        ),
    )


class Attempt(Base):
    """One try at delivering a letter, and what the relay answered. Append-only."""

    __tablename__ = "attempts"
    id: Mapped[int] = _key()
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id"), index=True)
    at: Mapped[datetime]
    result: Mapped[str]
    code: Mapped[int | None]
    enhanced: Mapped[str | None]
    reply: Mapped[str | None]


class Channel(Base):
    """The way out for letters, as all workers know it: whether it runs, or why it is paused."""

    __tablename__ = "channels"
    name: Mapped[str] = mapped_column(primary_key=True)
    down_since: Mapped[datetime | None]
    """When it was first found down; None while it runs."""
    paused_until: Mapped[datetime | None]
    """Until then nobody tries. The next to come after it tries one letter."""
    probes: Mapped[int] = mapped_column(default=0)
    """Letters tried in vain since it was found down."""
    prober: Mapped[str | None]
    """The worker that is trying, until `paused_until`."""
    code: Mapped[int | None]
    reply: Mapped[str | None]
    alarmed_at: Mapped[datetime | None]
    """When the journal was told that letters stand still."""


class Suppression(Base):
    """An address no letter goes to any more, and why."""

    __tablename__ = "suppressions"
    email_folded: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    since: Mapped[datetime]


class Sweep(Base):
    """One run of the calendar: our own record of it, since an alarm inside Prefect dies with it."""

    __tablename__ = "sweeps"
    id: Mapped[int] = _key()
    flow: Mapped[str]
    """Which flow looked: each is awaited by its own clock."""
    day: Mapped[date]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    looked_at: Mapped[int] = mapped_column(default=0)
    acts: Mapped[int] = mapped_column(default=0)
    letters: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    put_off: Mapped[int] = mapped_column(default=0)


# --- people at the pages ------------------------------------------------------------------------


class Key(Base):
    """A secret this installation made for itself, the same for all its machines."""

    __tablename__ = "keys"
    name: Mapped[str] = mapped_column(primary_key=True)
    secret: Mapped[str]
    made_at: Mapped[datetime]


class Identity(Base):
    """Whom an OpenID provider's subject is here, from the first time they logged in."""

    __tablename__ = "identities"
    id: Mapped[int] = _key()
    issuer: Mapped[str]
    subject: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    since: Mapped[datetime]
    __table_args__ = (UniqueConstraint("issuer", "subject"),)


class LoginAsked(Base):
    """A login code asked for: good once, for a short while, in the browser that asked."""

    __tablename__ = "logins_asked"
    id: Mapped[int] = _key()
    browser_hash: Mapped[str] = mapped_column(String(64), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"), index=True)
    """None for an address that nobody here has: the page answers the same."""
    code_hash: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime]
    good_until: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class Login(Base):
    """Someone logged in, in one browser, which holds the token that only its hash is kept of."""

    __tablename__ = "logins"
    id: Mapped[int] = _key()
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    method: Mapped[str]
    authenticated_at: Mapped[datetime]
    """When the person last showed who they are; what a decision asks about."""
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Unsaved(Base):
    """What someone has written in a draft and not saved: kept for them, and no part of it yet."""

    __tablename__ = "unsaved"
    id: Mapped[int] = _key()
    charter_id: Mapped[int] = mapped_column(ForeignKey("charters.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    version: Mapped[int]
    """The charter's version that the writing began from."""
    fields: Mapped[dict[str, Any]]
    written_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("charter_id", "person_id"),)


# --- many at once -------------------------------------------------------------------------------


class Import(Base):
    """Existing charters brought in together: read, put right on one page, committed or dropped."""

    __tablename__ = "imports"
    id: Mapped[int] = _key()
    name: Mapped[str]
    """What was handed in: a zip archive, a folder, or how many files."""
    by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    begun_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="reading")
    ended_at: Mapped[datetime | None]
    passed_over: Mapped[list[Any]] = mapped_column(default=list)
    """What lay among the files and is no paper: what systems leave behind."""
    __table_args__ = (
        CheckConstraint(
            "state IN ('reading', 'ready', 'committed', 'dropped')", name="state_is_known"
        ),
        Index("ix_imports_state", "state"),
    )


class ImportedFile(Base):
    """One file of an import: its bytes until it ends, what it said, and what was put right.

    The days and the decider are those a person gave; where there are none, the document's own
    count.
    """

    __tablename__ = "imported_files"
    id: Mapped[int] = _key()
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"))
    place: Mapped[int]
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes | None] = mapped_column(LargeBinary, nullable=True)
    reading: Mapped[str] = mapped_column(default="waiting")
    """waiting, read, unreadable, or not_a_charter."""
    document: Mapped[str | None]
    """The canonical JSON of models.document.Document."""
    content_hash: Mapped[str | None] = mapped_column(String(64))
    remarks: Mapped[list[Any]] = mapped_column(default=list)
    """Why it cannot be read, or what a careful registrar would point out, in both languages."""
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"))
    matched: Mapped[str | None]
    """How the group was found: exact, folded, named, nearest; or said, by a person."""
    score: Mapped[int | None]
    """How alike the names are, in percent, of a nearest."""
    decided_on: Mapped[date | None]
    decided_by: Mapped[str | None]
    decided_as: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_through: Mapped[date | None]
    ends_on: Mapped[date | None]
    left_out: Mapped[bool] = mapped_column(default=False)
    charter_id: Mapped[int | None] = mapped_column(ForeignKey("charters.id"))
    """What it became."""
    __table_args__ = (
        CheckConstraint(
            "reading IN ('waiting', 'read', 'unreadable', 'not_a_charter')",
            name="reading_is_known",
        ),
        UniqueConstraint("import_id", "place"),
    )
