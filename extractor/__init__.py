"""gongkai: audited records from Chinese government information-disclosure annual reports (政府信息公开工作年度报告).

>>> from extractor import extract
>>> record = extract(data, name="a.txt")        # doctest: +SKIP
>>> record.cells["requests.granted.total"].value  # doctest: +SKIP
16
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from extractor.errors import GongkaiError, InputError, ModelError
    from extractor.pipeline import extract, extract_all
    from extractor.record import CellValue, Finding, Record
    from extractor.settings import Settings

__all__ = [
    "CellValue",
    "Finding",
    "GongkaiError",
    "InputError",
    "ModelError",
    "Record",
    "Settings",
    "extract",
    "extract_all",
]

_HOMES = {
    "extract": "pipeline",
    "extract_all": "pipeline",
    "Record": "record",
    "CellValue": "record",
    "Finding": "record",
    "Settings": "settings",
    "GongkaiError": "errors",
    "InputError": "errors",
    "ModelError": "errors",
}


def __getattr__(name: str) -> Any:
    """Import the public names on first use, so that ``import extractor`` costs nothing."""
    if name in _HOMES:
        return getattr(import_module(f"extractor.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'extractor' has no attribute {name!r}")
