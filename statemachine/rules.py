"""The rules: each a fact that is true or false of a case, with the refusal a person reads."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from statemachine.case import Case
from statemachine.words import Words, joined, plain

Fact = Callable[[Case], bool]
Naming = Callable[[Case], Words | Iterable[Words] | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named fact. Called with a case it answers true or false; broken, it says why."""

    name: str
    holds: Fact
    refusal: Words
    naming: Naming | None = None

    def __call__(self, case: Case) -> bool:
        return self.holds(case)

    def refuse(self, case: Case) -> Words:
        """The sentence to show when this rule is broken, with what broke it named."""
        if self.naming is None:
            return self.refusal
        named = self.naming(case)
        parts = [named] if isinstance(named, Words) else list(named or ())
        listed = joined(parts) if len(parts) < 2 else joined((plain(""), *parts), by="\n  – ")
        return Words(_filled(self.refusal.sv, listed.sv), _filled(self.refusal.en, listed.en))


def _filled(sentence: str, what: str) -> str:
    return sentence.format(what).replace(" \n", "\n").strip()


def rule(sv: str, en: str, naming: Naming | None = None) -> Callable[[Fact], Rule]:
    """Make a rule of a predicate; `{}` in the sentences is filled with what `naming` names."""
    return lambda fact: Rule(fact.__name__, fact, Words(sv, en), naming)


# --- writing ---------------------------------------------------------------------------------


@rule(
    "Det finns redan ett pågående utkast för samma grupp och slag av handling. {}",
    "There is already an open draft for the same group and kind of document. {}",
    naming=lambda case: case.open_successor,
)
def no_other_draft_is_open(case: Case) -> bool:
    return case.open_successor is None


@rule(
    "Det finns inget beslutat uppdrag att förnya. Påbörja ett utkast i stället.",
    "There is no decided charter to renew. Start a draft instead.",
)
def there_is_a_decided_charter(case: Case) -> bool:
    return case.renewable


@rule(
    "Gruppen är avvecklad. En avvecklad grupp får inga nya uppdrag.",
    "The group is discontinued. A discontinued group gets no new charters.",
)
def group_is_active(case: Case) -> bool:
    return not case.standing.group_is_discontinued


@rule("Gruppen är inte avvecklad.", "The group is not discontinued.")
def group_is_discontinued(case: Case) -> bool:
    return case.standing.group_is_discontinued


@rule(
    "Den som ska ta över är inte handläggare i dag. Välj någon som är det.",
    "The person taking over is not a handler today. Choose someone who is.",
)
def receiver_can_handle(case: Case) -> bool:
    return case.receiver_can_handle


# --- a decision made before this system --------------------------------------------------------


@rule(
    "Ange vem som beslutade och i vilken befattning.",
    "State who decided it, and in what office.",
)
def decider_is_named(case: Case) -> bool:
    return case.decider_named


@rule(
    "Ange vilken dag uppdraget beslutades; dagen får inte ligga i framtiden.",
    "State the day the charter was decided; it cannot lie in the future.",
)
def decision_day_is_given(case: Case) -> bool:
    return case.standing.decided_on is not None and case.standing.decided_on <= case.today


@rule(
    "Ange från och med vilken dag uppdraget gäller.",
    "State the first day the charter is in force.",
)
def first_day_is_given(case: Case) -> bool:
    return case.valid_from is not None


@rule(
    "Perioden krockar med ett annat beslutat uppdrag för samma grupp: {} Upphörde det ena i "
    "förtid, ange dess sista dag när det registreras.",
    "The period overlaps another decided charter for the same group: {} If one of them ended "
    "early, give its last day when recording it.",
    naming=lambda case: case.overlaps,
)
def overlaps_nothing(case: Case) -> bool:
    return case.overlaps is None


# --- ready for a decision ----------------------------------------------------------------------


@rule(
    "Texten har fel som ska rättas först: {}",
    "The text has errors to correct first: {}",
    naming=lambda case: case.errors,
)
def document_has_no_errors(case: Case) -> bool:
    return not case.errors


