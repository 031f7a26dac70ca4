"""What the database itself holds: no overlap, no change of what is decided, no unjournalled state.

The same rules are triggers on both engines. Overlapping periods PostgreSQL holds with an
exclusion constraint, SQLite with a trigger: its writers come one at a time.
"""

from typing import NamedTuple

from alembic import op

revision = "0002"
down_revision = "0001"

DECIDED = "('approved', 'distributed', 'expiring', 'superseded', 'expired', 'discontinued')"
ENDED = "('superseded', 'expired', 'discontinued', 'abandoned')"
BEGUN = "('draft', 'distributed', 'expiring', 'superseded', 'expired')"
FOREVER = "coalesce({}.ends_on, '9999-12-31')"

FROZEN_WHEN_DECIDED = (
    "kind",
    "subject_id",
    "group_id",
    "title",
    "registry_number",
    "content_hash",
    "round",
    "submitted_on",
    "submitted_by_id",
    "submitted_hash",
    "decided_on",
    "valid_from",
    "valid_through",
)
APPEND_ONLY = ("contents", "decisions", "papers", "journal", "attempts", "conflicts")
NEVER_DELETED = (
    "persons",
    "offices",
    "tenures",
    "stand_ins",
    "duties",
    "authorities",
    "groups",
    "seats",
    "subjects",
    "recipients",
    "outbox",
    "opinions",
)


class Guard(NamedTuple):
    """A change the database refuses: when it meets `table` in this way, saying this.

    An update is asked about only where it writes a column the answer hangs on.
    """

    name: str
    event: str
    table: str
    when: str
    says: str


GUARDS = (
    Guard(
        "life_begins_at_a_beginning",
        "INSERT",
        "charters",
        f"NEW.state NOT IN {BEGUN}",
        "a charter begins as a draft, or as recorded; every other state is reached by an act",
    ),
    Guard(
        "decided_content_stands",
        f"UPDATE OF {', '.join(FROZEN_WHEN_DECIDED)}",
        "charters",
        f"OLD.state IN {DECIDED} AND ("
        + " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in FROZEN_WHEN_DECIDED)
        + ")",
        "what is decided cannot change",
    ),
    Guard(
        "ends_only_earlier",
        "UPDATE OF ends_on",
        "charters",
        f"OLD.state IN {DECIDED} AND ((NEW.ends_on IS NULL AND OLD.ends_on IS NOT NULL) "
        "OR NEW.ends_on > OLD.ends_on)",
        "the last day in force only moves earlier",
    ),
    Guard(
        "decided_is_kept",
        "DELETE",
        "charters",
        f"OLD.state IN {DECIDED}",
        "what is decided is never deleted",
    ),
    Guard(
        "no_way_back",
        "UPDATE OF state",
        "charters",
        f"NEW.state <> OLD.state AND (OLD.state IN {ENDED} "
        f"OR (OLD.state IN {DECIDED} AND NEW.state NOT IN {DECIDED}))",
        "an ended charter never revives, and a decided one is never undecided",
    ),
    Guard(
        "state_has_its_journal_row",
        "UPDATE OF state",
        "charters",
        "NEW.state <> OLD.state AND NOT EXISTS (SELECT 1 FROM journal "
        "WHERE charter_id = NEW.id AND version = NEW.version "
        "AND stood = OLD.state AND becomes = NEW.state)",
        "no state without its journal row",
    ),
    Guard(
        "decision_has_its_paper",
        "UPDATE OF state",
        "charters",
        "NEW.state = 'approved' AND OLD.state <> 'approved' AND NOT EXISTS "
        "(SELECT 1 FROM decisions JOIN papers ON papers.decision_id = decisions.id "
        "WHERE decisions.charter_id = NEW.id AND decisions.content_hash = NEW.content_hash "
        "AND decisions.what = 'approve' AND papers.paper = 'decision')",
        "no decision without its paper",
    ),
    Guard(
        "given_opinion_stands",
        "UPDATE",
        "opinions",
        "OLD.given_at IS NOT NULL",
        "an opinion once given cannot change",
    ),
    *(
        Guard(f"{table}_{event.lower()}", event, table, "1 = 1", f"{table} is append-only")
        for table in APPEND_ONLY
        for event in ("UPDATE", "DELETE")
    ),
    *(
        Guard(f"{table}_delete", "DELETE", table, "1 = 1", f"{table} is never deleted from")
        for table in NEVER_DELETED
    ),
)

PERIOD = "subject_id, kind, state, valid_from, ends_on"
OVERLAPPING = (
    f"NEW.state IN {DECIDED} AND {FOREVER.format('NEW')} >= NEW.valid_from "
    "AND EXISTS (SELECT 1 FROM charters AS other WHERE other.subject_id = NEW.subject_id "
    f"AND other.kind = NEW.kind AND other.id IS NOT NEW.id AND other.state IN {DECIDED} "
    f"AND {FOREVER.format('other')} >= other.valid_from "
    f"AND other.valid_from <= {FOREVER.format('NEW')} "
    f"AND {FOREVER.format('other')} >= NEW.valid_from)"
)
OVERLAP_SAYS = "two charters for one subject cannot be in force at once"
BACKWARD = "NEW.ends_on < date(NEW.valid_from, '-1 day')"
BACKWARD_SAYS = "a period cannot end before the day before it begins"


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        _on_postgresql()
    else:
        _on_sqlite()


def _on_sqlite() -> None:
    for guard in (
        *GUARDS,
        Guard("periods_overlap_inserted", "INSERT", "charters", OVERLAPPING, OVERLAP_SAYS),
        Guard("periods_overlap", f"UPDATE OF {PERIOD}", "charters", OVERLAPPING, OVERLAP_SAYS),
        Guard("ends_before_it_begins_inserted", "INSERT", "charters", BACKWARD, BACKWARD_SAYS),
        Guard("ends_before_it_begins", f"UPDATE OF {PERIOD}", "charters", BACKWARD, BACKWARD_SAYS),
    ):
        op.execute(
            f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {guard.table} "
            f"FOR EACH ROW WHEN {guard.when} "
            f"BEGIN SELECT RAISE(ABORT, '{guard.name}: {guard.says}'); END"
        )


def _on_postgresql() -> None:
    # A range of texts lets the constraint compare kinds without an extension.
    op.execute("CREATE TYPE kind_range AS RANGE (subtype = text)")
    op.execute(
        "ALTER TABLE charters ADD CONSTRAINT periods_overlap EXCLUDE USING gist ("
        "int8range(subject_id, subject_id, '[]') WITH &&, "
        "kind_range(kind, kind, '[]') WITH &&, "
        "daterange(valid_from, ends_on + 1, '[)') WITH &&"
        f") WHERE (state IN {DECIDED})"
    )
    op.execute(
        "ALTER TABLE charters ADD CONSTRAINT ends_before_it_begins "
        "CHECK (ends_on >= valid_from - 1)"
    )
    for guard in GUARDS:
        row = "OLD" if guard.event == "DELETE" else "NEW"
        op.execute(
            f"CREATE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {guard.when} THEN RAISE EXCEPTION '{guard.name}: {guard.says}' "
            "USING ERRCODE = 'integrity_constraint_violation'; END IF; "
            f"RETURN {row}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {guard.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {guard.name}()"
        )
