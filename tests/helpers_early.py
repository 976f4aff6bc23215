"""Short texts to the early stages: document, tokens, tables, rows."""

from extractor.label import label_rows
from extractor.locate import locate
from extractor.readers import read
from extractor.segments import segments
from extractor.tokens import tokenize


def document(text):
    return read(text.encode("utf-8"), "report.txt")


def tokens(text):
    return tokenize(document(text))


def regions(text):
    return locate(tokens(text))


def region(text, table):
    return next(found for found in regions(text) if found.table == table)


def segments_of(text, table):
    return segments(region(text, table))


def labelled(text, table, hint=None):
    return label_rows(region(text, table), hint)


def row_values(labelled_table):
    """What is printed in each row, by row key; ``_`` for a blank cell."""
    return {row.row: [token.text or "_" for token in row.tokens] for row in labelled_table.rows}


def official(form, values="0"):
    """The table of a form as the official document prints it, with tabs; ``values`` is one text for all cells, or a text for
    the first cell of each row, by row key."""
    lines = []
    for block in form.blocks:
        lines.append("\t".join(["信息内容", *(column.label for column in block.columns)]))
        groups = {group.key: group for group in block.groups}
        for row in block.rows:
            cells = [_numbered(row)]
            above = row.parent
            while above in groups:
                group = groups.pop(above)
                cells.insert(0, _numbered(group))
                above = group.parent
            first = values if isinstance(values, str) else values.get(row.key, "0")
            lines.append("\t".join([*cells, first, *["0"] * (len(block.columns) - 1)]))
    return "\n".join(lines)


def _numbered(item):
    mark = item.enumerator
    if not mark:
        return item.label
    return (f"{mark}." if mark.isdigit() else f"（{mark}）" if item.parent else f"{mark}、") + item.label
