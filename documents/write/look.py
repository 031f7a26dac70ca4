"""How papers look and what they call things: the organisation's, with good defaults."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from statemachine.words import Language, Words

Standing: TypeAlias = Literal["draft", "decided"]

# fmt: off
LABELS: Mapping[str, Words] = {
    "draft":             Words("Utkast", "Draft"),
    "draft_note":        Words("Utkast – inte beslutat", "Draft – not decided"),
    "page":              Words("Sida", "Page"),
    "decision":          Words("Beslut", "Decision"),
    "record":            Words("Beslutsuppgifter", "Record of the decision"),
    "decided_by":        Words("Beslutat av", "Decided by"),
    "office":            Words("Befattning", "Office"),
    "standing_in_for":   Words("Ersättare för", "Standing in for"),
    "decided_on":        Words("Beslutsdag", "Day of decision"),
    "decided_at":        Words("Tidpunkt", "Time"),
    "authentication":    Words("Legitimering", "Authenticated by"),
    "authority":         Words("Beslutanderätt", "Authority"),
    "registry_number":   Words("Diarienummer", "Registry number"),
    "valid_from":        Words("Gäller från och med", "In force from"),
    "valid_through":     Words("Gäller till och med", "In force through"),
    "presenter":         Words("Föredragande", "Presenter"),
    "others_present":    Words("Övriga vid slutlig handläggning", "Others in the final handling"),
    "conflict":          Words("Jäv", "Conflict of interest"),
    "reason":            Words("Motivering", "Reason"),
    "content_hash":      Words("Kontrollsumma", "Checksum"),
    "none":              Words("ingen", "none"),
    "no_day":            Words("tills vidare", "until further notice"),
    "discontinuance":    Words("Beslut om avveckling", "Decision to discontinue"),
    "discontinued":      Words("Det som avvecklas", "What is discontinued"),
    "group":             Words("Grupp", "Group"),
    "effective_on":      Words("Upphör att gälla", "Ceases to be in force"),
    "taken_over_by":     Words("Uppdraget övertas av", "Taken over by"),
    "in_force":          Words("Gäller", "In force"),
    "stands":            Words("Beslutad {day}. Gäller till och med {through}.",
                               "Decided {day}. In force through {through}."),
    "stands_open":       Words("Beslutad {day}. Gäller tills vidare.",
                               "Decided {day}. In force until further notice."),
    "attached_document": Words("Handlingen som data", "The document as data"),
    "attached_decision": Words("Beslutet som data", "The decision as data"),
}
# fmt: on


READABLE = 4.5
"""The contrast text must have against white paper: WCAG 2.2, 1.4.3."""


@dataclass(frozen=True, slots=True)
class Look:
    """The organisation's name, colours (`#rrggbb`), logotype (PNG or SVG) and own labels.

    `logo_text` is what is read aloud for the logotype, the organisation's name unless said
    otherwise; `tint` is what the record of a decision stands on, a pale accent unless said
    otherwise.
    """

    organisation: str
    accent: str = "#1d4f73"
    logo: bytes | None = None
    labels: Mapping[str, Words] = field(default_factory=dict)
    logo_text: str | None = None
    tint: str | None = None

    def label(self, name: str, language: Language) -> str:
        """The label called `name`, the organisation's own before ours."""
        return (self.labels.get(name) or LABELS[name]).in_(language)

    @property
    def ink(self) -> str:
        """The accent as text is printed in it: darkened until it can be read on white."""
        red, green, blue = (int(self.accent[at : at + 2], 16) for at in (1, 3, 5))
        while contrast(red, green, blue) < READABLE:
            red, green, blue = (int(part * 0.92) for part in (red, green, blue))
        return f"#{red:02x}{green:02x}{blue:02x}"


def contrast(red: int, green: int, blue: int) -> float:
    """How clearly a colour stands out from white, 1 to 21, as WCAG 2.2 counts."""

    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    brightness = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    return 1.05 / (brightness + 0.05)
