"""Links in letters: to a page instead of a command, and a mark that only this house can make."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.settings import Settings
from notifications.facts import LetterFacts
from notifications.links import PLACES, Pages, ToDecide, links_in, mark_of, marked
from notifications.preview import every, sample
from notifications.wording import worded
from statemachine.vocabulary import Letter
from statemachine.words import Language

KEY = "a key of this installation"
PAGES = Pages("https://mandat.sjoviken.example", KEY)
LINK = ToDecide(3, 2, "77aa77aa77aa77aa", 7)
LANGUAGES: tuple[Language, ...] = get_args(Language)


def test_a_mark_tells_what_it_was_made_for() -> None:
    assert marked(KEY, mark_of(KEY, LINK)) == LINK


def test_a_whole_hash_is_carried_by_its_beginning() -> None:
    long = ToDecide(3, 2, 64 * "7", 7)
    assert marked(KEY, mark_of(KEY, long)) == ToDecide(3, 2, 16 * "7", 7)


def test_another_house_cannot_make_it() -> None:
    assert marked(KEY, mark_of("another key", LINK)) is None


def test_not_a_letter_of_it_can_be_changed() -> None:
    mark = mark_of(KEY, LINK)
    for place in range(len(mark)):
        other = "1" if mark[place] != "1" else "2"
        assert marked(KEY, mark[:place] + other + mark[place + 1 :]) is None


@given(st.text(max_size=80))
def test_what_is_no_mark_leads_nowhere(said: str) -> None:
    assert marked(KEY, said) is None


@pytest.mark.parametrize(
    ("letter", "stage"), [one for one in every() if sample(one[0], stage=one[1]).to_do]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_where_there_are_pages_a_letter_leads_there_and_says_nothing_to_type(
    letter: Letter, stage: str, language: Language
) -> None:
    facts = sample(letter, language, stage).model_copy(update={"successor": None})
    said = worded(facts, pages=PAGES)
    (link,) = links_in(facts, PAGES)
    assert f"\n{link.address}\n" in said.text
    assert f'href="{link.address}"' in said.html
    assert link.words.in_(language) in said.text
    if letter is not Letter.ALARM:  # Its pages may be what is down.
        assert "mandat " not in said.text
        assert "terminal" not in said.text


def test_every_letter_that_says_what_to_type_has_a_page_instead() -> None:
    typed = {letter for letter, stage in every() if sample(letter, stage=stage).to_do}
    assert typed <= PLACES.keys()


def test_a_request_leads_its_reader_to_the_very_case() -> None:
    (link,) = links_in(sample(Letter.DECISION_REQUEST), PAGES)
    mark = link.address.removeprefix("https://mandat.sjoviken.example/links/")
    assert marked(KEY, mark) == ToDecide(3, 1, 16 * "7", 7)


def test_a_letter_written_before_there_were_links_is_still_read_and_leads_somewhere() -> None:
    older = sample(Letter.DECISION_REQUEST).model_dump(
        mode="json", exclude={"asked", "group_key"}, exclude_defaults=True
    )
    facts = LetterFacts.model_validate(older)
    (link,) = links_in(facts, PAGES)
    assert link.address == "https://mandat.sjoviken.example/charters/3/decide"
    assert "mandat approve 3" in worded(facts).text


def test_letters_lead_to_pages_that_their_readers_can_find() -> None:
    assert Settings().pages_in_letters == "http://127.0.0.1:8080"
    assert Settings(relay_host="mail.sjoviken.example").pages_in_letters is None
    found = Settings(relay_host="mail.sjoviken.example", address="https://mandat.sjoviken.example/")
    assert found.pages_in_letters == "https://mandat.sjoviken.example"
    assert Settings(port=0).pages_in_letters is None
