"""The report on an import: each file as it would be recorded today, and what stands in the way.

Judged by the very function that records, on what memory holds, and never stored: it cannot differ
from what a commit does.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from casework.change import Said
from casework.drafting import Terms, record, terms_of
from casework.importing.matching import Matched
from casework.importing.staging import Progress, Read, Stands, import_row
from casework.matter import (
    NOT_WRITTEN_YET,
    SIBLINGS,
    Matter,
    Sibling,
    Sitting,
    is_empty,
    sibling,
    text_kept,
)
from documents.kinds import kind as kind_called
from models.directory import Directory
from models.document import Document
from models.many import among
from models.tables import Charter, Group, ImportedFile, Journal, Subject
from statemachine.calendar import DAY
from statemachine.vocabulary import DECIDED, Spoken, State
from statemachine.words import Refusal, Words


class InForce(Spoken):
    """Whether a charter is in force today, by its dates."""

    IN_FORCE = "in_force", "gäller i dag", "in force today"
    LAPSED = "lapsed", "har upphört", "has lapsed"
    WILL_BE = "will_be", "ska börja gälla", "will be in force"


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file of an import as it would be recorded today."""

    id: int
    place: int
    name: str
    sha256: str
    reading: Read
    title: str | None = None
    kind: str | None = None
    registry_number: str | None = None
    group_id: int | None = None
    group_key: str | None = None
    group_name: str | None = None
    matched: Matched | None = None
    score: int | None = None
    terms: Terms | None = None
    early_end: date | None = None
    """The last day of one that ended early, when a person has given it."""
    offered_end: date | None = None
    """The day before the next one's first, where that alone is in its way: nobody has said so."""
    in_force: InForce | None = None
    becomes: State | None = None
    obstacles: tuple[Words, ...] = ()
    """What stands in the way of a commit; nothing of a file that is left out."""
    remarks: tuple[Words, ...] = ()
    """What a careful registrar would point out, and no obstacle."""
    left_out: bool = False
    charter_id: int | None = None

    @property
    def would_be_recorded(self) -> bool:
        return self.reading is Read.READ and not self.left_out and not self.obstacles


@dataclass(frozen=True, slots=True)
class Report:
    """An import, and each of its files."""

    id: int
    name: str
    state: Stands
    passed_over: tuple[str, ...]
    files: tuple[FileReport, ...]

    @property
    def progress(self) -> Progress:
        waiting = sum(one.reading is Read.WAITING for one in self.files)
        return Progress(self.id, self.state, len(self.files), len(self.files) - waiting)

    @property
    def to_record(self) -> tuple[FileReport, ...]:
        """Those that would be recorded."""
        return tuple(one for one in self.files if one.would_be_recorded)

    @property
    def in_the_way(self) -> tuple[FileReport, ...]:
        """Those that keep all of them from being recorded."""
        return tuple(one for one in self.files if one.obstacles)


NOT_READ_YET = Words("Filen är inte läst ännu.", "The file has not been read yet.")
WHICH_GROUP = Words(
    "Ingen grupp stämmer med handlingens ({named}). Välj grupp, eller utelämna filen. En grupp som "
    "saknas i registret läggs till i organisationsfilen, av administratören.",
    "No group fits the document's ({named}). Choose the group, or leave the file out. A group that "
    "the register lacks is added in the organisation file, by the administrator.",
)
A_GUESS = Words(
    "Handlingen nämner {named}; det liknar {group} till {score} procent. "
    "Bekräfta gruppen eller välj en annan.",
    "The document names {named}; that is {score} per cent like {group}. "
    "Confirm the group or choose another.",
)
OF_NOTHING = Words(
    "Handlingen har varken grupp eller titel. Välj grupp, eller utelämna filen.",
    "The document has neither a group nor a title. Choose the group, or leave the file out.",
)
THE_SAME_FILE = Words(
    "Samma fil finns två gånger, som nr {place} ({name}). Utelämna en av dem.",
    "The same file is here twice, as no. {place} ({name}). Leave one of them out.",
)
THE_SAME_DOCUMENT = Words(
    "Samma handling finns två gånger, som nr {place} ({name}). Utelämna en av dem.",
    "The same document is here twice, as no. {place} ({name}). Leave one of them out.",
)
RECORDED_ALREADY = Words(
    "Handlingen är redan registrerad, som nummer {charter}. Utelämna filen.",
    "The document is recorded already, as number {charter}. Leave the file out.",
)
ENDED_BEFORE_THE_NEXT = Words(
    "Nästa uppdrag börjar {first}. Upphörde det här då, är dess sista dag {last}.",
    "The next charter begins on {first}. If this one ended then, its last day is {last}.",
)


