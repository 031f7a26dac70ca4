"""Papers that are no charter, and what gives them away."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from documents.read.lines import Line
from statemachine.words import Words

NO_CHARTER = Words(
    "Det här är ingen uppdragshandling: rubriker som Syfte med uppdraget och Uppdragsbeskrivning, "
    "och uppgift om uppdragsgivare, saknas. {likeness}",
    "This is not a charter: headings such as Purpose and Tasks, and a commissioner, are missing. "
    "{likeness}",
)
UNLIKE_ANYTHING = Words(
    "Den liknar inget formulär som är känt här.", "It resembles no form known here."
)
SLIDES = Words("Den ser ut som bilder till ett möte.", "It looks like slides for a meeting.")


@dataclass(frozen=True, slots=True)
class Stranger:
    """A kind of paper that comes in by mistake, and words of which a few together betray it."""

    likeness: Words
    signs: re.Pattern[str]
    enough: int = 3


STRANGERS = (
    Stranger(
        Words("Den ser ut som en faktura.", "It looks like an invoice."),
        re.compile(
            r"\b(?:faktura(?:nummer|datum)?|bankgiro|plusgiro|förfallodatum|moms|att betala|"
            r"ocr-?nummer|invoice(?: number)?|amount due|vat|due date)\b",
            re.IGNORECASE,
        ),
    ),
    Stranger(
        Words("Den ser ut som ett mötesprotokoll.", "It looks like the minutes of a meeting."),
        re.compile(
            r"\b(?:protokoll|minnesanteckningar|närvarande|frånvarande|justerare|justeras|mötet "
            r"öppnas|mötet avslutas|föregående protokoll|nästa möte|§ ?\d+|minutes|present|"
            r"apologies|next meeting|meeting closed)",
            re.IGNORECASE,
        ),
    ),
    Stranger(
        SLIDES,
        re.compile(
            r"\b(?:agenda|presentationsrunda|gruppdiskussion|diskussion|dialogfråga|mentimeter|"
            r"menti\.com|fika|tidplan|välkommen|group discussion|coffee|questions\?|thank you)\b"
            r"|\b\d{1,2}[.:]\d{2}\b",
            re.IGNORECASE,
        ),
    ),
)


def not_a_charter(lines: Sequence[Line]) -> Words:
    """Why these lines are no charter, and which other paper they look most like."""
    text = "\n".join(line.text for line in lines)
    seen = [
        (len({sign.casefold() for sign in stranger.signs.findall(text)}), stranger)
        for stranger in STRANGERS
    ]
    signs, stranger = max(seen, key=lambda one: one[0])
    return looking_like(stranger.likeness if signs >= stranger.enough else UNLIKE_ANYTHING)


def looking_like(likeness: Words) -> Words:
    """The refusal of a paper that is no charter, with what it looks like."""
    return NO_CHARTER.about(likeness=likeness)
