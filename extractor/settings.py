"""The settings of a run, in one place, with their defaults."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from extractor.errors import InputError


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits and thresholds of an extraction.

    Attributes:
        max_bytes: larger inputs are refused.
        max_characters: longer texts are refused; the longest annual report seen has some 60,000 characters.
        max_document_cells: documents with more cells than this, of all their tables and lines, are refused.
        max_pages: documents with more pages are refused.
        max_expansion: an archive (and a .docx or .xlsx is one) that unpacks to more than so many times its size is refused.
        max_members: archives with more files are refused.
        max_depth: elements nested deeper than this are refused.
        max_pixels: larger pictures are refused.
        max_seconds: time for one document, in a worker process that is then stopped.
        max_memory: bytes of memory for one document, in a worker process.
        max_cells: a table with more cells, words and values together, is refused; the largest form prints some 250.
        max_tokens: a printed row with more values than this is not aligned but flagged.
        readings: how many readings of one cut of a row are weighed.
        row_readings: how many readings of a row are weighed against those of other rows.
        splits: how many ways to cut a glued run of digits are weighed; a run with more is flagged.
        worlds: up to how many combinations of readings of a whole table they are weighed against each other.
        accept: a cell whose confidence is below this is flagged for review.
        doubt: where a cell of a row has less confidence than this, its other cells but the totals need more
            (``accept_beside``), since one shift moves them all.
        accept_beside: see ``doubt``.
        decide: a cell gets a value only when that is so many times likelier than any other.
        min_label: a row header recognised with less certainty than this has its cells flagged.
        keep_names: keep the names of private persons who filed requests, which are masked otherwise.
        snippets: keep the printed text around what a record points to, in ``Record.snippets``.
    """

    max_bytes: int = 100_000_000
    max_characters: int = 500_000
    max_document_cells: int = 100_000
    max_pages: int = 500
    max_expansion: int = 200
    max_members: int = 10_000
    max_depth: int = 200
    max_pixels: int = 100_000_000
    max_seconds: float = 60.0
    max_memory: int = 2_000_000_000
    max_cells: int = 5_000
    max_tokens: int = 40
    readings: int = 24
    row_readings: int = 200
    splits: int = 400
    worlds: int = 50_000
    accept: float = 0.99
    doubt: float = 0.9
    accept_beside: float = 0.999
    decide: float = 3.0
    min_label: float = 0.98
    keep_names: bool = False
    snippets: bool = False


def with_limits(settings: Settings, limits: Iterable[str]) -> Settings:
    """Settings with other limits, each given as ``max_pages=1000``.

    Raises:
        InputError: ``input.limit``: there is no such limit, or its value is no positive number.
    """
    names = (field.name for field in fields(Settings) if field.name.startswith("max_"))
    known = {name: type(getattr(settings, name)) for name in names}
    for limit in limits:
        name, _, value = limit.partition("=")
        if name not in known:
            raise InputError(f"没有限制 {name}；有：{'、'.join(known)}", code="input.limit")
        try:
            number = known[name](value.replace("_", "").replace(",", ""))
        except ValueError:
            number = 0
        if not 0 < number < float("inf"):
            raise InputError(f"限制 {limit} 的值不是正数；写法如 max_pages=1000", code="input.limit")
        settings = replace(settings, **{name: number})
    return settings


DEFAULTS = Settings()