def mark(connection: Connection, import_id: int, *, at: Sitting) -> tuple[object, ...]:
    """What its report hangs on: while the mark is the same, so is the report.

    Everything that memory holds of charters, groups and people changes with a line in the journal.
    Raises NoSuchImport.
    """
    row = import_row(connection, import_id)
    said = connection.execute(_SAID, {"import": import_id}).all()
    last = connection.execute(select(func.max(Journal.id))).scalar()
    return row.state, at.today, at.by and at.by.id, last, tuple(map(tuple, said))


def report(connection: Connection, import_id: int, *, at: Sitting) -> Report:
    """Every file of an import as it stands today. Only reads memory. Raises NoSuchImport."""
    row = import_row(connection, import_id)
    return Report(
        id=row.id,
        name=row.name,
        state=Stands(row.state),
        passed_over=tuple(row.passed_over),
        files=tuple(
            one.reported() for one in Examination(connection, import_id, at, row.state).files
        ),
    )


_SAID = (
    select(*(one for one in ImportedFile.__table__.c if one.key not in ("body", "document")))
    .where(ImportedFile.import_id == bindparam("import"))
    .order_by(ImportedFile.place)
)


@dataclass
class Candidate:
    """One file that may be recorded, with all that its judgement needs."""

    row: Row[Any]
    matter: Matter | None = None
    said: Said | None = None
    others: tuple[Sibling, ...] = ()
    twins: tuple[Words, ...] = ()

    @property
    def is_meant(self) -> bool:
        """Whether it is to be recorded, if it can be."""
        return self.row.reading == Read.READ and not self.row.left_out

    @cached_property
    def document(self) -> Document | None:
        if not self.row.document:
            return None
        return text_kept(self.row.content_hash, self.row.document).document

    @cached_property
    def terms(self) -> Terms | None:
        return terms_of(self.matter, self.said) if self.matter and self.said else None

    @property
    def subject(self) -> tuple[object, ...] | None:
        """What it is about: a group or a title, and the kind of document."""
        if self.document is None:
            return None
        if self.row.group_id is not None:
            return self.document.kind, self.row.group_id
        return (self.document.kind, None, self.document.title) if self.document.title else None

    def as_sibling(self) -> Sibling | None:
        """How the other files of its subject see it: decided, in force on its days."""
        if self.terms is None or self.terms.valid_from is None:
            return None
        return Sibling(
            NOT_WRITTEN_YET,
            State.DISTRIBUTED,
            self.terms.valid_from,
            self.terms.ends_on,
            None,
            self.row.name,
            self.terms.decided_on,
            None,
        )

    def reported(self) -> FileReport:
        """The file as it would be recorded today."""
        row, document, matter = self.row, self.document, self.matter
        remarks = tuple(Words(one["sv"], one["en"]) for one in row.remarks)
        told = FileReport(
            id=row.id,
            place=row.place,
            name=row.name,
            sha256=row.sha256,
            reading=Read(row.reading),
            left_out=row.left_out,
            remarks=remarks,
            charter_id=row.charter_id,
        )
        if document is None or matter is None:
            if row.reading == Read.READ:  # an import that has ended keeps no documents
                return told
            waits = (NOT_READ_YET,) if row.reading == Read.WAITING else remarks
            return replace(told, remarks=(), obstacles=() if row.left_out else waits)
        becomes, obstacles = self._judged()
        group, terms = matter.group, self.terms
        return replace(
            told,
            title=document.title,
            kind=document.kind,
            registry_number=document.registry_number,
            group_id=row.group_id,
            group_key=group.key if group is not None else None,
            group_name=group.name if group is not None else None,
            matched=Matched(row.matched) if row.matched else None,
            score=row.score,
            terms=terms,
            early_end=row.ends_on,
            in_force=in_force_by(terms, matter.today) if terms else None,
            offered_end=self._offered_end() if becomes is None else None,
            becomes=becomes,
            obstacles=() if row.left_out else obstacles,
        )

    def _judged(self) -> tuple[State | None, tuple[Words, ...]]:
        """What it would become, or all that stands in its way."""
        assert self.matter is not None
        assert self.said is not None
        why = [*self._about_its_group(), *self.twins]
        becomes = None
        try:
            change = record(self.matter, replace(self.said, recorded_with=self.others))
            becomes = change.outcome.becomes
        except Refusal as refused:
            why += refused.reasons
            if (last := self._offered_end()) is not None:
                why.append(ENDED_BEFORE_THE_NEXT.about(first=last + DAY, last=last))
        return becomes, tuple(why)

    def _about_its_group(self) -> list[Words]:
        assert self.document is not None
        named = self.document.group or "–"
        if self.row.matched == Matched.NEAREST:
            assert self.matter is not None
            assert self.matter.group is not None
            return [A_GUESS.about(named=named, group=self.matter.group.name, score=self.row.score)]
        if self.row.group_id is None:
            if self.document.group or "group" in kind_called(self.document.kind).required:
                return [WHICH_GROUP.about(named=named)]
            if not self.document.title:
                return [OF_NOTHING]
        return []

    def _offered_end(self) -> date | None:
        """The day before the next one's first, when its own term reaches beyond: never assumed.

        Historically a charter gave way to the next; no paper of its own says so.
        """
        terms = self.terms
        if terms is None or terms.valid_from is None or self.row.ends_on is not None:
            return None
        begin = [
            other.valid_from
            for other in (*(self.matter.siblings if self.matter else ()), *self.others)
            if other.state in DECIDED
            and other.valid_from is not None
            and not is_empty(other)
            and terms.valid_from < other.valid_from
            and (terms.ends_on is None or other.valid_from <= terms.ends_on)
        ]
        return min(begin) - DAY if begin else None


