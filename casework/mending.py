"""Mending: what people do about a letter that did not arrive, waits, or should not leave.

Each is for the charter's handler, a registry keeper or an administrator, and each is journalled
with who, in what role, and why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, or_, select, update

from casework.matter import Matter, Sitting
from casework.undelivered import concerning, lines_of
from casework.writing import note, wake_charter
from models.directory import Directory
from models.tables import Journal, Outbox, Recipient, Suppression
from notifications.compose import ascii_address
from notifications.facts import LetterFacts
from notifications.outbox import FREE, LetterToPost, end_pause, post
from notifications.relevance import NO_LONGER, still_makes_sense
from notifications.wording import Unsayable
from statemachine.vocabulary import ARRIVED, Fate, Letter, Reach, Role
from statemachine.words import Refusal, Words, joined, plain

MAY_MEND = (Role.HANDLER, Role.REGISTRY_KEEPER, Role.ADMINISTRATOR)
RETRY, CANCEL, REACHED_OTHERWISE, GIVE_UP, LIFT, TRY_NOW = (
    "outbox-retry",
    "outbox-cancel",
    "outbox-reached-otherwise",
    "outbox-give-up",
    "outbox-lift",
    "outbox-try-now",
)
"""What the journal calls each."""

WAITING = (Fate.PENDING, Fate.UNCERTAIN)
ON_THE_WAY = (Fate.CLAIMED, Fate.SENDING)


class NotMended(Refusal):
    """Nothing was done about the letter, and why."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What was done: about which letter, and the letter that now goes, when there is one."""

    letter: int
    said: Words
    new_letter: int | None = None


NO_SUCH = Words(
    "Det finns inget brev med nummer {number} i utkorgen.",
    "There is no letter number {number} in the outbox.",
)
SEE_THEM = Words("Se dem med: mandat outbox list", "See them with: mandat outbox list")
NOT_FOR_YOU = Words(
    "{name} får inte göra det. Det är en sak för handläggaren, registratorn eller en "
    "administratör.",
    "{name} may not do that. It is for the handler, a registry keeper or an administrator.",
)
SAY_WHY = Words("Ange ett skäl.", "Give a reason.")
SAY_HOW = Words("Ange hur mottagaren nåddes.", "Say how the recipient was reached.")
ON_ITS_WAY = Words(
    "Brev {number} är på väg just nu. Vänta tills det har ett utfall.",
    "Letter {number} is on its way just now. Wait until something has come of it.",
)
ALREADY = Words(
    "Brev {number} kan inte {what}: det är {fate}.",
    "Letter {number} cannot be {what}: it is {fate}.",
)
SENT_ALREADY = Words(
    "Brev {number} är skickat och har inte kommit tillbaka. Bara en expediering kan skickas på "
    "nytt då, till en annan adress.",
    "Letter {number} is sent and has not come back. Only a distribution can be sent again then, to "
    "another address.",
)
DISTRIBUTED_ALREADY = Words(
    "Brev {number} är skickat och har inte kommit tillbaka. Gick det till fel adress, ange den "
    "rätta. Har mottagaren nåtts på annat sätt, anteckna det.",
    "Letter {number} is sent and has not come back. If it went to the wrong address, give the "
    "right one. If the recipient was reached otherwise, note it.",
)
MEND_IT = Words(
    "Rätt adress anges med --email; nådd på annat sätt antecknas med: mandat outbox "
    "reached-otherwise {number}",
    "The right address is given with --email; reached otherwise is noted with: mandat outbox "
    "reached-otherwise {number}",
)
TOO_LATE = Words(
    "Brev {number} gällde bara en kort tid, och den är förbi.",
    "Letter {number} was only for a short while, and that has passed.",
)
CANCELLED_BY_ITSELF = Words(
    "Brev {number} ställdes in för att det inte längre stämde: {why}",
    "Letter {number} was cancelled since it no longer held: {why}",
)
SENT_AGAIN = Words(
    "Brev {number} har redan skickats på nytt, som brev {new}.",
    "Letter {number} has already been sent again, as letter {new}.",
)
SUPPRESSED = Words(
    "Adressen {email} är spärrad sedan {since}: {why}. Ange rätt adress, eller samma adress igen "
    "för att häva spärren.",
    "The address {email} is suppressed since {since}: {why}. Give the right address, or the same "
    "one again to lift the suppression.",
)
WITH_EMAIL = Words("Adressen anges med: --email", "The address is given with: --email")
NO_ADDRESS = Words(
    "{email} är ingen e-postadress som tar emot brev.",
    "{email} is no e-mail address that takes letters.",
)
NOBODY_LISTED = Words(
    "Brev {number} är ingen expediering. Bara de som står på en sändlista kan antecknas så.",
    "Letter {number} is no distribution. Only those on a distribution list can be noted so.",
)
REACHED_ALREADY = Words(
    "{name} är redan antecknad som: {outcome}.", "{name} is already noted as: {outcome}."
)
NOT_SUPPRESSED = Words(
    "Adressen {email} är inte spärrad.", "The address {email} is not suppressed."
)

