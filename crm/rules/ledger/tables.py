"""Where the tables of a sheet are: their header rows, of one to three physical rows, and what each column is headed.

A sheet may hold several tables, one under another or side by side, each with a header of its own; a header that is
repeated on every printed page makes no new table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from crm.rules.ledger.cells import Cell, Row, Sheet, Span, is_number, show
from crm.rules.ledger.fields import Field
from crm.rules.ledger.headers import LONGEST, match_header
from crm.rules.ledger.text import squeeze
from crm.rules.ledger.units import declared_units, header_units
from crm.rules.ledger.vocabulary import spelled

SEARCHED_ROWS = 80
"""Headers without a column for the name are only looked for this far down."""
_HEADED_BY_NAME = spelled(Field.PROJECT_NAME)
_NAME_SPELLINGS = _HEADED_BY_NAME | spelled(Field.INVESTOR)
_SURE = 0.8
_CHILD_WORDS = re.compile(
    r"小计|合计|总计|其中.*|中央.*|省.*|市.*|县.*|区.*|自筹.*|.*贷款|银行.*|社会.*|企业.*|起|止|开始.*|结束.*|姓名|.*电话|手机|职务|单位|部门"
    r"|名称|内资.*|外资.*|计划.*|完成.*|实际.*|第?[一二三四]季度|\d{1,2}月|上半年|下半年|起止.*|开工.*|竣工.*|投产.*|签约.*|时间|日期|金额"
    r"|面积|亩.*|\(?[万亿千百]*(美|港)?元\)?|[(].*[)]|.*投资.*|.*目标|.*内容|.*进度|.*情况|年|月|所在.*|来源.*|责任.*|联系.*|.*人|数量|国别.*|.*额"
)


@dataclass(frozen=True)
class Table:
    """A header and the rows below it; all indices from 0, `end` and `right` not included.

    `labels`: the header texts of a column from the top down.
    """

    header: tuple[int, ...]
    labels: dict[int, tuple[str, ...]]
    start: int
    end: int
    left: int
    right: int
    above: tuple[str, ...] = ()
    """The texts of the rows above the header, nearest last: titles, unit rows."""


def find_tables(sheet: Sheet) -> tuple[Table, ...]:
    """The tables of the sheet that have a header, from top to bottom and left to right."""
    anchors = _anchors(sheet)
    tables: list[Table] = []
    for position, anchor in enumerate(anchors):
        end = anchors[position + 1] if position + 1 < len(anchors) else len(sheet.rows)
        table = table_at(sheet, _header_rows(sheet, anchor), end, tables[-1].start if tables else 0)
        if tables and _same_header(tables[-1], table):
            tables[-1] = replace(tables[-1], end=end)
            continue
        if tables:
            tables[-1] = replace(tables[-1], end=_titles_above(sheet, table.header[0], tables[-1].start))
        tables.append(table)
    return tuple(part for table in tables for part in _side_by_side(table))


def table_at(sheet: Sheet, header: tuple[int, ...], end: int | None = None, after: int = 0) -> Table:
    """The table under the given header rows; without any, everything from the first row on is data."""
    stop = len(sheet.rows) if end is None else end
    width = max((len(row) for row in sheet.rows[:stop]), default=0)
    if not header:
        return Table((), {}, 0, stop, 0, width)
    above = [
        text
        for row in sheet.rows[_titles_above(sheet, header[0], after) : header[0]]
        for text in dict.fromkeys(show(cell) for cell in row)
        if text.strip()
    ]
    labels = _labels(sheet, header, width)
    return Table(header, labels, header[-1] + 1, stop, 0, width, tuple(above[-12:]))


def _titles_above(sheet: Sheet, header: int, after: int) -> int:
    """Where the titles of a header begin: all rows above the first one, a few sparse rows above a later one."""
    first = header
    while first > after and (after == 0 or _is_sparse(sheet.rows[first - 1])):
        first -= 1
    return first


def _is_sparse(row: Row) -> bool:
    filled = [cell for cell in row if cell is not None and cell != ""]
    return len(filled) <= 2 and all(isinstance(cell, str) for cell in filled)


def _anchors(sheet: Sheet) -> list[int]:
    """The rows that look like headers by themselves: with a name column if any has one."""
    named, single, other = [], [], []
    for index, row in enumerate(sheet.rows):
        texts = [squeeze(cell) for cell in row if isinstance(cell, str) and cell]
        known = any(text in _NAME_SPELLINGS for text in texts)
        if not texts or not (known or index < SEARCHED_ROWS):
            continue
        fields, filled = _fields_in(row), sum(1 for cell in row if cell is not None and cell != "")
        if Field.PROJECT_NAME in fields and len(fields) >= 2 and not _is_form(sheet, index, len(fields), filled):
            named.append(index)
        elif any(text in _HEADED_BY_NAME for text in texts) and len(set(texts)) == 1 == len(fields):
            single.append(index)
        elif len(fields) >= 3 and filled <= 2 * len(fields) and not _is_form(sheet, index, len(fields), filled):
            other.append(index)
    return _settled(sheet, named or other or single)


def _fields_in(row: Row) -> set[Field]:
    """The fields surely named in a row of short texts; a row with numbers or long texts among them is no header."""
    fields: set[Field] = set()
    strange = 0
    for cell in row:
        if isinstance(cell, str):
            text = squeeze(cell)
            candidates = match_header(text) if 0 < len(text) <= LONGEST else ()
            if candidates and candidates[0].score >= _SURE:
                fields.add(candidates[0].field)
        elif cell is not None:
            strange += 1
    return fields if strange <= len(fields) // 3 else set()


def _is_form(sheet: Sheet, index: int, hits: int, filled: int) -> bool:
    """A sheet for one project, label beside value: as many values as labels, and labels again in the next row."""
    if filled < 2 * hits or index + 1 >= len(sheet.rows):
        return False
    below = sheet.rows[index + 1]
    return bool(_fields_in(below)) and sum(1 for cell in below if cell) >= 2 * len(_fields_in(below))


def _settled(sheet: Sheet, anchors: list[int]) -> list[int]:
    """Anchors that are header rows of one table stand next to each other: the first speaks for them."""
    settled: list[int] = []
    for anchor in anchors:
        if not settled or anchor > _header_rows(sheet, settled[-1])[-1]:
            settled.append(anchor)
    return settled


def _header_rows(sheet: Sheet, anchor: int) -> tuple[int, ...]:
    """The anchor with the parent rows above it and the child rows below it."""
    first = last = anchor
    while first > 0 and anchor - first < 2 and _is_parent(sheet, first - 1, anchor):
        first -= 1
    while last + 1 < len(sheet.rows) and last - first < 3 and _is_child(sheet, last + 1, first, anchor):
        last += 1
    return tuple(range(first, last + 1))


def _is_parent(sheet: Sheet, row: int, anchor: int) -> bool:
    """Headers over groups of columns: not a title over all, not a unit row, not column widths."""
    texts = [
        (column, squeeze(cell)) for column, cell in enumerate(sheet.rows[row]) if isinstance(cell, str) and cell.strip()
    ]
    if not texts or any(is_number(cell) for cell in sheet.rows[row]):
        return False
    width = len(sheet.rows[anchor])
    spans = [span for span in sheet.merged if span.top <= row <= span.bottom]
    if any(span.right - span.left + 1 > max(2, 0.7 * width) for span in spans if span.covers(row, texts[0][0])):
        return False
    if any(len(text) > 20 or ":" in text or (declared_units(text) and not match_header(text)) for _, text in texts):
        return False
    if any(span.bottom >= anchor for span in spans):
        return True
    over = [column for column, _ in texts if _stands_over(sheet, column, row, anchor)]
    alone = [column for column, _ in texts if not _text(sheet.rows[anchor], column)]
    return len(texts) >= 2 and bool(over) and len(over) + len(alone) >= 0.8 * len(texts)


def _stands_over(sheet: Sheet, column: int, row: int, anchor: int) -> bool:
    """A text with nothing right of it in its row, over two headers in the anchor's: a group."""
    upper, lower = sheet.rows[row], sheet.rows[anchor]
    return not _text(upper, column + 1) and bool(_text(lower, column)) and bool(_text(lower, column + 1))