@rule(
    "Ange med --instead vem som får uppdraget i stället för dem på sändlistan som inte nås: {}",
    "Name with --instead who gets it in place of those on the list who cannot be reached: {}",
    naming=lambda case: case.unresolved_recipients,
)
def every_recipient_resolves(case: Case) -> bool:
    return not case.unresolved_recipients


@rule(
    "Det står inte klart vilken befattning som beslutar. Ange den när du redigerar (--office).",
    "It is not clear which office decides. Edit the draft and name it (--office).",
)
def deciding_office_is_known(case: Case) -> bool:
    return case.deciding_office is not None


@rule(
    "Befattningen {} har inte rätt att besluta detta i dag.",
    "The office {} has no authority to decide this today.",
    naming=lambda case: case.deciding_office,
)
def office_has_authority(case: Case) -> bool:
    return case.deciding_office is None or case.office_has_authority


@rule(
    "Föredraganden ska svara på frågan om jäv innan ärendet skickas för beslut.",
    "The presenter must answer the question of conflict of interest before submission.",
)
def presenter_answered_the_conflict_question(case: Case) -> bool:
    return case.conflict is not None


@rule(
    "Föredraganden är jävig. Lämna över ärendet till en annan handläggare.",
    "The presenter has a conflict of interest. Hand the case over to another handler.",
)
def presenter_has_no_conflict(case: Case) -> bool:
    return case.conflict is not True


@rule(
    "Besvara varningen innan ärendet skickas för beslut: {}",
    "Answer the warning before submission: {}",
    naming=lambda case: case.unanswered_warnings,
)
def warnings_are_answered(case: Case) -> bool:
    return not case.unanswered_warnings


@rule(
    "Handlingen går inte att skriva ut: {}",
    "The paper cannot be rendered: {}",
    naming=lambda case: case.unrenderable,
)
def paper_renders(case: Case) -> bool:
    return case.unrenderable is None


@rule(
    "Giltighetstiden är längre än vad som får beslutas (högst fem år för en uppdragshandling).",
    "The term is longer than may be decided (at most five years for a charter).",
)
def term_is_not_too_long(case: Case) -> bool:
    if case.longest_term is None:
        return True
    return case.valid_through is not None and case.valid_through <= case.longest_term


@rule(
    "Sista giltighetsdagen ligger före den första.",
    "The last day in force lies before the first.",
)
def term_ends_after_it_begins(case: Case) -> bool:
    return (
        case.valid_through is None
        or case.valid_from is None
        or case.valid_through >= case.valid_from
    )


# --- deciding ----------------------------------------------------------------------------------


@rule("Ange skälet.", "State the reason.")
def a_reason_is_given(case: Case) -> bool:
    return bool(case.reason.strip())


@rule(
    "Texten har ändrats sedan den skickades för beslut.",
    "The text has changed since it was submitted.",
)
def text_is_as_submitted(case: Case) -> bool:
    return case.text_hash is not None and case.text_hash == case.submitted_hash


@rule(
    "Den som skickade ärendet för beslut får inte själv besluta det.",
    "Whoever submitted the case cannot decide it.",
)
def decider_is_not_the_submitter(case: Case) -> bool:
    return None not in (case.by, case.submitted_by) and case.by != case.submitted_by


@rule(
    "Svara på frågan om jäv innan du beslutar.",
    "Answer the question of conflict of interest before deciding.",
)
def decider_answered_the_conflict_question(case: Case) -> bool:
    return case.conflict is not None


@rule(
    "Du har anmält jäv i ärendet. Din ersättare beslutar i stället.",
    "You have declared a conflict of interest. Your stand-in decides instead.",
)
def decider_has_no_conflict(case: Case) -> bool:
    return case.conflict is not True


@rule(
    "Inloggningen är för gammal för ett beslut. Logga in igen och besluta på nytt.",
    "The login is too old for a decision. Log in again and decide anew.",
)
def decider_authenticated_recently(case: Case) -> bool:
    return case.authenticated is not None and timedelta() <= case.authenticated <= case.recent


@rule(
    "Ange från och med vilken dag uppdraget upphör; dagen får inte ha passerat.",
    "State the first day the charter is no longer in force; it cannot have passed.",
)
def effective_day_is_not_past(case: Case) -> bool:
    return case.effective_day is not None and case.effective_day >= case.today


