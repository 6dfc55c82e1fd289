"""The lines of a seed file: text in named columns, as a person keeps them in Excel or WPS.

Excel saves a CSV now in UTF-8 with a mark in front, now in GB18030; both are read. Columns are found by their heads, in any
order; a head in brackets, such as （项目名称）, is a note for the reader and is not loaded.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable

from crm.errors import RuleBroken

MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file; `number` is what Excel shows at its left."""

    file: str
    number: int
    cells: Mapping[str, str] = field(default_factory=dict)


def refusal(problems: Sequence[str]) -> RuleBroken:
    """All problems in one sentence each; past twenty only their number."""
    shown = list(problems[:MOST_PROBLEMS])
    if len(problems) > MOST_PROBLEMS:
        shown.append(f"……另有 {len(problems) - MOST_PROBLEMS} 处。")
    return RuleBroken("\n".join(["数据文件有误，什么都没有写入：", *shown]))


def read(folder: Traversable, file: str) -> list[Line]:
    """The lines of a file below its heads; blank lines are left out. Raises RuleBroken for a file that cannot be read."""
    place = folder.joinpath(file)
    if not place.is_file():
        raise refusal([f"{file}：没有这个文件。"])
    rows = list(csv.reader(io.StringIO(_text(place.read_bytes(), file), newline="")))
    heads = [head.strip() for head in rows[0]] if rows else []
    _check_heads(file, heads)
    return [
        _line(file, number, heads, row) for number, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row)
    ]


def _text(data: bytes, file: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refusal([f"{file}：不是文本文件，请在 Excel 里另存为“CSV UTF-8（逗号分隔）”。"])


def _check_heads(file: str, heads: list[str]) -> None:
    named = [head for head in heads if head]
    twice = sorted({head for head in named if named.count(head) > 1})
    if not named:
        raise refusal([f"{file} 第 1 行：没有列名。"])
    if twice:
        raise refusal([f"{file} 第 1 行：列名“{twice[0]}”出现了不止一次。"])


def _line(file: str, number: int, heads: list[str], row: list[str]) -> Line:
    surplus = [cell for cell in row[len(heads) :] if cell.strip()]
    if surplus:
        raise refusal([f"{file} 第 {number} 行：比列名多出“{surplus[0].strip()}”，格内的逗号请用中文“，”。"])
    cells = dict(zip(heads, (cell.strip() for cell in row), strict=False))
    return Line(
        file, number, {head: cells.get(head, "") for head in heads if head and not head.startswith(("（", "("))}
    )
