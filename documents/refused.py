"""What could not be taken in or printed, each with the sentence a person reads."""

from statemachine.words import Refusal, Words


class Refused(Refusal):
    """A file or text this room will not work on; `words` says why and what to do."""

    @property
    def words(self) -> Words:
        return self.reasons[0]


class Unreadable(Refused):
    """The file could not be opened as text, Markdown or Word, or is not safe to open."""


class NotACharter(Refused):
    """The file can be read, but no form describes it."""


class Unrenderable(Refused):
    """The document holds something the paper cannot show."""
