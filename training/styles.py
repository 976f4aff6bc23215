"""How a sheet becomes text: the separators seen in real reports, each a function from sheet to :class:`Text`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from random import Random

from training.sheets import Printed, Sheet, SheetRow, SheetTable, Text

Style = Callable[[Sheet, Random], Text]


def _cells(row: SheetRow, *, groups: bool = True) -> list[Printed]:
    """The cells of a row in order: labels (spanned ones empty, or left out), values, filler."""
    labels = [Printed(label) for label in row.labels if label or groups]
    return [*labels, *row.values, *[Printed("")] * row.filler]


def _frame(
    sheet: Sheet,
    body: Callable[[Text, SheetTable], None],
    gap: str = "\n",
    *,
    separates: bool = True,
    shows_blanks: bool = True,
) -> Text:
    """Title, prose and headings around the tables."""
    text = Text(separates, shows_blanks)
    text.put(sheet.title + gap + "一、总体情况" + gap)
    for sentence in sheet.prose[:-1]:
        text.put(sentence + gap)
    for table in sheet.tables:
        if table.heading:
            text.put(table.heading + gap)
        body(text, table)
    text.put("五、存在的主要问题及改进情况" + gap + sheet.prose[-1] + gap + "六、其他需要报告的事项" + gap + "无" + gap)
    return text


def _put_joined(text: Text, cells: Iterable[Printed], separator: str, end: str) -> None:
    for place, cell in enumerate(cells):
        text.put(separator if place else "")
        text.put(cell.text, cell.key)
    text.put(end)


def tsv_grid(sheet: Sheet, random: Random) -> Text:
    """Tabs by grid column; spanned label cells are empty."""

    def body(text: Text, table: SheetTable) -> None:
        depth = max((len(row.labels) for row in table.rows if row.kind == "data"), default=0)
        aligned = random.random() < 0.5
        for row in table.rows:
            cells = _cells(row)
            if aligned and row.kind == "data" and row.labels:
                cells = [
                    *cells[: len(row.labels)],
                    *[Printed("")] * (depth - len(row.labels)),
                    *cells[len(row.labels) :],
                ]
            _put_joined(text, cells, "\t", "\n")

    return _frame(sheet, body, "\n\n")


def pipe_rows(sheet: Sheet, random: Random) -> Text:
    """``规章 | 0 | 0 | 0 |``."""
    groups, tail = random.random() < 0.3, random.choice((" |", " |", ""))

    def body(text: Text, table: SheetTable) -> None:
        for row in table.rows:
            _put_joined(text, _cells(row, groups=groups), " | ", f"{tail}\n")

    return _frame(sheet, body)


def pipe_rows_leading(sheet: Sheet, random: Random) -> Text:
    """``| 规章 | 0 | 0 | 0 |``, as in Markdown, perhaps with a rule under the head."""
    groups, rule = random.random() < 0.5, random.random() < 0.5

    def body(text: Text, table: SheetTable) -> None:
        for place, row in enumerate(table.rows):
            text.put("| ")
            _put_joined(text, _cells(row, groups=groups), " | ", " |\n")
            if rule and place == 0:
                text.put("|---|---|\n")

    return _frame(sheet, body)


def cell_per_line_pipe(sheet: Sheet, _: Random) -> Text:
    """One cell a line, each ended by a pipe; filler cells are a line of pipes."""

    def body(text: Text, table: SheetTable) -> None:
        for row in table.rows:
            for cell in _cells(replace(row, filler=0), groups=False):
                text.put(cell.text, cell.key)
                text.put(" |\n" if cell.text else "|\n")
            if row.filler:
                text.put("|" * row.filler + "\n")

    return _frame(sheet, body)


def pipe_open(sheet: Sheet, _: Random) -> Text:
    """Each row opens with a pipe, each cell on its own line with white space around it."""

    def body(text: Text, table: SheetTable) -> None:
        for row in table.rows:
            text.put("| \n ")
            for cell in _cells(row, groups=False):
                text.put(cell.text, cell.key)
                text.put("  | \n ")

    return _frame(sheet, body)


def lone_pipe(sheet: Sheet, _: Random) -> Text:
    """A line with only a pipe after each cell."""

    def body(text: Text, table: SheetTable) -> None:
        for row in table.rows:
            for cell in _cells(row, groups=False):
                text.put(cell.text, cell.key)
                text.put("\n|\n" if cell.text else "|\n")

    return _frame(sheet, body)


def lone_pipe_row(sheet: Sheet, _: Random) -> Text:
    """A line with only a pipe opens each row."""

    def body(text: Text, table: SheetTable) -> None:
        for row in table.rows:
            text.put("|\n")
            for cell in _cells(row, groups=False):
                text.put(cell.text, cell.key)
                text.put(" |\n" if cell.text else "|\n")

    return _frame(sheet, body)


def cell_per_line(sheet: Sheet, random: Random) -> Text:
    """Cells are paragraphs; a blank one adds a line break, or none."""
    gap, blank = random.choice((("\n\n", "\n"), ("\n\n", ""), ("\n", "")))

    def body(text: Text, table: SheetTable) -> None:
        for row in table.rows:
            for cell in _cells(row, groups=False):
                text.put(cell.text, cell.key)
                text.put(gap if cell.text else blank)

    return _frame(sheet, body, gap, shows_blanks=bool(blank))


def cr_run_text(sheet: Sheet, _: Random) -> Text:
    """Runs of carriage returns: three after a cell, two more after a row."""

    def body(text: Text, table: SheetTable) -> None:
        for row in table.rows:
            for cell in _cells(row, groups=False):
                text.put(cell.text, cell.key)
                text.put("\r\r\r")
            text.put("\r\r")

    return _frame(sheet, body, "\r")


def space_rows(sheet: Sheet, _: Random) -> Text:
    """Single spaces between cells, as in text taken from a PDF."""

    def body(text: Text, table: SheetTable) -> None:
        for row in table.rows:
            _put_joined(text, [cell for cell in _cells(row, groups=False) if cell.text], " ", "\n")

    return _frame(sheet, body, shows_blanks=False)


def wide_spaces(sheet: Sheet, _: Random) -> Text:
    """Everything in one line, ideographic spaces between cells."""

    def body(text: Text, table: SheetTable) -> None:
        for row in table.rows:
            _put_joined(text, [cell for cell in _cells(row, groups=False) if cell.text], "　　", "　　")

    return _frame(sheet, body, "　　", shows_blanks=False)


def glued_rows(sheet: Sheet, _: Random) -> Text:
    """One row a line, nothing between its cells."""

    def body(text: Text, table: SheetTable) -> None:
        for row in table.rows:
            _put_joined(text, _cells(row, groups=False), "", "\n")

    return _frame(sheet, body, separates=False, shows_blanks=False)


def glued(sheet: Sheet, _: Random) -> Text:
    """Nothing at all between cells and rows."""

    def body(text: Text, table: SheetTable) -> None:
        for row in table.rows:
            _put_joined(text, _cells(row, groups=False), "", "")

    return _frame(sheet, body, "　　", separates=False, shows_blanks=False)


def one_table_per_row(sheet: Sheet, _: Random) -> Text:
    """``markdown-ocr``: each row is a small table of its own under invented heads."""

    def body(text: Text, table: SheetTable) -> None:
        for row in table.rows:
            cells = _cells(row, groups=False)
            if row.kind == "data" and row.labels:
                text.put("| 项目 | " + " | ".join(f"数据{place}" for place in range(1, len(cells))) + " |\n|---|---|\n")
            text.put("| ")
            _put_joined(text, cells, " | ", " |\n\n")

    return _frame(sheet, body)


STYLES: Mapping[str, Style] = {
    style.__name__: style
    for style in (
        tsv_grid, pipe_rows, pipe_rows_leading, cell_per_line_pipe, pipe_open, lone_pipe, lone_pipe_row, cell_per_line,
        cr_run_text, space_rows, wide_spaces, glued_rows, glued, one_table_per_row,
    )
}  # fmt: skip

SEPARATING = tuple(name for name in STYLES if not name.startswith("glued"))
"""The styles that put something between values."""
