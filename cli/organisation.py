"""Who is who, from a terminal: load the organisation, and change one thing at a time."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.edge import LANGUAGE, answer, edge, said, say, table
from statemachine.vocabulary import Duty, Seat
from statemachine.words import Refusal, Words

if TYPE_CHECKING:
    from casework.organisation import Difference

organisation = typer.Typer(
    help=said("Läs in och visa organisationen.", "Load and show the organisation."),
    no_args_is_help=True,
)
person = typer.Typer(
    help=said("Lägg till och ändra personer.", "Add and change people."), no_args_is_help=True
)
seat = typer.Typer(
    help=said("Tillsätt platser i grupper.", "Fill seats in groups."), no_args_is_help=True
)
duty = typer.Typer(
    help=said(
        "Utse handläggare, registratorer och administratörer.",
        "Appoint handlers, registry keepers and administrators.",
    ),
    no_args_is_help=True,
)
office = typer.Typer(
    help=said("Säg vem som har en befattning.", "Say who holds an office."), no_args_is_help=True
)
stand_in = typer.Typer(
    help=said("Säg vem som är ersättare.", "Say who stands in."), no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add `organisation`, `person`, `duty`, `seat`, `office` and `stand-in` to the program."""
    app.add_typer(organisation, name="organisation")
    app.add_typer(person, name="person")
    app.add_typer(duty, name="duty")
    app.add_typer(seat, name="seat")
    app.add_typer(office, name="office")
    app.add_typer(stand_in, name="stand-in")


# --- what the commands are told -----------------------------------------------------------------

DAY = said("ÅÅÅÅ-MM-DD", "YYYY-MM-DD")


def _option(*names: str, sv: str, en: str) -> Any:
    dated = {"--from", "--through", "--on"} & set(names)
    return typer.Option(*names, metavar=DAY if dated else None, help=said(sv, en))


def _argument(metavar: str, sv: str, en: str) -> Any:
    return typer.Argument(metavar=metavar, help=said(sv, en))


KEEPER = _option(
    "--by",
    sv="Vem som gör det: nyckel eller e-post. Administratören och registratorn; gruppens "
    "koordinator sina platser, den som har en befattning sina ersättare.",
    en="Who does it: key or e-mail. The administrator and the registry keeper; a group's "
    "coordinator its seats, whoever holds an office its stand-ins.",
)
SEATS = _argument(
    "SEAT",
    "Platsen: chair (ordförande), vice_chair, coordinator, liaison (kontaktperson), member "
    "eller co_opted.",
    "The seat: chair, vice_chair, coordinator, liaison, member or co_opted.",
)
DUTIES = _argument(
    "DUTY",
    "Uppgiften: handler (handläggare), registry_keeper (registrator) eller administrator.",
    "The duty: handler, registry_keeper or administrator.",
)
FROM = _option("--from", sv="Första dagen; annars i dag.", en="The first day; else today.")
THROUGH = _option(
    "--through", sv="Sista dagen; annars tills vidare.", en="The last day; else none is set."
)
LAST = _option("--through", sv="Sista dagen; annars i dag.", en="The last day; else today.")
FIRST_HERE = _option("--from", sv="Första dagen här.", en="The first day here.")
LAST_HERE = _option("--through", sv="Sista dagen här.", en="The last day here.")
ON = _option("--on", sv="Vilken dag; annars i dag.", en="Which day; else today.")
ADMINISTRATION = _option("--administration", sv="Förvaltning.", en="Administration.")
LANGUAGES = _option("--language", sv="Brevens språk: sv eller en.", en="Of letters: sv or en.")
WHOSE = _option("--person", sv="Vems, om flera har en sådan.", en="Whose, if several have one.")
DRY_RUN = _option(
    "--dry-run", sv="Visa skillnaden, ändra ingenting.", en="Show the difference, change nothing."
)