RUNS = Words("Breven står inte stilla.", "Letters do not stand still.")
NEXT_TRIES = Words(
    "Nästa leverans prövar på nytt. Det går att göra genast med: mandat deliver",
    "The next delivery tries again. It can be done at once with: mandat deliver",
)

DUE_NOW = Words(
    "Brev {number} till {email} står nu på tur.", "Letter {number} to {email} is now next in turn."
)
AGAIN = Words(
    "Brev {number} skickas på nytt till {email}, som brev {new}.",
    "Letter {number} is sent again to {email}, as letter {new}.",
)
LIFTED = Words("Spärren för {email} är hävd.", "The suppression of {email} is lifted.")
PERSON_UNCHANGED = Words(
    "Rätta också personens adress i organisationen, annars går nästa brev fel.",
    "Correct the person's address in the organisation too, or the next letter goes astray.",
)
CANCELLED = Words(
    "Brev {number} till {email} är inställt.", "Letter {number} to {email} is cancelled."
)
NOTED = Words("{name} är nu antecknad som: {outcome}.", "{name} is now noted as: {outcome}.")


def retry(
    connection: Connection, number: int, *, at: Sitting, reason: str, email: str | None = None
) -> Mended:
    """Have a letter go now, or go again: to the address it has, or to a corrected one.

    One that waits is due at once. In place of one that ended unsent, or that someone cancelled, a
    new letter is posted; so it is for a distribution that was sent to a wrong address, and its
    line on the list waits for the new one. An address given explicitly is no longer suppressed.

    Raises NotMended.
    """
    letter, matter, role = _taken_up(connection, number, at, reason)
    address = _address(email) if email else letter.to_email
    same = address.casefold() == letter.to_email.casefold()
    _must_be_retriable(connection, letter, matter, elsewhere=not same)
    lifted = _lift(connection, address) if email else _must_not_be_suppressed(connection, address)
    details = {"number": number, "to": address, "suppression_lifted": lifted}
    said = [LIFTED.about(email=address)] if lifted else []
    if letter.state in WAITING and same:
        connection.execute(
            update(Outbox)
            .where(Outbox.id == number)
            .values(state=Fate.PENDING, due_at=at.now, **FREE)
        )
        note(matter, RETRY, role, reason=reason, details=details)
        return Mended(number, joined([DUE_NOW.about(number=number, email=address), *said]))
    if letter.state in WAITING:
        _cancelled(connection, letter, reason)
    new = _again(connection, letter, address, at)
    if not same:
        _correct_the_list(connection, letter, address, at)
        if matter.people.addressed(letter.to_email) is not None:
            said.append(PERSON_UNCHANGED)
    note(matter, RETRY, role, reason=reason, details={**details, "new": new})
    return Mended(number, joined([AGAIN.about(number=number, email=address, new=new), *said]), new)


def cancel_letter(connection: Connection, number: int, *, at: Sitting, reason: str) -> Mended:
    """Keep a letter that waits from leaving. Raises NotMended."""
    letter, matter, role = _taken_up(connection, number, at, reason)
    if letter.state not in WAITING:
        raise _already(letter, Words("ställas in", "cancelled"))
    _cancelled(connection, letter, reason)
    note(matter, CANCEL, role, reason=reason, details={"number": number, "to": letter.to_email})
    return Mended(number, CANCELLED.about(number=number, email=letter.to_email))


def reached_otherwise(connection: Connection, number: int, *, at: Sitting, how: str) -> Mended:
    """Note that someone on the distribution list was reached in another way. Raises NotMended."""
    return _noted(connection, number, Reach.REACHED_OTHERWISE, at, how, SAY_HOW)


def give_up(connection: Connection, number: int, *, at: Sitting, reason: str) -> Mended:
    """Note that someone on the distribution list is not reached, and why. Raises NotMended."""
    return _noted(connection, number, Reach.GIVEN_UP, at, reason, SAY_WHY)


def lift(connection: Connection, email: str, *, at: Sitting, reason: str) -> Mended:
    """Let letters go to an address again. Raises NotMended."""
    matter = _about_no_charter(connection, at)
    role = _role(matter, (Role.REGISTRY_KEEPER, Role.ADMINISTRATOR))
    if not reason.strip():
        raise NotMended(SAY_WHY)
    address = email.strip().casefold()
    was = connection.execute(select(Suppression).where(Suppression.email_folded == address)).first()
    if was is None:
        raise NotMended(NOT_SUPPRESSED.about(email=email))
    _lift(connection, address)
    details = {"email": address, "was": was.reason, "since": was.since.isoformat()}
    note(matter, LIFT, role, reason=reason, details=details)
    return Mended(0, LIFTED.about(email=address))


