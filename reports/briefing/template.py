"""The office's own workbook as the briefing's template: what it asks for, what is wrong with it, and filled in for a month.

A cell holds placeholders among its words, and so does a header, a footer, a shape or the title of a chart. `{{表:重点项目}}`
alone in a cell begins a table: the row below names what goes into which column, and both rows make room for the rows of the
month, each in the style of the anchor's row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crm.errors import RuleBroken
from crm.sheets import checked_parts
from reports.briefing.default_layout import DEFAULT
from reports.briefing.facts import Briefing
from reports.briefing.layout import Layout
from reports.briefing.placeholders import (
    MARK,
    Asked,
    Table,
    asked,
    bare,
    columns_by_name,
    is_unpaired,
    meant,
    plain,
    rows_of,
    table_asked,
    written,
)
from reports.filled import Book, Cell, M, formulas, merged
from reports.passages import Header, Passage, passages
from reports.preview import as_printed
from reports.sheet import Format, Value

MOST_TOLD = 30  # problems told at once; the rest are counted
LONGEST_CELL = 32_000  # Excel's limit is 32,767


@dataclass(frozen=True, slots=True)
class Found:
    """A placeholder that is understood: where it stands, as it was written, what will stand there."""

    sheet: str
    cell: str
    text: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a template asks for, what is wrong with it, and what of it will not be as it was."""

    found: tuple[Found, ...]
    problems: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(slots=True)
class Anchor:
    """A table's place: the cell that names it, and what goes into which column, by its letters."""

    cell: Cell
    table: Table
    with_total: bool
    columns: dict[str, tuple[str, Format]]
    names: dict[str, str]


@dataclass(slots=True)
class SheetAsked:
    """One sheet as it was read."""

    name: str
    part: str
    cells: list[Cell]
    passages: list[Passage]
    anchors: list[Anchor]
    problems: list[str]


def inspected(data: bytes) -> Inspection:
    """What an upload asks for. Raises UnreadableFile for what is no .xlsx that can be filled in."""
    book = Book(checked_parts(data))
    found: list[Found] = []
    problems: list[str] = []
    lost: list[str] = []
    for sheet in _read(book):
        problems += [*sheet.problems, *_forbidden(book, sheet)]
        if sheet.anchors and book.tree(sheet.part).root.find(f"{M}legacyDrawing") is not None:
            lost.append(f"“{sheet.name}”有表格锚点，表里的批注不保留。")
        for place, text, answer in _asked_for(sheet):
            if isinstance(answer, str):
                problems.append(f"“{sheet.name}”{place}：{answer}")
            else:
                found.append(Found(sheet.name, place, f"{{{{{text}}}}}", answer.meaning))
        for anchor in sheet.anchors:
            said = "、".join(anchor.names.values())
            found.append(Found(sheet.name, anchor.cell.place, anchor.cell.text.strip(), f"逐行列出，各列：{said}"))
    if not found and not problems:
        problems.append("模板里没有占位符，请按样例写上占位符再上传。")
    return Inspection(tuple(dict.fromkeys(found)), tuple(dict.fromkeys(problems)), tuple(lost))


def ensure_usable(data: bytes) -> Inspection:
    """What the upload asks for; raises RuleBroken (field "file") with every problem that it has."""
    seen = inspected(data)
    if seen.problems:
        more = len(seen.problems) - MOST_TOLD
        told = [*seen.problems[:MOST_TOLD], *([f"另有 {more} 处。"] if more > 0 else [])]
        raise RuleBroken("\n".join(told), "file")
    return seen


def fill(data: bytes, briefing: Briefing) -> bytes:
    """The template filled in for a month. What this release does not understand stays as it was written."""
    book = Book(checked_parts(data))
    sheets = list(_read(book))
    layout = _named(sheets)
    for sheet in sheets:
        for cell, _text, _answer in _placeholders(sheet):
            value, format_ = _value(cell.text, briefing, layout)
            book.put(cell.element, value, format_)
        for passage in _pinned(book, sheet):
            passage.put(MARK, lambda found: _said(found[1], briefing, layout))
        for anchor in sorted(sheet.anchors, key=lambda one: -one.cell.row):
            rows = rows_of(anchor.table, briefing, with_total=anchor.with_total)
            keys = {key for key, _format in anchor.columns.values()}
            book.spread(sheet.name, anchor.cell.row, anchor.columns, [_bare(row, keys) for row in rows])
    return book.saved(briefing.frozen_at)


def _named(sheets: Sequence[SheetAsked]) -> Layout:
    """The sheets of this workbook by the tables they hold, so that its texts send nobody to a sheet that it has not."""
    homes = {anchor.table.sheet: sheet.name for sheet in reversed(sheets) for anchor in sheet.anchors}
    return Layout(tuple(replace(DEFAULT.sheet(key), tab=tab) for key, tab in homes.items()), is_own=True)


def _bare(row: Mapping[str, object], keys: set[str]) -> Mapping[str, Value]:
    return {key: bare(row.get(key)) for key in keys}  # type: ignore[arg-type]


def _value(text: str, briefing: Briefing, layout: Layout) -> tuple[Value, Format]:
    """What a cell says in a month: a figure where it is one placeholder alone, else its words."""
    alone = MARK.fullmatch(text.strip())
    answer = asked(alone[1]) if alone else None
    if isinstance(answer, Asked):
        return answer.value(briefing, layout)
    return MARK.sub(lambda found: _said(found[1], briefing, layout), text)[:LONGEST_CELL], Format.TEXT