By = Annotated[str, KEEPER]
Who = Annotated[str, _argument("PERSON", "Nyckel eller e-post.", "Key or e-mail.")]
WhichGroup = Annotated[str, _argument("GROUP", "Gruppens nyckel.", "The group's key.")]
WhichOffice = Annotated[str, _argument("OFFICE", "Befattningens nyckel.", "The office's key.")]
WhichSeat = Annotated[str, SEATS]
WhichDuty = Annotated[str, DUTIES]
From = Annotated[str | None, FROM]
Through = Annotated[str | None, THROUGH]
Last = Annotated[str | None, LAST]
FirstHere = Annotated[str | None, FIRST_HERE]
LastHere = Annotated[str | None, LAST_HERE]
On = Annotated[str | None, ON]
Name = Annotated[str | None, _option("--name", sv="Namn.", en="Name.")]
Title = Annotated[str | None, _option("--title", sv="Titel.", en="Title.")]
Email = Annotated[str | None, _option("--email", sv="E-postadress.", en="E-mail address.")]
Phone = Annotated[str | None, _option("--phone", sv="Telefon.", en="Telephone.")]
Administration = Annotated[str | None, ADMINISTRATION]
Speaks = Annotated[str | None, LANGUAGES]
AppointedBy = Annotated[
    str | None, _option("--appointed-by", sv="Vem som utsåg.", en="Who appointed.")
]
Whose = Annotated[str | None, WHOSE]
AsJson = Annotated[bool, _option("--json", sv="Svara med JSON.", en="Answer in JSON.")]
DryRun = Annotated[bool, DRY_RUN]


# --- the whole organisation -----------------------------------------------------------------------


