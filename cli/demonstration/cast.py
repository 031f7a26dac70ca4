"""Who plays: the sample organisation, and the reader's own document with made-up addresses."""

from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML

from documents import problems_of, read
from models.document import Document, Level
from statemachine.words import Refusal, Words

SAMPLES = Path(__file__).parents[2] / "samples"
PLAYED = ("Samordningsgrupp nära vård", "Samordningsråd rörelseorganen")
"""The groups of the play, the renewed one first."""


def readers_own(path: Path) -> Document:
    """The reader's own document. Its addresses become `.example` ones: nobody real gets a letter.

    Raises Refusal when it has errors the handler must correct first.
    """
    document = read(path.read_bytes(), path.name).document
    document = document.model_copy(
        update={
            "group": document.group or document.title,
            "valid_through": None,
            "recipients": tuple(
                line.model_copy(update={"email": _made_up(line.email)})
                for line in document.recipients
            ),
        }
    )
    errors = [one.message for one in problems_of(document) if one.level is Level.ERROR]
    if errors:
        raise Refusal(
            Words(
                "{file} har fel som ska rättas innan det kan beslutas:",
                "{file} has errors to correct before it can be decided:",
            ).about(file=path.name),
            *errors,
        )
    return document


def _made_up(email: str | None) -> str | None:
    return f"{email.split('@')[0]}@mottagare.example" if email else None


def cast(own: str | None) -> str:
    """The sample organisation with only the groups of the play, and the reader's own among them.

    The others have no charter, and would be written about every month for five years.
    """
    yaml = YAML()
    # The form has no room for aliases, which days shared by two seats would be written as.
    yaml.representer.ignore_aliases = lambda _: True
    organisation = yaml.load((SAMPLES / "organisation.yaml").read_text(encoding="utf-8"))
    groups = organisation["groups"]
    model = next(group for group in groups if group["name"] == PLAYED[0])
    kept = [group for group in groups if group["name"] in PLAYED]
    for group in kept:
        group.pop("parent", None)
    if own is not None and own.casefold() not in (name.casefold() for name in PLAYED):
        seats = ("chair", "liaison", "coordinator")
        kept.append(
            {
                "key": "er-grupp",
                "name": own,
                "from": "2024-01-01",
                "seats": [dict(seat) for seat in model["seats"] if seat["seat"] in seats],
            }
        )
    organisation["groups"] = kept
    written = StringIO()
    yaml.dump(organisation, written)
    return written.getvalue()
