"""Cells to tokens: words of the forms, other words, prose, values and blanks, each with its place.

Most cells are one token. Some hold a whole row (``规章000``, ``行政许可 66 +126 192``) or a whole table without any separator;
they are cut at the enumerators, the numbers and the known wordings. A label that is broken over cells (``本年新⏎制作数量``) is
joined again when the joined words are a known wording.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from extractor.document import Cell, Document, Where, made
from extractor.fold import ENCLOSED_CHARACTER, WORD_OR_BRACKET, fold, fold_with_places, label, prose, width, words
from extractor.numbers import NO_NUMBER, RUN, Number, parse
from extractor.vocabulary import Term, vocabulary

TokenKind = Literal["text", "prose", "value", "blank"]

_CJK = "\u4e00-\u9fff"
_NUMERAL = "[一二三四五六七八九十]"
_SPLIT = re.compile(
    rf"(?P<note>\((?!(?:{_NUMERAL}{{1,3}}|\d+)\))[^()]*\))"
    rf"|(?P<enumerator>(?<!第)\({_NUMERAL}{{1,3}}\)[.、]?|{_NUMERAL}{{1,2}}、|\d[.、](?=\s*[{_CJK}“\"])"
    rf"|\(?\d{{1,2}}\)(?=\s*[{_CJK}“\"])|{ENCLOSED_CHARACTER.pattern})"
    rf"|(?P<number>(?:(?<!\d)|(?=[+\-增减]))(?:[+-]?\d+(?=\d[.、]\s*[{_CJK}“\"])|(?>{RUN})(?!\s*[年月日号时点%])))"
    r"|(?P<dash>(?<=\s)(?:[/-]{1,2}|无)(?=\s|$))"
)
_HAS_VALUES = re.compile(r"[^\W\d]\(\d+\)")  # 行政许可(132)
_ENDS_IN_VALUE = re.compile(r"\s[+-]?\d[\d.,]*$")
_LONE_DASH = re.compile(r"\s(?:[/-]{1,2}|无)(?=\s|$)")
_CHINESE = re.compile(f"[{_CJK}]")
_SENTENCE = re.compile(r"[。；;!?！？，]|,(?=\D)")
_MARK = re.compile(r"[。；，、：]|[,;:](?=\D)")
_COUNTED = 2
"""So many numbers with units in one cell are a sentence."""
_LONG = 60
"""A longer cell is prose unless it holds several heads of a table."""
_SHORT = 15
"""A label that is not known may have one value after it in the same cell when it is no longer than this."""
_MANY = 3
_SHORT_REST = 4
_ODD_BEFORE = re.compile(r"[^\s\u4e00-\u9fff:：、;；\"”“’)）|\]】》」]")
_ODD_AFTER = re.compile(r"[a-z.%‰/+*~↓↑?\-]", re.IGNORECASE)
_ZEROS = re.compile(r"(?<![\d.,])0{3}")
"""Glued values: no sentence has a number that begins so."""
_ORNAMENT = re.compile(r"[^\s。.,;；、*]")
_MAX_JOIN = 5
_MAX_CACHED = 200


class Piece(NamedTuple):
    """A part of a cell; ``start`` and ``end`` are offsets in the cell's text. The rest is as in :class:`Token`."""

    kind: TokenKind
    start: int
    end: int
    terms: tuple[Term, ...] = ()
    enumerator: str = ""
    number: Number | None = None
    glued: bool = False


class Token(NamedTuple):
    """A piece with its place in the document.

    Attributes:
        kind: ``text`` (words), ``prose`` (a sentence), ``value`` (a number, dash or note) or ``blank`` (an empty cell).
        text: as printed.
        where: its place.
        line: the line of that place; 0 when it has none.
        x: horizontal position, see :class:`~extractor.document.Cell`.
        grid: it stands in a line of delimited cells.
        terms: what a text may mean; empty for unknown words.
        enumerator: what stood before the words.
        number: what a value says.
        glued: nothing separates it from the token before.
        confidence: probability that its print was recognised right, see :class:`~extractor.document.Cell`.
        table: the table that its line is a row of, see :class:`~extractor.document.Line`.
    """

    kind: TokenKind
    text: str
    where: Where
    line: int
    x: float
    grid: bool
    terms: tuple[Term, ...] = ()
    enumerator: str = ""
    number: Number | None = None
    glued: bool = False
    confidence: float = 1.0
    table: str | None = None


