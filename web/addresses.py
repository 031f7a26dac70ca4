"""Addresses: what a page is asked after its question mark, said and understood."""

from urllib.parse import urlencode


def address(path: str, **asked: str) -> str:
    """An address with what is asked there; what is empty is left out."""
    kept = {name: said for name, said in asked.items() if said}
    return f"{path}?{urlencode(kept)}" if kept else path


def leafed(path: str, **asked: str) -> str:
    """The same, ready for a page number to be added."""
    begun = address(path, **asked)
    return f"{begun}&" if "?" in begun else f"{begun}?"


def page_in(said: str | None) -> int:
    """Which page of a long list is asked for, from 1; the first for anything else."""
    given = said or ""
    asked = int(given) if given.isascii() and given.isdecimal() and len(given) < 7 else 1
    return max(asked, 1)