def _is_child(sheet: Sheet, row: int, first: int, anchor: int) -> bool:
    """A further header row: under merged headers, of units, of parts of words, or of sub-heads."""
    cells = sheet.rows[row]
    texts = {column: squeeze(cell) for column, cell in enumerate(cells) if isinstance(cell, str) and cell.strip()}
    if any(_in_header(sheet, span, first, row) for span in sheet.merged):
        return True
    if not texts or any(cell is not None and not isinstance(cell, str) for cell in cells):
        return False
    if any(len(text) > 16 for text in texts.values()):
        return False
    if all(header_units(text) and re.fullmatch(r"\W*\w{1,6}\W*", text) for text in texts.values()):
        return True
    return _is_word_end(sheet, texts, anchor) or _is_subhead(sheet, texts, anchor)


def _in_header(sheet: Sheet, span: Span, first: int, row: int) -> bool:
    """A header cell merged down over this row; a title above the header is none."""
    if not (first <= span.top < row <= span.bottom and span.bottom - first < 4):
        return False
    return span.left < len(sheet.rows[span.top]) and bool(_text(sheet.rows[span.top], span.left))


def _is_word_end(sheet: Sheet, texts: dict[int, str], anchor: int) -> bool:
    """建设起 / 止年限: ends of words whose beginnings stand in the anchor; together they are better known."""
    upper = sheet.rows[anchor]
    if len(texts) < 2 or any(len(text) > 8 or not _text(upper, column) for column, text in texts.items()):
        return False
    if any(re.search(r"\d{2}|^[一二三四五六七八九十]+、|合计|小计", text) for text in texts.values()):
        return False
    joined = sum(1 for column, text in texts.items() if _known(_text(upper, column) + text))
    alone = sum(1 for column in texts if _known(_text(upper, column)))
    return joined > alone


