"""Every letter can be read, in both languages, with all its facts and with hardly any."""

import re
from typing import Literal, get_args

import pytest
from lxml import html

from notifications.facts import AboutCharter, LetterFacts, Reader, Successor, Undelivered
from notifications.preview import STAGES, TODAY, every, preview, sample
from notifications.recipients import WHY
from notifications.wording import ABOUT_NO_CHARTER, LETTERS, about, how_long, worded
from statemachine.vocabulary import Audience, Letter, State
from statemachine.words import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)
ALL = [
    pytest.param(letter, stage, language, id=f"{letter}{stage}-{language}")
    for letter, stage in every()
    for language in LANGUAGES
]
SWEDISH = re.compile(r"\b(och|inte|beslut|uppdraget|för|eller|eftersom)\b")
ENGLISH = re.compile(r"\b(and|the|not|decision|you|because|or)\b", re.IGNORECASE)


def visible(page: str) -> str:
    body = html.document_fromstring(page).find("body")
    assert body is not None
    return " ".join(" ".join(str(text) for text in body.itertext()).split())


def test_there_is_a_folder_for_each_letter_and_no_other() -> None:
    folders = {path.name for path in LETTERS.iterdir() if path.is_dir()}
    assert folders == {letter.value for letter in Letter}


@pytest.mark.parametrize(("letter", "stage", "language"), ALL)
def test_a_letter_says_what_it_is_about_and_why_the_reader_got_it(
    letter: Letter, stage: str, language: Language
) -> None:
    facts, said = sample(letter, language, stage), preview(letter, language, stage)
    assert said.subject.endswith(about(facts))
    assert "\n" not in said.subject
    why = WHY[facts.reader.role].in_(language)
    last = " ".join(said.text.strip().split("\n\n")[-1].split())
    assert why in last
    assert visible(said.html).endswith(last)
    assert html.document_fromstring(said.html).get("lang") == language


@pytest.mark.parametrize(("letter", "stage", "language"), ALL)
def test_text_and_html_say_the_same(letter: Letter, stage: str, language: Language) -> None:
    said = preview(letter, language, stage)

    def words(text: str) -> list[str]:
        return re.findall(r"\w+", text)

    assert set(words(said.text)) <= set(words(visible(said.html)))


@pytest.mark.parametrize(("letter", "stage", "language"), ALL)
def test_nothing_is_undefined_untranslated_or_overlong(
    letter: Letter, stage: str, language: Language
) -> None:
    said = preview(letter, language, stage)
    for part in (said.subject, said.text, visible(said.html)):
        assert not re.search(r"None|\{\{|\}\}|\{%|Undefined|\bTrue\b|\bFalse\b|  +[.,]", part)
    commands = [line for line in said.text.splitlines() if line.startswith("    ")]
    lines = [line for line in said.text.splitlines() if line not in commands]
    assert max(map(len, lines)) <= 80
    assert not re.search(r"[a-zåäö”.]”[A-Za-zÅÄÖåäö]|[a-zåäö]“", said.text)


@pytest.mark.parametrize("letter", Letter)
def test_a_letter_in_english_about_english_things_has_no_swedish_in_it(letter: Letter) -> None:
    said = worded(bare(letter, "en"))
    assert not SWEDISH.search(f"{said.subject} {said.text}")


@pytest.mark.parametrize("letter", Letter)
def test_a_letter_in_swedish_has_no_english_in_it(letter: Letter) -> None:
    said = worded(bare(letter, "sv"))
    assert not ENGLISH.search(f"{said.subject} {said.text}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", Letter)
def test_a_letter_can_be_written_when_hardly_anything_is_known(
    letter: Letter, language: Language
) -> None:
    said = worded(bare(letter, language))
    assert ("XYZ" in said.subject) is (letter not in ABOUT_NO_CHARTER)
    assert said.subject
    assert "None" not in said.text


def bare(letter: Letter, language: Language) -> LetterFacts:
    """A letter of which only what is always known is known."""
    return LetterFacts(
        letter=letter,
        today=TODAY,
        reader=Reader(name="XYZ", role=Audience.REGISTRY_KEEPER, language=language),
        charter=AboutCharter(id=1, title="XYZ", kind="charter", state=State.DRAFT),
    )


