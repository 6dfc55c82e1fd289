"""What an office changed of the default layout, as a small document of differences by key; the pure function back to a layout.

Only differences are kept, so that a column or sheet of a new release appears by itself, where the release puts it. A key the
document knows and this release does not is passed over, and said (`ignored`).

    {"sheets": {key: {"tab", "title", "visible", "order", "groups", "free",
                      "columns": {key: {"head", "twin", "width", "visible"}}}},
     "order": [keys of sheets], "custom": [{"key", "source", "filters"}]}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby, takewhile
from typing import Any

from reports.briefing.default_layout import DEFAULT
from reports.briefing.layout import Column, Layout, SheetLayout, plain_head, prepared
from reports.briefing.selection import FILTERS
from reports.fitting import pixels, text_height
from reports.sheet import Align

Document = Mapping[str, Any]
Path = tuple[str, ...]
FIRST, LAST = "cover", "notes"  # sheets that stay where they are, and are always printed
FIXED = frozenset({FIRST, LAST, "statistics"})  # without columns to arrange
CUSTOM, HAND = "custom_", "free_"  # keys of the office's own sheets and columns begin so


def layout_of(document: Document, number: int = 0) -> Layout:
    """The layout: the default with the differences put in."""
    told = document.get("sheets", {})
    sheets = tuple(changed(base(document, key), told.get(key, {})) for key in sheet_order(document))
    return replace(DEFAULT, sheets=sheets, version=str(number))


def base(document: Document, key: str) -> SheetLayout:
    """A sheet before any of its differences; KeyError for a key that is none."""
    return next((sheet for sheet in custom(document) if sheet.key == key), None) or DEFAULT.sheet(key)


def custom(document: Document) -> list[SheetLayout]:
    """The office's own sheets: an existing table's rows, narrowed."""
    return [
        replace(
            DEFAULT.sheet(told["source"]),
            key=told["key"],
            tab=f"自选表{told['key'].removeprefix(CUSTOM)}",
            source=told["source"],
            filters=tuple((name, tuple(values)) for name, values in told.get("filters", {}).items()),
        )
        for told in document.get("custom", ())
        if told["source"] in FILTERS
    ]


def sheet_order(document: Document) -> list[str]:
    """The keys of all sheets: the cover first, 编制说明 last, the office's own before it where nothing was said."""
    inner = [sheet.key for sheet in (*DEFAULT.sheets, *custom(document)) if sheet.key not in (FIRST, LAST)]
    return [FIRST, *ordered(inner, document.get("order", ())), LAST]


def ordered(defaults: Sequence[str], wanted: Iterable[str]) -> list[str]:
    """The defaults in the order wanted; one that is not named stands behind the one it stands behind by default."""
    found = [key for key in dict.fromkeys(wanted) if key in defaults]
    before = ""
    for key in defaults:
        if key not in found:
            found.insert(found.index(before) + 1 if before else 0, key)
        before = key
    return found


def ignored(document: Document) -> list[str]:
    """What the document says of keys that this release does not know, as sentences."""
    lost = [
        f"自选表“{told.get('tab') or told['key']}”取自“{told['source']}”，这一版系统没有这张表，已略过。"
        for told in document.get("custom", ())
        if told["source"] not in FILTERS
    ]
    known = set(sheet_order(document))
    own = {told["key"] for told in document.get("custom", ())}
    for key, told in document.get("sheets", {}).items():
        if key not in known:
            lost += [] if key in own else [f"版式里的表“{key}”，这一版系统没有，已略过。"]
            continue
        sheet = with_free(base(document, key), told)
        columns, paths = {column.key for column in sheet.columns}, {"/".join(path) for path in groups(sheet.columns)}
        strange = [column for column in told.get("columns", {}) if column not in columns]
        strange += [path for path in told.get("groups", {}) if path not in paths]
        lost += [f"表“{sheet.tab}”里的“{name}”，这一版系统没有，已略过。" for name in strange]
    return lost


# ------------------------------------------------------------------------------------------------------ a sheet's columns


def groups(columns: Iterable[Column]) -> list[Path]:
    """The heads that stand over several columns, each by its path from the top, in order."""
    return list(dict.fromkeys(c.head[:level] for c in columns for level in range(1, len(c.head))))


def pinned(columns: Sequence[Column]) -> list[str]:
    """The locked columns at the front: labels and sums of groups rest on them, so they stay there."""
    return [column.key for column in takewhile(lambda column: column.locked, columns)]


def with_free(sheet: SheetLayout, told: Document) -> SheetLayout:
    """The sheet with the office's own blank columns at its end."""
    free = tuple(
        Column(key, ("手工栏",), 12, Align.CENTER, blank=True, optional=True)
        for key in told.get("free", ())
        if key not in {column.key for column in sheet.columns}
    )
    return replace(sheet, columns=sheet.columns + free, twin=sheet.twin + free if sheet.twin else ())


