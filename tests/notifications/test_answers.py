"""A relay's answer in plain words."""

import pytest

from notifications.answers import BY_SUBJECT, MEANING, UNKNOWN, in_plain_words


@pytest.mark.parametrize(
    ("reply", "sv"),
    [
        ("550 5.1.1 No such user here", "Adressen finns inte."),
        ("5.1.1 No such user here", "Adressen finns inte."),
        ("550-5.1.1 The account\n550 5.1.1 does not exist", "Adressen finns inte."),
        ("552 5.2.2 Over quota", "Brevlådan är full."),
        ("Status: 5.1.10", "Det som står efter @ i adressen tar inte emot e-post."),
        ("554 5.7.509 Access denied", "Mottagarens e-postserver tillåter inte brev härifrån."),
        ("550 5.1.99 Odd", "Något är fel med adressen."),
        ("550 No such user", UNKNOWN.sv),
        ("550 [192.0.25.1.1] blocked", UNKNOWN.sv),
        ("450 4.2.2 Over quota", UNKNOWN.sv),
        ("550 5.9.9 What", UNKNOWN.sv),
        ("", UNKNOWN.sv),
        (None, UNKNOWN.sv),
    ],
)
def test_an_answer_is_said_in_plain_words(reply: str | None, sv: str) -> None:
    assert in_plain_words(reply).sv == sv


def test_every_meaning_is_a_sentence_in_both_languages() -> None:
    for words in (*MEANING.values(), *BY_SUBJECT.values(), UNKNOWN):
        assert words.sv[0].isupper()
        assert words.en[0].isupper()
        assert words.sv.endswith(".")
        assert words.en.endswith(".")
