"""The address the web is reached at."""

import socket

import pytest

from web.door import NoDoor, address_of, opened


def test_an_address_that_is_taken_or_not_ours_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = f"127.0.0.1:{port}: address already in use"
        with pytest.raises(NoDoor, match=said), opened("127.0.0.1", port):
            pytest.fail("it was opened")
    with (
        pytest.raises(NoDoor, match=r"cannot listen at nowhere\.invalid"),
        opened("nowhere.invalid", 0),
    ):
        pytest.fail("it was opened")


def test_an_address_is_said_as_a_browser_wants_it() -> None:
    with opened("127.0.0.1", 0) as door:
        assert address_of(door) == f"http://127.0.0.1:{door.getsockname()[1]}"