def _is_subhead(sheet: Sheet, texts: dict[int, str], anchor: int) -> bool:
    """小计 / 中央 / 省 under one parent: known words, none under the serial or the name."""
    upper = sheet.rows[anchor]
    heads = [_fields_of(_text(upper, column)) for column in texts]
    if any(fields & {Field.SERIAL, Field.PROJECT_NAME} for fields in heads):
        return False
    known = [bool(_CHILD_WORDS.fullmatch(text)) for text in texts.values()]
    under_group = any(not _text(upper, column) for column in texts)
    return all(known) and (under_group or len(texts) >= 2)


def _known(text: str) -> bool:
    candidates = match_header(text)
    return bool(candidates) and candidates[0].score >= _SURE


def _fields_of(text: str) -> set[Field]:
    return {candidate.field for candidate in match_header(text) if candidate.score >= _SURE} if text else set()


def _text(row: Sequence[Cell], column: int) -> str:
    cell = row[column] if 0 <= column < len(row) else None
    return squeeze(cell) if isinstance(cell, str) else ""


def _labels(sheet: Sheet, header: tuple[int, ...], width: int) -> dict[int, tuple[str, ...]]:
    """The header texts of each column; a merged head speaks for all its columns, an unmerged parent for its group."""
    grid = [[_shown(sheet, row, column) for column in range(width)] for row in header]
    for upper, lower in pairwise(grid):
        _spread(upper, lower)
    for span in sheet.merged:
        _fill(grid, span, header[0])
    labels = {}
    for column in range(width):
        texts = [row[column] for row in grid]
        distinct = [text for index, text in enumerate(texts) if text and (index == 0 or text != texts[index - 1])]
        if distinct:
            labels[column] = tuple(distinct)
    return labels


def _shown(sheet: Sheet, row: int, column: int) -> str:
    cells = sheet.rows[row]
    return show(cells[column]).strip() if column < len(cells) else ""


def _fill(grid: list[list[str]], span: Span, top: int) -> None:
    if not 0 <= span.top - top < len(grid) or span.left >= len(grid[0]):
        return
    text = grid[span.top - top][span.left]
    for row in grid[max(0, span.top - top) : span.bottom - top + 1]:
        for column in range(span.left, min(span.right + 1, len(row))):
            row[column] = row[column] or text


def _spread(upper: list[str], lower: list[str]) -> None:
    """An unmerged parent speaks for the children right of it: it has a child below it, and they have no parent."""
    for column in range(1, len(upper)):
        if not upper[column] and lower[column] and upper[column - 1] and lower[column - 1]:
            upper[column] = upper[column - 1]


def _same_header(table: Table, other: Table) -> bool:
    """The same heads in the same columns; on later pages the groups over them or the units below may be missing."""
    alike = sum(1 for column, texts in other.labels.items() if set(texts) & set(table.labels.get(column, ())))
    return alike >= 0.8 * max(len(table.labels), len(other.labels))


def _side_by_side(table: Table) -> tuple[Table, ...]:
    """A header that says everything twice or more heads as many tables beside each other."""
    columns = sorted(table.labels)
    texts = [squeeze("".join(table.labels[column])) for column in columns]
    names = [index for index, text in enumerate(texts) if text in _HEADED_BY_NAME]
    count = len(names)
    if count < 2 or len(texts) % count:
        return (table,)
    size = len(texts) // count
    if any(texts[index] != texts[index % size] for index in range(len(texts))) or size < 2:
        return (table,)
    parts = []
    for part in range(count):
        own = columns[part * size : (part + 1) * size]
        right = columns[(part + 1) * size] if part + 1 < count else table.right
        labels = {column: table.labels[column] for column in own}
        parts.append(replace(table, labels=labels, left=own[0], right=right))
    return tuple(parts)
