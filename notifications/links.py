"""Links in letters: the page on which a reader goes on, and the mark of a link to a decision.

A link is a way to a page and nothing more: it decides nothing, and lets nobody in. The mark says
which case, as it stood when the letter was written, and for whom; what it names is said nowhere
until that person has logged in.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass

from notifications.facts import LetterFacts
from statemachine.vocabulary import Letter
from statemachine.words import Words


@dataclass(frozen=True, slots=True)
class Pages:
    """Where people reach the pages, and what links to them are signed with."""

    address: str
    key: str


@dataclass(frozen=True, slots=True)
class Link:
    """A page to go on to, and what the link is called."""

    words: Words
    address: str


@dataclass(frozen=True, slots=True)
class ToDecide:
    """What a link to a decision was made for."""

    charter: int
    round: int
    content: str
    """How the hash of the text begins."""
    person: int


SHOWN = 16
"""Letters of a hash that a link carries: enough to know a text by, where it was signed."""
_MARK = re.compile(
    r"(?P<what>(\d{1,10})-(\d{1,6})-([0-9a-f]{1,16})-(\d{1,10}))-(?P<proof>[0-9a-f]{32})",
    re.ASCII,
)


def mark_of(key: str, link: ToDecide) -> str:
    """The mark of a link to a case: signed, without an end."""
    what = f"{link.charter}-{link.round}-{link.content[:SHOWN]}-{link.person}"
    return f"{what}-{_proof(key, what)}"


def marked(key: str, mark: str) -> ToDecide | None:
    """What a link was made for; None when it is not ours."""
    read = _MARK.fullmatch(mark)
    if read is None or not hmac.compare_digest(_proof(key, read["what"]), read["proof"]):
        return None
    return ToDecide(int(read[2]), int(read[3]), read[4], int(read[5]))


def _proof(key: str, what: str) -> str:
    return hmac.new(key.encode(), f"link:{what}".encode(), hashlib.sha256).hexdigest()[:32]


# fmt: off
TO_THE_CASE = Words("Öppna ärendet", "Open the case")
TO_THE_GROUP = Words("Öppna gruppen och påbörja nästa uppdrag", "Open the group and begin its next charter")
TO_THE_LIST = Words("Se vilka som nåtts, och skicka igen", "See who is reached, and send again")
PLACES: dict[Letter, tuple[Words, tuple[str, ...]]] = {
    Letter.DECISION_REQUEST:        (Words("Öppna ärendet och besluta", "Open the case and decide"), ("/links/{mark}", "/charters/{charter}/decide")),
    Letter.DECISION_REMINDER:       (Words("Öppna ärendet och besluta", "Open the case and decide"), ("/links/{mark}", "/charters/{charter}/decide")),
    Letter.ESCALATION:              (TO_THE_CASE, ("/links/{mark}", "/charters/{charter}")),
    Letter.NOBODY_CAN_DECIDE:       (TO_THE_CASE, ("/charters/{charter}",)),
    Letter.OPINION_ASKED:           (Words("Läs och yttra dig", "Read it and give your opinion"), ("/charters/{charter}/opinion",)),
    Letter.OPINION_GIVEN:           (TO_THE_CASE, ("/charters/{charter}",)),
    Letter.HANDED_OVER:             (TO_THE_CASE, ("/charters/{charter}",)),
    Letter.SENT_BACK:               (Words("Öppna utkastet", "Open the draft"), ("/charters/{charter}/edit",)),
    Letter.DRAFT_UNTOUCHED:         (Words("Öppna utkastet", "Open the draft"), ("/charters/{charter}/edit",)),
    Letter.OUTCOME:                 (Words("Öppna handlingen", "Open the document"), ("/charters/{charter}",)),
    Letter.DISTRIBUTION:            (Words("Öppna handlingen", "Open the document"), ("/charters/{charter}",)),
    Letter.DISTRIBUTION_INCOMPLETE: (TO_THE_LIST, ("/charters/{charter}/receipts",)),
    Letter.UNDELIVERABLE:           (TO_THE_LIST, ("/charters/{charter}/receipts", "/")),
    Letter.FOLLOW_UP:               (Words("Öppna handlingen", "Open the document"), ("/charters/{charter}",)),
    Letter.RENEWAL:                 (TO_THE_GROUP, ("/groups/{group}", "/charters/{charter}")),
    Letter.LAST_CALL:               (TO_THE_GROUP, ("/groups/{group}", "/charters/{charter}")),
    Letter.EXPIRED:                 (TO_THE_GROUP, ("/groups/{group}", "/charters/{charter}")),
    Letter.GAP:                     (TO_THE_GROUP, ("/groups/{group}", "/")),
    Letter.STANDSTILL:              (Words("Se hur tjänsten mår", "See how the service fares"), ("/operations",)),
    Letter.ALARM:                   (Words("Se hur tjänsten mår", "See how the service fares"), ("/operations",)),
    Letter.DIGEST:                  (Words("Se det som väntar", "See what waits"), ("/",)),
}
"""What a letter's link is called, and where it leads: the first whose names are all known."""
# fmt: on


def links_in(facts: LetterFacts, pages: Pages | None) -> tuple[Link, ...]:
    """The links of a letter; none where there are no pages, or none is about it."""
    if pages is None or facts.letter not in PLACES:
        return ()
    words, paths = PLACES[facts.letter]
    known = _known(facts, pages)
    for path in paths:
        if set(re.findall(r"\{(\w+)\}", path)) <= known.keys():
            return (Link(words, pages.address + path.format(**known)),)
    return ()


def _known(facts: LetterFacts, pages: Pages) -> dict[str, str]:
    """What a path may name, of that which the letter tells."""
    known: dict[str, str] = {}
    if facts.charter is not None:
        known["charter"] = str(facts.charter.id)
    if facts.group_key is not None:
        known["group"] = facts.group_key
    if facts.charter is not None and facts.asked is not None:
        asked = facts.asked
        link = ToDecide(facts.charter.id, asked.round, asked.content_hash, asked.person)
        known["mark"] = mark_of(pages.key, link)
    return known