def _said(name: str, briefing: Briefing, layout: Layout) -> str:
    """What a placeholder among other words says."""
    told = asked(name)
    return as_printed(*told.value(briefing, layout)) if isinstance(told, Asked) else f"{{{{{name}}}}}"


def _pinned(book: Book, sheet: SheetAsked) -> Iterator[Passage]:
    """The texts outside cells that ask for something, in trees that are written back; all other parts stay as they came."""
    wanted = {passage.part for passage in sheet.passages if MARK.search(passage.text)}
    for part in wanted:
        book.tree(part)
    return (passage for passage in passages(book, sheet.part) if MARK.search(passage.text)) if wanted else iter(())


def _read(book: Book) -> Iterator[SheetAsked]:
    texts = book.texts()
    for name, part in book.sheets().items():
        yield _sheet(name, part, list(book.cells(part, texts)), list(passages(book, part)))


def _sheet(name: str, part: str, cells: list[Cell], beside_cells: list[Passage]) -> SheetAsked:
    sheet = SheetAsked(name, part, cells, beside_cells, [], [])
    for cell in cells:
        alone = MARK.fullmatch(cell.text.strip())
        answer = table_asked(alone[1]) if alone else None
        if answer is None:
            continue
        if isinstance(answer, str):
            sheet.problems.append(f"“{name}”{cell.place}：{answer}")
        else:
            sheet.anchors.append(_anchor(sheet, cell, *answer))
    rows: dict[int, str] = {}
    for anchor in sheet.anchors:
        for row in (anchor.cell.row, anchor.cell.row + 1):
            if row in rows:
                sheet.problems.append(f"“{name}”{anchor.cell.place}：与 {rows[row]} 的锚点挤在相同的行，请上下分开。")
            rows[row] = anchor.cell.place
        beside = [c for c in cells if c.row == anchor.cell.row and c is not anchor.cell]
        if beside:
            sheet.problems.append(f"“{name}”{beside[0].place}：锚点所在的行只写锚点，其余各格请空着。")
    return sheet


def _anchor(sheet: SheetAsked, cell: Cell, table: Table, with_total: bool) -> Anchor:
    known = columns_by_name(table.name)
    anchor = Anchor(cell, table, with_total, {}, {})
    for named in (one for one in sheet.cells if one.row == cell.row + 1):
        column = known.get(plain(named.text))
        if column is None:
            near = meant(plain(named.text), [plain(written(one)) for one in table.columns])
            unknown = f"“{table.name}”没有“{named.text.strip()}”这一列{f'，{near}' if near else '。'}"
            sheet.problems.append(f"“{sheet.name}”{named.place}：{unknown}")
        else:
            anchor.columns[named.column] = (column.key, column.format)
            anchor.names[named.column] = written(column)
    if not anchor.columns and not sheet.problems:
        sheet.problems.append(f"“{sheet.name}”{cell.place}：锚点的下一行要写各列的名称，例如“项目名称”。")
    return anchor


def _asked_for(sheet: SheetAsked) -> Iterator[tuple[str, str, Asked | str]]:
    """Every placeholder outside the tables by its place, with what it means or why it means nothing."""
    for cell, text, answer in _placeholders(sheet):
        yield cell.place, text, answer
    for passage in sheet.passages:
        for text in MARK.findall(passage.text):
            answer = asked(text)
            is_cut = isinstance(passage, Header) and isinstance(answer, Asked) and answer.is_long
            yield (
                passage.place,
                text,
                f"页眉页脚里放不下“{text.strip()}”，请写在单元格或文本框里。" if is_cut else answer,
            )
    told = (*((cell.place, cell.text) for cell in sheet.cells), *((one.place, one.text) for one in sheet.passages))
    for place, text in told:
        if is_unpaired(text):
            yield place, text, "占位符的括号要半角、成对，前后各两个，例如 {{月份}}。"


def _placeholders(sheet: SheetAsked) -> Iterator[tuple[Cell, str, Asked | str]]:
    """Every placeholder outside the tables, with what it means or why it means nothing."""
    taken = {row for anchor in sheet.anchors for row in (anchor.cell.row, anchor.cell.row + 1)}
    for cell in sheet.cells:
        if cell.row in taken:
            continue
        alone = MARK.fullmatch(cell.text.strip())
        if alone and table_asked(alone[1]) is not None:
            continue  # told as an anchor
        for text in MARK.findall(cell.text):
            yield cell, text, asked(text)


def _forbidden(book: Book, sheet: SheetAsked) -> list[str]:
    """What cannot be filled in beside the words: formulas, and what tables would tear apart."""
    root = book.tree(sheet.part).root
    told = [f"“{sheet.name}”{place}：简报只写数值，请把公式换成占位符，或改成数值。" for place in formulas(root)]
    for anchor in sheet.anchors:
        at = anchor.cell.row
        if any(first <= at + 1 and last >= at for first, last in merged(root)):
            told.append(f"“{sheet.name}”{anchor.cell.place}：锚点和它下一行里不能有合并的单元格。")
    if sheet.anchors and root.find(f"{M}tableParts") is not None:
        told.append(f"“{sheet.name}”：有表格锚点的表里不能有 Excel 的“表格”对象，请先转换为区域。")
    return told
