"""What a relay's answer means, in the words a colleague would use."""

import re

from statemachine.words import Words

# fmt: off
MEANING: dict[str, Words] = {
    "5.1.1":  Words("Adressen finns inte.", "There is no such address."),
    "5.1.2":  Words("Det som står efter @ i adressen finns inte.",
                    "What stands after the @ in the address does not exist."),
    "5.1.3":  Words("Adressen är felskriven.", "The address is misspelt."),
    "5.1.6":  Words("Brevlådan har flyttat.", "The mailbox has moved."),
    "5.1.10": Words("Det som står efter @ i adressen tar inte emot e-post.",
                    "What stands after the @ in the address takes no e-mail."),
    "5.2.1":  Words("Brevlådan är avstängd.", "The mailbox is closed."),
    "5.2.2":  Words("Brevlådan är full.", "The mailbox is full."),
    "5.2.3":  Words("Brevet är för stort för brevlådan.",
                    "The letter is too large for the mailbox."),
    "5.3.4":  Words("Brevet är för stort.", "The letter is too large."),
    "5.4.1":  Words("Mottagarens e-postserver svarar inte.",
                    "The recipient's mail server does not answer."),
    "5.4.4":  Words("Det som står efter @ i adressen finns inte.",
                    "What stands after the @ in the address does not exist."),
    "5.4.7":  Words("Brevet försökte nå fram så länge det fick, utan att lyckas.",
                    "The letter tried to get through for as long as it may, in vain."),
}
"""By enhanced code (RFC 3463 and its registry); the ones people meet."""

BY_SUBJECT: dict[str, Words] = {
    "1": Words("Något är fel med adressen.", "Something is wrong with the address."),
    "2": Words("Brevlådan tar inte emot brevet.", "The mailbox does not take the letter."),
    "3": Words("Mottagarens e-postserver tar inte emot brevet.",
               "The recipient's mail server does not take the letter."),
    "4": Words("Brevet hittade inte fram till mottagarens e-postserver.",
               "The letter did not find its way to the recipient's mail server."),
    "7": Words("Mottagarens e-postserver tillåter inte brev härifrån.",
               "The recipient's mail server does not allow letters from here."),
}
"""By the code's middle number, for the rest."""

UNKNOWN = Words("E-postservern tog inte emot brevet.", "The mail server did not take the letter.")
# fmt: on


def in_plain_words(reply: str | None) -> Words:
    """What an answer such as `550 5.1.1 No such user here` means."""
    code = re.search(r"(?<![\d.])5\.(\d{1,3})\.\d{1,3}(?![\d.])", reply or "")
    if code is None:
        return UNKNOWN
    return MEANING.get(code[0]) or BY_SUBJECT.get(code[1], UNKNOWN)