class Examination:
    """The files of an import beside one another, and beside what memory holds: one look for all."""

    def __init__(self, connection: Connection, import_id: int, at: Sitting, state: str) -> None:
        self.connection = connection
        self.at = at
        rows = connection.execute(
            select(*(column for column in ImportedFile.__table__.c if column.key != "body"))
            .where(ImportedFile.import_id == import_id)
            .order_by(ImportedFile.place)
        )
        self.files = [Candidate(row) for row in rows]
        self.recorded: dict[tuple[tuple[object, ...] | None, str | None], int] = {}
        if state not in (Stands.COMMITTED, Stands.DROPPED):
            self._take_up()

    @property
    def meant(self) -> list[Candidate]:
        """Those to be recorded, oldest first: each finds its predecessor written."""
        return sorted(
            (one for one in self.files if one.is_meant),
            key=lambda one: (
                (one.terms and one.terms.valid_from) or date.max,
                one.row.place,
            ),
        )

    def _take_up(self) -> None:
        people = Directory(self.connection, self.at.today, known=self.at.by)
        groups = self._groups()
        siblings = self._siblings()
        for one in self.files:
            if one.document is None:
                continue
            one.matter = Matter(
                self.connection,
                None,
                self.at,
                people,
                siblings=tuple(siblings.get(one.subject, ())) if one.subject else (),
                group=groups.get(one.row.group_id),
            )
            one.said = said_with(one.row, one.document)
        self._beside_one_another()
        self._twins()

    def _beside_one_another(self) -> None:
        beside: dict[tuple[object, ...], list[Candidate]] = defaultdict(list)
        for one in self.files:
            if one.is_meant and one.subject is not None:
                beside[one.subject].append(one)
        for alike in beside.values():
            if len(alike) > 1:
                for one in alike:
                    seen = (other.as_sibling() for other in alike if other is not one)
                    one.others = tuple(other for other in seen if other is not None)

    def _twins(self) -> None:
        """Files and documents that are here twice, or recorded already."""
        meant = [one for one in self.files if one.is_meant]
        files = Counter(one.row.sha256 for one in meant)
        texts = Counter(one.row.content_hash for one in meant)
        for one in meant:
            if files[one.row.sha256] > 1:
                one.twins += (self._twin(THE_SAME_FILE, one, meant, "sha256"),)
            elif texts[one.row.content_hash] > 1:
                one.twins += (self._twin(THE_SAME_DOCUMENT, one, meant, "content_hash"),)
            if (charter := self.recorded.get((one.subject, one.row.content_hash))) is not None:
                one.twins += (RECORDED_ALREADY.about(charter=charter),)

    def _twin(self, words: Words, one: Candidate, meant: Sequence[Candidate], by: str) -> Words:
        other = next(
            two.row
            for two in meant
            if two is not one and getattr(two.row, by) == getattr(one.row, by)
        )
        return words.about(place=other.place, name=other.name)

    def _groups(self) -> dict[int, Any]:
        ids = {one.row.group_id for one in self.files if one.row.group_id is not None}
        rows = self.connection.execute(
            select(Group).where(among(Group.id, "groups")), {"groups": sorted(ids)}
        )
        return {row.id: row for row in rows}

    def _siblings(self) -> dict[tuple[object, ...], list[Sibling]]:
        """What memory holds of the files' subjects, by kind and group or title."""
        subjects = {one.subject for one in self.files if one.subject is not None}
        rows = self.connection.execute(
            SIBLINGS.add_columns(
                Charter.content_hash, Subject.group_id, Subject.title.label("subject_title")
            )
            .join(Subject, Subject.id == Charter.subject_id)
            .where(among(Subject.group_id, "groups") | among(Subject.title, "titles")),
            {
                "groups": sorted({int(str(one[1])) for one in subjects if one[1] is not None}),
                "titles": sorted(str(one[2]) for one in subjects if one[1] is None),
            },
        )
        found: dict[tuple[object, ...], list[Sibling]] = defaultdict(list)
        for row in rows:
            about = (row.group_id,) if row.group_id is not None else (None, row.subject_title)
            found[row.kind, *about].append(sibling(row))
            if row.state in DECIDED:
                self.recorded[(row.kind, *about), row.content_hash] = row.id
        return found


def said_with(row: Any, document: Document) -> Said:
    """What is said with the record of one file: its document, and what a person put right."""
    return Said(
        document=document,
        group_id=row.group_id,
        decided_on=row.decided_on,
        decided_by=row.decided_by,
        decided_as=row.decided_as,
        valid_from=row.valid_from,
        valid_through=row.valid_through,
        ends_on=row.ends_on,
    )


def in_force_by(terms: Terms, today: date) -> InForce | None:
    """Whether it is in force today, by its dates; None while they are not known."""
    if terms.valid_from is None:
        return None
    if today < terms.valid_from:
        return InForce.WILL_BE
    ended = terms.ends_on is not None and terms.ends_on < today
    return InForce.LAPSED if ended else InForce.IN_FORCE


def reasons_per_file(files: Iterable[FileReport]) -> tuple[Words, ...]:
    """What stands in the way, each sentence with the name of its file."""
    return tuple(
        Words("{name}: {why}", "{name}: {why}").about(name=one.name, why=why)
        for one in files
        for why in one.obstacles
    )
