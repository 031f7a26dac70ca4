"""Word out: real heading styles, a header table, and bytes that are the same for the same input."""

import io
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from documents.kinds import Form, Kind
from documents.kinds import kind as kind_called
from documents.read.word import LITERAL_STYLE, UNREAD_STYLE
from documents.runs import on_one_line
from documents.write.decision import DecisionBlock
from documents.write.fields import end_fields, head_fields, recipient_text
from documents.write.look import Look, Standing
from documents.write.template import context, filled
from models.document import Block, Document, ItemList, Run

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.text.paragraph import Paragraph as WordParagraph

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
ZIP_EPOCH = (2000, 1, 1, 0, 0, 0)
FONT = "Georgia"


def write_docx(
    document: Document,
    *,
    decision: DecisionBlock | None,
    standing: Standing,
    look: Look,
    kind: Kind | None = None,
    template: bytes | None = None,
) -> bytes:
    """The document as a .docx, by the organisation's own template or ours.

    By ours, `read` gives the document back, apart from `raw`. Raises Unrenderable when the
    template is broken.
    """
    kind = kind or kind_called(document.kind)
    if template is not None:
        return without_clock(filled(template, context(document, decision, standing, look, kind)))
    paper = WordPaper(kind, kind.in_(document.language), look)
    paper.running_head(document, standing)
    paper.head(document)
    for block in document.preamble:
        paper.block(block)
    for section in document.sections:
        known = paper.form.section_forms.get(section.key)
        paper.heading(section.heading, level=known.level if known else 1)
        for block in section.blocks:
            paper.block(block)
    paper.table(list(end_fields(document, kind)))
    paper.heading(paper.form.recipients.heading)
    for recipient in document.recipients:
        line = recipient_text(recipient, paper.form)
        paper.paragraph("List Bullet", line)
    if decision is not None:
        paper.heading(paper.form.record.heading)
        paper.table(list(decision.rows(look, document.language)))
    return paper.bytes(document)


