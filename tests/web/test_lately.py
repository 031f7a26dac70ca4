"""What was worked out lately is worked out anew when what it hangs on has changed."""

from web.lately import MOST, Lately


def test_the_same_is_worked_out_once_for_as_long_as_its_mark_is_the_same() -> None:
    lately, worked = Lately(), list[str]()

    def work() -> int:
        worked.append("once more")
        return len(worked)

    assert [lately.or_anew("one", mark, work) for mark in ("a", "a", "b", "b", "a")] == [
        1,
        1,
        2,
        2,
        3,
    ]


def test_no_more_than_so_many_things_are_held_and_the_oldest_goes_first() -> None:
    lately = Lately()
    for number in range(MOST + 1):
        lately.or_anew(str(number), None, lambda: "held")
    assert lately.or_anew("0", None, lambda: "anew") == "anew"
    assert lately.or_anew(str(MOST), None, lambda: "anew") == "held"
