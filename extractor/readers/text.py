"""The reader of text: plain, tab-separated, pipes and Markdown, one cell a line, runs of carriage returns.

A tab or a pipe makes cells, and so do two spaces or an ideographic space. A line that has tabs or pipes is a *grid* line:
its empty cells are cells. The pipes of one row may be spread over lines (``规章 |⏎0 |⏎0 |``): a pipe ends the cell that is
open, wherever it began, and a pipe that finds no open cell is an empty cell.
"""

import re
from collections.abc import Iterator

from extractor.document import Cell, Document, Line, Source, Where, made
from extractor.errors import InputError
from extractor.readers.encoding import decode
from extractor.settings import Settings

_ENDS = "\r\n\x0b\x0c\x85\u2028\u2029"
LINE_END = re.compile(rf"\r\n|[{_ENDS}]")
"""What ends a line, wherever lines are counted."""
_LINE = re.compile(rf"[^{_ENDS}]*(?:{LINE_END.pattern}|$)")
_SEPARATOR = re.compile(r"[\x1c-\x1e]")
"""What ends a line for ``str.splitlines`` only."""
_WIDE_SPACE = re.compile(r"(?:\u3000|[ \u00a0]{2,}|\t)[ \u00a0\u3000\t]*")
_RULE = re.compile(r"^[\s|:+_=\-—─]*(?:-{3,}|={3,}|_{3,}|─{3,})[\s|:+_=\-—─]*$")
_RULE_START = frozenset(" \t|:+_=-—─")
_RULE_MARKS = ("---", "===", "___", "───")
_ENTITY_SPACE = re.compile(r"^(?:&nbsp;|\s)+|(?:&nbsp;|\s)+$", re.IGNORECASE)
_OTHER_PIPES = "｜│┃"
_PIPES = str.maketrans(dict.fromkeys(_OTHER_PIPES, "|"))


def read_text(data: bytes, source: Source, settings: Settings) -> Document:
    """Read a text into lines of cells.

    Raises:
        InputError: ``input.empty``, ``input.encoding``, ``input.mojibake``, ``input.binary`` or
            ``input.too_large``.
    """
    text, damage = decode(data)
    if len(text) > settings.max_characters:
        raise InputError(
            f"文本有 {len(text):,} 个字符，超过上限 {settings.max_characters:,}；年度报告不会这么长，请检查文件",
            code="input.too_large",
        )
    if not text.strip():
        raise InputError("文件是空的；请检查下载是否完整", code="input.empty")
    return Document(source, tuple(text_lines(text)), text, damage)


def text_lines(text: str) -> Iterator[Line]:
    """Cut a text into lines. Empty lines give nothing; rules (``---|---``) give nothing either."""
    open_cell = False  # a cell whose pipe has not come yet
    if any(pipe in text for pipe in _OTHER_PIPES):
        text = text.translate(_PIPES)
    leading = "|" in text and _rows_open_with_pipe(text)
    may_be_ruled = any(mark in text for mark in _RULE_MARKS)
    end = 0
    for number, whole in enumerate(_whole_lines(text), start=1):
        start, end = end, end + len(whole)
        raw = whole.rstrip(_ENDS)
        if not raw or (raw.isspace() and "\t" not in raw):
            continue
        if may_be_ruled and raw[0] in _RULE_START and _RULE.match(raw):
            continue
        where = made(Where, (number, start, start + len(raw), None, None, None))
        if "|" in raw:
            cells, open_cell = _pipe_cells(raw, number, start, open_cell, leading)
            yield made(Line, (cells, where, True, None))
        elif "\t" in raw:
            open_cell = False
            yield made(Line, (_tab_cells(raw, number, start), where, True, None))
        else:
            open_cell = True
            yield made(Line, (_spaced_cells(raw, number, start), where, False, None))


def _whole_lines(text: str) -> list[str]:
    """The lines of a text with their ends."""
    if _SEPARATOR.search(text):
        return [match.group() for match in _LINE.finditer(text)]
    return text.splitlines(keepends=True)


def _rows_open_with_pipe(text: str) -> bool:
    """True when most lines of cells begin with a pipe; in others a first pipe ends an empty cell."""
    lines = [line for line in text.splitlines() if "|" in line and line.strip("|: -\t")]
    return 2 * sum([line.lstrip().startswith("|") for line in lines]) > len(lines)


def _cell(raw: str, offset: int, number: int, x: float) -> Cell:
    """The cell of ``raw`` without the white space around it; ``offset`` is where ``raw`` begins in the whole text."""
    text = raw.strip() if "&" not in raw else _ENTITY_SPACE.sub("", raw)
    begin = offset if text == raw else offset + raw.find(text)
    where = made(Where, (number, begin, begin + len(text), None, None, None))
    return made(Cell, (text, x, x + 1, where, 1, 1, 1.0))


def _tab_cells(raw: str, number: int, start: int) -> tuple[Cell, ...]:
    cells = []
    for column, part in enumerate(raw.split("\t")):
        cells.append(
            _cell(part, start, number, column) if part else Cell("", column, column + 1, Where(number, start, start))
        )
        start += len(part) + 1
    return tuple(cells)


def _pipe_cells(raw: str, number: int, start: int, open_cell: bool, leading: bool) -> tuple[tuple[Cell, ...], bool]:
    """The cells that the pipes of a line end, and whether its last cell waits for a pipe on a later line."""
    parts = raw.split("|")
    if not parts[0].strip():
        opens_row = leading and bool("".join(parts).strip())
        if open_cell or opens_row:  # `| 规章 | 0 |`: nothing stands before the first pipe
            start += len(parts.pop(0)) + 1
    is_open = bool(parts[-1].strip())
    if not is_open:
        parts.pop()
    cells = []
    for column, part in enumerate(parts):
        cells.append(_cell(part, start, number, column))
        start += len(part) + 1
    return tuple(cells), is_open


def _spaced_cells(raw: str, number: int, start: int) -> tuple[Cell, ...]:
    """Cut a line at wide spaces; ``x0`` is the character column."""
    if not _WIDE_SPACE.search(raw):
        cell = _cell(raw, start, number, 0)
        return (cell,)
    cells = []
    begin = 0
    for gap in [*_WIDE_SPACE.finditer(raw), None]:
        end = gap.start() if gap else len(raw)
        if raw[begin:end].strip():
            cell = _cell(raw[begin:end], start + begin, number, 0)
            x = (cell.where.start or 0) - start
            cells.append(cell._replace(x0=x, x1=x + len(cell.text)))
        begin = gap.end() if gap else end
    return tuple(cells)
