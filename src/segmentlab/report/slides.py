"""Slides as PowerPoint reads them: titles, words, tables and pictures that fit where they stand."""

import io
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from segmentlab.errors import ConfigError
from segmentlab.flow import Picture
from segmentlab.report.layout import ACCENT, INK
from segmentlab.report.raster.canvas import paint_png
from segmentlab.report.tables import ReportTable
from segmentlab.report.wording import shorten_text

if TYPE_CHECKING:
    from pptx.slide import Slide
    from pptx.text.text import TextFrame

INSTALL_SLIDES: Final = "python -m pip install -e '.[slides]'"
WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.6  # inches
TOP: Final = 1.35  # below the title
TITLE_ONLY: Final = 5  # of the layouts of an empty presentation
PIXELS_PER_INCH: Final = 110  # letters of a figure are then read from the last row
ALARM: Final = "#b3261e"
SIZES: Final = (24, 20, 18, 16, 14, 12, 11, 10)  # points, the largest that fits
FONT: Final = "Arial"  # every machine has it or one as wide
LETTER_WIDTH: Final = 0.51  # of the size of letters, on average: rather too much than too little
LINE_HEIGHT: Final = 1.25
CELL_PADDING: Final = 0.22, 0.1  # inches of a cell that no letter stands in
BOLD: Final = 1.15  # times as wide
WIDEST_COLUMN: Final = 120  # letters, beyond which a cell has several lines whatever there is room for
LONGEST_WORD: Final = 24  # letters; a longer one, such as a digest, may be broken

Box = tuple[float, float, float, float]  # left, top, width, height in inches
BODY: Final[Box] = (MARGIN, TOP, WIDTH - 2 * MARGIN, HEIGHT - TOP - 0.5)


class Slides:
    """A presentation that grows by a slide at a time."""

    def __init__(self) -> None:
        try:
            from pptx import Presentation
            from pptx.util import Inches
        except ImportError as error:
            raise ConfigError(f"Slides need the package python-pptx: {INSTALL_SLIDES}") from error
        self._inches = Inches
        self._deck = Presentation()
        self._deck.slide_width, self._deck.slide_height = Inches(WIDTH), Inches(HEIGHT)

    def add(self, title: str) -> "Slide":
        """A slide that has its title, in the place where programs look for it."""
        slide = self._deck.slides.add_slide(self._deck.slide_layouts[TITLE_ONLY])
        self._place(slide.shapes.title, (MARGIN, 0.4, WIDTH - 2 * MARGIN, 0.8))
        self._write(slide.shapes.title.text_frame, [title], 28, ACCENT, bold=True)
        return slide

    def add_words(
        self, slide: "Slide", words: Sequence[str], box: Box = BODY, *, colour: str = INK, fill: str = ""
    ) -> float:
        """Paragraphs as large as the box lets them be; gives the height that they take."""
        size = next((size for size in SIZES if measure_words(words, size, box[2]) <= box[3]), SIZES[-1])
        shown = cut_words(words, size, box)
        frame = slide.shapes.add_textbox(*map(self._inches, box))
        if fill:
            frame.fill.solid()
            frame.fill.fore_color.rgb = _read_colour(fill)
        self._write(frame.text_frame, shown, size, colour)
        tall = measure_words(shown, size, box[2])
        frame.height = self._inches(tall)
        return tall

    def add_table(self, slide: "Slide", table: ReportTable, box: Box = BODY) -> None:
        """A table in the largest letters that it fits in; the first column is the widest that it needs."""
        rows = [table.headings, *table.rows]
        size = next(
            (size for size in SIZES[3:] if sum(measure_rows(rows, size, box[2])) <= box[3]), SIZES[-1]
        )
        heights = measure_rows(rows, size, box[2])
        while len(rows) > 1 and sum(heights) > box[3]:  # rather fewer rows than rows below the edge
            rows, heights = rows[:-1], heights[:-1]
        frame = slide.shapes.add_table(len(rows), len(rows[0]), *map(self._inches, box))
        frame.height = self._inches(sum(heights))
        made = frame.table
        for place, width in enumerate(share_width(rows, size, box[2])):
            made.columns[place].width = self._inches(width)
        for number, (row, height) in enumerate(zip(rows, heights, strict=True)):
            made.rows[number].height = self._inches(height)
            for place, cell in enumerate(row):
                one = made.cell(number, place)
                one.margin_top = one.margin_bottom = self._inches(0.03)
                one.fill.solid()
                one.fill.fore_color.rgb = _read_colour("#eef4f8" if number == 0 else "#ffffff")
                self._write(one.text_frame, [cell], size, INK, bold=number == 0 or place == 0)

    def add_picture(self, slide: "Slide", picture: Picture, box: Box = BODY) -> None:
        """A figure, painted for this place; what it shows is said to those who can't see it."""
        pixels = (round(side * PIXELS_PER_INCH) for side in box[2:])
        width, height = pixels
        painted = paint_png(picture.figure, title=picture.title, width=width, height=height)
        shown = slide.shapes.add_picture(io.BytesIO(painted), *map(self._inches, box))
        shown._element.nvPicPr.cNvPr.set("descr", f"{picture.title}. {picture.caption}")  # noqa: SLF001

    def save(self) -> bytes:
        """The file."""
        file = io.BytesIO()
        self._deck.save(file)
        return file.getvalue()

    def _place(self, shape: Any, box: Box) -> None:  # noqa: ANN401
        shape.left, shape.top, shape.width, shape.height = map(self._inches, box)

    def _write(
        self, frame: "TextFrame", words: Sequence[str], size: float, colour: str, *, bold: bool = False
    ) -> None:
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
        from pptx.util import Pt

        frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
        for number, text in enumerate(words):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.LEFT
            run = paragraph.add_run()
            run.text = remove_controls(text)
            run.font.name, run.font.size, run.font.bold = FONT, Pt(size), bold
            run.font.color.rgb = _read_colour(colour)
            paragraph.space_after = Pt(size / 2 if len(words) > 1 else 0)