@rule(
    "Uppdraget löper ut före den dagen ändå. Ange en dag inom giltighetstiden.",
    "The charter ends before that day anyway. Give a day within its term.",
)
def effective_day_is_within_the_term(case: Case) -> bool:
    last_day = case.standing.ends_on
    return case.effective_day is None or last_day is None or case.effective_day <= last_day


@rule(
    "Ett beslut om avveckling behöver ett diarienummer.",
    "A discontinuance needs a registry number.",
)
def registry_number_is_given(case: Case) -> bool:
    return bool(case.registry_number)


@rule(
    "Det är redan beslutat att uppdraget avvecklas senast den dagen.",
    "It is already decided that the charter is discontinued by that day.",
)
def not_already_discontinued(case: Case) -> bool:
    decided = case.standing.discontinue_on
    return decided is None or (case.effective_day is not None and case.effective_day < decided)


@rule(
    "En rättelse får bara gälla skrivfel och liknande (36 § förvaltningslagen). Säger texten något "
    "annat än förut, eller ändras giltighet, grupp, mottagare eller beslutsfattare, krävs ett nytt "
    "beslut.",
    "A correction may only mend a clerical error (section 36 of the Administrative Procedure Act). "
    "A text that says something else than before, or another validity, group, recipient or "
    "decider, takes a new decision.",
)
def correction_is_clerical(case: Case) -> bool:
    return case.is_clerical


# --- opinions ----------------------------------------------------------------------------------


@rule(
    "Den som ska yttra sig finns inte i organisationen eller har slutat.",
    "The reviewer is not in the organisation, or has left.",
)
def reviewer_is_known(case: Case) -> bool:
    return case.reviewer_is_known


@rule(
    "Granskaren har redan yttrat sig i den här omgången.",
    "The reviewer has already given an opinion in this round.",
)
def reviewer_has_not_answered(case: Case) -> bool:
    return not case.reviewer_has_answered


@rule(
    "Ditt yttrande är inte begärt i den här omgången.",
    "Your opinion is not asked for in this round.",
)
def opinion_is_asked(case: Case) -> bool:
    return case.opinion_is_asked


# --- the calendar ------------------------------------------------------------------------------


@rule(
    "Alla mottagare har inte nåtts ännu.",
    "Not every recipient has been reached yet.",
)
def every_recipient_has_an_outcome(case: Case) -> bool:
    return case.standing.outcomes_missing == 0


@rule("Tiden för förnyelse har inte börjat.", "The renewal window is not open.")
def renewal_window_is_open(case: Case) -> bool:
    return case.renewal_opens_on is not None and case.renewal_opens_on <= case.today


@rule("Tiden för förnyelse har redan börjat.", "The renewal window is already open.")
def renewal_window_is_not_open(case: Case) -> bool:
    return not renewal_window_is_open(case)


@rule("Giltighetstiden har inte gått ut.", "The term has not run out.")
def term_has_run_out(case: Case) -> bool:
    return case.standing.ends_on is not None and case.standing.ends_on < case.today


@rule("Giltighetstiden har gått ut.", "The term has run out.")
def term_has_not_run_out(case: Case) -> bool:
    return not term_has_run_out(case)


@rule("Ingen efterföljare har tagit vid.", "No successor took over.")
def a_successor_took_over(case: Case) -> bool:
    return case.standing.successor_took_over


@rule("En efterföljare har tagit vid.", "A successor took over.")
def no_successor_took_over(case: Case) -> bool:
    return not case.standing.successor_took_over


@rule(
    "Ingen avveckling är beslutad till i dag.",
    "No discontinuance is decided to take effect by today.",
)
def discontinuance_has_come(case: Case) -> bool:
    day = case.standing.discontinue_on
    return day is not None and day <= case.today and case.standing.ends_by_discontinuance


@rule(
    "Uppdraget är beslutat att avvecklas.",
    "The charter is decided to be discontinued.",
)
def no_discontinuance_has_come(case: Case) -> bool:
    return not discontinuance_has_come(case)
