"""Corrections as a spreadsheet: written out with what was understood, and taken back."""

import csv
import io
import re
from datetime import date
from typing import Any

from casework.importing.correcting import DAYS, TEXTS, Miscorrected, only_changed, understood
from casework.importing.matching import Matched
from casework.importing.report import FileReport, Report
from statemachine.words import Language, Words

HEADINGS: dict[str, Words] = {
    "file": Words("fil", "file"),
    "sha256": Words("sha256", "sha256"),
    "left_out": Words("utelämnas", "left out"),
    "group": Words("grupp", "group"),
    "decided_on": Words("beslutad", "decided on"),
    "decided_by": Words("beslutad av", "decided by"),
    "decided_as": Words("befattning", "office"),
    "valid_from": Words("gäller från och med", "valid from"),
    "valid_through": Words("gäller till och med", "valid through"),
    "ends_on": Words("sista dag om den upphörde i förtid", "last day if it ended early"),
}
"""What is taken back: which file, and the fields that can be put right."""

BESIDE: dict[str, Words] = {
    "nearest": Words("förslag på grupp", "group suggested"),
    "offered": Words("föreslagen sista dag", "last day suggested"),
    "title": Words("titel", "title"),
    "registry_number": Words("diarienummer", "registry number"),
    "obstacles": Words("att åtgärda", "to put right"),
}
"""What helps whoever corrects, and is not taken back."""

YES = {"ja", "yes", "x", "1", "true", "sant"}
NO = {"", "nej", "no", "0", "false", "falskt"}
NONE = {"-", "–"}
A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that a spreadsheet would run rather than show."""
GUARDED = re.compile(r"^'(?=[=+\-@\t\r\n'])")
LARGEST = 4 * 1024 * 1024
"""Bytes of a spreadsheet with a thousand files: a tenth of it."""

NOT_A_SPREADSHEET = Words(
    "Rättelserna går inte att läsa. Spara kalkylbladet som CSV (UTF-8) med rubrikraden kvar.",
    "The corrections cannot be read. Save the spreadsheet as CSV (UTF-8) with its headings.",
)
UNKNOWN_FILE = Words(
    "Rättelsernas rad {line}: filen {name} finns inte i importen.",
    "The corrections' line {line}: the file {name} is not in the import.",
)
NOT_A_DAY = Words(
    "Rättelsernas rad {line}: {heading} är {given}; skriv dagen som 2026-06-17.",
    "The corrections' line {line}: {heading} is {given}; write the day as 2026-06-17.",
)
NOT_YES_OR_NO = Words(
    "Rättelsernas rad {line}: {heading} är {given}; skriv ja eller nej.",
    "The corrections' line {line}: {heading} is {given}; write yes or no.",
)


def as_csv(report: Report, language: Language) -> bytes:
    """The files of an import and what was understood of each, for a spreadsheet program.

    A group that was only guessed stands beside as a suggestion: nobody has said yes to it.
    """
    written = io.StringIO()
    rows = csv.writer(written, delimiter=";", lineterminator="\r\n")
    rows.writerow([words.in_(language) for words in (HEADINGS | BESIDE).values()])
    for one in report.files:
        told = _told(one, language)
        rows.writerow([_guarded(told[name]) for name in (*HEADINGS, *BESIDE)])
    return written.getvalue().encode("utf-8-sig")


def corrections_in(body: bytes, report: Report) -> dict[int, dict[str, Any]]:
    """What a spreadsheet puts right, by the number of the file.

    An empty group leaves it as it is, and a dash means none; an empty day or text lets the
    document's own count. Raises Miscorrected with every fault.
    """
    rows = _rows(body)
    by_bytes = {one.sha256: one for one in report.files}
    by_name = {one.name: one for one in report.files}
    # Of two archives each may hold a file of the same name.
    by_both = {(one.name, one.sha256): one for one in report.files}
    faults: list[Words] = []
    corrections: dict[int, dict[str, Any]] = {}
    for line, row in rows:
        name, digest = row.get("file", ""), row.get("sha256", "")
        one = by_both.get((name, digest)) or by_name.get(name) or by_bytes.get(digest)
        if one is None:
            faults.append(UNKNOWN_FILE.about(line=line, name=name or "–"))
            continue
        corrections[one.id] = only_changed(one, _fields(row, line, faults))
    if faults:
        raise Miscorrected(*faults)
    return corrections


def _told(one: FileReport, language: Language) -> dict[str, str]:
    """What the cells of a file's row say."""
    stands = understood(one)
    guessed = one.matched is Matched.NEAREST
    return {
        "file": one.name,
        "sha256": one.sha256,
        **{name: str(stands[name] or "") for name in (*DAYS, *TEXTS, "group")},
        "left_out": (Words("ja", "yes") if one.left_out else Words("nej", "no")).in_(language),
        "nearest": (one.group_name or "") if guessed else "",
        "offered": str(one.offered_end or ""),
        "title": one.title or "",
        "registry_number": one.registry_number or "",
        "obstacles": " ".join(why.in_(language) for why in one.obstacles),
    }


def _guarded(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith((*A_FORMULA, "'")) else text


def _rows(body: bytes) -> list[tuple[int, dict[str, str]]]:
    """The lines that say anything, by our own names of their columns."""
    text = _text(body)
    heading = text.partition("\n")[0]
    delimiter = max(";,\t", key=heading.count)
    named = {
        words.in_(language).casefold(): name
        for name, words in HEADINGS.items()
        for language in ("sv", "en")
    }
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as fault:
        raise Miscorrected(NOT_A_SPREADSHEET) from fault
    columns = [named.get(cell.strip().casefold()) for cell in lines[0]] if lines else []
    if not {"file", "sha256"} & set(columns):
        raise Miscorrected(NOT_A_SPREADSHEET)
    return [
        (
            number,
            {
                name: GUARDED.sub("", cell.strip())
                for name, cell in zip(columns, cells, strict=False)
                if name is not None
            },
        )
        for number, cells in enumerate(lines[1:], start=2)
        if any(cell.strip() for cell in cells)
    ]


def _text(body: bytes) -> str:
    """The file as text: as we wrote it, or as an older spreadsheet program saves it."""
    if len(body) > LARGEST or b"\0" in body:
        raise Miscorrected(NOT_A_SPREADSHEET)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def _fields(row: dict[str, str], line: int, faults: list[Words]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, cell in row.items():
        heading = HEADINGS[name]
        if name in ("file", "sha256") or (name == "group" and not cell):
            continue
        if name in DAYS:
            try:
                fields[name] = date.fromisoformat(cell) if cell else None
            except ValueError:
                faults.append(NOT_A_DAY.about(line=line, heading=heading, given=cell[:40]))
        elif name == "left_out":
            if cell.casefold() not in YES | NO:
                faults.append(NOT_YES_OR_NO.about(line=line, heading=heading, given=cell[:40]))
            fields[name] = cell.casefold() in YES
        elif name == "group":
            fields[name] = "" if cell in NONE else cell
        else:
            fields[name] = cell
    return fields
