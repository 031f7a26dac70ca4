"""Charters handed in by the file, as a registry keeper brings them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from casework import importing
from casework.importing import Committed, FileReport, Report
from documents import Look, Reader, write_docx, write_pdf, write_text
from documents.unpack import Handed, HandedIn
from models.document import DecisionLine, Document, Named
from models.session import reading, transaction
from statemachine.words import Refusal
from tests.builders import DECIDED, Region, a_charter

TODAY = DECIDED
LOOK = Look("Region Sjöviken")
KARL = Named(name="Karl Ljung", title="Sjukvårdsdirektör")


def decided(on: date, for_group: str = "rorelse", **changes: Any) -> Document:
    """A charter of before the system, that itself says when and by whom it was decided."""
    said = {"document_date": on, "decision": DecisionLine(date=on, maker=KARL), **changes}
    return a_charter(for_group, **said)


def as_file(name: str, document: Document) -> Handed:
    """The document as a real file of the kind its name says."""
    if name.endswith(".docx"):
        body = write_docx(document, decision=None, standing="draft", look=LOOK)
    elif name.endswith(".pdf"):
        body = write_pdf(document, decision=None, standing="draft", look=LOOK)
    else:
        body = write_text(document, document.language).encode()
    return Handed(name, body)


@dataclass
class Importing:
    """An import under way, in the registry keeper's hands."""

    region: Region
    id: int
    readers: Sequence[Reader]
    who: str = "oskar"

    @classmethod
    def begun(cls, region: Region, reader: Reader, *files: Handed, **more: Any) -> "Importing":
        """Files taken in and not read yet."""
        handed_in = HandedIn(files, more.pop("passed_over", ()))
        who = more.get("who", "oskar")
        with transaction(region.engine) as connection:
            at = region.sitting(connection, who, TODAY)
            number = importing.begin_import(connection, handed_in, name="uppdrag.zip", at=at)
        return cls(region, number, (reader,), **more)

    @classmethod
    def read(cls, region: Region, reader: Reader, *files: Handed, **more: Any) -> "Importing":
        """Files taken in and read."""
        one = cls.begun(region, reader, *files, **more)
        assert [now.read for now in one.reads_on()] == list(range(len(files) + 1))
        return one

    def reads_on(self) -> Iterator[importing.Progress]:
        return importing.read_on(self.region.engine, self.id, readers=self.readers)

    def report(self) -> Report:
        with reading(self.region.engine) as connection:
            at = self.region.sitting(connection, self.who, TODAY)
            return importing.report(connection, self.id, at=at)

    def file(self, name: str) -> FileReport:
        (found,) = (one for one in self.report().files if one.name == name)
        return found

    def corrects(self, name: str, **fields: Any) -> FileReport:
        file_id = self.file(name).id
        with transaction(self.region.engine) as connection:
            at = self.region.sitting(connection, self.who, TODAY)
            importing.correct(connection, self.id, {file_id: fields}, at=at)
        return self.file(name)

    def commits(self) -> Committed:
        with transaction(self.region.engine) as connection:
            at = self.region.sitting(connection, self.who, TODAY)
            return importing.commit_import(connection, self.id, at=at)

    def refuses(self) -> tuple[str, ...]:
        """Why it is not committed: and then nothing has been recorded."""
        before = self.region.everything()
        with pytest.raises(Refusal) as refused:
            self.commits()
        assert self.region.everything() == before
        for reason in refused.value.reasons:
            assert reason.sv != reason.en
            assert "{" not in reason.sv + reason.en
        return tuple(reason.sv for reason in refused.value.reasons)

    def drops(self) -> None:
        with transaction(self.region.engine) as connection:
            importing.drop_import(
                connection, self.id, at=self.region.sitting(connection, self.who, TODAY)
            )
