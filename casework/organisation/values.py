"""Values as people write them: each function reads a text, or says why it cannot."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date

from statemachine.words import Words, plain

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
KEY = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
YEARS = range(1900, 2201)
UNSEEN = ("Cc", "Cf", "Co", "Zl", "Zp")
"""Unicode categories nobody can see: control, format (direction marks, soft hyphens), private."""


class Unusable(Exception):
    """The text is no such value; what is wrong with it, and what to write instead."""

    def __init__(self, says: Words) -> None:
        super().__init__(says.en)
        self.says = says


def text(written: str) -> str:
    """The text in one spelling: NFC, single spaces. Raises Unusable for what cannot be seen."""
    # A line folded over two lines in the file holds a newline; that one is a space.
    found = re.sub(r"[ \r\n\u00a0]+", " ", unicodedata.normalize("NFC", written)).strip()
    unseen = next((letter for letter in found if unicodedata.category(letter) in UNSEEN), None)
    if unseen is not None:
        raise Unusable(
            Words(
                "Texten har ett tecken som inte syns (U+{code}). Skriv den på nytt för hand.",
                "The text holds an unseen character (U+{code}). Write it anew by hand.",
            ).about(code=f"{ord(unseen):04X}")
        )
    return found


def key(written: str) -> str:
    """A key. Raises Unusable for anything but a–z, digits, and single . - _ between them."""
    if not KEY.fullmatch(written):
        raise Unusable(
            Words(
                "”{written}” kan inte vara en nyckel. Använd små bokstäver a–z och siffror, med "
                "punkt, bindestreck eller understreck emellan, till exempel anna.ek.",
                "“{written}” cannot be a key. Use small letters a–z and digits, with a full stop, "
                "hyphen or underscore between, for example anna.ek.",
            ).about(written=text(written))
        )
    return written


def day(written: str) -> date:
    """A date. Raises Unusable for anything but a real day written YYYY-MM-DD."""
    try:
        if DAY.fullmatch(written) and int(written[:4]) in YEARS:
            return date.fromisoformat(written)
    except ValueError:
        pass
    raise Unusable(
        Words(
            "”{written}” är inte ett datum. Skriv en dag som finns, som ÅÅÅÅ-MM-DD.",
            "“{written}” is not a date. Write a day that exists, as YYYY-MM-DD.",
        ).about(written=text(written))
    )


def email(written: str) -> str:
    """An e-mail address in its normal spelling. Whether it can be reached is not asked."""
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text(written), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise Unusable(
            Words(
                "”{written}” är inte en e-postadress. Skriv den som namn@organisation.example.",
                "“{written}” is not an e-mail address. Write it as name@organisation.example.",
            ).about(written=text(written))
        ) from error


def truth(written: str) -> bool:
    """True or false, as YAML and people write them."""
    match written.casefold():
        case "true" | "ja" | "yes":
            return True
        case "false" | "nej" | "no":
            return False
    raise Unusable(
        Words(
            "”{written}” är varken true eller false.", "“{written}” is neither true nor false."
        ).about(written=text(written))
    )


def one_of(known: Callable[[], Iterable[str]]) -> Callable[[str], str]:
    """A reader of one of these words."""

    def word(written: str) -> str:
        words = tuple(known())
        if written not in words:
            raise Unusable(not_among(written, words))
        return written

    return word


def not_among(written: str, known: Iterable[str]) -> Words:
    """That `written` is not one of the few words there are, and which they are."""
    known = tuple(known)
    nearest = nearest_to(written, known)
    return Words(
        "”{written}” är inte något av {known}.{meant}",
        "“{written}” is none of {known}.{meant}",
    ).about(written=text(written), known=", ".join(known), meant=meant(nearest))


def nearest_to(written: str, known: Iterable[str]) -> str | None:
    """The known word most like `written`, or None when none is."""
    from rapidfuzz import fuzz, process

    found = process.extractOne(
        written, list(known), scorer=fuzz.ratio, processor=str.casefold, score_cutoff=60
    )
    return str(found[0]) if found else None


def meant(nearest: str | None) -> Words:
    """A question that names what was perhaps meant; nothing when nothing comes near."""
    if nearest is None:
        return plain("")
    return Words(" Menade du {nearest}?", " Did you mean {nearest}?").about(nearest=nearest)