@organisation.command(
    help=said(
        "Läs in hela organisationen ur en YAML-fil. Det som inte längre står i filen avslutas med "
        "gårdagens datum; ingenting raderas.",
        "Load the whole organisation from a YAML file. What is no longer in the file ends with "
        "yesterday's date; nothing is deleted.",
    )
)
def load(
    file: Annotated[Path, _argument("FILE", "YAML-filen.", "The YAML file.")],
    by: Annotated[str | None, KEEPER] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    from casework import organisation as casework
    from models.session import reading, transaction

    read = casework.read_organisation_file(file)
    if by is None and not dry_run:
        raise Refusal(
            Words(
                "Säg vem som läser in organisationen, med --by.",
                "Say who loads the organisation, with --by.",
            )
        )
    with edge() as at:
        if by is None or dry_run:
            with reading(at.engine) as connection:
                difference = casework.plan(connection, read, today=at.today)
        else:
            with transaction(at.engine) as connection:
                difference = casework.load(
                    connection, read, by=by, today=at.today, now=at.now, calendar=at.calendar
                )
    _tell(difference, as_json)


@organisation.command(
    help=said("Visa vem som är vem en dag.", "Show who is who on a day."),
)
def show(on: On = None, as_json: AsJson = False) -> None:
    from casework.organisation import as_it_stands
    from models.session import reading

    with edge() as at, reading(at.engine) as connection:
        found = as_it_stands(connection, on=_day(on) or at.today)
    answer(found, as_json=as_json, text=lambda: _draw(found))


# --- people ---------------------------------------------------------------------------------------


@person.command("add", help=said("Lägg till en person.", "Add a person."))
def person_add(
    key: Annotated[
        str, typer.Argument(help=said("Ny nyckel, som anna.ek.", "New key, as anna.ek."))
    ],
    by: By,
    name: Annotated[str, typer.Option(help=said("Namn.", "Name."))],
    title: Title = None,
    email: Email = None,
    phone: Phone = None,
    administration: Administration = None,
    language: Speaks = None,
    from_: FirstHere = None,
    through: LastHere = None,
    as_json: AsJson = False,
) -> None:
    from casework.organisation import add_person

    stated = {
        "name": name,
        "title": title,
        "email": email,
        "phone": phone,
        "administration": administration,
        "language": language,
        "from": from_,
        "through": through,
    }
    _change(add_person, key, _given(stated), by=by, as_json=as_json)


@person.command(
    "change",
    help=said(
        'Ändra uppgifter om en person. Ett tomt värde ("") tar bort uppgiften.',
        'Change what is said of a person. An empty value ("") removes it.',
    ),
)
def person_change(
    who: Who,
    by: By,
    name: Name = None,
    title: Title = None,
    email: Email = None,
    phone: Phone = None,
    administration: Administration = None,
    language: Speaks = None,
    from_: FirstHere = None,
    through: LastHere = None,
    as_json: AsJson = False,
) -> None:
    from casework.organisation import set_person

    stated = {
        "name": name,
        "title": title,
        "email": email,
        "phone": phone,
        "administration": administration,
        "language": language,
        "from": from_,
        "through": through,
    }
    _change(set_person, who, _given(stated), by=by, as_json=as_json)


@person.command(
    "leave",
    help=said(
        "Någon slutar: allt de har avslutas samma dag, och platserna blir vakanta.",
        "Someone leaves: all they hold ends that day, and their seats stand vacant.",
    ),
)
def person_leave(who: Who, by: By, through: Last = None, as_json: AsJson = False) -> None:
    from casework.organisation import leave

    _change(leave, who, by=by, as_json=as_json, through=_day(through))


@person.command("show", help=said("Visa en person.", "Show a person."))
def person_show(who: Who, on: On = None, as_json: AsJson = False) -> None:
    from casework.organisation import person_as_they_stand
    from models.session import reading

    with edge() as at, reading(at.engine) as connection:
        known, holds = person_as_they_stand(connection, who, on=_day(on) or at.today)
    own = [f"{name}: {value}" for name, value in known.items() if name != "holds"]
    answer(known, as_json=as_json, text="\n".join([*own, *(one.in_(LANGUAGE) for one in holds)]))


# --- duties ---------------------------------------------------------------------------------------


@duty.command(
    "give",
    help=said(
        "Utse någon till handläggare, registrator eller administratör. Ingen utser sig själv.",
        "Make someone handler, registry keeper or administrator. Nobody appoints themselves.",
    ),
)
def duty_give(
    which: WhichDuty,
    who: Who,
    by: By,
    from_: From = None,
    through: Through = None,
    as_json: AsJson = False,
) -> None:
    from casework.organisation import give_duty

    dates = {"from_": _day(from_), "through": _day(through)}
    _change(give_duty, which, who, by=by, as_json=as_json, **dates)


@duty.command(
    "end",
    help=said(
        "Avsluta en uppgift; det som var planerat längre fram blir inte av.",
        "End a duty; what was planned for later does not come about.",
    ),
)
def duty_end(
    which: WhichDuty, who: Who, by: By, through: Last = None, as_json: AsJson = False
) -> None:
    from casework.organisation import end_duty

    _change(end_duty, which, who, by=by, as_json=as_json, through=_day(through))


# --- seats, offices, stand-ins --------------------------------------------------------------------


@seat.command(
    "set",
    help=said(
        "Ge någon en plats i en grupp. Den som har en plats som bara en kan ha lämnar den dagen "
        "innan.",
        "Give someone a seat in a group. Whoever has a seat that takes one person gives way the "
        "day before.",
    ),
)
def seat_set(
    group: WhichGroup,
    which: WhichSeat,
    who: Who,
    by: By,
    from_: From = None,
    through: Through = None,
    appointed_by: AppointedBy = None,
    as_json: AsJson = False,
) -> None:
    from casework.organisation import set_seat

    _change(
        set_seat,
        group,
        which,
        who,
        by=by,
        as_json=as_json,
        from_=_day(from_),
        through=_day(through),
        appointed_by=appointed_by,
    )


@seat.command("vacate", help=said("Lämna en plats vakant.", "Leave a seat vacant."))
def seat_vacate(
    group: WhichGroup,
    which: WhichSeat,
    by: By,
    whose: Whose = None,
    from_: From = None,
    as_json: AsJson = False,
) -> None:
    from casework.organisation import vacate_seat

    _change(vacate_seat, group, which, by=by, as_json=as_json, person=whose, from_=_day(from_))


@office.command(
    "hold",
    help=said(
        "Säg vem som har en befattning. Den som har den lämnar den dagen innan.",
        "Say who holds an office. Whoever holds it gives way the day before.",
    ),
)
def office_hold(
    which: WhichOffice,
    who: Who,
    by: By,
    from_: From = None,
    through: Through = None,
    as_json: AsJson = False,
) -> None:
    from casework.organisation import set_office_holder

    dates = {"from_": _day(from_), "through": _day(through)}
    _change(set_office_holder, which, who, by=by, as_json=as_json, **dates)


@stand_in.command(
    "set",
    help=said(
        "Låt någon vara ersättare för en befattning mellan två dagar.",
        "Have someone stand in for an office between two days.",
    ),
)
def stand_in_set(
    which: WhichOffice,
    who: Who,
    by: By,
    from_: From = None,
    through: Through = None,
    as_json: AsJson = False,
) -> None:
    from casework.organisation import set_stand_in

    dates = {"from_": _day(from_), "through": _day(through)}
    _change(set_stand_in, which, who, by=by, as_json=as_json, **dates)


@stand_in.command(
    "end",
    help=said(
        "Någon slutar vara ersättare; det som var planerat längre fram blir inte av.",
        "Someone no longer stands in; what was planned for later does not come about.",
    ),
)
def stand_in_end(
    which: WhichOffice, who: Who, by: By, through: Last = None, as_json: AsJson = False
) -> None:
    from casework.organisation import end_stand_in

    _change(end_stand_in, which, who, by=by, as_json=as_json, through=_day(through))


# --- how they are carried out and answered --------------------------------------------------------


def _change(
    act: Callable[..., "Difference"], *what: Any, by: str, as_json: bool, **stated: Any
) -> None:
    """Make one change, in one transaction, and tell what it came to."""
    from models.session import transaction

    with edge() as at, transaction(at.engine) as connection:
        difference = act(connection, *what, by=by, today=at.today, now=at.now, **stated)
    _tell(difference, as_json)


def _tell(difference: "Difference", as_json: bool) -> None:
    answer(difference.as_json(), as_json=as_json, text=difference.words.in_(LANGUAGE))


def _day(written: str | None) -> date | None:
    """The day as typed. Raises Refusal for what is no day."""
    from casework.organisation.values import Unusable, day

    try:
        return day(written) if written else None
    except Unusable as unusable:
        raise Refusal(unusable.says) from unusable


def _given(stated: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in stated.items() if value is not None}


def _draw(found: dict[str, Any]) -> None:
    names = {one["key"]: one["name"] for one in found["people"]}

    def period(one: dict[str, Any]) -> str:
        return f"{one['from']} – {one.get('through', '')}".rstrip()

    def named(one: dict[str, Any]) -> str:
        key = one.get("person")
        return said("vakant", "vacant") if key is None else names.get(key, key)

    table(
        said("Person", "Person"),
        said("Titel", "Title"),
        said("Förvaltning", "Administration"),
        said("Nyckel", "Key"),
        rows=(
            (one["name"], one.get("title"), one.get("administration"), one["key"])
            for one in found["people"]
        ),
    )
    say("")
    table(
        said("Befattning", "Office"),
        said("Roll", "Role"),
        said("Person", "Person"),
        said("Tid", "Time"),
        rows=(
            (one["name"], role, named(held), period(held))
            for one in found["offices"]
            for role, listed in (
                (said("innehavare", "holder"), one["holders"]),
                (said("ersättare", "stand-in"), one["stand_ins"]),
            )
            for held in listed
        ),
    )
    say("")
    table(
        said("Grupp", "Group"),
        said("Plats", "Seat"),
        said("Person", "Person"),
        said("Tid", "Time"),
        rows=(
            (one["name"], Seat(held["seat"]).words.in_(LANGUAGE), named(held), period(held))
            for one in found["groups"]
            for held in one["seats"]
        ),
    )
    say("")
    table(
        said("Uppgift", "Duty"),
        said("Person", "Person"),
        said("Tid", "Time"),
        rows=(
            (Duty(duty).words.in_(LANGUAGE), named(held), period(held))
            for duty, listed in found["duties"].items()
            for held in listed
        ),
    )
