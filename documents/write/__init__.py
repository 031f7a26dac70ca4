"""Papers out: PDF for the record, Word for those who want it, text for those who edit."""

from documents.write.decision import DecisionBlock
from documents.write.look import Look, Standing
from documents.write.pdf import write_discontinuance, write_pdf
from documents.write.text import write_text
from documents.write.word import write_docx

__all__ = [
    "DecisionBlock",
    "Look",
    "Standing",
    "write_discontinuance",
    "write_docx",
    "write_pdf",
    "write_text",
]
