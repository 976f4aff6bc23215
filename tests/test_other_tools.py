import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from extractor import extract
from extractor.errors import InputError
from extractor.readers import read
from extractor.settings import DEFAULTS, Settings

HTML = (
    "<table><tr><td>信息内容</td><td>本年制发件数</td><td>本年废止件数</td><td>现行有效件数</td></tr>"
    "<tr><td>规章</td><td>0</td><td></td><td>12</td></tr></table>"
)
HTML_ROWS = [["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"], ["规章", "0", "", "12"]]
TITLE = "某某县人民政府2022年政府信息公开工作年度报告"


def document(value, **limits):
    return read(json.dumps(value, ensure_ascii=False).encode(), "x.json", Settings(**limits))


def texts(found):
    return [[cell.text for cell in line.cells] for line in found.lines]


def code_of(data, **limits):
    with pytest.raises(InputError) as caught:
        read(data if isinstance(data, bytes) else json.dumps(data).encode(), "x.json", Settings(**limits))
    assert "\n" not in str(caught.value)
    return caught.value.code


# --- Docling -----------------------------------------------------------------------------------------------------------


def cell(text, row, column, down=1, across=1, **more):
    return {
        "text": text,
        "start_row_offset_idx": row,
        "end_row_offset_idx": row + down,
        "start_col_offset_idx": column,
        "end_col_offset_idx": column + across,
        "row_span": down,
        "col_span": across,
        **more,
    }


def docling(tables=(), texts=(), groups=(), pictures=(), children=None, **more):
    parts = {"tables": tables, "texts": texts, "groups": groups, "pictures": pictures}
    if children is None:
        children = [f"#/{name}/{n}" for name in ("texts", "tables") for n in range(len(parts[name]))]
    body = {"self_ref": "#/body", "children": [{"$ref": child} for child in children]}
    parts = {name: list(items) for name, items in parts.items()}
    return {"schema_name": "DoclingDocument", "version": "1.5.0", "body": body, **parts, **more}


def table(*cells, rows=0, columns=0, **more):
    return {"label": "table", "data": {"table_cells": list(cells), "num_rows": rows, "num_cols": columns}, **more}


def text(words, label="text", **more):
    return {"label": label, "text": words, **more}


def test_cells_of_docling_stand_at_their_grid_columns():
    found = document(
        docling(
            [
                table(
                    cell("组", 0, 0, down=2),
                    cell("头", 0, 1, across=2),
                    cell("1", 1, 1),
                    cell("", 1, 2),
                    rows=2,
                    columns=3,
                )
            ]
        )
    )
    first, second = found.lines
    assert [(c.text, c.x0, c.x1, c.row_span, c.col_span) for c in first.cells] == [
        ("组", 0, 1, 2, 1),
        ("头", 1, 3, 1, 2),
    ]
    assert [(c.text, c.x0, c.x1) for c in second.cells] == [("1", 1, 2), ("", 2, 3)]
    assert first.grid


def test_a_place_of_the_grid_without_a_cell_is_blank():
    found = document(docling([table(cell("规章", 0, 0), cell("5", 0, 2), rows=1, columns=4)]))
    assert texts(found) == [["规章", "", "5", ""]]


def test_a_grid_that_repeats_spanning_cells_is_read_once():
    wide = cell("头", 0, 0, across=2)
    grid = [[wide, wide], [cell("1", 1, 0), cell("2", 1, 1)]]
    found = document(docling([{"data": {"grid": grid, "num_rows": 2, "num_cols": 2}}]))
    assert texts(found) == [["头"], ["1", "2"]]


def test_reading_order_is_that_of_the_body_and_paper_is_left_out():
    found = document(
        docling(
            [
                table(
                    cell("甲", 0, 0),
                    cell("1", 0, 1),
                    captions=[{"$ref": "#/texts/3"}],
                    children=[{"$ref": "#/texts/3"}],
                )
            ],
            [text("末"), text("首"), text("第1页", "page_footer"), text("表题"), text("眉", content_layer="furniture")],
            [{"children": [{"$ref": "#/texts/1"}]}],
            children=["#/groups/0", "#/texts/2", "#/texts/4", "#/tables/0", "#/texts/0"],
        )
    )
    assert texts(found) == [["首"], ["表题"], ["甲", "1"], ["末"]]


