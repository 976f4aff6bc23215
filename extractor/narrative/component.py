"""The reader of counts as a spaCy pipeline: Chinese, words by jieba, patterns of words by spaCy's matcher, then the grammar.

``spacy.blank("zh").add_pipe("gongkai_claims")`` adds it to any Chinese pipeline, whatever its words are: the counts of a text
are in ``doc.spans["gongkai_claims"]``, each span labelled with its cell key, and with their values in ``doc._.gongkai_claims``.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from spacy import blank
from spacy.lang.zh import ChineseTokenizer, Segmenter
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.util import filter_spans
from spacy.vocab import Vocab

from extractor.narrative.figures import OPEN_COUNTS, decided
from extractor.narrative.lexicon import UNKNOWN, Word, lexicon, numeral, patterns, words
from extractor.narrative.phrases import Count, Item
from extractor.narrative.reader import Reader
from extractor.narrative.texts import fold_text

NAME = "gongkai_claims"


class WordsOfReports(ChineseTokenizer):
    """spaCy's Chinese tokenizer with a jieba dictionary of the words of reports; each word's tag tells what it does."""

    def __init__(self, vocab: Vocab) -> None:
        super().__init__(vocab, segmenter=Segmenter.char)

    def __call__(self, text: str) -> Doc:
        """The words of a folded text."""
        return self.doc(words(text))

    def doc(self, found: Sequence[Word]) -> Doc:
        """A document of words that are known already."""
        return Doc(
            self.vocab,
            words=[word.text for word in found],
            spaces=[False] * len(found),
            tags=[word.tag for word in found],
        )


@cache
def _language() -> tuple[WordsOfReports, Matcher]:
    """The tokenizer, and the matcher of the patterns of tags."""
    vocab = blank("zh").vocab
    matcher = Matcher(vocab)
    for name, found in patterns().items():
        matcher.add(name, [[_token(tag) for tag in pattern.split()] for pattern in found])
    return WordsOfReports(vocab), matcher


def _token(tag: str) -> dict[str, str]:
    return {"TAG": tag[:-1], "OP": "?"} if tag.endswith("?") else {"TAG": tag}


def items_of(text: str, year: int | None) -> list[Item]:
    """The words, patterns of words and numbers of a folded text; years are told by their distance from the report's."""
    found = [
        word._replace(tag=_year_tag(int(word.text[:4]), year)) if word.tag == "YEAR" else word for word in words(text)
    ]
    spans = _matches(tuple([word.tag for word in found]))
    items: list[Item] = []
    place = 0
    while place < len(found):
        if place in spans:
            tag, after = spans[place]
            start, end = found[place].start, found[after - 1].end
            items.append(Item(tag, text[start:end], start, end))
            place = after
            continue
        item, place = _item(found, place)
        if item is not None:
            items.append(item)
    return items


@lru_cache(maxsize=1024)
def _matches(tags: tuple[str, ...]) -> Mapping[int, tuple[str, int]]:
    """The patterns in a row of tags, by where each begins: its name, and where it ends. Reports say much in the same words."""
    tokenizer, matcher = _language()
    spans = filter_spans(matcher(tokenizer.doc([Word(tag, 0, 0, tag, UNKNOWN) for tag in tags]), as_spans=True))
    return {span.start: (span.label_, span.end) for span in spans}


def _item(found: Sequence[Word], place: int) -> tuple[Item | None, int]:
    """The item that a word is, with its unit, and the word after it."""
    text, start, end, tag, _ = found[place]
    if tag in ("NUMBER", "NUMERAL"):
        return _number(found, place)
    item = Item(tag, text, start, end, lexicon().get(text, UNKNOWN))
    if tag == "MONEY":
        amount = text.rstrip("万亿元")
        item = item._replace(value=float(amount.replace(",", "")), unit=text[len(amount) :])
    return item, place + 1


def _number(found: Sequence[Word], place: int) -> tuple[Item | None, int]:
    """A number with its unit; None for an enumerator."""
    word, after = found[place], found[place + 1] if place + 1 < len(found) else None
    before = found[place - 1] if place else None
    starts = before is None or before.tag in ("STOP", "OPEN_BRACKET", "SEMICOLON", "COLON")
    if starts and after is not None and (after.tag == "CLOSE_BRACKET" or after.text[0] in ".、"):
        return None, place + 1
    value = numeral(word.text) if word.tag == "NUMERAL" else float(word.text.replace(",", ""))
    value = int(value) if value == int(value) else value
    if before is not None and before.tag == "NOISE" and before.text.endswith("-"):
        value = -value
    end, unit = place + 1, ""
    if after is not None and after.tag == "UNIT":
        end, unit = place + 2, after.text
    return Item("COUNT", word.text + unit, word.start, found[end - 1].end, value=value, unit=unit), end


def _year_tag(named: int, year: int | None) -> str:
    if year is None or named == year:
        return "THIS_YEAR"
    return {year - 1: "PRIOR_YEAR", year + 1: "NEXT_YEAR"}.get(named, "OTHER_YEAR")


class Told(NamedTuple):
    """A count in one of several texts, with its places there as printed; ``kind`` tells what it is worth."""

    text: int
    told: Count
    kind: Literal["claim", "open", "contradicted"]


def read_texts(texts: Iterable[tuple[str, int | None]], year: int | None) -> list[Told]:
    """The counts of texts, each given with its section."""
    found: list[Told] = []
    for number, (text, section) in enumerate(texts):
        folded, places = fold_text(text)
        counts = Reader(section).read(items_of(folded, year))
        claims, contradicted = decided(counts)
        settled = {count[2:4] for count in claims}
        undecided = [count for count in counts if count.key in OPEN_COUNTS and count[2:4] not in settled]
        kinds: tuple[tuple[Literal["claim", "open", "contradicted"], list[Count]], ...] = (
            ("claim", claims), ("open", undecided), ("contradicted", contradicted),
        )  # fmt: skip
        for kind, own in kinds:
            for count in own:
                start, end = places[count.start], places[count.end - 1] + 1
                found.append(Told(number, count._replace(start=start, end=end), kind))
    return found


@Language.factory(NAME, default_config={"year": None, "section": None})
def make_claims(nlp: Language, name: str, year: int | None, section: int | None) -> "ClaimReader":  # noqa: ARG001
    """The component of a spaCy pipeline; ``year`` is that of the report, ``section`` the one that its texts stand in."""
    return ClaimReader(year, section)


class ClaimReader:
    """A spaCy component that reads the counts of a document of requests, disputes and published information."""

    def __init__(self, year: int | None = None, section: int | None = None) -> None:
        self._year, self._section = year, section
        if not Doc.has_extension(NAME):
            Doc.set_extension(NAME, default=())

    def __call__(self, doc: Doc) -> Doc:
        """Set ``doc._.gongkai_claims`` (key, value, span) and the spans of the same name."""
        spans, claims = [], []
        for _, count, kind in read_texts([(doc.text, self._section)], self._year):
            if kind == "claim" and (span := doc.char_span(count.start, count.end, count.key, alignment_mode="expand")):
                spans.append(span)
                claims.append((count.key, count.value, span))
        doc.spans[NAME] = spans
        doc._.set(NAME, tuple(claims))
        return doc


__all__ = ["ClaimReader", "items_of", "make_claims", "read_texts"]