def tokenize(document: Document) -> list[Token]:
    """All tokens of a document in reading order."""
    tokens: list[Token] = []
    known: dict[str, tuple[Piece, ...]] = {}  # most cells of a report repeat others
    for cells, _, grid, table in document.lines:
        for cell in cells:
            text, x, _, where, _, _, sure = cell
            pieces = known.get(text)
            if pieces is None:
                pieces = known[text] = _cached_pieces(text) if len(text) <= _MAX_CACHED else _pieces(text)
            if len(pieces) == 1:
                kind, _, _, terms, mark, number, glued = pieces[0]
                own = (kind, text, where, where.line or 0, x, grid, terms, mark, number, glued, sure, table)
                tokens.append(made(Token, own))
            else:
                tokens += _piece_tokens(pieces, cell, grid, table)
    return _join(tokens)


def _piece_tokens(pieces: Iterable[Piece], cell: Cell, grid: bool, table: str | None) -> Iterator[Token]:
    """The tokens of a cell that is cut into pieces; in a line of text each has its own horizontal position."""
    text, x, _, where, _, _, confidence = cell
    line, start, _, *others = where
    for kind, begin, end, terms, enumerator, number, glued in pieces:
        place = made(Where, (line, (start or 0) + begin, (start or 0) + end, *others))
        yield Token(
            kind,
            text[begin:end],
            place,
            line or 0,
            x if grid else x + begin,
            grid,
            terms,
            enumerator,
            number,
            glued,
            confidence,
            table,
        )


def _pieces(text: str) -> tuple[Piece, ...]:
    """What a cell consists of."""
    if not text:
        return (Piece("blank", 0, 0),)
    if number := parse(text):
        return (Piece("value", 0, len(text), number=number),)
    if piece := _label_piece(text):
        return (piece,)
    if len(text) > _LONG and not _ZEROS.search(text) and len(vocabulary().heads.findall(words(prose(text)))) < 3:
        return (Piece("prose", 0, len(text)),)
    pieces = _split(text)
    return (Piece("prose", 0, len(text)),) if _is_counting_sentence(text, pieces) else pieces


def _is_counting_sentence(text: str, pieces: tuple[Piece, ...]) -> bool:
    """True for a sentence with figures (``自然人申请22件、企业2件，予以公开6件``): those of cells have no units."""
    values = [piece for piece in pieces if piece.kind == "value"]
    with_unit = sum(bool(piece.number and piece.number.unit) for piece in values)
    return with_unit >= _COUNTED and 2 * with_unit >= len(values) and bool(_MARK.search(text))


_cached_pieces = lru_cache(maxsize=8192)(_pieces)


def known_terms(text: str) -> tuple[Term, ...]:
    """What the forms mean by a text that is one known wording, perhaps with a note after it; empty for any other text."""
    piece = _label_piece(text)
    return piece.terms if piece else ()


def _label_piece(text: str) -> Piece | None:
    """The piece of a cell that is one known wording, perhaps with a note after it: ``规章(设区的市…应提供相关数据)``."""
    if len(text) > 4 * _LONG:
        return None
    folded, spaced = fold(text), width(text)
    if _HAS_VALUES.search(folded) or _LONE_DASH.search(spaced):
        return None
    enumerator, wording = label(text)
    terms = vocabulary().find(wording, enumerator)
    if not terms:
        before, bracket, note = folded[2:].partition("(")
        after = note.rpartition(")")[2] if ")" in note else ""
        open_with_values = ")" not in note and _ENDS_IN_VALUE.search(spaced.rstrip())
        if bracket and not words(after) and not open_with_values:
            enumerator, wording = label(folded[:2] + before)
            terms = vocabulary().find(wording, enumerator)
    return Piece("text", 0, len(text), terms, enumerator) if terms else None