def test_references_that_go_round_or_nowhere_end():
    groups = [{"children": [{"$ref": "#/groups/1"}]}, {"children": [{"$ref": "#/groups/0"}, {"$ref": "#/texts/0"}]}]
    found = document(docling(texts=[text("字")], groups=groups, children=["#/groups/0", "#/groups/0", "#/none/3", ""]))
    assert texts(found) == [["字"]]


@pytest.mark.parametrize(("origin", "top", "bottom"), [("BOTTOMLEFT", 700, 680), ("TOPLEFT", 100, 120)])
def test_places_are_pages_and_points_from_the_top_left(origin, top, bottom):
    box = {"l": 50, "t": top, "r": 90, "b": bottom, "coord_origin": origin}
    prov = [{"page_no": 3, "bbox": box}]
    pages = {"3": {"size": {"width": 600, "height": 800}, "page_no": 3}}
    tables = [table(cell("规章", 0, 0, bbox=box), cell("5", 0, 1), prov=prov)]
    found = document(docling(tables, [text("段", prov=prov)], pages=pages))
    paragraph, row = found.lines
    assert paragraph.cells[0].where.bbox == row.cells[0].where.bbox == (50, 100, 90, 120)
    assert paragraph.where.page == row.where.page == 3
    assert row.cells[1].where.bbox is None


def test_a_box_from_the_bottom_of_a_page_of_unknown_height_is_no_place():
    prov = [{"page_no": 1, "bbox": {"l": 1, "t": 9, "r": 2, "b": 3, "coord_origin": "BOTTOMLEFT"}}]
    assert document(docling(texts=[text("段", prov=prov)])).lines[0].cells[0].where.bbox is None


def test_pictures_are_named_not_read():
    found = document(docling(texts=[text("段"), text("图中字")], pictures=[{"children": [{"$ref": "#/texts/1"}],
                     "prov": [{"page_no": 2}]}], children=["#/texts/0", "#/pictures/0"]))  # fmt: skip
    assert (texts(found), found.attachments) == ([["段"]], ("图片（第 2 页）",))


@pytest.mark.parametrize(
    "wrapped", [lambda x: {"document": {"json_content": x}}, lambda x: [x], lambda x: {"data": [x]}]
)
def test_what_a_service_wraps_is_found(wrapped):
    assert texts(document(wrapped(docling(texts=[text("段")])))) == [["段"]]


def test_a_table_of_docling_that_claims_to_be_huge_is_refused():
    huge = [cell("x", 0, 0), cell("y", 900_000, 900_000)]
    assert code_of(docling([table(*huge)])) == "input.too_many_cells"
    assert code_of(docling([table(cell("x", 0, 0), rows=999_999, columns=999_999)])) == "input.too_many_cells"
    assert code_of(docling([table(*[cell("x", 0, n, 300, 300) for n in range(300)])])) == "input.too_many_cells"


# --- MinerU ------------------------------------------------------------------------------------------------------------


def test_a_content_list_of_mineru():
    found = document(
        [
            {"type": "text", "text": TITLE, "text_level": 1, "page_idx": 0, "bbox": [100, 50, 900, 90]},
            {"type": "header", "text": "页眉", "page_idx": 0},
            {"type": "table", "table_caption": ["表一"], "table_body": HTML, "table_footnote": [], "page_idx": 1},
            {"type": "list", "list_items": ["甲；", "乙。"], "page_idx": 1},
            {"type": "table", "img_path": "images/1.jpg", "table_caption": [], "page_idx": 2},
            {"type": "image", "img_path": "images/2.jpg", "image_caption": ["图一"], "page_idx": 2},
            {"type": "page_number", "text": "3", "page_idx": 2},
        ]
    )
    assert texts(found) == [[TITLE], ["表一"], *HTML_ROWS, ["甲； 乙。"], ["图一"]]
    assert [line.where.page for line in found.lines] == [1, 2, 2, 2, 2, 3]
    assert [line.grid for line in found.lines] == [False, False, True, True, False, False]
    assert found.attachments == ("图片（第 3 页）",)
    assert found.lines[0].cells[0].where.bbox is None  # thousandths of a page are no points


