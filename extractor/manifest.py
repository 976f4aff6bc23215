"""Manifests: lists of the reports that are to be there, and which file is which of them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import unquote

from extractor.errors import InputError
from extractor.fold import fold
from extractor.lines import Line, read_lines
from extractor.store.types import Listed

_CODE = "input.manifest"
_COLUMNS = {
    "path": ("路径", "文件", "文件名", "文件路径", "file"),
    "url": ("网址", "链接", "link"),
    "agency": ("机关", "单位", "机构", "机关名称", "单位名称", "机构名称"),
    "code": ("代码", "机构代码", "统一社会信用代码"),
    "year": ("年份", "年度"),
    "parent": ("上级", "主管", "上级机关", "主管机关", "上级单位", "主管单位"),
}
_YEAR = re.compile(r"(\d{4})(?:年度?|\.0+)?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_LONGEST = 4096
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_AFTER = re.compile(r"[?#]")
_NO_FILE = re.compile(r"(?:\w*:)?[./\\]*(?:[?#].*)?")
_INDEX = "index.html"

T = TypeVar("T")


def read_manifest(path: Path) -> list[Listed]:
    """Read a manifest: CSV with a header, see :func:`~extractor.lines.read_lines`.

    Lines on the same file say the same, or add to each other; what comes twice is given once.

    Args:
        path: the file. Its columns are ``path`` or ``url``, ``agency``, ``code``, ``year`` and ``parent``, or Chinese names of
            these, in any order.

    Raises:
        InputError: ``input.manifest``, with the number of the line, or as :func:`~extractor.lines.read_lines`.
    """
    columns, lines = read_lines(path, _COLUMNS, _CODE)
    if not columns & {"path", "url", "agency"}:
        raise InputError(f"{path}：没有 path（路径）、url（网址）或 agency（机关）列；请至少写一列", code=_CODE)
    found: dict[object, tuple[int, Listed]] = {}
    for line in lines:
        listed = _listed(line, path)
        number, known = found.setdefault(listed.about, (line.number, listed))
        if number != line.number:
            found[listed.about] = number, _merged(known, listed, f"{path} 第 {number} 行与第 {line.number} 行")
    if not found:
        raise InputError(f"{path}：只有表头，没有一行报告；请检查", code=_CODE)
    return [listed for _, listed in found.values()]


def _listed(line: Line, path: Path) -> Listed:
    place, values = f"{path} 第 {line.number} 行", line.values
    if not values.keys() & {"path", "url", "agency"}:
        raise InputError(f"{place}：path、url、agency 都是空的；至少要写一个", code=_CODE)
    for name in ("path", "url"):
        text = values.get(name, "")
        if text and (len(text) > _LONGEST or _CONTROL.search(text) or _NO_FILE.fullmatch(text)):
            raise InputError(f"{place}：{name} 列的 {text[:80]!r} 不是文件或网址；请改正", code=_CODE)
    agency, code, parent = (" ".join(values.get(name, "").split()) or None for name in ("agency", "code", "parent"))
    file = _tidy(values["path"]) if "path" in values else None
    return Listed(file, values.get("url"), agency, code, _year(values.get("year"), place), parent)


def _year(text: str | None, place: str) -> int | None:
    if not text:
        return None
    match = _YEAR.fullmatch(fold(text))
    if not match or not _FIRST_YEAR <= int(match[1]) <= _LAST_YEAR:
        raise InputError(f"{place}：年份“{text[:80]}”不是 {_FIRST_YEAR} 到 {_LAST_YEAR} 之间的一年", code=_CODE)
    return int(match[1])


def _merged(one: Listed, other: Listed, place: str) -> Listed:
    """Two lines on one report.

    Raises:
        InputError: they contradict each other.
    """
    for name, own, others in zip(Listed._fields, one, other, strict=True):
        if own and others and fold(str(own)) != fold(str(others)):
            raise InputError(f"{place}：是同一份报告，但 {name} 不同（“{own}”和“{others}”）；请改正", code=_CODE)
    return one._replace(**{name: own for name, own in other._asdict().items() if own})


def _tidy(path: str) -> str:
    """A path in one spelling: without backslashes, and without parts that lead nowhere."""
    if "://" in path:
        return path
    plain = path.replace("\\", "/")
    return ("/" if plain.startswith("/") else "") + "/".join(part for part in plain.split("/") if part not in ("", "."))


class Matches(NamedTuple):
    """Which file is on which line.

    Attributes:
        found: the place of its line for each path that has one.
        several: the lines that fit several files equally well, with these. They have no file.
        torn: the lines that fit a file no better than other lines do. They have no file.
        undecided: the files that were left alone because of that.
    """

    found: dict[str, int]
    several: dict[int, tuple[str, ...]]
    torn: frozenset[int]
    undecided: frozenset[str]


def match_files(listed: Sequence[Listed], paths: Iterable[str]) -> dict[str, int]:
    """The place of its line for each path that has one, see :func:`join_files`."""
    return join_files(listed, paths).found


def join_files(listed: Sequence[Listed], paths: Iterable[str]) -> Matches:
    """Find the files of lines.

    A line fits a file when its path, or its URL without scheme, query and fragment, is the tail of the file's path, or the other
    way round: ``b.html`` and ``https://www.x.gov.cn/a/b.html`` both fit ``out/www.x.gov.cn/a/b.html``. Each file is for the
    line that fits it best, each line for the file that it fits best, by the number of parts that they share; where those are as
    many, the same path comes first. What fits equally well is left alone.

    Args:
        listed: the lines.
        paths: the files, those in archives as well (``reports.zip/a/b.docx``).
    """
    files = _grouped((path, (_key(path),)) for path in paths)
    lines = _grouped((place, _keys(line)) for place, line in enumerate(listed))
    index = _Index(lines, files)
    claims: dict[int, tuple[_Rank, list[str]]] = {}
    torn: dict[str, _Rank] = {}
    undecided: list[str] = []
    for file in files:
        rank, keys = index.best(file)
        if (line := _only(lines[key] for key in keys)) is not None:
            _claim(claims, line, rank, file)
        elif keys:
            torn |= {key: max(rank, torn.get(key, rank)) for key in keys}
            undecided += files[file]
    spoilt: dict[int, _Rank] = {}
    for key, rank in torn.items():
        spoilt |= {line: max(rank, spoilt.get(line, rank)) for line in lines[key]}
    return _settled(files, claims, spoilt, undecided)


_Rank = tuple[int, bool]
"""How well a line fits a file: the number of parts that they share, and whether neither has more."""


def _only(groups: Iterable[Sequence[int]]) -> int | None:
    """The line of these groups, if there is only one in all."""
    first: Sequence[int] = ()
    for group in groups:
        first = first or group
        if len(group) > 1 or group != first:
            return None
    return first[0] if first else None


def _claim(claims: dict[int, tuple[_Rank, list[str]]], line: int, rank: _Rank, file: str) -> None:
    known = claims.get(line)
    if known is None or rank > known[0]:
        claims[line] = rank, [file]
    elif rank == known[0]:
        known[1].append(file)


def _settled(
    files: Mapping[str, Sequence[str]],
    claims: Mapping[int, tuple[_Rank, Sequence[str]]],
    spoilt: Mapping[int, _Rank],
    undecided: Iterable[str],
) -> Matches:
    """What remains of claims: each line has one file, if no other line fits a file as well as it does."""
    found: dict[str, int] = {}
    several: dict[int, tuple[str, ...]] = {}
    left = list(undecided)
    for line, (rank, keys) in claims.items():
        paths = [path for key in keys for path in files[key]]
        if line in spoilt and spoilt[line] >= rank:
            left += paths
        elif len(keys) > 1:
            several[line] = tuple(paths)
            left += paths
        else:
            found |= dict.fromkeys(paths, line)
    settled = {*found.values(), *several}
    return Matches(found, several, frozenset(line for line in spoilt if line not in settled), frozenset(left))


class _Index:
    """The lines by what they may be the whole or the tail of."""

    def __init__(self, lines: Mapping[str, Sequence[int]], files: Mapping[str, Sequence[str]]) -> None:
        self._lines = lines
        self._lengths = sorted({_length(key) for key in lines}, reverse=True)
        self._longer: dict[str, list[str]] = {}
        lengths = sorted({_length(file) for file in files}, reverse=True)
        for key in lines:
            for _, tail in _tails(key, lengths):
                if tail in files:
                    self._longer.setdefault(tail, []).append(key)

    def best(self, file: str) -> tuple[_Rank, Sequence[str]]:
        """The keys of the lines that fit a file best, if any do."""
        if file in self._lines:
            return (_length(file), True), (file,)
        if longer := self._longer.get(file):
            return (_length(file), False), longer
        for length, tail in _tails(file, self._lengths):
            if tail in self._lines:
                return (length, False), (tail,)
        return (0, False), ()


def _tails(key: str, lengths: Iterable[int]) -> Iterator[tuple[int, str]]:
    """The tails of some parts, not all, in these lengths."""
    parts = key.split("/")
    for length in lengths:
        if length < len(parts):
            yield length, "/".join(parts[-length:])


def _length(key: str) -> int:
    return key.count("/") + 1


def _grouped(named: Iterable[tuple[T, Iterable[str]]]) -> dict[str, list[T]]:
    """Things by their keys; what has no key is left out."""
    found: dict[str, list[T]] = {}
    for thing, keys in named:
        for key in keys:
            if key:
                found.setdefault(key, []).append(thing)
    return found


def _key(path: str) -> str:
    """The parts of a path, without those that lead nowhere."""
    if not (path.startswith((".", "/")) or path.endswith("/") or "//" in path or "/." in path or "\\" in path):
        return path
    parts: list[str] = []
    for part in path.replace("\\", "/").split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _keys(line: Listed) -> set[str]:
    """The parts of the path of a line, and of its URL as a mirror may have saved it: decoded, or as it is."""
    path, url = line.path or "", line.url or ""
    return {*(_of_url(path) if "://" in path else (_key(path),)), *_of_url(url)}


def _of_url(url: str) -> tuple[str, ...]:
    before, mark, after = url.partition("//")
    place = _AFTER.split(after if mark else before, maxsplit=1)[0].replace("\\", "/")
    if not place.strip("/"):
        return ()
    host, slash, path = place.partition("/")
    if mark:
        host = host.rpartition("@")[2].lower()
    if path.endswith("/") or (not path and (mark or slash)):
        path += _INDEX
    whole = f"{host}/{path}" if path else host
    return (_key(_decoded(whole)), _key(whole)) if "%" in whole else (_key(whole),)


def _decoded(url: str) -> str:
    """A URL in plain text: pages in GBK have links in GBK."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return unquote(url, encoding, "strict")
        except UnicodeDecodeError:
            continue
    return url
