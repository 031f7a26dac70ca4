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
    "content_hash":      Words("Innehållets kontrollsumma", "Checksum of the content"),
    "none":              Words("ingen", "none"),
    "no_day":            Words("tills vidare", "until further notice"),
    "discontinuance":    Words("Beslut om avveckling", "Decision to discontinue"),
    "discontinued":      Words("Det som avvecklas", "What is discontinued"),
    "group":             Words("Grupp", "Group"),
    "effective_on":      Words("Upphör att gälla", "Ceases to be in force"),
    "taken_over_by":     Words("Uppdraget övertas av", "Taken over by"),
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Look:
    """The organisation's name, colour (`#rrggbb`), logotype (PNG or SVG) and own labels."""

    organisation: str
    accent: str = "#1d4f73"
    logo: bytes | None = None
    labels: Mapping[str, Words] = field(default_factory=dict)

    def label(self, name: str, language: Language) -> str:
        """The label called `name`, the organisation's own before ours."""
        return (self.labels.get(name) or LABELS[name]).in_(language)
