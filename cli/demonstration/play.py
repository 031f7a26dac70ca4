"""The play: what happens in the demonstration, scene by scene."""

from datetime import date, timedelta

from cli.demonstration.stage import Stage
from cli.edge import said
from models.document import Document, Paragraph, Run, Section
from statemachine.calendar import add_months
from statemachine.vocabulary import Act


def play(stage: Stage, own: Document | None) -> None:
    """Live the life; `own` is the reader's own document, in place of the sample."""
    stage.scene(
        said("Organisationen", "The organisation"),
        said(
            "Administratören läser in vem som är vem: personer, befattningar, grupper och platser.",
            "The administrator loads who is who: people, offices, groups and seats.",
        ),
    )
    stage.load_organisation(own)

    stage.scene(
        said("Ett första utkast", "A first draft"),
        said(
            "Handläggaren Sara Nyberg har en text och ett slutdatum. Systemet läser texten.",
            "Sara Nyberg, handler, has a text and a deadline. The system reads the text.",
        ),
    )
    text = own or stage.read("nara-vard.md")
    first = stage.act(
        Act.DRAFT,
        "sara.nyberg",
        document=own or stage.read("nara-vard-forsta-utkast.md"),
        group_id=stage.group_of(text),
        office=stage.office,
    ).charter_id
    stage.refused(Act.SUBMIT, "sara.nyberg", first)
    if own is None:
        stage.act(Act.EDIT, "sara.nyberg", first, document=text)
    stage.submit("sara.nyberg", first)

    stage.scene(
        said("På direktörens bord", "On the director's desk"),
        said(
            "Brevet säger vad ärendet gäller och hur man beslutar. Tre arbetsdagar går.",
            "The letter says what the case is about and how to decide it. Three working days pass.",
        ),
    )
    stage.act(Act.ASK_OPINION, "sara.nyberg", first, to=stage.person("elin.sandberg"))
    stage.deliver()
    stage.act(
        Act.OPINION,
        "elin.sandberg",
        first,
        supports=True,
        statement=said("Tydligt och genomförbart.", "Clear and workable."),
    )
    stage.deliver()
    stage.live_until(stage.today + timedelta(days=3))
    stage.act(
        Act.SEND_BACK,
        stage.director_of(first),
        first,
        reason=said(
            "Skriv ut hur ofta gruppen följer upp sitt arbete.",
            "Say how often the group follows up its work.",
        ),
    )
    stage.deliver()
    stage.act(Act.EDIT, "sara.nyberg", first, document=_with_a_follow_up(text))
    stage.submit("sara.nyberg", first)
    stage.deliver()
    stage.refused(Act.APPROVE, "sara.nyberg", first, conflict=False)
    stage.next_day()
    stage.act(Act.APPROVE, stage.director_of(first), first, conflict=False)

    stage.scene(
        said("Expediering", "Distribution"),
        said(
            "Beslutet går till sändlistan. Var och en får sitt eget brev, med sitt eget syfte.",
            "The decision goes to the distribution list, each with a letter and purpose of their own.",
        ),
    )
    stage.deliver()
    stage.calendar()
    stage.keep_papers(first)

    stage.scene(
        said("Ett andra uppdrag", "A second charter"),
        said(
            "Ett annat råd får sitt uppdrag samma vecka. Det ska ingen komma ihåg att förnya.",
            "Another council gets its charter the same week. Nobody will remember to renew this one.",
        ),
    )
    second = stage.whole_way(stage.read("rorelseorganen.md"))

    stage.scene(
        said("Fem år", "Five years"),
        said(
            "Kalendern går från dag till dag då något är dags. Inget är schemalagt; allt följer av "
            "datumen.",
            "The calendar goes from day to day on which anything is due. Nothing is scheduled; all "
            "follows from the dates.",
        ),
    )
    ends_on = stage.ends_on(first)
    stage.live_until(_months_before(ends_on, 5))
    stage.next_day()

    stage.scene(
        said("Förnyelse", "Renewal"),
        said(
            "Gruppens koordinator förnyar i ett steg. Det beslutade uppdraget kopieras; bara "
            "ändringen skrivs.",
            "The group's coordinator renews in one step. The decided charter is copied; only the "
            "change is written.",
        ),
    )
    coordinator = stage.coordinator_of(first)
    renewed = stage.act(
        Act.RENEW,
        coordinator,
        group_id=stage.group_of(text),
        office=stage.office,
        valid_from=ends_on + timedelta(days=1),
    ).charter_id
    stage.act(Act.EDIT, coordinator, renewed, document=_with_new_rhythm(stage.text(renewed)))
    stage.submit(coordinator, renewed)
    stage.deliver()
    stage.next_day()
    stage.act(Act.APPROVE, stage.director_of(renewed), renewed, conflict=False)
    stage.deliver()
    stage.calendar()
    stage.keep_papers(renewed)

    stage.scene(
        said("Slutet, på två sätt", "The end, in two ways"),
        said(
            "Det förnyade uppdraget tar vid utan lucka. Det andra löper ut, och gruppen påminns "
            "varje månad tills den har ett nytt.",
            "The renewed charter takes over without a gap. The other expires, and the group is "
            "reminded every month until it has a new one.",
        ),
    )
    stage.live_until(_months_before(max(stage.ends_on(first), stage.ends_on(second)), -3))


def _with_a_follow_up(text: Document) -> Document:
    """The text as the director asked for it."""
    english = text.language == "en"
    heading = "Follow-up" if english else "Uppföljning"
    sentence = (
        "The group follows up its work once a year and reports to the commissioner."
        if english
        else "Gruppen följer upp sitt arbete en gång om året och redovisar det för uppdragsgivaren."
    )
    section = Section(
        key="follow_up", heading=heading, blocks=(Paragraph(runs=(Run(text=sentence),)),)
    )
    others = tuple(one for one in text.sections if one.key != "follow_up")
    return text.model_copy(update={"sections": (*others, section)})


def _with_new_rhythm(text: Document) -> Document:
    """The renewed text: the follow-up twice a year."""

    def renewed(section: Section) -> Section:
        if section.key != "follow_up":
            return section
        words = section.text.replace("en gång om året", "två gånger om året")
        words = words.replace("once a year", "twice a year")
        return section.model_copy(update={"blocks": (Paragraph(runs=(Run(text=words),)),)})

    return text.model_copy(update={"sections": tuple(renewed(one) for one in text.sections)})


def _months_before(day: date, months: int) -> date:
    return add_months(day, -months)
