"""A store with all that an export may meet."""

import csv
from dataclasses import replace

from helpers_store import NAME, a_reading, digest, sample

from extractor.batch import Options, extract_file
from extractor.bulk.work import Read
from extractor.document import Source
from extractor.store import Decision, Listed, open_store
from extractor.store.packing import pack
from extractor.store.writer import writing

DECIDED = "requests.new_received.total"
LISTED = {
    "a.txt": Listed("a.txt", "https://example.cn/a", "清单水利局", "11440000", 2022, "省人民政府"),
    "book.xlsx": Listed("book.xlsx", None, "清单文件局", "22", 2018, None),
    "bare.txt": Listed("bare.txt", None, None, "33", None, None),
    "lost.txt": Listed("lost.txt", None, "没有的局", None, 2021, None),
}
BOOK = b"two reports"


def matching(listed, paths):
    return {path: place for place, line in enumerate(listed) for path in paths if line.path == path}


def parts_of_book():
    """Two reports of one file. The second does not say whose it is."""
    for place, section in enumerate(["甲局", "乙局"]):
        _, record = sample(place + 1)
        source = Source(f"{NAME}#{section}", digest(BOOK), "application/vnd.ms-excel", 2)
        whose = {"agency": "甲局", "year": 2020} if section == "甲局" else {"agency": None, "year": None}
        yield replace(record, source=source, **whose)


def fill_all(target):
    """Three plain reports, one twice and decided by hand; one that can't be read; a file of two; one that is not there."""
    with open_store(target) as store, writing(store, a_reading(), {"jobs": 1}) as writer:
        writer.list_files(list(LISTED.values()), LISTED, matching)
        for path, place in (("a.txt", 0), ("copy/a.txt", 0), ("=cmd|' /C calc'!A0.txt", 3), ("bare.txt", 4)):
            data, record = sample(place)
            writer.add_file(path, data, digest(data))
            if path != "copy/a.txt":
                writer.save([Read(digest(data), (pack(record, NAME),))])
        writer.add_file("empty.txt", b"", digest(b""))
        writer.save([Read(digest(b""), tuple(pack(it, NAME) for it in extract_file(NAME, Options(), b"")))])
        writer.add_file("book.xlsx", BOOK, digest(BOOK))
        writer.save([Read(digest(BOOK), tuple(pack(it, NAME) for it in parts_of_book()))])
        writer.add_file("lost.txt", None, None, ("input.missing", "找不到文件"))
        writer.save([])
        writer.end("ok", {})
    with open_store(target) as store:
        store.decide([Decision(digest(sample(0)[0]), 0, DECIDED, 999, "number", "@王", "看了原件")])


def read_csv(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
