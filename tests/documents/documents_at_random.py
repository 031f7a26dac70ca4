"""Documents at random, for properties: hostile text in every place a reader could misread it."""

from datetime import date

from hypothesis import strategies as st

from documents.kinds import kind
from documents.read.interpret import slug
from documents.runs import tidy, tidy_runs
from models.document import (
    Block,
    Contact,
    DecisionLine,
    Document,
    ItemList,
    Named,
    Paragraph,
    RecipientLine,
    Run,
    Section,
)

CHARTER = kind("charter")
FORM = CHARTER.in_("sv")

HOSTILE = (
    "Syfte med uppdraget",
    "Kommunikation",
    "Datum: 2026-01-01",
    "**Datum:** i morgon",
    "Datum för beslut:",
    "Uppdraget skickas till",
    "Uppdraget skickas till: alla",
    "Uppdragshandling för någon annan",
    "Uppdragshandling",
    "Beslutsuppgifter",
    "- en punkt som inte är en",
    "1. numrerat",
    "• punkt",
    "# rubrik",
    "---",
    "| a | b |",
    "\\ snedstreck",
    "*stjärna",
    "**",
    "[länk](inte)",
    "5 * 3 * 2",
    "och fortsätter i liten bokstav",
    '<b>fet</b> & "citat"',
    "Sida 1 (2)",
    "12",
    "Region Sjöviken",
    "Samordningsråd rörelseorganen",
    "Diarienummer RS 2026-00001",
    "www._under_streck_.example",
    "a\u00a0b\tc",
    "ﬁ ligatur ½",
)

plain = st.text(
    st.characters(whitelist_categories=["Ll", "Lu", "Nd", "Po", "Pd"], max_codepoint=0x24F),
    max_size=30,
)
words = st.one_of(st.sampled_from(HOSTILE), plain, st.tuples(plain, plain).map(" ".join))
links = st.sampled_from(
    [None, None, None, "https://intranat.sjoviken.example/a_(b)", "mailto:sara@sjoviken.example"]
)
runs = (
    st.lists(
        st.builds(Run, text=words, bold=st.booleans(), italic=st.booleans(), link=links),
        min_size=1,
        max_size=4,
    )
    .map(tidy_runs)
    .filter(bool)
)
paragraphs = st.builds(Paragraph, runs=runs)
lists = st.builds(
    ItemList, numbered=st.booleans(), items=st.lists(runs, min_size=1, max_size=3).map(tuple)
)


def _apart(blocks: list[Block]) -> tuple[Block, ...]:
    """The blocks without lists that would be one list with the list before them."""
    kept: list[Block] = []
    for block in blocks:
        last = kept[-1] if kept else None
        both = isinstance(block, ItemList) and isinstance(last, ItemList)
        if not (both and block.numbered == last.numbered):  # type: ignore[union-attr]
            kept.append(block)
    return tuple(kept)


blocks = st.lists(st.one_of(paragraphs, lists), max_size=4).map(_apart)
names = st.sampled_from(["Sara Nyberg", "Åsa O'Hara-Öberg", "Li"])
titles = st.sampled_from(["utvecklingsdirektör", "chef, avdelning två", "titulär"])
lines = st.sampled_from(["Norra vårdförvaltningen", "Vård & omsorg (norr)", "A*B", "[x]"])
days = st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2060, 1, 1)))
known_sections = st.sampled_from(FORM.sections).map(lambda one: (one.key, one.heading))
free_sections = st.sampled_from(["Ekonomi", "Övriga frågor", "Om C#", "Lokaler – och *annat*"]).map(
    lambda heading: (slug(heading), heading)
)
sections = st.builds(
    lambda named, content: Section(key=named[0], heading=named[1], blocks=content),
    st.one_of(known_sections, free_sections),
    blocks,
)
recipients = st.one_of(
    st.builds(
        RecipientLine,
        who=st.sampled_from(["Ordförande för gruppen", "Registrator", "Alla - utom en"]),
        purpose=st.sampled_from([None, "för genomförande", "att läsa", "– och mer"]).map(
            lambda one: one and one.removeprefix("– ")
        ),
    ),
    st.builds(
        RecipientLine,
        who=names,
        email=st.sampled_from(["oskar.dahl@sjoviken.example", "a+b@c.example"]),
        purpose=st.sampled_from([None, "för uppdatering av registret", "till kännedom"]),
    ),
)
documents = st.builds(
    Document,
    kind=st.just("charter"),
    organisation=st.one_of(st.none(), lines),
    unit=st.one_of(st.none(), lines),
    title=st.sampled_from([None, "Uppdragshandling för Rådet", "Något *helt* annat [se]"]),
    group=st.just("Rådet"),
    revision=st.sampled_from([None, "reviderad maj 2026"]),
    document_date=days,
    registry_number=st.sampled_from([None, "RS 2026-00001", "HSN 2020-1234-5"]),
    area=st.one_of(st.none(), lines),
    commissioner=st.builds(Named, name=names, title=st.one_of(st.none(), titles)),
    assignee=st.one_of(st.none(), lines),
    handler=st.builds(
        Contact, name=st.one_of(st.none(), names), phone=st.sampled_from([None, "0599-10 20 30"])
    ),
    preamble=blocks,
    sections=st.lists(sections, max_size=4).map(
        lambda extra: (
            Section(key="purpose", heading="Syfte med uppdraget"),
            Section(key="tasks", heading="Uppdragsbeskrivning"),
            *extra,
        )
    ),
    decision=st.builds(
        DecisionLine,
        date=days,
        maker=st.builds(Named, name=names, title=st.one_of(st.none(), titles)),
    ),
    recipients=st.lists(recipients, max_size=3).map(tuple),
    valid_from=days,
    valid_through=days,
    validity_text=st.sampled_from([None, "Så länge rådet finns."]),
)

__all__ = ["documents", "tidy"]