class WordPaper:
    """A Word document being written in the organisation's look."""

    def __init__(self, kind: Kind, form: Form, look: Look) -> None:
        import docx

        self.kind, self.form, self.look = kind, form, look
        self.word: WordDocument = docx.Document()
        self._style_ids: dict[str, str] = {}
        self._set_page()
        self._set_styles()

    def _set_page(self) -> None:
        from docx.shared import Cm

        section = self.word.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.8)
        section.top_margin, section.bottom_margin = Cm(2.6), Cm(2.4)

    def _set_styles(self) -> None:
        from docx.enum.style import WD_STYLE_TYPE
        from docx.oxml.ns import qn
        from docx.shared import Pt, RGBColor

        accent = RGBColor.from_string(self.look.accent.lstrip("#").upper())
        styles: Any = self.word.styles
        for name, size, bold, before, after in (
            ("Normal", 11, False, 0, 6),
            ("Title", 20, True, 6, 14),
            ("Subtitle", 10, True, 18, 0),
            ("Heading 1", 13, True, 16, 4),
            ("Heading 2", 11, True, 10, 2),
        ):
            style = styles[name]
            style.font.name, style.font.size, style.font.bold = FONT, Pt(size), bold
            style.font.italic = False
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                fonts.attrib.pop(qn(f"w:{theme}"), None)
            style.paragraph_format.space_before = Pt(before)
            style.paragraph_format.space_after = Pt(after)
            if name != "Normal":
                style.font.color.rgb = accent
        styles["Normal"].paragraph_format.line_spacing = 1.15
        border = styles["Title"].element.pPr.find(qn("w:pBdr"))
        if border is not None:
            styles["Title"].element.pPr.remove(border)
        for name in (LITERAL_STYLE, UNREAD_STYLE):
            styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = styles["Normal"]
        styles[UNREAD_STYLE].font.size = Pt(9)
        language = "sv-SE" if self.form.language == "sv" else "en-GB"
        for element in styles.element.iter(qn("w:lang")):
            element.set(qn("w:val"), language)

    def running_head(self, document: Document, standing: Standing) -> None:
        """The organisation to the left, the draft mark to the right; page x (y) at the foot."""
        section = self.word.sections[0]
        mark = self.look.label("draft_note", self.form.language) if standing == "draft" else ""
        head = section.header.paragraphs[0]
        head.style = self.word.styles[UNREAD_STYLE]
        head.add_run(self.look.organisation).bold = True
        head.add_run(f"\t\t{mark.upper()}").bold = True
        foot = section.footer.paragraphs[0]
        foot.style = self.word.styles[UNREAD_STYLE]
        foot.add_run(f"{on_one_line(document.registry_number or '')}\t\t")
        foot.add_run(f"{self.look.label('page', self.form.language)} ")
        _field(foot, "PAGE")
        foot.add_run(" (")
        _field(foot, "NUMPAGES")
        foot.add_run(")")

    def head(self, document: Document) -> None:
        """What the paper is, its title, and the table of its fields."""
        self.paragraph("Subtitle", self.form.names[0])
        if document.title:
            self.paragraph("Title", document.title)
        self.table(list(head_fields(document, self.kind)))

    def heading(self, text: str, level: int = 1) -> None:
        self.paragraph(f"Heading {level}", text)

    def paragraph(self, style: str, text: str = "") -> "WordParagraph":
        """A paragraph in a style; the library would search all styles for each one."""
        if style not in self._style_ids:
            self._style_ids[style] = self.word.styles[style].style_id
        paragraph = self.word.add_paragraph(on_one_line(text))
        paragraph._p.style = self._style_ids[style]
        return paragraph

    def table(self, rows: list[tuple[str, str]]) -> None:
        """Label and value, row by row."""
        from docx.shared import Cm

        table = self.word.add_table(rows=0, cols=2)
        for label, value in rows:
            cells = table.add_row().cells
            cells[0].width, cells[1].width = Cm(4.6), Cm(10.8)
            cells[0].paragraphs[0].add_run(label).bold = True
            cells[1].paragraphs[0].add_run(on_one_line(value))
        self.word.add_paragraph()

    def block(self, block: Block) -> None:
        """A paragraph or a list."""
        if isinstance(block, ItemList):
            style = "List Number" if block.numbered else "List Bullet"
            for item in block.items:
                self._runs(self.paragraph(style), item)
        else:
            self._runs(self.paragraph(LITERAL_STYLE), block.runs)

    def _runs(self, paragraph: "WordParagraph", runs: tuple[Run, ...]) -> None:
        from docx.opc.constants import RELATIONSHIP_TYPE
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        for run in runs:
            written = paragraph.add_run(on_one_line(run.text))
            written.bold, written.italic = run.bold or None, run.italic or None
            if run.link:
                written.font.underline = True
                link: Any = OxmlElement("w:hyperlink")
                target = paragraph.part.relate_to(
                    run.link, RELATIONSHIP_TYPE.HYPERLINK, is_external=True
                )
                link.set(qn("r:id"), target)
                link.append(written._r)
                paragraph._p.append(link)

    def bytes(self, document: Document) -> bytes:
        """The finished file: no clock in it, and the title and language where Word looks."""
        properties = self.word.core_properties
        properties.title = on_one_line(document.title or self.form.names[0])[:255]
        properties.author = self.look.organisation[:255]
        properties.language = self.form.language
        properties.comments = ""
        properties.created = properties.modified = EPOCH.replace(tzinfo=None)
        written = io.BytesIO()
        self.word.save(written)
        return without_clock(written.getvalue())


def _field(paragraph: "WordParagraph", code: str) -> None:
    """A field that Word counts: PAGE, NUMPAGES."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field: Any = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    paragraph._p.append(field)
    field.append(paragraph.add_run("1")._r)


def without_clock(data: bytes) -> bytes:
    """The same archive with every part stamped with one moment."""
    rewritten = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as archive,
        zipfile.ZipFile(rewritten, "w", zipfile.ZIP_DEFLATED) as stamped,
    ):
        for name in archive.namelist():
            entry = zipfile.ZipInfo(name, ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            stamped.writestr(entry, archive.read(name))
    return rewritten.getvalue()