def try_now(connection: Connection, *, at: Sitting, reason: str) -> Mended:
    """Have the next worker try the paused channel at once: what stopped it is mended.

    Raises NotMended.
    """
    matter = _about_no_charter(connection, at)
    role = _role(matter, MAY_MEND[1:])
    if not reason.strip():
        raise NotMended(SAY_WHY)
    if not end_pause(connection, at.now):
        raise NotMended(RUNS)
    note(matter, TRY_NOW, role, reason=reason, details={})
    return Mended(0, NEXT_TRIES)


# --- taking up a letter ---------------------------------------------------------------------------


def _taken_up(
    connection: Connection, number: int, at: Sitting, reason: str, missing: Words = SAY_WHY
) -> tuple[Row[Any], Matter, Role]:
    """The letter, locked; what it is about; and in what role someone takes it up."""
    letter = connection.execute(
        select(Outbox.__table__).where(Outbox.id == number).with_for_update(key_share=True)
    ).first()
    if letter is None:
        raise NotMended(NO_SUCH.about(number=number), at_terminal=SEE_THEM)
    matter = concerning(connection, letter, at)
    roles = MAY_MEND if matter.row is not None else MAY_MEND[1:]
    role = _role(matter, roles)
    if not reason.strip():
        raise NotMended(missing)
    if letter.state in ON_THE_WAY:
        raise NotMended(ON_ITS_WAY.about(number=number))
    return letter, matter, role


def _role(matter: Matter, roles: Iterable[Role]) -> Role:
    for role in roles:
        if matter.plays(role):
            return role
    raise NotMended(NOT_FOR_YOU.about(name=matter.by.name if matter.by else "–"))


def _must_be_retriable(
    connection: Connection, letter: Row[Any], matter: Matter, *, elsewhere: bool
) -> None:
    number = letter.id
    again = connection.scalar(select(Outbox.id).where(Outbox.resend_of == number))
    if again is not None:
        raise NotMended(SENT_AGAIN.about(number=number, new=again))
    if letter.state == Fate.SENT and letter.letter != Letter.DISTRIBUTION:
        raise NotMended(SENT_ALREADY.about(number=number))
    if letter.state == Fate.SENT and not elsewhere:
        raise NotMended(
            DISTRIBUTED_ALREADY.about(number=number), at_terminal=MEND_IT.about(number=number)
        )
    if letter.state == Fate.EXPIRED or letter.letter == Letter.LOGIN_CODE:
        raise NotMended(TOO_LATE.about(number=number))
    if letter.state == Fate.CANCELLED and not _was_cancelled_by_hand(matter, letter):
        raise NotMended(CANCELLED_BY_ITSELF.about(number=number, why=letter.reply or "–"))
    if not still_makes_sense(connection, letter):
        raise NotMended(NO_LONGER)


def _was_cancelled_by_hand(matter: Matter, letter: Row[Any]) -> bool:
    about_it = (
        Journal.charter_id == letter.charter_id
        if letter.charter_id is not None
        else Journal.charter_id.is_(None)
    )
    entries = matter.connection.scalars(
        select(Journal.details).where(about_it, Journal.act == CANCEL)
    )
    return any(entry["number"] == letter.id for entry in entries)


def _already(letter: Row[Any], what: Words) -> NotMended:
    fate = Fate(letter.state).words
    return NotMended(ALREADY.about(number=letter.id, what=what, fate=fate))


def _about_no_charter(connection: Connection, at: Sitting) -> Matter:
    return Matter(connection, None, at, Directory(connection, at.today, known=at.by))


# --- doing something about it ---------------------------------------------------------------------


def _cancelled(connection: Connection, letter: Row[Any], why: str) -> None:
    connection.execute(
        update(Outbox).where(Outbox.id == letter.id).values(state=Fate.CANCELLED, reply=why, **FREE)
    )


def _again(connection: Connection, letter: Row[Any], address: str, at: Sitting) -> int:
    """Post the letter anew, as it was told then; returns its number."""
    again = LetterToPost(
        letter=Letter(letter.letter),
        to_name=letter.to_name,
        to_email=address,
        facts=LetterFacts.model_validate(letter.facts),
        language=letter.language,
        stage=letter.stage,
        calendar=letter.calendar,
        charter_id=letter.charter_id,
        group_id=letter.group_id,
        round=letter.round,
        person_id=letter.person_id,
        recipient_id=letter.recipient_id,
        papers=tuple(letter.papers),
        resend=int(letter.dedupe_key.rpartition(":")[2]) + 1,
    )
    while not post(connection, [again], now=at.now, today=at.today, domain=at.settings.mail_domain):
        # To that address it was sent again before, in place of another letter.
        again = replace(again, resend=again.resend + 1)
    return int(
        connection.execute(
            update(Outbox)
            .where(Outbox.dedupe_key == again.dedupe_key)
            .values(resend_of=letter.id)
            .returning(Outbox.id)
        ).scalar_one()
    )


