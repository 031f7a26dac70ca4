"""The decision as the paper prints it. Förvaltningslagen (2017:900) 31 § is the template."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date

from documents.write.look import Look
from statemachine.words import Language


@dataclass(frozen=True, slots=True)
class DecisionBlock:
    """Who decided what, when and on what authority. An empty field is printed as "ingen"."""

    decided_by: str
    office: str
    decided_on: date
    content_hash: str
    standing_in_for: str | None = None
    decided_at: str | None = None
    authentication: str | None = None
    authority: str | None = None
    registry_number: str | None = None
    valid_from: date | None = None
    valid_through: date | None = None
    presenter: str | None = None
    others_present: tuple[str, ...] = ()
    conflict: str | None = None
    reason: str | None = None

    def rows(
        self, look: Look, language: Language, *, without: frozenset[str] = frozenset()
    ) -> Iterator[tuple[str, str]]:
        """Label and text of every field but those `without`, in the order a reader asks."""
        told: dict[str, str | None] = {
            "decided_by": self.decided_by,
            "office": self.office,
            "standing_in_for": self.standing_in_for,
            "decided_on": self.decided_on.isoformat(),
            "decided_at": self.decided_at,
            "authentication": self.authentication,
            "authority": self.authority,
            "registry_number": self.registry_number,
            "valid_from": self.valid_from.isoformat() if self.valid_from else None,
            "valid_through": (
                self.valid_through.isoformat()
                if self.valid_through
                else look.label("no_day", language)
            ),
            "presenter": self.presenter,
            "others_present": ", ".join(self.others_present),
            "conflict": self.conflict,
            "reason": self.reason,
            "content_hash": self.content_hash,
        }
        for name, text in told.items():
            if name not in without:
                yield look.label(name, language), text or look.label("none", language)

    def facts_first(self, look: Look, language: Language) -> Iterator[tuple[str, str, str]]:
        """What a reader asks first: label, answer and a line beside it, three times."""

        def label(name: str) -> str:
            return look.label(name, language)

        substitute = self.standing_in_for
        beside = f"{label('standing_in_for').lower()} {substitute}" if substitute else ""
        yield label("decided_by"), self.decided_by, ", ".join(filter(None, (self.office, beside)))
        yield label("decided_on"), self.decided_on.isoformat(), ""
        if self.valid_from:
            through = self.valid_through.isoformat() if self.valid_through else label("no_day")
            yield label("in_force"), f"{self.valid_from} – {through}", ""

    def as_json(self, **more: object) -> str:
        """The facts of the decision, and `more`, as JSON: sorted keys, dates ISO."""
        return json.dumps(
            asdict(self) | more, ensure_ascii=False, sort_keys=True, default=str, indent=1
        )