def test_middle_json_of_mineru():
    def lines(*spans):
        return [{"spans": [span]} for span in spans]

    found = document(
        {
            "pdf_info": [
                {
                    "page_idx": 4,
                    "page_size": [595, 842],
                    "para_blocks": [
                        {
                            "type": "text",
                            "bbox": [10, 20, 30, 40],
                            "lines": lines(
                                {"type": "text", "content": "甲", "score": 0.9}, {"content": "乙", "score": 0.8}
                            ),
                        },
                        {
                            "type": "table",
                            "bbox": [10, 50, 300, 90],
                            "blocks": [
                                {"type": "table_caption", "lines": lines({"content": "表题"})},
                                {
                                    "type": "table_body",
                                    "bbox": [10, 60, 300, 90],
                                    "lines": lines({"type": "table", "html": HTML}),
                                },
                            ],
                        },
                    ],
                    "discarded_blocks": [{"type": "discarded", "lines": lines({"content": "页脚"})}],
                }
            ],
            "_backend": "pipeline",
        }
    )
    assert texts(found) == [["甲 乙"], ["表题"], *HTML_ROWS]
    assert {line.where.page for line in found.lines} == {5}
    assert found.lines[0].cells[0].where.bbox == (10, 20, 30, 40)
    assert found.lines[0].cells[0].confidence == 0.8
    assert found.lines[3].cells[3].where.bbox == (10, 60, 300, 90)


# --- PaddleOCR -----------------------------------------------------------------------------------------------------------

BLOCKS = [
    {"block_label": "header", "block_content": "页眉", "block_bbox": [0, 0, 9, 9]},
    {"block_label": "doc_title", "block_content": TITLE, "block_bbox": [0, 0, 9, 9]},
    {"block_label": "table", "block_content": f"<html><body>{HTML}</body></html>", "block_bbox": [0, 0, 9, 9]},
    {"block_label": "image", "block_content": "", "block_bbox": [0, 0, 9, 9]},
]
OCR = {"table_ocr_pred": {"rec_texts": ["信息内容", "规章", "0", "12"], "rec_scores": [0.99, 0.98, 0.97, 0.55]}}


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda page: page,
        lambda page: {"res": page},
        lambda page: [{"res": page}],
        lambda page: {"result": {"layoutParsingResults": [{"prunedResult": page, "markdown": {"text": "其他"}}]}},
    ],
)
def test_pp_structure_v3_with_its_scores(wrapped):
    found = document(wrapped({"parsing_res_list": BLOCKS, "table_res_list": [{"pred_html": "", **OCR}]}))
    assert texts(found) == [[TITLE], *HTML_ROWS]
    assert [c.confidence for c in found.lines[2].cells] == [0.98, 0.97, 1.0, 0.55]
    assert found.lines[1].cells[1].confidence == 0.55  # a text that was not recognised so is no surer than the worst
    assert len(found.attachments) == 1


def test_pages_of_pp_structure_v3_are_numbered():
    pages = [{"parsing_res_list": [{"block_label": "text", "block_content": word}]} for word in "甲乙"]
    assert [line.where.page for line in document(pages).lines] == [1, 2]
    assert [line.where.page for line in document([{**pages[0], "page_index": 6}]).lines] == [7]


def test_markup_of_a_table_stands_in_its_result_only():
    empty = {"block_label": "table", "block_content": ""}
    page = {"table_res_list": [{"pred_html": HTML, **OCR}]}
    assert texts(document({"parsing_res_list": [empty], **page})) == HTML_ROWS
    assert texts(document(page)) == HTML_ROWS


def test_pp_structure_of_version_2():
    found = document(
        [
            {"type": "header", "res": [{"text": "页眉", "confidence": 0.9}], "img_idx": 0},
            {"type": "title", "res": [{"text": TITLE, "confidence": 0.9, "text_region": []}], "img_idx": 0},
            {"type": "table", "bbox": [0, 0, 9, 9], "res": {"html": HTML, "cell_bbox": []}, "img_idx": 1},
            {"type": "figure", "res": [], "img_idx": 1},
        ]
    )
    assert texts(found) == [[TITLE], *HTML_ROWS]
    assert [line.where.page for line in found.lines] == [1, 2, 2]
    assert found.lines[0].cells[0].confidence == 0.9
    assert found.attachments == ("图片（第 2 页）",)


