"""Whole errands in a real browser: on a desk, on a phone, and by keyboard without scripts."""

import re
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine, select

from casework.keys import pages_in_letters
from casework.settings import Settings
from models.session import reading, transaction
from models.tables import Outbox, Recipient
from notifications.carriers import Rejected
from notifications.carriers.recording import RecordingCarrier
from notifications.compose import Sender
from notifications.outbox import deliver
from statemachine.vocabulary import Letter, State
from tests.builders import BEGUN, FOUNDED, Region, a_charter
from tests.casework.handed_in import as_file
from tests.web.browser.chromium import PHONE, Browsing, Reader
from tests.web.browser.conftest import Web
from tests.web.browser.pages import logged_in
from tests.web.browser.proofs import keyboard_reaches, reflows
from tests.web.conftest import Clock, Clockwork, house_on
from tests.web.openid.provider import openid_provider
from tests.web.served import served
from web.application import application
from web.openid import Provider

pytestmark = pytest.mark.slow

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TITLE = "Uppdragshandling för Samordningsråd rörelse"
NO_CONFLICT = "Nej, ingen är jävig"
THUMB = 44
"""Pixels that a thumb needs of what it is to hit."""


@dataclass
class Office:
    """The region at work at these pages: its people, its mail, and what became of the charters."""

    web: Web
    region: Region
    carried: RecordingCarrier = field(default_factory=RecordingCarrier)

    def code_to(self, email: str) -> str:
        """The code in the latest letter to someone who is logging in."""
        with reading(self.web.house.engine) as connection:
            facts = connection.scalars(
                select(Outbox.facts)
                .where(Outbox.letter == Letter.LOGIN_CODE, Outbox.to_email == email)
                .order_by(Outbox.id.desc())
                .limit(1)
            ).one()
        return str(facts["login"]["code"])

    def delivers(self, *, refusing: str | None = None) -> None:
        """The post goes out; the distribution to one address is refused for good."""
        with reading(self.web.house.engine) as connection:
            waiting = connection.execute(
                select(Outbox.letter, Outbox.to_email)
                .where(Outbox.state == "pending")
                .order_by(Outbox.id)
            ).all()
        refused = Rejected("5.1.1 No such user", 550)
        self.carried = RecordingCarrier(
            refused if (one.letter, one.to_email) == (Letter.DISTRIBUTION, refusing) else None
            for one in waiting
        )
        with transaction(self.web.house.engine) as connection:
            pages = pages_in_letters(connection, self.web.house.settings, self.web.house.now())
        assert pages is not None
        sender = Sender(
            "Mandat",
            "mandat@sjoviken.example",
            "sjoviken.example",
            pages=replace(pages, address=self.web.address),
        )
        deliver(
            self.web.house.engine,
            self.carried,
            now=self.web.house.now,
            sender=sender,
            worker="the post",
        )
        assert [one.envelope_to for one in self.carried.carried] == [
            one.to_email for one in waiting
        ]

    def link_to(self, email: str) -> str:
        """The address in the text of the latest letter to someone."""
        letters = [one for one in self.carried.carried if one.envelope_to == email]
        body = message_from_bytes(letters[-1].message, policy=policy.default).get_body(("plain",))
        assert body is not None
        words: list[str] = body.get_content().split()
        return next(word for word in words if word.startswith(self.web.address))

    def outcomes(self, charter: int) -> dict[str, str | None]:
        """How each on a charter's list was reached."""
        with reading(self.web.house.engine) as connection:
            rows = connection.execute(
                select(Recipient.email, Recipient.outcome).where(Recipient.charter_id == charter)
            )
            return {row.email.split("@")[0]: row.outcome for row in rows}


@pytest.fixture
def office(web: Web) -> Office:
    return Office(web, Region.founded(web.house.engine))


def logs_in(office: Office, page: Page, who: str) -> None:
    """With the code that came by e-mail; `page` is where people log in."""
    email = f"{who}@sjoviken.example"
    page.get_by_label("E-postadress").fill(email)
    page.get_by_role("button", name="Skicka kod").click()
    page.get_by_label("Kod").fill(office.code_to(email))
    page.get_by_role("main").get_by_role("button", name="Logga in").click()


def says(page: Page, words: str) -> None:
    """The page tells what was done."""
    expect(page.get_by_role("status").first).to_contain_text(words)


