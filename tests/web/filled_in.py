"""A form as a browser would send it: everything that stands in it, and what someone writes."""

from typing import Any

from httpx import Response
from lxml import html

from tests.web.conftest import Browser

Said = str | list[str]


class FilledIn:
    """The form on a page, filled in further and sent."""

    def __init__(self, browser: Browser, page: Response | str, action: str) -> None:
        self.browser, self.action = browser, action
        shown = browser.get(page) if isinstance(page, str) else page
        document: Any = html.fromstring(shown.text)
        found = [form for form in document.forms if form.get("action") == action]
        assert found, f"there is no form for {action} on this page:\n{shown.text}"
        self.says: dict[str, list[str]] = {}
        for name, value in found[0].form_values():
            self.says.setdefault(name, []).append(value.removeprefix("\n"))

    def __getitem__(self, name: str) -> str:
        return self.says[name][0]

    def write(self, **fields: Said) -> "FilledIn":
        """Write in fields that are there; `_` in a name may stand for `-`."""
        known = {name.replace("-", "_"): name for name in self.says}
        for name, said in fields.items():
            self.says[known[name]] = [said] if isinstance(said, str) else said
        return self

    def into(self, name: str, said: str) -> "FilledIn":
        self.says[name] = [said]
        return self

    def without(self, *names: str) -> "FilledIn":
        for name in names:
            self.says.pop(name, None)
        return self

    def send(
        self, action: str | None = None, headers: dict[str, str] | None = None, **more: Any
    ) -> Response:
        """Press a button: `do` is the one with that value; another action is another address."""
        pressed = {name: [said] for name, said in more.items()}
        return self.browser.client.post(
            action or self.action,
            data={**self.says, **pressed},
            headers=headers,
            follow_redirects=True,
        )