def _split(text: str) -> tuple[Piece, ...]:
    """Cut a cell at its enumerators, numbers and known wordings."""
    folded, places = fold_with_places(text)
    pieces: list[Piece] = []
    begin, enumerator = 0, ""  # of the words that are being collected
    for match in [*_SPLIT.finditer(folded), None]:
        if match and match.lastgroup == "note":
            continue
        pieces += _word_pieces(folded, begin, match.start() if match else len(folded), enumerator, places)
        if match is None:
            break
        if match.lastgroup == "enumerator":
            begin, enumerator = match.start(), match.group()
            continue
        glued = match.start() > 0 and not folded[match.start() - 1].isspace()
        number = parse(match.group()) or NO_NUMBER
        pieces.append(Piece("value", places[match.start()], places[match.end() - 1] + 1, number=number, glued=glued))
        begin, enumerator = match.end(), ""
    return tuple(_unless_sentence(pieces, text))


def _word_pieces(folded: str, begin: int, end: int, enumerator: str, places: list[int]) -> Iterator[Piece]:
    """The pieces of the words between two numbers or enumerators: known wordings side by side, or unknown words."""
    mark = label(f"{enumerator}字").enumerator if enumerator else ""
    kept: list[int] = []
    tiles: list[tuple[int, int, tuple[Term, ...]]] = []
    first = begin + len(enumerator)
    for with_notes in (True, False):
        kept = _word_places(folded, first, end, with_notes=with_notes)
        tiles = _tile("".join(folded[index] for index in kept), mark)
        if all(terms for _, _, terms in tiles) or "(" not in folded[first:end]:
            break
    for head, last, terms in tiles:
        start = places[kept[head] if head else begin]
        yield Piece("text", start, places[kept[last - 1]] + 1, terms, "" if head else mark)


def _word_places(folded: str, begin: int, end: int, *, with_notes: bool) -> list[int]:
    """The places of the characters that are words; those in brackets only ``with_notes``."""
    if with_notes and "(" not in folded[begin:end] and ")" not in folded[begin:end]:
        return [match.start() for match in WORD_OR_BRACKET.finditer(folded, begin, end)]
    depth = 0
    found = []
    for match in WORD_OR_BRACKET.finditer(folded, begin, end):
        character = match.group()
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= depth > 0
        elif with_notes or not depth:
            found.append(match.start())
    return found


def _tile(body: str, enumerator: str) -> list[tuple[int, int, tuple[Term, ...]]]:
    """Cover words with known wordings. What is left over stays one piece of unknown words.

    Known wordings at either end are told from a label that only contains one (``其他法律行政止公开``): they are several, or
    nearly all of it.
    """
    if not body:
        return []
    spans = (
        [(0, len(body))]
        if body in vocabulary().terms
        else [match.span() for match in vocabulary().pattern.finditer(body)]
    )
    head = _chain(spans, 0)
    if not head or head[-1][1] < len(body):
        tail = [
            (-end, -begin) for begin, end in _chain([(-end, -begin) for begin, end in reversed(spans)], -len(body))
        ][::-1]
        if len(head) < 2 or enumerator:
            head = []
        if len(tail) < 2 and not (tail and tail[0][0] * 3 <= len(body)):
            tail = []
        head += [(head[-1][1] if head else 0, tail[0][0] if tail else len(body)), *tail]
    known = set(spans)
    return [
        (begin, end, vocabulary().find(body[begin:end], "" if begin else enumerator) if (begin, end) in known else ())
        for begin, end in head
    ]


def _chain(spans: Iterable[tuple[int, int]], edge: int) -> list[tuple[int, int]]:
    """The spans that follow each other without a gap from ``edge`` on."""
    chain = []
    for begin, end in spans:
        if begin != edge:
            break
        chain.append((begin, end))
        edge = end
    return chain


