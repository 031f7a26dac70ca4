"""What each setting is for, what it is here and from where, and whether it all goes together."""

import difflib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from casework.papers import Printer, look, signer
from casework.secrets import secret_in
from casework.settings import Settings
from documents.kinds import kinds, own_forms
from models.document import Document
from models.migrations import shape
from models.session import engine_for, reading
from notifications.preview import every, preview
from statemachine.words import Refusal, Words, plain

Level: TypeAlias = Literal["good", "note", "warning", "error"]

PREFIX = "MANDAT_"
NOT_SETTINGS = ("MANDAT_DEBUG", "MANDAT_SERVICE_PID")
"""What the program reads from its environment beside the settings."""
HIDDEN = "••••"
LOOPBACK = ("localhost", "127.0.0.1", "::1")

# fmt: off
FOR: Mapping[str, Words] = {
    "database_url": Words("Var allt minns. sqlite:///fil eller postgresql://…", "Where everything is remembered. sqlite:///file or postgresql://…"),
    "organisation": Words("Organisationens namn, på papper och i brev.", "The organisation's name, on papers and in letters."),
    "language": Words("Språket när inget annat är sagt: sv eller en.", "The language when nothing else is said: sv or en."),
    "zone": Words("Tidszonen som avgör vilken dag det är.", "The time zone that decides what day it is."),
    "forms": Words("En mapp med organisationens egna formulär.", "A folder of the organisation's own forms."),
    "accent": Words("Organisationens färg på papper och i brev.", "The organisation's colour on papers and letters."),
    "tint": Words("Färgen bakom beslutsuppgifterna.", "The colour behind the record of a decision."),
    "logo": Words("Logotypen på papper, PNG eller SVG.", "The logotype on papers, PNG or SVG."),
    "logo_text": Words("Vad som läses upp för logotypen.", "What is read aloud for the logotype."),
    "labels": Words("Organisationens egna ord på papper.", "The organisation's own words on papers."),
    "word_template": Words("Organisationens egen Wordmall.", "The organisation's own Word template."),
    "seal_certificate": Words("Certifikatet som förseglar beslut (PEM); utan det görs ett eget.", "The certificate that seals decisions (PEM); without it one is made."),
    "seal_key": Words("Nyckeln till certifikatet (PEM).", "The certificate's key (PEM)."),
    "seal_password_file": Words("Filen med nyckelns lösenord.", "The file with the key's password."),
    "seal_folder": Words("Var egna och tidigare sigillcertifikat ligger.", "Where self-made and earlier seal certificates lie."),
    "terminal_decisions": Words("Om beslut får fattas från kommandoraden.", "Whether decisions may be made from the command line."),
    "recent_minutes": Words("Hur gammal en inloggning får vara vid beslut, i minuter.", "How old a login may be when a decision is made, in minutes."),
    "host": Words("Adressen som webben lyssnar på.", "The address the web listens at."),
    "port": Words("Porten som webben lyssnar på.", "The port the web listens at."),
    "address": Words("Var människor når sidorna, för länkar dit; annars värd och port.", "Where people reach the pages, for links to them; else host and port."),
    "contact": Words("Vart man vänder sig om sidorna, en e-postadress.", "Where people turn about the pages, an e-mail address."),
    "login_hours": Words("Hur länge någon är inloggad, i timmar.", "How long someone stays logged in, in hours."),
    "login_codes": Words("Om man loggar in med en kod som kommer med e-post.", "Whether people log in with a code that comes by e-mail."),
    "openid_issuer": Words("Adressen till OpenID-leverantören som säger vem någon är.", "The address of the OpenID provider that says who someone is."),
    "openid_name": Words("Vad den kallas på knappen.", "What it is called on the button."),
    "openid_client_id": Words("Vad vi heter hos OpenID-leverantören.", "What we are called at the OpenID provider."),
    "openid_client_secret_file": Words("Filen med vår hemlighet hos OpenID-leverantören.", "The file with our secret at the OpenID provider."),
    "openid_acr": Words("Tillitsnivån (acr) som leverantören måste intyga.", "The level of assurance (acr) that the provider must confirm."),
    "prefect_port": Words("Porten för Prefects sidor, bara på den här datorn.", "The port of Prefect's pages, on this machine only."),
    "late_after_minutes": Words("Hur länge ett brev eller en expediering får dröja innan det larmas, i minuter.", "How long a letter or a distribution may wait before the alarm, in minutes."),
    "mail_domain": Words("Domänen i brevens identitet (Message-ID).", "The domain in the letters' identity (Message-ID)."),
    "mail_from": Words("Avsändaren i breven.", "The letters' sender."),
    "return_address": Words("Dit e-postservrar skickar tillbaka det som inte kom fram; annars avsändarens adress.", "Where mail servers return what did not arrive; else the sender's own address."),
    "return_plus": Words("Om varje brev har en egen returadress, med sitt märke efter ett plus.", "Whether each letter has a return address of its own, its mark after a plus."),
    "mail_folder": Words("Mappen som brev läggs i när ingen e-postserver är angiven.", "The folder letters are put in while no mail server is given."),
    "relay_host": Words("E-postservern som breven går genom.", "The mail server that letters go through."),
    "relay_port": Words("E-postserverns port.", "The mail server's port."),
    "relay_security": Words("Hur förbindelsen skyddas: starttls, tls, eller none på samma dator.", "How the connection is protected: starttls, tls, or none on the same machine."),
    "relay_user": Words("Användaren hos e-postservern.", "The user at the mail server."),
    "relay_password": Words("Lösenordet hos e-postservern.", "The password at the mail server."),
    "relay_password_file": Words("Filen med lösenordet hos e-postservern.", "The file with the password at the mail server."),
    "relay_timeout": Words("Hur länge varje svar från e-postservern väntas in, i sekunder.", "How long each answer from the mail server is waited for, in seconds."),
    "relay_letters_per_minute": Words("Hur många brev e-postservern tar på en minut.", "How many letters the mail server takes in a minute."),
    "standstill_minutes": Words("Hur länge breven får stå stilla innan det larmas, i minuter.", "How long letters may stand still before the alarm, in minutes."),
    "returns_host": Words("IMAP-servern för brevlådan med det som kommer tillbaka.", "The IMAP server of the mailbox for what comes back."),
    "returns_port": Words("IMAP-serverns port.", "The IMAP server's port."),
    "returns_security": Words("Hur förbindelsen till brevlådan skyddas: tls eller starttls.", "How the connection to the mailbox is protected: tls or starttls."),
    "returns_user": Words("Användaren till brevlådan.", "The mailbox's user."),
    "returns_password_file": Words("Filen med lösenordet till brevlådan.", "The file with the mailbox's password."),
    "returns_folder": Words("Mappen i brevlådan som läses.", "The folder of the mailbox that is read."),
    "returns_dealt_with": Words("Mappen dit det lästa flyttas; annars märks det bara.", "The folder that what has been read is moved to; else it is only flagged."),
    "returns_timeout": Words("Hur länge varje svar från brevlådan väntas in, i sekunder.", "How long each answer from the mailbox is waited for, in seconds."),
}
"""What each setting is for."""

