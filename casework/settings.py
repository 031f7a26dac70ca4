"""The settings: everything an organisation may decide for itself, read from MANDAT_… variables."""

from functools import cached_property
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from statemachine.calendar import Cadence, Calendar
from statemachine.words import Language


class Settings(BaseSettings):
    """Read from the environment (`MANDAT_DATABASE_URL`), or from files under `secrets_dir`."""

    model_config = SettingsConfigDict(env_prefix="MANDAT_", frozen=True, extra="ignore")

    database_url: str = "sqlite:///var/mandat.db"
    organisation: str = "Region Sjöviken"
    language: Language = "sv"
    zone: str = "Europe/Stockholm"
    """The one zone that decides what day it is."""

    forms: Path | None = None
    """A folder of the organisation's own forms, one folder for each kind: see docs/forms.md."""

    accent: str = Field("#1d4f73", pattern=r"^#[0-9a-fA-F]{6}$")
    """The organisation's colour on papers."""
    tint: str | None = Field(None, pattern=r"^#[0-9a-fA-F]{6}$")
    """What the record of a decision stands on; a pale accent unless said otherwise."""
    logo: Path | None = None
    """The organisation's logotype, PNG or SVG."""
    logo_text: str | None = None
    """What is read aloud for the logotype; the organisation's name unless said otherwise."""
    labels: dict[str, dict[Language, str]] = {}
    """The organisation's own words on papers: `{"authority": {"sv": "Delegation"}}`."""
    word_template: Path | None = None
    """The organisation's own Word template (docxtpl). Only administrators place it."""

    seal_certificate: Path | None = None
    """PEM: the certificate that seals decided papers, then those above it. Self-made without."""
    seal_key: Path | None = None
    seal_password_file: Path | None = None
    seal_folder: Path = Path("var/seal")
    """Where the self-made certificate is kept, and earlier ones (`*.pem`) whose papers are ours."""

    terminal_decisions: bool = True
    """Whether decisions may be made from the command line, on the operator's word."""
    recent_minutes: int = 15
    """How old a login may be when a decision is made."""

    host: str = "127.0.0.1"
    """The address the service's pages are reached at."""
    port: int = Field(8080, ge=0, le=65535)
    address: str | None = Field(None, pattern=r"^https?://[^/\s]+(/[^\s]*)?$")
    """Where people reach the pages, for links to them: a proxy's address, when there is one."""
    contact: str | None = Field(None, pattern=r"^[!-?A-~]+@[!-?A-~]+$")
    """Where people turn about the pages: an e-mail address, in the accessibility statement."""
    login_hours: int = Field(12, ge=1)
    """How long someone stays logged in at the pages."""
    login_codes: bool = True
    """Whether people log in with a code by e-mail; off where an OpenID provider is enough."""
    openid_issuer: str | None = Field(None, pattern=r"^https?://[^\s]+$")
    """The OpenID provider that says who people are; none without one."""
    openid_name: str = "OpenID"
    """What the organisation calls it, on the button."""
    openid_client_id: str | None = None
    openid_client_secret_file: Path | None = None
    openid_acr: str | None = None
    """The level of assurance (`acr`) that the provider must confirm, when one is demanded."""
    prefect_port: int = Field(4200, ge=0, le=65535)
    """Where Prefect's own pages are, on this machine alone. 0 means any port that is free."""
    late_after_minutes: int = Field(60, ge=1)
    """How long a letter or a distribution may wait before the watchdog calls it late."""

    mail_domain: str = "mandat.example"
    """The right-hand side of every Message-ID."""
    mail_from: str = "Mandat <mandat@mandat.example>"
    return_address: str | None = Field(None, pattern=r"^[!-?A-~]+@[!-?A-~]+$")
    """Where relays return what they cannot deliver; the sender's own address unless said."""
    return_plus: bool = True
    """Whether each letter returns to an address of its own, its mark after a plus."""
    mail_folder: Path = Path("var/mail")
    """Where letters are written while no relay is configured."""
    relay_host: str | None = None
    relay_port: int = 587
    relay_security: Literal["starttls", "tls", "none"] = "starttls"
    relay_user: str | None = None
    relay_password: SecretStr | None = None
    relay_password_file: Path | None = None
    """A file that holds the password, and nothing else."""
    relay_timeout: float = 30.0
    relay_letters_per_minute: int | None = Field(None, ge=1)
    """How many letters the relay takes in a minute, from all workers together."""
    standstill_minutes: int = Field(15, ge=1)
    """How long letters may stand still before people are told."""

    returns_host: str | None = None
    """The IMAP server of the mailbox that returned mail comes to; none is read without one."""
    returns_port: int = 993
    returns_security: Literal["tls", "starttls"] = "tls"
    returns_user: str | None = None
    returns_password_file: Path | None = None
    returns_folder: str = Field("INBOX", pattern=r"^[ -~]+$")
    returns_dealt_with: str | None = Field(None, pattern=r"^[ -~]+$")
    """The folder to which what was dealt with is moved; it is only flagged without one."""
    returns_timeout: float = 30.0

    @property
    def pages(self) -> str:
        """Where people reach the pages, without a slash at the end."""
        return (self.address or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def pages_in_letters(self) -> str | None:
        """Where letters lead; None where their readers would not find the pages.

        Without an address of its own the service is only found from its own machine, where letters
        are read too as long as they lie in a folder there.
        """
        read_here = self.relay_host is None and self.port != 0
        return self.pages if self.address is not None or read_here else None

    @cached_property
    def calendar(self) -> Calendar:
        """The calendar all letters and dates follow."""
        return Calendar(Cadence())

    @cached_property
    def timezone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)