def test_a_handler_goes_from_a_word_file_to_a_decision_asked_for(
    office: Office, browsing: Browsing
) -> None:
    page = browsing.page()
    page.goto(f"{office.web.address}/cases/new")
    logs_in(office, page, "sara")
    expect(page).to_have_url(f"{office.web.address}/cases/new")

    page.get_by_role("link", name="Ladda upp en fil").click()
    file = as_file("uppdrag.docx", a_charter(registry_number=None))
    page.get_by_label("Fil").set_input_files(
        {"name": file.name, "mimeType": WORD, "buffer": file.body}
    )
    page.get_by_role("button", name="Läs in filen").click()
    expect(page.get_by_role("radio", name="Samordningsråd rörelse")).to_be_checked()
    page.get_by_role("button", name="Gå vidare till utkastet").click()
    says(page, "Du är dess handläggare")

    to_correct = page.get_by_text("1 att rätta före beslut")
    expect(to_correct).to_be_visible()
    page.get_by_label("Diarienummer").fill("RS 2026-00412")
    page.get_by_label("Text under Uppdragsbeskrivning").fill("Korta köerna till operation.")
    page.get_by_role("button", name="Spara", exact=True).first.click()
    says(page, "Sparat")
    expect(to_correct).to_have_count(0)
    page.get_by_role("link", name="Skicka för beslut").click()
    page.get_by_label(NO_CONFLICT).check()
    page.get_by_role("button", name="Skicka för beslut").click()
    says(page, "Skickat för beslut till Sjukvårdsdirektör (Helena Ask)")

    (letter,) = office.region.letters(Letter.DECISION_REQUEST)
    assert letter.to == "helena"
    (charter,) = {row.charter_id for row in office.region.outbox() if row.charter_id}
    assert office.region.state(charter) == State.REVIEW
    assert "Korta köerna till operation." in str(office.region.text(charter).sections)
    assert office.region.text(charter).registry_number == "RS 2026-00412"