def changed(sheet: SheetLayout, told: Document) -> SheetLayout:
    """The sheet with its differences put in; heads get the height their words need."""
    if not told:
        return sheet
    whole = with_free(sheet, told)
    keys = ordered([c.key for c in whole.columns], told.get("order", ()))
    front = pinned(whole.columns)
    keys = [*front, *(key for key in keys if key not in front)]
    columns = _arranged(whole.columns, keys, told, "head")
    twin = _arranged(whole.twin, keys, told, "twin") if whole.twin else ()
    made = replace(
        whole,
        tab=told.get("tab", whole.tab),
        title=told.get("title", whole.title),
        visible=whole.key in (FIRST, LAST) or told.get("visible", True),
        columns=columns,
        twin=twin,
    )
    return replace(made, head_heights=_head_heights(made, whole))


def _arranged(columns: Sequence[Column], keys: Sequence[str], told: Document, head: str) -> tuple[Column, ...]:
    known, renamed = {column.key: column for column in columns}, told.get("groups", {})
    return tuple(_column(known[key], told.get("columns", {}).get(key, {}), renamed, head) for key in keys)


def _column(column: Column, told: Document, renamed: Document, head: str) -> Column:
    above = tuple(
        renamed.get("/".join(column.head[: level + 1]), column.head[level]) for level in range(len(column.head) - 1)
    )
    leaf = told.get(head, column.head[-1])
    return replace(
        column,
        head=(*above, column.head[-1] if column.locked else leaf),
        width=float(told.get("width", column.width)),
        visible=column.locked or told.get("visible", column.visible or column.blank),
    )


def _head_heights(sheet: SheetLayout, before: SheetLayout) -> tuple[float, ...]:
    """The heights of the head: the default's, and more where words that an office chose need it."""
    heights = list(sheet.head_heights)
    plain = {column.key: (column.head, column.width) for column in (*before.columns, *before.twin)}
    for twin in (False, True) if sheet.twin else (False,):
        columns = prepared(sheet, twin=twin)
        for column in columns:
            if column.optional or plain[column.key] != (column.head, column.width):
                level = min(len(column.head), len(heights)) - 1
                need = text_height(column.head[-1], pixels(column.width), sheet.head_size)
                heights[-1] += max(need - sum(heights[level:]), 0)
        for level in range(len(heights) - 1):
            under = [column for column in columns if len(column.head) > level + 1]
            for head, group in groupby(under, key=partial(_head_upto, level + 1)):
                need = text_height(head[-1], sum(pixels(c.width) for c in group), sheet.head_size)
                if not any(c.head[: level + 1] == head for c in before.columns):
                    heights[level] = max(heights[level], need)
    return tuple(round(height, 1) for height in heights)


def _head_upto(levels: int, column: Column) -> Path:
    return column.head[:levels]


# -------------------------------------------------------------------------------------------------- moves, and the way back


def moved(columns: Sequence[Column], order: Sequence[str], key: str, step: int) -> list[str]:
    """The order with a column one place up (-1) or down (1); at the edge of its head group the whole group goes, and a group
    beside it is passed as a whole, so that a group never falls apart."""
    paths = {column.key: column.head[:-1] for column in columns}
    keys, front = list(order), pinned(columns)
    place = keys.index(key) if key in keys else -1
    beside = place + step
    if place < 0 or key in front or not 0 <= beside < len(keys) or keys[beside] in front:
        return keys
    mine, other = paths[key], paths[keys[beside]]
    common = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(mine, other, strict=False))))
    here, there = _run(keys, paths, place, common), _run(keys, paths, beside, common)
    if any(keys[n] in front for n in (*here, *there)):
        return keys
    first, second = (here, there) if step > 0 else (there, here)
    return [
        *keys[: first.start],
        *keys[second.start : second.stop],
        *keys[first.start : first.stop],
        *keys[second.stop :],
    ]


def placed(columns: Sequence[Column], order: Sequence[str], key: str, onto: str) -> list[str]:
    """The order with a column taken to where another stands: as many steps of `moved` as lead past it, so that no group falls
    apart."""
    keys = list(order)
    if key not in keys or onto not in keys or key == onto:
        return keys
    step = 1 if keys.index(key) < keys.index(onto) else -1
    while (keys.index(onto) - keys.index(key)) * step > 0:
        further = moved(columns, keys, key, step)
        if further == keys:
            break
        keys = further
    return keys


def _run(keys: Sequence[str], paths: Mapping[str, Path], place: int, common: int) -> range:
    """The places around one whose columns share its group below the `common` ones; itself alone where it has none."""
    path = paths[keys[place]][: common + 1]
    if len(path) <= common:
        return range(place, place + 1)
    first = last = place
    while first > 0 and paths[keys[first - 1]][: common + 1] == path:
        first -= 1
    while last + 1 < len(keys) and paths[keys[last + 1]][: common + 1] == path:
        last += 1
    return range(first, last + 1)