def _unless_sentence(pieces: list[Piece], text: str) -> list[Piece]:
    """Tell sentences from rows. A short cell that is mostly unknown words, and no row of values, stays one piece."""
    names = [piece for piece in pieces if piece.kind == "text"]
    unknown = [piece for piece in names if not piece.terms]
    if (
        len(text) <= _LONG
        and not (_ZEROS.search(text) or _is_row(pieces, text))
        and _length(unknown) * 2 > _length(names)
    ):
        return [Piece("prose" if _is_sentence(text) else "text", 0, len(text))]
    return [
        piece._replace(kind="prose")
        if piece in unknown and (_is_sentence(text[piece.start : piece.end]) or piece.end - piece.start > _LONG)
        else piece
        for piece in _doubted(pieces, text)
    ]


def _is_sentence(text: str) -> bool:
    """True for words with the punctuation of a sentence, unless they are a line of a label that is wrapped."""
    return bool(_SENTENCE.search(text)) and not vocabulary().is_part(label(text).words)


def _doubted(pieces: list[Piece], text: str) -> Iterator[Piece]:
    """The pieces; a value is doubtful when something touches it that is no part of any piece (``↓8``, ``.5``, ``2万余``)."""
    for place, piece in enumerate(pieces):
        if piece.number and _is_touched(pieces, place, text):
            yield piece._replace(number=piece.number._replace(doubtful=True))
        else:
            yield piece


def _is_touched(pieces: list[Piece], place: int, text: str) -> bool:
    piece = pieces[place]
    before, after = text[: piece.start], text[piece.end :]
    if len(pieces) == 1 and _ORNAMENT.search(before + after):
        return True
    if not (place and pieces[place - 1].end == piece.start) and _ODD_BEFORE.match(width(before[-1:])):
        return True
    following = pieces[place + 1] if place + 1 < len(pieces) else None
    if following and following.start == piece.end:
        return following.kind == "text" and not following.terms and _length([following]) <= _SHORT_REST
    return _ODD_AFTER.match(width(after[:1])) is not None


def _length(pieces: list[Piece]) -> int:
    return sum(piece.end - piece.start for piece in pieces)


def _is_row(pieces: list[Piece], text: str) -> bool:
    """True for values only (``0 0 0``), or a label with values after it, known or not (``政许可 132``)."""
    names = [piece for piece in pieces if piece.kind == "text"]
    values = len(pieces) - len(names)
    if not names:
        return values > 1
    if len(names) > 1 or pieces[0].kind != "text":
        return False
    name = text[: names[0].end]
    if _is_sentence(name) or _SENTENCE.search(text, len(name)):
        return False
    characters = len(_CHINESE.findall(name))
    return (characters > 1 and (values > 1 or len(name) <= _SHORT)) or (characters > 0 and values >= _MANY)


def _join(tokens: list[Token]) -> list[Token]:
    """Join words that are broken over cells, when together they are a known wording: one of them at least is no known wording."""
    unknown = [index for index, token in enumerate(tokens) if token.kind == "text" and not token.terms]
    joined: list[Token] = []
    end = at = 0  # of what is in ``joined``; where the next joined words may begin
    for place in unknown:
        at = max(at, place + 1 - _MAX_JOIN)
        while at <= place:
            token, taken = _joined(tokens, at) if tokens[at].kind == "text" else (tokens[at], 1)
            if taken > 1:
                joined += [*tokens[end:at], token]
                end = at + taken
            at += taken
    return joined + tokens[end:]


def _joined(tokens: list[Token], index: int) -> tuple[Token, int]:
    """The longest known wording that begins with this token, and how many tokens it takes."""
    first = tokens[index]
    run = [first]
    for token in tokens[index + 1 : index + _MAX_JOIN]:
        if token.kind != "text" or token.enumerator:
            break
        run.append(token)
    known = next((count for count, token in enumerate(run) if not token.terms), _MAX_JOIN)
    for count in range(len(run), max(1, known), -1):
        enumerator, wording = label(first.text)
        wording += "".join(words(fold(token.text)) for token in run[1:count])
        if terms := vocabulary().find(wording, enumerator):
            where = first.where._replace(end=run[count - 1].where.end)
            text = "".join(token.text for token in run[:count])
            return first._replace(text=text, where=where, terms=terms, enumerator=enumerator), count
    return first, 1
