"""`mandat backup` and `mandat restore`: everything remembered, in one file and back again."""

from pathlib import Path
from typing import Annotated

import typer

from cli.acts import AsJson
from cli.edge import LANGUAGE, answer, said
from statemachine.words import Words, joined, plain

KEEPING = said("Bevara", "Keeping")
BACKUPS = Path("var/backup")

# fmt: off
To = Annotated[Path | None, typer.Argument(metavar="[TO]", help=said("Filen, eller mappen där den läggs; annars var/backup.", "The file, or the folder to put it in; else var/backup."))]
From = Annotated[Path, typer.Argument(metavar="FROM", help=said("Säkerhetskopian.", "The backup."))]
Url = Annotated[str | None, typer.Option("--to", metavar="URL", help=said("Databasen att återställa till, annars MANDAT_DATABASE_URL.", "The database to put it in, else MANDAT_DATABASE_URL."))]
Replace = Annotated[bool, typer.Option("--replace", help=said("Ersätt det som finns där. En SQLite-databas sparas bredvid.", "Replace what is there. An SQLite database is kept beside."))]
# fmt: on

TAKEN = Words(
    "Säkerhetskopian {path} är tagen och prövad: {charters} handlingar, {papers} papper, {letters} "
    "brev, schema {revision}.",
    "The backup {path} is taken and tried: {charters} charters, {papers} papers, {letters} letters, "
    "schema {revision}.",
)
NO_SECRETS = Words(
    "Papperen och sigillets certifikat ligger i den. Nycklar och lösenord gör det inte: inget av "
    "det som ska hållas hemligt kopieras.",
    "The papers and the seal's certificates are in it. Keys and passwords are not: nothing that is "
    "to be kept secret is copied.",
)
PERSONAL = Words(
    "Den rymmer personuppgifter och varje brev; förvara den som databasen själv.",
    "It holds personal data and every letter; keep it as you keep the database.",
)
KEEP_APART = Words("Förvara för sig: {all}.", "Keep apart: {all}.")
RESTORED = Words(
    "Återställd till {place}: {charters} handlingar, {papers} papper, {letters} brev, som de var "
    "{taken}.",
    "Restored to {place}: {charters} charters, {papers} papers, {letters} letters, as they were "
    "{taken}.",
)
KEPT_ASIDE = Words(
    "Databasen som ersattes ligger kvar som {aside}.",
    "The database that was replaced is kept as {aside}.",
)
SINCE_THEN = Words(
    "Det som har gjorts efter {taken} finns inte här: beslut, händelser och brev. Breven som väntar "
    "({waiting}) kan ha gått redan, {uncertain} av dem är osäkra, och kalendern skriver på nytt dem "
    "den skrev sedan dess. Därför hålls alla brev tills någon har gått igenom dem: se dem med "
    "mandat outbox list, ställ in dem som har gått med mandat outbox cancel, och släpp dem med "
    "mandat outbox try-now.",
    "What was done after {taken} is not here: decisions, events and letters. The letters that wait "
    "({waiting}) may have left already, {uncertain} of them are uncertain, and the calendar writes "
    "anew those that it wrote since. So all letters are held until someone has looked through them: "
    "see them with mandat outbox list, cancel those that have left with mandat outbox cancel, and "
    "let them go with mandat outbox try-now.",
)
BRING_BACK = Words(
    "Det här låg inte i kopian, och ska finnas på sin plats: {all}.",
    "This was not in the backup, and should be in its place: {all}.",
)


def register(app: typer.Typer) -> None:
    app.command(
        "backup",
        help=said(
            "Allt i en fil, medan arbetet pågår; prövad, hel eller ingen.",
            "Everything in one file, while work goes on; tried, whole or none.",
        ),
        rich_help_panel=KEEPING,
    )(backup)
    app.command(
        "restore",
        help=said(
            "Återställ en säkerhetskopia. Inga brev går förrän någon säger till.",
            "Put a backup back. No letter leaves until someone says so.",
        ),
        rich_help_panel=KEEPING,
    )(restore)


def backup(to: To = None, as_json: AsJson = False) -> None:
    from datetime import datetime

    from casework import backups
    from casework.settings import Settings

    settings = Settings()
    now = datetime.now(settings.timezone)
    path = to or BACKUPS
    if to is None or to.is_dir():
        path = path / f"mandat-{now:%Y%m%d-%H%M%S}.zip"
    manifest = backups.take(settings, path, now)
    apart = [KEEP_APART.about(all=", ".join(manifest.not_here))] if manifest.not_here else []
    words = TAKEN.about(path=path, revision=manifest.revision, **_counted(manifest.counts))
    answer(
        {"path": str(path), **manifest.model_dump(mode="json")},
        as_json=as_json,
        text=joined([words, NO_SECRETS, *apart, PERSONAL], by="\n").in_(LANGUAGE),
    )


def restore(
    backup: From, url: Url = None, replace: Replace = False, as_json: AsJson = False
) -> None:
    from datetime import datetime

    from casework import backups
    from casework.settings import Settings

    settings = Settings()
    now = datetime.now(settings.timezone)
    done = backups.put_back(
        settings, backup, now, url=url or settings.database_url, replace=replace
    )
    taken = f"{done.manifest.taken_at.astimezone(settings.timezone):%Y-%m-%d %H:%M}"
    counted = _counted(done.manifest.counts)
    sentences = [RESTORED.about(place=done.place, taken=taken, **counted)]
    if done.aside is not None:
        sentences.append(KEPT_ASIDE.about(aside=done.aside))
    sentences.append(SINCE_THEN.about(taken=taken, waiting=done.waiting, uncertain=done.uncertain))
    if done.manifest.not_here:
        sentences.append(BRING_BACK.about(all=plain(", ".join(done.manifest.not_here))))
    answer(
        {
            "place": done.place,
            "kept_aside": done.aside,
            "waiting": done.waiting,
            "uncertain": done.uncertain,
            "letters_held": True,
            **done.manifest.model_dump(mode="json"),
        },
        as_json=as_json,
        text=joined(sentences, by="\n").in_(LANGUAGE),
    )


def _counted(counts: dict[str, int]) -> dict[str, int]:
    return {"charters": counts["charters"], "papers": counts["papers"], "letters": counts["outbox"]}