UNKNOWN = Words("{name} är ingen inställning.", "{name} is no setting.")
NEAREST = Words("{name} är ingen inställning. Menades {near}?", "{name} is no setting. Was {near} meant?")
DATABASE_GOOD = Words("Databasen svarar och har rätt form.", "The database answers and has the right shape.")
DATABASE_NONE = Words("Databasen är tom eller saknas; den görs i ordning vid första start.", "The database is empty or missing; it is made ready at the first start.")
DATABASE_OLDER = Words("Databasen har en äldre form; den lyfts vid nästa start.", "The database has an older shape; it is lifted at the next start.")
DATABASE_NEWER = Words("Databasen är nyare än programmet. Uppdatera programmet.", "The database is newer than the program. Update the program.")
DATABASE_AWAY = Words("Databasen går inte att nå: {why}", "The database cannot be reached: {why}")
FOLDER_GOOD = Words("Mappen {path} går att skriva i.", "The folder {path} can be written to.")
FOLDER_CLOSED = Words("Mappen {path} går inte att skriva i. Ändra {name}, eller ge rätt att skriva.", "The folder {path} cannot be written to. Change {name}, or give the right to write.")
SEAL_GOOD = Words("Sigillet går att använda.", "The seal can be used.")
SEAL_SELF_MADE = Words("Sigillet är egentillverkat: det visar varifrån ett beslut kommer, inte vem organisationen är. Ange MANDAT_SEAL_CERTIFICATE för ett som andra litar på.", "The seal is self-made: it proves where a decision comes from, not who the organisation is. Give MANDAT_SEAL_CERTIFICATE for one that others trust.")
SEAL_NO_CERTIFICATE = Words("MANDAT_SEAL_KEY är angiven men inte MANDAT_SEAL_CERTIFICATE, så nyckeln används inte.", "MANDAT_SEAL_KEY is given but not MANDAT_SEAL_CERTIFICATE, so the key is not used.")
PAPERS_GOOD = Words("Papper går att skriva, med logotyp, ord och mall.", "Papers can be written, with logotype, words and template.")
FORMS_GOOD = Words("Formulären går att läsa: {names}.", "The forms can be read: {names}.")
LETTERS_GOOD = Words("Alla brev går att skriva, på svenska och engelska.", "All letters can be written, in Swedish and English.")
LETTERS_BROKEN = Words("Brevet {letter} går inte att skriva: {why}", "The letter {letter} cannot be written: {why}")
RELAY_GOOD = Words("E-postservern {host} svarar, förbindelsen är skyddad som den ska och inloggningen gäller. Inget skickades.", "The mail server {host} answers, the connection is protected as it should be, and the login holds. Nothing was sent.")
RELAY_AWAY = Words("Breven skulle inte komma iväg genom {host}: {why}", "No letter would get through {host}: {why}")
NO_RELAY = Words("Ingen e-postserver är angiven: breven läggs i {path} och når ingen. Ange MANDAT_RELAY_HOST.", "No mail server is given: letters are put in {path} and reach nobody. Give MANDAT_RELAY_HOST.")
SENDER_EXAMPLE = Words("Avsändaren är fortfarande exemplet. Ange MANDAT_MAIL_FROM och MANDAT_MAIL_DOMAIN.", "The sender is still the example. Give MANDAT_MAIL_FROM and MANDAT_MAIL_DOMAIN.")
OPEN_TO_ALL = Words("Webben lyssnar på {host}, utanför den här datorn, utan kryptering. Lägg en omvänd proxy med TLS framför.", "The web listens at {host}, beyond this machine, without encryption. Put a reverse proxy with TLS before it.")
SAME_PORT = Words("MANDAT_PORT och MANDAT_PREFECT_PORT är samma port, {port}.", "MANDAT_PORT and MANDAT_PREFECT_PORT are the same port, {port}.")
NOBODY_LOGS_IN = Words("Ingen kan logga in på sidorna: MANDAT_LOGIN_CODES är av och ingen OpenID-leverantör är angiven.", "Nobody can log in at the pages: MANDAT_LOGIN_CODES is off and no OpenID provider is given.")
OPENID_UNUSED = Words("{names} används inte utan MANDAT_OPENID_ISSUER.", "{names} is not used without MANDAT_OPENID_ISSUER.")
OPENID_NO_CLIENT = Words("MANDAT_OPENID_ISSUER är angiven men inte MANDAT_OPENID_CLIENT_ID: vad vi heter hos leverantören.", "MANDAT_OPENID_ISSUER is given but not MANDAT_OPENID_CLIENT_ID: what we are called at the provider.")
OPENID_IN_THE_CLEAR = Words("OpenID-leverantören {issuer} nås utan kryptering. Ange en adress som börjar med https://.", "The OpenID provider {issuer} is reached without encryption. Give an address that begins with https://.")
OPENID_NO_ADDRESS = Words("Människor kommer tillbaka från OpenID-leverantören till {back}. Ange MANDAT_ADDRESS om de når sidorna någon annanstans.", "People come back from the OpenID provider to {back}. Give MANDAT_ADDRESS if they reach the pages elsewhere.")
OPENID_GOOD = Words("OpenID-leverantören svarar. Hos den ska återadressen {back} vara anmäld.", "The OpenID provider answers. The address to come back to, {back}, is to be registered there.")
NO_ZONE = Words("Tidszonen {zone} finns inte.", "There is no time zone {zone}.")
# fmt: on


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it stands."""

    name: str
    """The variable it is read from."""
    value: str
    """As it is, but for what is secret."""
    is_default: bool
    words: Words


@dataclass(frozen=True, slots=True)
class Finding:
    """Something seen when the settings were tried."""

    about: str
    level: Level
    words: Words


def explained(settings: Settings) -> tuple[Setting, ...]:
    """Every setting, in the order they are declared."""
    return tuple(
        Setting(
            f"{PREFIX}{name.upper()}",
            _shown(name, getattr(settings, name)),
            name not in settings.model_fields_set,
            FOR[name],
        )
        for name in Settings.model_fields
    )


def tried(
    settings: Settings,
    *,
    now: datetime,
    folders: Mapping[str, Path],
    probe: Callable[[], None],
    provider: Callable[[], None],
    environment: Iterable[str] = (),
) -> Iterator[Finding]:
    """What is found when everything the settings name is tried. Nothing is changed or sent.

    `folders` are those the service writes in beside the settings' own, by the variable that names
    them; `probe` opens the way out for letters and closes it, or raises why it does not open;
    `provider` asks the OpenID provider about itself, in the same manner.
    """
    yield from _unknown(environment)
    yield from _addresses(settings)
    yield from _logins(settings, provider)
    yield from _database(settings)
    yield from _folders(settings, folders)
    yield from _seal(settings, now)
    yield from _papers(settings)
    yield from _letters()
    yield from _relay(settings, probe)


def _shown(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return HIDDEN
    if name == "database_url":
        try:
            return make_url(str(value)).render_as_string(hide_password=True)
        except ArgumentError:
            return HIDDEN
    return str(value)


def _unknown(environment: Iterable[str]) -> Iterator[Finding]:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name in sorted(environment):
        if name.startswith(PREFIX) and name.upper() not in known and name not in NOT_SETTINGS:
            near = difflib.get_close_matches(name, known, n=1)
            words = NEAREST.about(name=name, near=near[0]) if near else UNKNOWN.about(name=name)
            yield Finding("settings", "warning", words)


def _addresses(settings: Settings) -> Iterator[Finding]:
    if settings.port and settings.port == settings.prefect_port:
        yield Finding("web", "error", SAME_PORT.about(port=settings.port))
    if settings.host not in LOOPBACK:
        yield Finding("web", "warning", OPEN_TO_ALL.about(host=settings.host))
    try:
        assert settings.timezone
    except (KeyError, ValueError, OSError):
        yield Finding("zone", "error", NO_ZONE.about(zone=settings.zone))


def _logins(settings: Settings, provider: Callable[[], None]) -> Iterator[Finding]:
    issuer, secret = settings.openid_issuer, settings.openid_client_secret_file
    if issuer is None:
        idle = ("openid_client_id", "openid_client_secret_file", "openid_acr")
        given = [f"{PREFIX}{name.upper()}" for name in idle if getattr(settings, name) is not None]
        if given:
            yield Finding("login", "warning", OPENID_UNUSED.about(names=", ".join(given)))
        if not settings.login_codes:
            yield Finding("login", "error", NOBODY_LOGS_IN)
        return
    missing = list(_missing_for_openid(settings, issuer))
    yield from missing
    try:
        if secret is not None:
            secret_in(secret, "MANDAT_OPENID_CLIENT_SECRET_FILE")
        if not missing:
            provider()
    except Refusal as refusal:
        yield from _refused("login", refusal)
    else:
        back = f"{settings.pages}/login/openid/back"
        if settings.address is None:
            yield Finding("login", "note", OPENID_NO_ADDRESS.about(back=back))
        if not missing:
            yield Finding("login", "good", OPENID_GOOD.about(back=back))


def _missing_for_openid(settings: Settings, issuer: str) -> Iterator[Finding]:
    if settings.openid_client_id is None:
        yield Finding("login", "error", OPENID_NO_CLIENT)
    where = urlsplit(issuer)
    if where.scheme == "http" and where.hostname not in LOOPBACK:
        yield Finding("login", "error", OPENID_IN_THE_CLEAR.about(issuer=issuer))


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        file = _sqlite_file(settings)
        if file is not None and not file.exists():
            yield Finding("database", "note", DATABASE_NONE)
            return
        engine = engine_for(settings.database_url)
        try:
            with reading(engine) as connection:
                found = shape(connection)
        finally:
            engine.dispose()
    except Refusal as refusal:
        yield from _refused("database", refusal)
    except (SQLAlchemyError, OSError) as fault:
        yield Finding("database", "error", DATABASE_AWAY.about(why=_why(fault)))
    else:
        levels: dict[str, tuple[Level, Words]] = {
            "none": ("note", DATABASE_NONE),
            "older": ("note", DATABASE_OLDER),
            "newest": ("good", DATABASE_GOOD),
            "newer": ("error", DATABASE_NEWER),
        }
        level, words = levels[found]
        yield Finding("database", level, words)


def _sqlite_file(settings: Settings) -> Path | None:
    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        return None  # what opens it says why it cannot
    return Path(url.database) if url.drivername == "sqlite" and url.database else None


def _folders(settings: Settings, folders: Mapping[str, Path]) -> Iterator[Finding]:
    ours = dict(folders)
    if (file := _sqlite_file(settings)) is not None:
        ours["MANDAT_DATABASE_URL"] = file.parent
    if settings.relay_host is None:
        ours["MANDAT_MAIL_FOLDER"] = settings.mail_folder
    if settings.seal_certificate is None:
        ours["MANDAT_SEAL_FOLDER"] = settings.seal_folder
    for name, path in ours.items():
        if _can_be_written(path):
            yield Finding("folders", "good", FOLDER_GOOD.about(path=path))
        else:
            yield Finding("folders", "error", FOLDER_CLOSED.about(path=path, name=name))


def _can_be_written(folder: Path) -> bool:
    """Whether files can be made in the folder, or the folder itself where it is missing."""
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _seal(settings: Settings, now: datetime) -> Iterator[Finding]:
    if settings.seal_certificate is None:
        if settings.seal_key is not None:
            yield Finding("seal", "warning", SEAL_NO_CERTIFICATE)
        if not any(settings.seal_folder.glob("*.pem")):
            yield Finding("seal", "note", SEAL_SELF_MADE)
            return
    try:
        signer(settings, now)
    except Refusal as refusal:
        yield from _refused("seal", refusal)
    else:
        is_own = settings.seal_certificate is None
        yield Finding("seal", *(("note", SEAL_SELF_MADE) if is_own else ("good", SEAL_GOOD)))


def _papers(settings: Settings) -> Iterator[Finding]:
    try:
        own_forms(settings.forms)
        names = ", ".join(one.key for one in kinds())
        yield Finding("forms", "good", FORMS_GOOD.about(names=names))
        trial = Document(kind="charter", title="Prov")
        Printer(look(settings), None, settings.word_template).draft(trial)
    except Refusal as refusal:
        yield from _refused("papers", refusal)
    except Exception as fault:
        yield Finding("papers", "error", plain(_why(fault)))
    else:
        yield Finding("papers", "good", PAPERS_GOOD)


def _letters() -> Iterator[Finding]:
    for letter, stage in every():
        try:
            preview(letter, "sv", stage)
            preview(letter, "en", stage)
        except Exception as fault:
            words = LETTERS_BROKEN.about(letter=letter.words, why=_why(fault))
            yield Finding("letters", "error", words)
            return
    yield Finding("letters", "good", LETTERS_GOOD)


def _relay(settings: Settings, probe: Callable[[], None]) -> Iterator[Finding]:
    if settings.relay_host is None:
        yield Finding("mail", "warning", NO_RELAY.about(path=settings.mail_folder))
        return
    defaults = Settings.model_fields
    if settings.mail_from == defaults["mail_from"].default:
        yield Finding("mail", "warning", SENDER_EXAMPLE)
    try:
        probe()
    except Refusal as refusal:
        yield from _refused("mail", refusal)
    except Exception as fault:
        words = RELAY_AWAY.about(host=settings.relay_host, why=_why(fault))
        yield Finding("mail", "error", words)
    else:
        yield Finding("mail", "good", RELAY_GOOD.about(host=settings.relay_host))


def _refused(about: str, refusal: Refusal) -> Iterator[Finding]:
    for reason in refusal.reasons:
        yield Finding(about, "error", reason)


def _why(fault: Exception) -> str:
    return " ".join(str(getattr(fault, "orig", None) or fault).split())[:300]
