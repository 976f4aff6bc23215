"""What Word adds to a text: the numbers that it prints before paragraphs, and the words that a style hides.

``（一）`` or ``3.`` before a row of a form often stands in no text of the file: the paragraph is of a list, by itself or by its
style, and Word counts the paragraphs of that list. Other ways to count than those of :data:`_FORMS` print nothing here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element
Properties: TypeAlias = Mapping[str, Element]
"""Elements by name that say how another is printed, such as those in ``w:pPr``."""

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
"""The namespace of WordprocessingML, as lxml writes it before a name."""
_VAL = W + "val"
_LARGEST = 32_767
"""Word itself counts no further, and has no wider cells."""

_ONES = ("", *"一二三四五六七八九")
_TENS = ("", "十", *(f"{digit}十" for digit in _ONES[2:]))
_COUNTED = [ten + one for ten in _TENS for one in _ONES][1:]
_DECIMAL = [str(number) for number in range(1, 1000)]
_ROMAN = [ten + one for ten in ("", "X", "XX") for one in ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")][
    1:
]
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def _in_digits(digits: str) -> list[str]:
    return [number.translate(str.maketrans("0123456789", digits)) for number in _DECIMAL]


_FORMS: dict[str, Sequence[str]] = {  # what is printed for 1, 2, 3…
    "decimal": _DECIMAL,
    "decimalZero": [number.zfill(2) for number in _DECIMAL],
    "decimalFullWidth": _in_digits("０１２３４５６７８９"),
    "ideographDigital": _in_digits("〇一二三四五六七八九"),
    "japaneseDigitalTenThousand": _in_digits("〇一二三四五六七八九"),
    "chineseCounting": _COUNTED,
    "chineseCountingThousand": _COUNTED,
    "japaneseCounting": _COUNTED,
    "taiwaneseCounting": _COUNTED,
    "taiwaneseCountingThousand": _COUNTED,
    "chineseLegalSimplified": "壹贰叁肆伍陆柒捌玖拾",
    "decimalEnclosedCircle": _CIRCLED,
    "decimalEnclosedCircleChinese": _CIRCLED,
    "decimalEnclosedParen": "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇",
    "decimalEnclosedFullstop": "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛",
    "ideographEnclosedCircle": "㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉",
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "upperRoman": _ROMAN,
    "lowerRoman": [number.lower() for number in _ROMAN],
    "upperLetter": _LETTERS,
    "lowerLetter": _LETTERS.lower(),
}


def properties(element: Element | None) -> Properties:
    """What an element says, by name; nothing where there is no such element."""
    return {} if element is None else {child.tag: child for child in element}


def properties_of(element: Element, name: str) -> Properties:
    """What the child ``name`` of an element says; several times as fast as ``find``, since that child comes first."""
    for child in element:
        if child.tag == name:
            return {said.tag: said for said in child}
    return {}


def value(said: Properties, name: str) -> str | None:
    """What a property is set to; None when nothing is said of it."""
    child = said.get(W + name)
    return None if child is None else child.get(_VAL)


def switch(said: Properties, name: str) -> bool | None:
    """Whether a property is switched on, which it is without a value as well; None when nothing is said of it."""
    child = said.get(W + name)
    return None if child is None else child.get(_VAL) not in ("0", "false", "off", "none", "baseline")


def number(text: str | None, default: int) -> int:
    """A number from 0 to what Word counts to; ``default`` for what is no number."""
    if text is None or not re.fullmatch(r"\s*[+-]?[0-9]{1,9}\s*", text):
        return default
    return min(max(int(text), 0), _LARGEST)


_STYLE, _STYLE_END, _OF_TABLES = b"<w:style ", b"</w:style>", b'w:type="table"'


def without_table_styles(part: bytes) -> bytes:
    """The part with the styles without those of tables: they are nine tenths of it in some templates, and say nothing here."""
    kept = []
    *styles, rest = part.split(_STYLE_END)
    for style in styles:
        begin = max(style.rfind(_STYLE), 0)
        of_tables = _OF_TABLES in style[begin : style.find(b">", begin)]
        kept.append(style[:begin] if of_tables else style + _STYLE_END)
    return b"".join((*kept, rest))


class Styles:
    """What the styles of a file say of its paragraphs and words.

    Args:
        root: the part with the styles; None for a file without any.
    """

    def __init__(self, root: Element | None) -> None:
        found = [] if root is None else root.findall(W + "style")
        self._by_name = {style.get(W + "styleId"): style for style in found}
        usual = (style for style in found if style.get(W + "default") == "1" and style.get(W + "type") == "paragraph")
        self._usual = next((style.get(W + "styleId") for style in usual), None)
        self._hides: dict[str | None, bool] = {}
        self._numbering: dict[str | None, tuple[Properties, str | None]] = {}

    def of_paragraph(self, said: Properties) -> str | None:
        """The name of the style of a paragraph with these properties."""
        return value(said, "pStyle") or self._usual

    def hides(self, name: str | None) -> bool:
        """True when words in this style are not printed."""
        if name not in self._hides:
            said = (switch(properties_of(style, W + "rPr"), "vanish") for style in self._based_on(name))
            self._hides[name] = next((hidden for hidden in said if hidden is not None), False)
        return self._hides[name]

    def numbering(self, name: str | None) -> tuple[Properties, str | None]:
        """What a style says of numbering, and the name of the style that it has this from."""
        if name not in self._numbering:
            of_styles = (
                (properties(style.find(f"{W}pPr/{W}numPr")), style.get(W + "styleId")) for style in self._based_on(name)
            )
            self._numbering[name] = next((found for found in of_styles if value(found[0], "numId")), ({}, None))
        return self._numbering[name]

    def _based_on(self, name: str | None) -> Iterator[Element]:
        """A style, the one it is based on, and so on."""
        seen = set()
        while name in self._by_name and name not in seen:
            seen.add(name)
            yield self._by_name[name]
            name = value(properties(self._by_name[name]), "basedOn")


class _List(NamedTuple):
    """A list of paragraphs.

    Attributes:
        definition: whose counters it counts with; several lists may count together.
        levels: its levels, from 0.
        anew: the levels that begin anew with this list, and with what number.
    """

    definition: str | None
    levels: dict[int, Properties]
    anew: dict[int, int]


class Numbering:
    """The numbers before paragraphs. It counts the paragraphs that it is asked about, in their order.

    Args:
        root: the part with the lists; None for a file without any.
        styles: the styles of the same file.
    """

    def __init__(self, root: Element | None, styles: Styles) -> None:
        found: list[Element] = [] if root is None else list(root)
        self._styles = styles
        self._definitions = {item.get(W + "abstractNumId"): item for item in found if item.tag == W + "abstractNum"}
        self._numbers = {item.get(W + "numId"): item for item in found if item.tag == W + "num"}
        self._lists: dict[str | None, _List | None] = {}
        self._counts: dict[str | None, dict[int, int]] = {}
        self._begun: set[tuple[str | None, int]] = set()

    def before(self, said: Properties) -> str:
        """What is printed before the text of the next paragraph, which has these properties."""
        own = properties(said.get(W + "numPr"))
        style = self._styles.of_paragraph(said)
        of_style, linked = self._styles.numbering(style)
        name = value(own, "numId") or value(of_style, "numId")
        if name not in self._lists:
            self._lists[name] = self._list(name)
        found = self._lists[name]
        if found is None:
            return ""
        level = number(value(own, "ilvl"), 0)
        if not own:
            by_style = {value(item, "pStyle"): place for place, item in found.levels.items()}
            level = by_style.get(style, by_style.get(linked, number(value(of_style, "ilvl"), 0)))
        return self._next(name, found, level) if level in found.levels else ""

    def _list(self, name: str | None) -> _List | None:
        """The list of a name, if there is one; its levels may be defined by a style of lists."""
        own = self._numbers.get(name)
        definition = self._definition(own)
        if style := value(properties(definition), "numStyleLink"):
            definition = self._definition(self._numbers.get(value(self._styles.numbering(style)[0], "numId")))
        if own is None or definition is None:
            return None
        anew = {}
        levels = dict(map(_level, definition.findall(W + "lvl")))
        for override in own.findall(W + "lvlOverride"):
            levels |= map(_level, override.findall(W + "lvl"))
            if (first := value(properties(override), "startOverride")) is not None:
                anew[number(override.get(W + "ilvl"), 0)] = number(first, 1)
        return _List(definition.get(W + "abstractNumId"), levels, anew)

    def _definition(self, item: Element | None) -> Element | None:
        return self._definitions.get(value(properties(item), "abstractNumId"))

    def _next(self, name: str | None, found: _List, place: int) -> str:
        """Count a paragraph at a level of a list."""
        counts = self._counts.setdefault(found.definition, {})
        if place in found.anew and (name, place) not in self._begun:
            counts[place] = found.anew[place]
        elif place in counts:
            counts[place] += 1
        else:
            counts[place] = _first(found.levels[place])
        self._begun.add((name, place))
        for other, level in found.levels.items():
            if other < place:  # a level that was passed over counts as begun
                counts.setdefault(other, _first(level))
            elif other > place and place < number(value(level, "lvlRestart"), other):
                counts.pop(other, None)
        return _printed(found.levels[place], found.levels, counts)


def _level(item: Element) -> tuple[int, Properties]:
    """A level of a list, by its place."""
    return number(item.get(W + "ilvl"), 0), properties(item)


def _first(level: Properties) -> int:
    return number(value(level, "start"), 0)


def _printed(level: Properties, levels: Mapping[int, Properties], counts: Mapping[int, int]) -> str:
    """What a level of a list prints, such as ``（%1）`` or ``%1.%2``, and the gap after it."""
    if switch(properties(level.get(W + "rPr")), "vanish"):
        return ""
    decimal = switch(level, "isLgl")

    def counted(match: re.Match[str]) -> str:
        place = int(match.group(1)) - 1
        form = "decimal" if decimal else value(levels.get(place, {}), "numFmt") or "decimal"
        signs, count = _FORMS.get(form, ()), counts.get(place, 0)
        return signs[count - 1] if 0 < count <= len(signs) else ""

    text = re.sub("%([1-9])", counted, value(level, "lvlText") or "")
    if value(level, "numFmt") == "bullet":
        text = re.sub("[\ue000-\uf8ff]", "•", text)
    return text if not text or value(level, "suff") == "nothing" else f"{text} "