def test_recognised_lines_are_put_together_by_their_boxes():
    found = document(
        {
            "rec_texts": ["3", "规章", "行政许可", "8"],
            "rec_scores": [0.7, 0.9, 1, 0.6],
            "rec_boxes": [[300, 101, 320, 120], [10, 99, 60, 119], [10, 140, 90, 160], [300, 141, 320, 161]],
        }
    )
    assert texts(found) == [["规章", "3"], ["行政许可", "8"]]
    assert [c.confidence for c in found.lines[0].cells] == [0.9, 0.7]
    assert not found.lines[0].grid
    without = document({"rec_texts": ["甲", "乙"], "rec_scores": [0.9, 0.8]})
    assert texts(without) == [["甲"], ["乙"]]


# --- text in JSON, and what is none of these -------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["markdown", "md_content", "content", "text"])
@pytest.mark.parametrize("wrapped", [lambda x: x, lambda x: {"document": x}, lambda x: [x]])
def test_a_text_in_json_is_read_as_text(key, wrapped):
    found = document(wrapped({"id": 1, key: f"{TITLE}\n\n| 规章 | 0 | | 12 |\n"}))
    assert texts(found) == [[TITLE], ["规章", "0", "", "12"]]


@pytest.mark.parametrize(
    "value",
    [{}, [], [[]], {"a": 1}, {"markdown": ""}, {"content": 3}, [{"type": "text"}], {"schema_name": "Other"}],
)
def test_other_json_is_refused(value):
    assert code_of(value) == "input.format"


def test_broken_and_deep_json():
    assert code_of(b'{"a": [1, 2') == "input.damaged"
    assert code_of(b"[{" * 5) == "input.damaged"
    assert code_of(b"[" + b"[" * 200_000) == "limit.depth"
    assert code_of(b'[{"a":' * 100_000) == "limit.depth"
    assert code_of(b'{"a": ' + b"9" * 5000 + b"}") == "input.damaged"


NAMES = st.sampled_from(
    [
        *("schema_name", "body", "children", "$ref", "texts", "tables", "data", "table_cells", "start_row_offset_idx"),
        *(
            "num_rows",
            "num_cols",
            "prov",
            "bbox",
            "pages",
            "size",
            "pdf_info",
            "para_blocks",
            "blocks",
            "lines",
            "spans",
        ),
        *(
            "html",
            "content",
            "score",
            "type",
            "page_idx",
            "text",
            "table_body",
            "res",
            "parsing_res_list",
            "block_label",
        ),
        *("block_content", "table_res_list", "table_ocr_pred", "rec_texts", "rec_scores", "rec_boxes", "markdown"),
    ]
)
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "表", "DoclingDocument", "table", "#/texts/0", "#/tables/0", HTML, "image"])
)


@settings(max_examples=120, deadline=None)
@given(st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5)))
@example([{"page_idx": None, "type": []}])
def test_json_of_any_shape_is_read_or_refused(value):
    for given_value in (value, docling() | value if isinstance(value, dict) else [value]):
        try:
            found = read(json.dumps(given_value).encode(), "x.json", DEFAULTS)
        except InputError:
            continue
        assert found.lines or found.attachments


# --- through the whole program ---------------------------------------------------------------------------------------------


def test_a_table_with_pipes_in_a_block_is_a_table():
    found = document(
        [{"type": "table", "table_body": "| 规章 | 0 | | 12 |\n|---|---|---|---|\n| 许可 | 5 | | |", "page_idx": 0}]
    )
    assert texts(found) == [["规章", "0", "", "12"], ["许可", "5", "", ""]]
    assert {line.where.page for line in found.lines} == {1}


def test_a_report_through_the_whole_program():
    value = [
        {"type": "text", "text": TITLE, "text_level": 1, "page_idx": 0},
        {"type": "table", "table_body": HTML, "page_idx": 0},
    ]
    record = extract(json.dumps(value).encode(), "x.json")
    cells = {key: (c.value, c.state, c.review) for key, c in record.cells.items() if key.startswith("proactive.rules")}
    assert cells == {
        "proactive.rules.issued": (0, "number", False),
        "proactive.rules.repealed": (None, "blank", False),
        "proactive.rules.in_force": (12, "number", False),
    }
    assert record.cells["proactive.rules.in_force"].where.page == 1