@pytest.mark.parametrize("letter", Letter)
def test_what_people_wrote_is_never_read_as_html(letter: Letter) -> None:
    facts = sample(letter)
    poison = "<script>alert('å')</script>"
    poisoned = facts.model_copy(
        update={
            "by": poison,
            "reason": poison,
            "statement": poison,
            "purpose": poison,
            "group": poison,
            "to_do": (poison,),
            "undelivered": Undelivered(
                letter=Letter.DISTRIBUTION,
                number=1,
                name=poison,
                email=poison,
                purpose=poison,
                reply=poison,
            ),
            "charter": facts.charter
            and facts.charter.model_copy(update={"title": poison, "handler": poison}),
            "reader": facts.reader.model_copy(update={"name": poison}),
        }
    )
    said = worded(poisoned, attached=(poison,), signed=poison)
    assert "<script" not in said.html
    assert "&lt;script&gt;" in said.html
    assert "&lt;" not in said.text
    assert "&lt;" not in said.subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fallback_letter_says_who_is_missing(language: Language) -> None:
    facts = sample(Letter.RENEWAL, language)
    instead = facts.reader.model_copy(
        update={"role": Audience.REGISTRY_KEEPER, "in_place_of": Audience.COORDINATOR}
    )
    said = worded(
        facts.model_copy(
            update={"reader": instead, "missing": (Audience.COORDINATOR, Audience.CHAIR)}
        )
    )
    closing = " ".join(said.text.split("\n\n")[-1].split())
    for audience in (Audience.COORDINATOR, Audience.CHAIR):
        assert audience.words.in_(language) in closing
    assert WHY[Audience.REGISTRY_KEEPER].in_(language) in closing


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_copy_says_that_it_is_a_copy(language: Language) -> None:
    facts = sample(Letter.RENEWAL, language)
    copied = facts.reader.model_copy(update={"role": Audience.CHAIR, "in_copy": True})
    said = worded(facts.model_copy(update={"reader": copied}))
    assert {"sv": "kopia", "en": "copy"}[language] in said.text.split("\n\n")[-1]


def test_the_decision_request_says_exactly_what_to_do_and_what_happens_otherwise() -> None:
    said = preview(Letter.DECISION_REQUEST)
    for words in (
        "    mandat approve 3 --by johan.ekdal --no-conflict",
        "Om inget beslut fattas",
        "till och med 2026-08-31",
        "fr.o.m. 2026-06-17 t.o.m. 2031-06-17",
        "Föredragande:        Sara Lindmark",
        "Rådet får två nya ledamöter",
        "+ Rådet möts sex gånger om året.",
    ):
        assert words in said.text


def test_a_distribution_opens_with_the_reader_s_own_purpose() -> None:
    first = preview(Letter.DISTRIBUTION).text.split("\n\n")[1]
    assert "för genomförande och vidarebefordran" in " ".join(first.split())


def test_a_renewal_says_where_the_successor_stands_and_with_whom() -> None:
    facts = sample(Letter.RENEWAL, stage="3m")
    successor = Successor(id=9, state=State.REVIEW, with_whom="Johan Ekdal")
    said = worded(facts.model_copy(update={"successor": successor}))
    assert "granskning" in said.text
    assert "Johan Ekdal" in said.text
    assert "Ett nytt är redan på gång" in said.text


