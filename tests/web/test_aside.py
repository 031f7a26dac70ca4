"""Work that goes on aside: once at a time, one after another, and its faults are its own."""

import logging
from threading import Event

import pytest

from web.aside import Aside, AtOnce, WhenTold


def test_work_is_begun_once_and_goes_on_until_it_is_done() -> None:
    aside, may_end, ended, done = Aside(), Event(), Event(), []

    def work() -> None:
        assert may_end.wait(10)
        done.append("done")

    aside.undertake("read", work)
    aside.undertake("read", work)
    assert aside.goes_on("read")
    aside.undertake("after", ended.set)
    may_end.set()
    assert ended.wait(10)
    assert done == ["done"]


def test_a_fault_is_logged_without_what_it_says_and_the_work_may_begin_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def work() -> None:
        raise ValueError("Anna Ek")

    aside = AtOnce()
    with caplog.at_level(logging.ERROR):
        aside.undertake("read", work)
    assert "ValueError" in caplog.text
    assert "Anna" not in caplog.text
    assert not aside.goes_on("read")


def test_what_waits_to_be_told_stands_still_until_then() -> None:
    aside, done = WhenTold(), []
    aside.undertake("read", lambda: done.append("done"))
    assert (aside.goes_on("read"), done) == (True, [])
    aside.go()
    assert (aside.goes_on("read"), done) == (False, ["done"])