def measure_words(words: Sequence[str], size: float, width: float) -> float:
    """The height in inches of paragraphs in letters of so many points."""
    lines = sum(_count_lines(text, size, width - 0.2) for text in words)
    return (lines * LINE_HEIGHT + 0.5 * len(words)) * size / 72 + 0.1


def cut_words(words: Sequence[str], size: float, box: Box) -> list[str]:
    """As many paragraphs as fit: what is left out is in the report."""
    shown = list(words)
    while len(shown) > 1 and measure_words(shown, size, box[2]) > box[3]:
        shown = [*shown[:-2], "The report has more."]
    while len(shown) == 1 and len(shown[0]) > 1 and measure_words(shown, size, box[2]) > box[3]:
        shown = [shorten_text(shown[0], len(shown[0]) * 9 // 10)]
    return shown


def share_width(rows: Sequence[Sequence[str]], size: float, width: float) -> list[float]:
    """Columns wide enough for their longest words; what is left goes to those with long texts."""
    room = width * 72 / (LETTER_WIDTH * size)  # letters in a line of the whole table
    columns = list(zip(*rows, strict=True))
    words = [[word for cell in column for word in cell.split()] for column in columns]
    least = [min(LONGEST_WORD, max(map(len, own), default=1)) * BOLD + 3 for own in words]
    more = [
        max(0.0, min(WIDEST_COLUMN, max(map(len, column))) - need) + 1
        for column, need in zip(columns, least, strict=True)
    ]
    left = max(0.0, room - sum(least))
    letters = [need + left * want / sum(more) for need, want in zip(least, more, strict=True)]
    return [width * one / sum(letters) for one in letters]


def measure_rows(rows: Sequence[Sequence[str]], size: float, width: float) -> list[float]:
    """The height of each row, as its tallest cell asks for."""
    widths = [width - CELL_PADDING[0] for width in share_width(rows, size, width)]
    return [
        max(_count_lines(cell, size, wide) for cell, wide in zip(row, widths, strict=True))
        * size * LINE_HEIGHT / 72 + CELL_PADDING[1]
        for row in rows
    ]  # fmt: skip


def remove_controls(text: str) -> str:
    """One line without the letters that no file of slides may hold."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _count_lines(text: str, size: float, width: float) -> int:
    return max(1, len(textwrap.wrap(text, max(1, int(width * 72 / (LETTER_WIDTH * size))))))


def _read_colour(colour: str) -> Any:  # noqa: ANN401
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(colour.removeprefix("#").upper())
