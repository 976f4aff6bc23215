import pytest
from helpers_auditing import NEW, NONE, OLD, form_of, record, zeros
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.auditing.layout import grids, group_cells, official_names, table_grid
from extractor.forms import forms, parse_form

EVERY_KEY = [key for form in forms() for key in form.columns]


def assert_whole(grid):
    """Boxes cover the grid: no place twice, none left out."""
    places = [
        (line + down, box.at + right)
        for line, row in enumerate(grid.rows)
        for box in row
        for down in range(box.rows)
        for right in range(box.columns)
    ]
    assert len(places) == len(set(places)) == len(grid.rows) * (grid.labels + grid.values)
    assert {place[1] for place in places} == set(range(grid.labels + grid.values))


def whole(form):
    return table_grid(form, tuple(form.columns))


def boxes(grid, kind):
    return {box.text: (box.rows, box.columns) for row in grid.rows for box in row if box.kind == kind}


@pytest.mark.parametrize("form", forms(), ids=lambda form: form.id)
def test_every_cell_of_a_form_has_its_box(form):
    grid = whole(form)
    assert_whole(grid)
    keys = [box.key for row in grid.rows for box in row if box.kind == "value"]
    assert keys == list(form.columns)
    assert list(grid.names) == keys
    assert len(set(grid.names.values())) == len(keys)


@pytest.mark.parametrize(("year", "results", "last"), [("2021", 22, 3), ("2019", 20, None)])
def test_requests_have_heads_over_heads_and_groups_of_rows(year, results, last):
    grid = whole(form_of("requests", year))
    heads, groups = boxes(grid, "head"), boxes(grid, "group")
    assert heads == {
        "申请人情况": (1, 7), "自然人": (2, 1), "法人或其他组织": (1, 5), "总计": (2, 1), "商业企业": (1, 1), "科研机构": (1, 1),
        "社会公益组织": (1, 1), "法律服务机构": (1, 1), "其他": (1, 1),
    }  # fmt: skip
    assert groups["三、本年度办理结果"] == (results, 1)
    assert (groups["（三）不予公开"], groups["（四）无法提供"], groups["（五）不予处理"]) == ((8, 1), (3, 1), (5, 1))
    assert groups.get("（六）其他处理", (None,))[0] == last
    labels = boxes(grid, "label")
    assert labels["一、本年新收政府信息公开申请数量"] == labels["四、结转下年度继续办理"] == (1, 3)
    assert labels["（一）予以公开"] == labels["（七）总计"] == (1, 2)
    assert labels["1.属于国家秘密"] == (1, 1)
    assert labels.get("（六）其他处理") == (None if last else (1, 2))
    assert set(boxes(grid, "corner").values()) == {(3, 3)}
    assert (grid.heading, grid.labels, grid.values) == ("三、收到和处理政府信息公开申请情况", 3, 7)


def test_disputes_stand_side_by_side_under_their_heads():
    grid = whole(form_of("disputes", "2021"))
    first, second, third, values = grid.rows
    assert [(box.text, box.columns, box.rows) for box in first] == [("行政复议", 5, 1), ("行政诉讼", 10, 1)]
    assert [(box.text, box.columns, box.rows) for box in second[-2:]] == [
        ("未经复议直接起诉", 5, 1),
        ("复议后起诉", 5, 1),
    ]
    assert [(box.text, box.rows) for box in second[:5]] == [
        ("结果维持", 2), ("结果纠正", 2), ("其他结果", 2), ("尚未审结", 2), ("总计", 2),
    ]  # fmt: skip
    assert len(third) == 10
    assert [box.kind for box in values] == ["value"] * 15
    assert grid.names["disputes.litigation_direct.total"] == "行政诉讼 未经复议直接起诉·总计"


