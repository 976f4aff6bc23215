"""Bytes to text: encodings, and text that was decoded wrongly before it came to us.

A wrong encoding often decodes without an error, into rare characters. So a decoding is accepted only when what comes out
reads like Chinese: when common characters make up enough of it.
"""

import codecs
import re

from extractor.errors import InputError
from extractor.fold import script

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ENCODINGS = ("utf-8", "gb18030", "big5")
_COMMON = (
    "的一是在不了有和人中大为上个国以要时来用生到作地于出分对成会可主发年动同工下方后多定行法所民得经十三进等部度家理现实"
    "加量体制机当使从业本性应开合因由其前外政四日社事平形相全表间与关各重新内数正第条无系情者最立代已通并提直程五果员"
    "入常文总次式设及管特件求基资级统接计期区强决受收改再转单安务目报完类八确科信节整况集许步记需研律织布复容商非"
    "深周委技办省局支历市消构府称准值号率维标效查按格置专状育适属调县参项请申结续维纠审诉讼益组许罚废规章范性事公"
    "九六七二月元万金额费采购处理总部街道镇乡村院会站网平台个条次篇情况年度工作报告公开信息政务群众"
)
_CJK = re.compile(r"[\u3400-\u9fff]+")
_COMMON_CHARACTERS = frozenset(_COMMON)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_SAMPLE = 20_000
_ENOUGH = 600
_FLUENT = 0.35
_FEW = 4  # fewer Chinese characters come about by chance
_HINTS = {"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5", "big5-hkscs": "big5"}
"""What a page may say of its encoding, and how it is decoded then."""
_DAMAGED = 0.02
"""Share of undecodable characters above which a text is refused."""
_ASKED = 0.2
"""Share of question marks above which they are taken for lost characters."""

_WRONG_TURNS = (  # (the wrong encoding, the right one): what happened to the text before it came here
    ("gb18030", "utf-8"),
    ("latin-1", "gb18030"),
    ("cp1252", "gb18030"),
    ("latin-1", "utf-8"),
    ("cp1252", "utf-8"),
    ("big5", "gb18030"),
)


def _fluency(text: str) -> float:
    """Share of common characters among the first Chinese characters of a text; 0 when it has none."""
    found = "".join(_CJK.findall(text, 0, 4 * _ENOUGH))
    if len(found) < _ENOUGH:
        found = "".join(_CJK.findall(text))
    characters = script(found[:_ENOUGH])
    return sum(map(_COMMON_CHARACTERS.__contains__, characters)) / len(characters) if characters else 0.0


def _reads_well(text: str) -> bool:
    if sum(map(_COMMON_CHARACTERS.__contains__, text[:_ENOUGH])) >= _FLUENT * _ENOUGH:
        return True  # whatever follows: the Chinese characters of this part are among the first ones
    return _fluency(text) >= _FLUENT


def decode(data: bytes, *, hint: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Decode a text and tell what was damaged.

    Args:
        data: the bytes.
        hint: the encoding that they are said to be in; it counts only where they have too few Chinese characters to tell.

    Returns:
        The text, and one line in Chinese for each kind of damage (characters that could not be decoded).

    Raises:
        InputError: code ``input.encoding`` when no encoding gives readable text, ``input.mojibake`` when the text was
            decoded wrongly before.
    """
    text, encoding = _decode(data, hint)
    _refuse_mojibake(text)
    if text.count("?") > _ASKED * len(text):
        raise InputError("大部分文字已变成问号，内容已丢失；请用原始文件重新导出为 UTF-8", code="input.encoding")
    lost = text.count("\ufffd")
    if lost > max(3, _DAMAGED * len(text)):
        raise InputError(
            f"有 {lost} 个字符无法解码（按 {encoding} 读）；请用原始文件重新导出为 UTF-8", code="input.encoding"
        )
    return text, (f"有 {lost} 个字符在原文中已损坏（按 {encoding} 读）",) if lost else ()


def _decode(data: bytes, hint: str | None) -> tuple[str, str]:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, errors="replace"), encoding
    if b"\x00" in data[:_SAMPLE]:
        return _decode_utf16(data)
    fluent: list[tuple[str, str]] = []
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
            if encoding == "utf-8":
                return text, encoding
        except UnicodeDecodeError:
            text = data.decode(encoding, errors="replace")
            if text.count("\ufffd") > max(3, _DAMAGED * len(text)):
                continue
        if _reads_well(text):
            fluent.append((text, encoding))
    if fluent:
        return min(fluent, key=lambda found: found[0].count("\ufffd"))
    if hint in _HINTS:
        try:
            return data.decode(_HINTS[hint]), _HINTS[hint]
        except UnicodeDecodeError:
            pass
    raise InputError(
        "无法识别文字编码（试过 UTF-8、GB18030、Big5、UTF-16）；请另存为 UTF-8 后再试", code="input.encoding"
    )


def _decode_utf16(data: bytes) -> tuple[str, str]:
    """Decode a text that has NUL bytes: UTF-16 without a mark, or no text at all."""
    for encoding in ("utf-16-le", "utf-16-be"):
        text = data.decode(encoding, errors="replace")
        if _reads_well(text):
            return text, encoding
    raise InputError("文件含 NUL 字节，不是文本；请检查它是否为其他格式或已损坏", code="input.binary")


def _refuse_mojibake(text: str) -> None:
    if _reads_well(text) or text.isascii():
        return
    first = _NOT_ASCII.search(text)  # markup may come before it
    begin = first.start() if first else 0
    sample = text[begin : begin + _SAMPLE]
    for wrong, right in _WRONG_TURNS:
        try:
            repaired = sample.encode(wrong, errors="ignore").decode(right, errors="ignore")
        except LookupError:  # pragma: no cover - all are in the standard library
            continue
        enough = len("".join(_CJK.findall(repaired))) >= _FEW and len(repaired) > len(sample) // 6
        if enough and _reads_well(repaired):
            raise InputError(
                f"文字是乱码：{right} 的内容曾被当作 {wrong} 解码；请用原始文件，不要用转存后的文本",
                code="input.mojibake",
            )
    if len("".join(_CJK.findall(sample))) > 50:
        raise InputError("文字是乱码或不是中文，读不出内容；请检查编码", code="input.mojibake")
