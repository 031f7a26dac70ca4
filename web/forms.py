"""What a form says: read within limits, asked for by name, and refused in sentences."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from statemachine.words import Refusal, Words

MOST_TEXT = 2_000_000
"""Bytes in a form without files: a charter of two hundred pages is half of it."""
MOST_FIELDS = 2_000
CHARSET = re.compile(r"charset\s*=\s*\"?(?!utf-?8\b)", re.IGNORECASE)
"""Of a form that says it is written in something else than ours are."""

LONGEST_SHOWN = 80
"""Characters of something wrong that are said again."""

NO_DAY = Words(
    "{given} är ingen dag. Skriv år, månad och dag, som 2026-06-17.",
    "{given} is no day. Write year, month and day, like 2026-06-17.",
)
FIRST_YEAR, LAST_YEAR = 1900, 2199
TOO_FAR = Words(
    "{given} ligger för långt bort. Skriv ett år mellan {first} och {last}.",
    "{given} is too far away. Write a year between {first} and {last}.",
)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that came with a form."""

    name: str
    body: bytes


class Form:
    """A form as it was sent. What is not there is empty."""

    def __init__(self, data: FormData) -> None:
        self.data = data

    def __contains__(self, name: str) -> bool:
        return name in self.data

    def text(self, name: str) -> str:
        """What was written, with line ends as everywhere else, and no space around it."""
        said = self.data.get(name)
        return said.replace("\r\n", "\n").strip() if isinstance(said, str) else ""

    def texts(self, name: str) -> list[str]:
        """Everything chosen or written under a name."""
        return [said for said in self.data.getlist(name) if isinstance(said, str)]

    def written(self) -> dict[str, str]:
        """All that was written, to be shown again when it is refused."""
        return {name: self.text(name) for name in self.data if name != "token"}

    def day(self, name: str) -> date | None:
        """The day written; None when none is. Raises Refusal for what is no day, or far away."""
        said = self.text(name)
        if not said:
            return None
        try:
            day = date.fromisoformat(said)
        except ValueError:
            raise Refusal(NO_DAY.about(given=said[:LONGEST_SHOWN])) from None
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise Refusal(TOO_FAR.about(given=said, first=FIRST_YEAR, last=LAST_YEAR))
        return day

    def yes_or_no(self, name: str) -> bool | None:
        """The answer to a question of yes or no; None when it was not answered."""
        return {"yes": True, "no": False}.get(self.text(name))

    def files(self, name: str) -> list[Uploaded]:
        """The files that came under a name; an empty choice is none."""
        return [
            Uploaded(one.filename, one.file.read())
            for one in self.data.getlist(name)
            if isinstance(one, UploadFile) and one.filename
        ]


class Wrote:
    """What was written in a form that was refused, to be shown again; nothing before that."""

    def __init__(self, form: Form | None) -> None:
        self.form = form

    def __getattr__(self, name: str) -> str:
        return self[name]

    def __getitem__(self, name: str) -> str:
        return self.form.text(name) if self.form is not None else ""


async def read_form(request: Request) -> Any:
    """The form of this request, within the limits of its route."""
    most = getattr(request.scope["route"].endpoint, "most_bytes", MOST_TEXT)
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdecimal()):
        raise HTTPException(411)
    if int(length) > most:
        raise HTTPException(413)
    # With some codecs a form takes minutes to read.
    if CHARSET.search(request.headers.get("content-type", "")):
        raise HTTPException(400)
    # However slowly the form comes, nobody else waits for the memory that its reader would hold.
    await run_in_threadpool(request.state.desk.let_go)
    # Without files a field may be as long as the whole form.
    async with request.form(
        max_files=1000, max_fields=MOST_FIELDS, max_part_size=MOST_TEXT
    ) as data:
        yield Form(FormData([(name, _kept(said)) for name, said in data.multi_items()]))


def _kept(said: str | UploadFile) -> str | UploadFile:
    """What was written, without what no database keeps and nobody can write."""
    return said.replace("\0", "") if isinstance(said, str) else said


Posted = Annotated[Form, Depends(read_form)]
"""The form that came with the request."""