@pytest.mark.parametrize(("year", "captions", "widths"), [("2021", "一五六八", {1, 3}), ("2019", "一五六八九", {2, 3})])
def test_proactive_disclosure_is_in_blocks_by_item_of_the_law(year, captions, widths):
    grid = whole(form_of("proactive", year))
    columns = grid.values
    assert boxes(grid, "caption") == {f"第二十条第（{item}）项": (1, columns + 1) for item in captions}
    assert {columns // size for _, size in boxes(grid, "head").values()} == widths
    assert {row[0].text for row in grid.rows if row[0].kind == "corner"} == {"信息内容"}


def test_rows_in_the_columns_of_the_other_form_have_its_heads():
    printed = zeros(NEW)
    for key in [key for key in printed if key.startswith("proactive.permits")]:
        del printed[key]
    old = ["proactive.permits.previous_items", "proactive.permits.change", "proactive.permits.decisions"]
    keys = tuple(key for key in printed if key.startswith("proactive.")) + tuple(old)
    grid = table_grid(form_of("proactive", "2021"), keys)
    assert_whole(grid)
    assert set(grid.names) == set(keys)
    assert grid.names[old[1]] == "行政许可·本年增/减"
    place = next(n for n, row in enumerate(grid.rows) if any(box.key == old[1] for box in row))
    assert [box.text for box in grid.rows[place - 1]] == ["信息内容", "上一年项目数量", "本年增/减", "处理决定数量"]


def test_a_row_of_the_other_form_stands_at_the_end():
    form = form_of("requests", "2021")
    extra = tuple(key for key in form_of("requests", "2019").columns if ".other_handling." in key)
    grid = table_grid(form, (*form.columns, *extra))
    assert_whole(grid)
    assert [box.key for box in grid.rows[-1] if box.kind == "value"] == list(extra)


def test_a_cell_that_the_record_does_not_have_leaves_its_place_empty():
    form = form_of("disputes", "2021")
    grid = table_grid(form, tuple(form.columns)[:4])
    assert_whole(grid)
    assert [box.kind for box in grid.rows[-1]] == ["value"] * 4 + ["none"]


@settings(max_examples=150, deadline=None)
@given(
    keys=st.sets(st.sampled_from(EVERY_KEY), max_size=60),
    others=st.sets(
        st.sampled_from(["requests.x.y", "proactive.permits.z", "a.b.c", "requests", "", "1.2.3.4", "disputes..", "行"])
    ),
    tables=st.fixed_dictionaries({table: st.sampled_from([None, "2019", "2021", "2035"]) for table in NEW}),
)
def test_whatever_cells_a_record_has_each_is_drawn_once(keys, others, tables):
    cells = zeros({}) | {key: zeros(NEW)[next(iter(zeros(NEW)))] for key in [*keys, *others]}
    made = record(NONE, cells=cells)
    object.__setattr__(made, "tables", tables)
    found = grids(made)
    for grid in found:
        assert_whole(grid)
    drawn = [key for grid in found for key in grid.names]
    assert sorted(drawn) == sorted(cells)
    assert all(name or key == "" for grid in found for key, name in grid.names.items())


@pytest.mark.parametrize("tables", [NEW, OLD, NONE, NEW | {"requests": None}])
def test_a_record_has_the_tables_of_the_document(tables):
    found = grids(record(tables))
    assert [(grid.table, grid.form.form) for grid in found] == [(table, form) for table, form in tables.items() if form]


def test_a_new_form_with_deeper_groups_and_wider_heads_needs_no_code():
    form = parse_form(
        """
id = "made-up"
table = "requests"
form = "2030"
section = 3
title = "题"
source = "文"
[[blocks]]
key = "b"
corner = "角"
groups = [
  { key = "g", label = "甲", enumerator = "一" },
  { key = "h", label = "乙", parent = "g" },
  { key = "i", label = "丙", parent = "h" },
]
columns = [
  { key = "c", label = "列" },
  { key = "d", label = "栏", under = ["上", "中"] },
  { key = "e", label = "行", under = ["上"] },
]
rows = [
  { key = "r", label = "一行", parent = "i" },
  { key = "s", label = "二行", parent = "h" },
  { key = "t", label = "三行" },
]
""",
        "made-up.toml",
    )
    grid = whole(form)
    assert_whole(grid)
    assert grid.labels == 4
    assert boxes(grid, "group") == {"一、甲": (2, 1), "乙": (2, 1), "丙": (1, 1)}
    assert boxes(grid, "label") == {"一行": (1, 1), "二行": (1, 2), "三行": (1, 4)}
    assert boxes(grid, "head") == {"列": (3, 1), "上": (1, 2), "中": (1, 1), "行": (2, 1), "栏": (1, 1)}


def test_the_sum_of_a_group_has_its_name_and_its_cells():
    name, keys = group_cells(form_of("requests", "2021"), "requests.denied.total")
    assert name == "（三）不予公开各行之和·总计"
    assert len(keys) == 8
    assert all(key.startswith("requests.denied_") and key.endswith(".total") for key in keys)
    assert group_cells(form_of("requests", "2019"), "requests.other_handling.total") is None
    assert group_cells(form_of("disputes", "2021"), "requests.denied.total") is None
    assert group_cells(form_of("requests", "2021"), "requests.denied.sum") is None
    assert group_cells(form_of("requests", "2021"), "requests") is None


def test_official_names_are_those_of_every_form():
    assert set(official_names()) == set(EVERY_KEY)
    assert official_names()["requests.denied_state_secret.total"] == "（三）不予公开 1.属于国家秘密·总计"
    assert official_names()["proactive.fees.amount"] == "行政事业性收费·本年收费金额"