def test_a_director_decides_on_a_phone_in_two_touches(office: Office, browsing: Browsing) -> None:
    charter = office.region.in_review()
    office.delivers()
    page = browsing.page(Reader(PHONE))
    page.goto(office.link_to("helena@sjoviken.example"))
    assert TITLE not in page.content(), "a link shows nothing of the case"
    logs_in(office, page, "helena")
    expect(page).to_have_url(f"{office.web.address}/charters/{charter}/decide")
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    assert reflows(page) == []

    touched: list[str] = []

    def touch(what: Locator) -> None:
        what.scroll_into_view_if_needed()
        box = what.bounding_box()
        assert box is not None
        assert box["height"] >= THUMB
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE.width
        touched.append(what.inner_text())
        what.tap()

    touch(page.locator("label", has_text="Jag är inte jävig"))
    touch(page.get_by_role("button", name="Fastställ"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Fastställt")
    assert touched == ["Jag är inte jävig", "Fastställ"]
    assert reflows(page) == []
    assert office.region.state(charter) == State.APPROVED
    (decision,) = office.region.decisions(charter)
    assert decision.decided_by == "Helena Ask"
    assert decision.authentication_method == "e-mailed one-time code"


def test_a_coordinator_begins_a_renewal_in_one_step(office: Office, browsing: Browsing) -> None:
    office.region.distributed(on=BEGUN)
    reader = Reader()
    logged_in(office.web.house, browsing.profile(reader), "bo", office.web.address, "sv")
    page = browsing.page(reader)
    page.goto(f"{office.web.address}/my-groups")
    page.get_by_role("button", name="Påbörja förnyelsen").click()
    tasks = page.get_by_label("Text under Uppdragsbeskrivning")
    expect(tasks).to_have_value("Följ väntetiderna och kom överens.")
    tasks.fill("Följ väntetiderna varje månad.")
    page.get_by_role("button", name="Spara", exact=True).first.click()
    expect(tasks).to_have_value("Följ väntetiderna varje månad.")
    page.get_by_role("link", name="Jämför").click()
    expect(page.get_by_role("main")).to_contain_text("varje månad")

    (begun,) = office.region.journal(act="renew")
    assert (begun.name, begun.role) == ("Bo Lund", "coordinator")
    assert "varje månad" in str(office.region.text(begun.charter_id).sections)


def test_a_director_decides_as_the_provider_says_who_they_are(
    sqlite_engine: Engine, browsing: Browsing, tmp_path: Path
) -> None:
    # Its clock is the machine's, and ours must go with it.
    house = replace(house_on(sqlite_engine, Clockwork(), Clock()), clock=None)
    today = house.now().date()
    region = Region.founded(house.engine)
    region.has_address("helena", "disa.direktor@sjoviken.example", on=FOUNDED)
    charter = region.in_review(on=today)
    app = application(house)
    with served(app) as address, openid_provider([f"{address}/login/openid/back"]) as provider:
        settings = Settings(
            seal_folder=tmp_path / "seal",
            address=address,
            openid_issuer=provider.issuer,
            openid_name="Tjänstelegitimationen",
            openid_client_id=provider.client,
            openid_client_secret_file=tmp_path / "secret",
            openid_acr="loa3",
        )
        (tmp_path / "secret").write_text(provider.secret)
        app.state.house, app.state.openid = replace(house, settings=settings), Provider(settings)
        page = browsing.page(Reader(PHONE))
        page.goto(f"{address}/charters/{charter}/decide")
        page.get_by_role("link", name="Logga in med Tjänstelegitimationen").tap()
        page.get_by_role("button", name="Disa Direktör").first.tap()
        says(page, "Du är inloggad som Helena Ask.")
        expect(page).to_have_url(f"{address}/charters/{charter}/decide")
        page.locator("label", has_text="Jag är inte jävig").tap()
        page.get_by_role("button", name="Fastställ").tap()
        expect(page.get_by_role("main")).to_contain_text("OpenID Connect (loa3)")
        (decision,) = region.decisions(charter)
        assert decision.authentication_method == "OpenID Connect (loa3)"
        page.get_by_role("button", name="Logga ut").tap()
        says(page, "Du kan fortfarande vara inloggad hos Tjänstelegitimationen")


# --- by keyboard alone ---------------------------------------------------------------------------


@dataclass
class Keyboard:
    """Someone without a mouse, in a browser without scripts: Tab, Enter, Space and arrows."""

    office: Office
    page: Page

    def __post_init__(self) -> None:
        # Said beforehand that files are chosen here: said at the key's press it may come too late.
        self.page.on("filechooser", lambda _chooser: None)

    def comes_to(self, name: str) -> None:
        """By Tab, with the focus seen all the way."""
        assert keyboard_reaches(self.page, name) == []

    def presses(self, *names: str) -> None:
        """Comes to each link or button, and presses Enter: each leads on."""
        for name in names:
            self.comes_to(name)
            with self.page.expect_navigation():
                self.page.keyboard.press("Enter")

    def writes(self, name: str, text: str) -> None:
        self.comes_to(name)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def chooses(self, first: str, answer: str) -> None:
        """Comes to the first of a question's answers, and to the one chosen by arrows."""
        self.comes_to(first)
        self.page.keyboard.press("Space")
        for _ in range(10):
            if self.page.get_by_label(answer).is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{answer} is never come to")

    def logs_in(self, who: str) -> None:
        email = f"{who}@sjoviken.example"
        self.page.goto(f"{self.office.web.address}/login")
        self.writes("E-postadress", email)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.writes("Kod", self.office.code_to(email))
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        says(self.page, "Du är inloggad som")


def test_a_charter_lives_from_upload_to_renewal_by_keyboard_alone_and_without_scripts(
    office: Office, browsing: Browsing
) -> None:
    page = browsing.page(Reader(scripts=False))
    hands = Keyboard(office, page)

    hands.logs_in("sara")
    hands.presses("Ärenden", "Nytt utkast", "Ladda upp en fil")
    file = as_file("uppdrag.docx", a_charter())
    hands.comes_to("Fil")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files({"name": file.name, "mimeType": WORD, "buffer": file.body})
    expect(page.locator("#file")).to_have_value(re.compile("uppdrag.docx"))
    hands.presses("Läs in filen", "Gå vidare till utkastet", "Skicka för beslut …")
    hands.chooses(NO_CONFLICT, NO_CONFLICT)
    hands.presses("Skicka för beslut")
    says(page, "Skickat för beslut till Sjukvårdsdirektör (Helena Ask)")
    charter = int(page.url.rpartition("/")[2])
    hands.presses("Logga ut")

    hands.logs_in("helena")
    hands.presses("Att besluta", TITLE, "Gå till beslutet")
    hands.chooses("Jag är inte jävig", "Jag är jävig")
    page.keyboard.press("ArrowUp")
    hands.presses("Fastställ")
    says(page, f"Fastställt: {TITLE}.")
    hands.presses("Logga ut")
    office.delivers(refusing="oskar@sjoviken.example")

    hands.logs_in("sara")
    hands.presses("Ärenden", TITLE, "Se kvittenserna", "Gör något åt det : Oskar Dahl")
    hands.writes("Hur mottagaren nåddes", "Lämnad på papper i dag.")
    hands.presses("Anteckna som nådd")
    assert office.outcomes(charter) == {
        "anna": "accepted",
        "bo": "accepted",
        "oskar": "reached_otherwise",
    }
    hands.presses("Logga ut")

    hands.logs_in("bo")
    hands.presses("Mina grupper", "Påbörja förnyelsen av uppdraget för Samordningsråd rörelse")
    hands.writes("Text under Uppdragsbeskrivning", "Följ väntetiderna varje månad.")
    hands.presses("Spara")
    (renewal,) = [row.charter_id for row in office.region.journal(act="renew")]
    assert office.region.charter(renewal).predecessor_id == charter
    assert "varje månad" in str(office.region.text(renewal).sections)