def test_the_subject_of_a_renewal_is_the_same_at_every_stage() -> None:
    assert len({preview(Letter.RENEWAL, stage=stage).subject for stage in STAGES}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_undelivered_letter_says_whose_which_what_was_answered_and_what_to_do(
    language: Language,
) -> None:
    said = preview(Letter.UNDELIVERABLE, language).text
    told = {
        "sv": ("Adressen finns inte.", "Brev:       expediering (nummer 118)"),
        "en": ("There is no such address.", "Letter:     distribution (number 118)"),
    }
    for words in (
        "Åsa Nyberg",
        "asa.nyberg@sjoviken.example",
        "för genomförande och vidarebefordran",
        "  | 550 5.1.1 <asa.nyberg@sjoviken.example>: Recipient address rejected",
        "    mandat outbox retry 118 --email … --by sara.lindmark",
        "    mandat outbox reached-otherwise 118 --by sara.lindmark",
        *told[language],
    ):
        assert words in said


@pytest.mark.parametrize(
    ("how", "sv"),
    [
        ("refused", "kom inte fram. Adressen finns inte."),
        ("bounced", "Det togs emot först, men kom sedan tillbaka. Adressen finns inte."),
        ("suppressed", "Det skickades inte alls"),
    ],
)
def test_an_undelivered_letter_says_how_it_failed(
    how: Literal["refused", "bounced", "suppressed"], sv: str
) -> None:
    facts = sample(Letter.UNDELIVERABLE)
    assert facts.undelivered is not None
    undelivered = facts.undelivered.model_copy(update={"how": how})
    said = worded(facts.model_copy(update={"undelivered": undelivered}))
    assert sv in " ".join(said.text.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_login_code_stands_in_the_letter_and_nowhere_a_locked_screen_shows(
    language: Language,
) -> None:
    said = preview(Letter.LOGIN_CODE, language)
    assert "    482 913\n" in said.text
    assert said.html.count("482 913") == 1
    assert not re.search(r"\d", said.subject)
    assert "10 minut" in said.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_last_call_says_what_happens_the_day_after_and_what_can_be_done(
    language: Language,
) -> None:
    said = " ".join(preview(Letter.LAST_CALL, language).text.split())
    for words in {
        "sv": ("det sista brevet", "från och med 2031-06-18", "Förnya:", "Avveckla:"),
        "en": ("the last letter", "from 2031-06-18", "Renew:", "Discontinue:"),
    }[language]:
        assert words in said
    facts = sample(Letter.LAST_CALL, language)
    review = Successor(id=9, state=State.REVIEW, with_whom="Johan Ekdal")
    waiting = worded(facts.model_copy(update={"successor": review})).text
    by = {"sv": "beslutas senast 2031-06-17", "en": "decided by 2031-06-17"}[language]
    assert by in " ".join(waiting.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bounce_is_told_in_the_reader_s_own_words(language: Language) -> None:
    said = preview(Letter.DISTRIBUTION_INCOMPLETE, language).text
    assert "bounced" not in said
    assert {"sv": "brevet kom tillbaka", "en": "the letter came back"}[language] in said


def test_a_standstill_says_since_when_why_how_many_waited_and_whether_letters_leave_again() -> None:
    facts = sample(Letter.STANDSTILL)
    assert facts.standstill is not None
    said = " ".join(worded(facts).text.split())
    assert "Från 2026-06-17 kl. 08.12 till 2026-06-17 kl. 10.40 gick inga brev ut." in said
    assert "41 brev väntade. Nu går de igen" in said
    assert "| 535 5.7.8 Authentication credentials invalid" in said
    still = facts.standstill.model_copy(update={"again_at": None, "waiting": 1})
    said = " ".join(worded(facts.model_copy(update={"standstill": still})).text.split())
    assert "Från 2026-06-17 kl. 08.12 gick inga brev ut. Ett brev väntade." in said
    assert "Nu går de igen" not in said


@pytest.mark.parametrize(
    ("days", "sv", "en"),
    [
        (0, "i dag", "today"),
        (1, "i morgon", "tomorrow"),
        (14, "om 14 dagar", "in 14 days"),
        (365, "om ungefär 12 månader", "in about 12 months"),
        (1826, "om ungefär 5 år", "in about 5 years"),
        (-1, "redan passerat", "already past"),
    ],
)
def test_how_long_is_left_is_said_as_people_say_it(days: int, sv: str, en: str) -> None:
    words = how_long(TODAY, TODAY.fromordinal(TODAY.toordinal() + days))
    assert (words.sv, words.en) == (sv, en)


@pytest.mark.parametrize(("letter", "stage", "language"), ALL)
def test_the_page_stands_on_its_own(letter: Letter, stage: str, language: Language) -> None:
    page = preview(letter, language, stage).html
    fetched = re.sub(r'xmlns(:\w+)?="[^"]+"', "", page)
    assert not re.search(r"https?://|<img|<script|<link|@import|url\(", fetched)
    tables = re.findall(r"<table[^>]*>", page)  # also those that only Outlook reads
    assert len(tables) > 4
    assert all('role="presentation"' in table for table in tables)


def test_the_page_is_laid_out_once_and_nothing_anyone_wrote_goes_through_that() -> None:
    facts = sample(Letter.WITHDRAWN)
    said = worded(facts.model_copy(update={"reason": "<mj-text>${x}</mj-text> &amp; {{ 7 * 7 }}"}))
    assert "&lt;mj-text&gt;${x}&lt;/mj-text&gt; &amp;amp; {{ 7 * 7 }}" in said.html
    assert "<mj-text>${x}</mj-text> &amp; {{ 7 * 7 }}" in said.text