def _correct_the_list(connection: Connection, letter: Row[Any], address: str, at: Sitting) -> None:
    """Where the letter was a distribution, its lines on the list get the new address.

    What arrived at the old one reached nobody: they wait for the new letter.
    """
    if letter.letter != Letter.DISTRIBUTION:
        return
    went_astray = update(Recipient).where(*lines_of(letter), Recipient.outcome.in_(ARRIVED))
    if connection.execute(went_astray.values(outcome=None, outcome_at=None)).rowcount:
        wake_charter(connection, letter.charter_id, on=at.today)
    connection.execute(update(Recipient).where(*lines_of(letter)).values(email=address))


def _noted(
    connection: Connection, number: int, reach: Reach, at: Sitting, said: str, missing: Words
) -> Mended:
    letter, matter, role = _taken_up(connection, number, at, said, missing)
    if letter.letter != Letter.DISTRIBUTION:
        raise NotMended(NOBODY_LISTED.about(number=number))
    # Its line may have another address by now.
    theirs = or_(Recipient.id == letter.recipient_id, and_(*lines_of(letter)))
    lines = connection.execute(select(Recipient).where(theirs).order_by(Recipient.id)).all()
    open_ = [line for line in lines if _may_become(line.outcome, reach)]
    if not open_:
        raise NotMended(
            REACHED_ALREADY.about(name=lines[0].name, outcome=Reach(lines[0].outcome).words)
        )
    by = matter.by.name if matter.by else "–"
    connection.execute(
        update(Recipient)
        .where(Recipient.id.in_([line.id for line in open_]))
        .values(outcome=reach, outcome_at=at.now, outcome_note=f"{by}: {said}")
    )
    _call_back(connection, letter, lines, said)
    act = REACHED_OTHERWISE if reach is Reach.REACHED_OTHERWISE else GIVE_UP
    details = {
        "number": number,
        "to": letter.to_email,
        "lines": [line.place for line in open_],
        "was": [line.outcome for line in open_],
    }
    note(matter, act, role, reason=said, details=details)
    return Mended(number, NOTED.about(name=lines[0].name, outcome=reach.words))


def _may_become(outcome: str | None, reach: Reach) -> bool:
    """Whoever was reached stays so; one that was given up may be reached after all.

    What a relay has accepted may have been for another: someone may know better.
    """
    may_change = {None, Reach.BOUNCED}
    if reach is Reach.REACHED_OTHERWISE:
        may_change |= {Reach.GIVEN_UP, *ARRIVED}
    return outcome in may_change


def _call_back(
    connection: Connection, letter: Row[Any], lines: Sequence[Row[Any]], why: str
) -> None:
    """Cancel what still waits for these lines of the list: this letter, or one in its place.

    Raises NotMended when one is on its way.
    """
    to = [line.email.lower() for line in lines]
    theirs = connection.execute(
        select(Outbox.__table__)
        .where(
            Outbox.charter_id == letter.charter_id,
            Outbox.letter == Letter.DISTRIBUTION,
            Outbox.state.in_((*WAITING, *ON_THE_WAY)),
            or_(Outbox.id == letter.id, func.lower(Outbox.to_email).in_(to)),
        )
        .with_for_update(key_share=True)
    ).all()
    for one in theirs:
        if one.state in ON_THE_WAY:
            raise NotMended(ON_ITS_WAY.about(number=one.id))
        _cancelled(connection, one, why)


# --- addresses ------------------------------------------------------------------------------------


def _address(email: str) -> str:
    try:
        ascii_address(email.strip())
    except Unsayable as fault:
        raise NotMended(NO_ADDRESS.about(email=email)) from fault
    return email.strip()


def _lift(connection: Connection, email: str) -> bool:
    lifted = connection.execute(
        delete(Suppression).where(Suppression.email_folded == email.casefold())
    )
    return bool(lifted.rowcount)


def _must_not_be_suppressed(connection: Connection, email: str) -> bool:
    """False: nothing was lifted."""
    found = connection.execute(
        select(Suppression).where(Suppression.email_folded == email.casefold())
    ).first()
    if found is not None:
        raise NotMended(
            SUPPRESSED.about(email=email, since=found.since.date(), why=plain(found.reason)),
            at_terminal=WITH_EMAIL,
        )
    return False