def with_sheet(document: Document, key: str, told: Document) -> dict[str, Any]:
    """The document with what it says of one sheet replaced; a sheet that is as by default is not mentioned."""
    sheets = {name: value for name, value in document.get("sheets", {}).items() if name != key}
    if told:
        sheets[key] = dict(told)
    return _bare({**document, "sheets": sheets})


def with_order(document: Document, order: Sequence[str], hidden: Iterable[str]) -> dict[str, Any]:
    """The document with the sheets in this order, some of them hidden."""
    made, gone = dict(document), set(hidden) - {FIRST, LAST}
    for key in sheet_order(document):
        told = {name: value for name, value in made.get("sheets", {}).get(key, {}).items() if name != "visible"}
        made = with_sheet(made, key, told | ({"visible": False} if key in gone else {}))
    plain = sheet_order({**made, "order": []})
    inner = [key for key in ordered(plain, order) if key not in (FIRST, LAST)]
    return _bare({**made, "order": [] if [FIRST, *inner, LAST] == plain else inner})


def with_custom(document: Document, source: str, told: Document) -> tuple[dict[str, Any], str]:
    """The document with one more sheet that selects from a table's rows; and the key of the sheet."""
    taken = {one["key"] for one in document.get("custom", ())}
    key = next(f"{CUSTOM}{n}" for n in range(1, 1000) if f"{CUSTOM}{n}" not in taken)
    made = {**document, "custom": [*document.get("custom", ()), {"key": key, "source": source, "filters": {}}]}
    return with_sheet(made, key, told), key


def with_filters(document: Document, key: str, filters: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The document with what an own sheet selects."""
    kept = {name: list(values) for name, values in filters.items() if values}
    told = [{**one, "filters": kept} if one["key"] == key else one for one in document.get("custom", ())]
    return _bare({**document, "custom": told})


def without_custom(document: Document, key: str) -> dict[str, Any]:
    """The document without an own sheet and everything said of it."""
    left = [one for one in document.get("custom", ()) if one["key"] != key]
    order = [one for one in document.get("order", ()) if one != key]
    return with_sheet({**document, "custom": left, "order": order}, key, {})


def _bare(document: Document) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value}


def differences(before: Document, after: Document) -> list[str]:
    """What is different in the second layout, as sentences: sheets, heads, order, widths, what is hidden."""
    old, new = ({sheet.key: sheet for sheet in layout_of(one).sheets} for one in (before, after))
    found = [f"新增表“{sheet.tab}”" for key, sheet in new.items() if key not in old]
    found += [f"删去表“{sheet.tab}”" for key, sheet in old.items() if key not in new]
    both = [key for key in new if key in old]
    if both != [key for key in old if key in new]:
        found.append("调整各表的先后")
    for key in both:
        found += [f"“{new[key].tab}”：{said}" for said in sheet_differences(old[key], new[key])]
    return found


def sheet_differences(old: SheetLayout, new: SheetLayout) -> list[str]:
    """What is different in the second layout of a sheet, as sentences."""
    found = [] if old.tab == new.tab else [f"表名由“{old.tab}”改为“{new.tab}”"]
    found += [] if old.title == new.title else ["改标题"]
    found += [] if old.filters == new.filters else ["改取数条件"]
    found += [] if old.visible == new.visible else ["不再隐藏" if new.visible else "隐藏整张表"]
    before, after = ({column.key: column for column in sheet.columns} for sheet in (old, new))
    pairs = [(before[key].head, after[key].head) for key in before if key in after]
    heads = {was: now for a, b in pairs for was, now in zip(a[:-1], b[:-1], strict=True) if was != now}
    found += [f"表头“{was}”改为“{now}”" for was, now in heads.items()]
    for key in dict.fromkeys([*after, *before]):
        was, now = before.get(key), after.get(key)
        found += _of_column(was, now)
    common = [key for key in before if key in after]
    found += [] if common == [key for key in after if key in before] else ["调整列的先后"]
    second = {column.key: column.head for column in old.twin}
    found += [f"表二改表头“{_said(c)}”" for c in new.twin if c.key in second and second[c.key] != c.head]
    return found


def _of_column(was: Column | None, now: Column | None) -> list[str]:
    if was is None or now is None:
        return [f"增加手工栏“{_said(now)}”" if now else f"删去手工栏“{_said(was)}”"]
    found = [] if was.head[-1] == now.head[-1] else [f"表头“{_said(was)}”改为“{_said(now)}”"]
    found += [] if was.visible == now.visible else [f"{'列出' if now.visible else '隐藏'}“{_said(now)}”"]
    return found + ([] if was.width == now.width else [f"“{_said(now)}”列宽{was.width:g}改为{now.width:g}"])


def _said(column: Column | None) -> str:
    return plain_head(column) if column else ""
