"""Which sheets hold projects: not statistics, not pivots, not lists of options, not a form for one project."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from crm.rules.ledger.cells import Cell, Sheet, is_number, show
from crm.rules.ledger.fields import Field
from crm.rules.ledger.headers import match_header
from crm.rules.ledger.tables import Table
from crm.rules.ledger.text import is_nothing, squeeze

PROVINCES = frozenset(
    re.findall(
        r"\S+",
        "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南"
        " 四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门",
    )
)
_REGION_TAIL = re.compile(r"(?:壮族|回族|维吾尔)?(?:自治区|特别行政区|省|市)$")
_PIVOT = re.compile(r"求和项|计数项|平均值项|行标签|列标签|\(空白\)|数据透视")
_COUNTED = re.compile(
    r".{0,6}(?:个数|项目数|数量|户数|项数|项目数量|项目总数)(?:\(.{1,3}\))?(?:汇总|合计)?|项目数?\(个\)|个|项"
)
_STATISTICS = re.compile(r"汇总表|统计表|分析表|对比表|分类表|汇总$|统计$")
_FORM_LABELS = 4


def cells_of(sheet: Sheet) -> Iterator[Cell]:
    """Every cell that holds something."""
    return (cell for row in sheet.rows for cell in row if cell is not None and cell != "")


def is_empty(sheet: Sheet) -> bool:
    """Whether no cell of the sheet holds anything."""
    return next(cells_of(sheet), None) is None


def why_not_a_list(sheet: Sheet, tables: Sequence[Table]) -> str:
    """Why a sheet is no list of projects; empty if it may be one. `tables` are those with a header."""
    texts = [squeeze(cell) for row in sheet.rows[:60] for cell in row if isinstance(cell, str)]
    if any(_PIVOT.search(text) for text in texts):
        return "是数据透视表，不是项目清单"
    if tables and not any(_has_names(table) for table in tables) and any(_counts(table) for table in tables):
        return "是统计汇总表（按类别、单位或地区统计个数），不是项目清单"
    if tables and _names_regions(sheet, tables):
        return "每行是一个地区，是各地汇总表，不是项目清单"
    if not tables and _is_form(sheet):
        return "像是单个项目的登记表，不是清单，请用每行一个项目的表"
    if not tables and (
        _has_count_head(texts) or any(_STATISTICS.search(text) for text in (squeeze(sheet.name), *texts[:2]))
    ):
        return "是统计汇总表，不是项目清单"
    return ""


def _heads(table: Table) -> list[str]:
    return [squeeze("".join(path)) for path in table.labels.values()]


def _has_names(table: Table) -> bool:
    return any(
        candidate.field is Field.PROJECT_NAME and candidate.score >= 0.55
        for path in table.labels.values()
        for candidate in match_header(*path)[:1]
    )


def _counts(table: Table) -> bool:
    return any(_COUNTED.fullmatch(squeeze(text)) for path in table.labels.values() for text in path)


def _has_count_head(texts: Sequence[str]) -> bool:
    return any(re.fullmatch(r"(?:项目)?个数|项目数量?", text) for text in texts)


def _names_regions(sheet: Sheet, tables: Sequence[Table]) -> bool:
    """Most of what stands under 项目名称 are provinces."""
    for table in tables:
        column = next(
            (
                c
                for c, path in table.labels.items()
                if (found := match_header(*path)) and found[0].field is Field.PROJECT_NAME
            ),
            None,
        )
        if column is None:
            continue
        names = [
            squeeze(row[column])
            for row in sheet.rows[table.start : table.end]
            if column < len(row) and isinstance(row[column], str) and not is_nothing(str(row[column]))
        ]
        provinces = sum(1 for name in names if _is_province(name))
        regions = sum(1 for name in names if _REGION.fullmatch(name))
        if len(names) >= 3 and (provinces >= 0.6 * len(names) or regions >= 0.9 * len(names)):
            return True
    return False


def _is_province(name: str) -> bool:
    return name in PROVINCES or _REGION_TAIL.sub("", name) in PROVINCES


_REGION = re.compile(
    r"[\u4e00-\u9fff]{1,4}(?:省|市|自治[区州县]|[州盟旗县]|地区)|[\u4e00-\u9fff]{2}[区镇乡]|[\u4e00-\u9fff]{2,3}街道"
)


def _is_form(sheet: Sheet) -> bool:
    """Labels one under another, each with its value beside it."""
    for column in range(4):
        below = [show(row[column]) for row in sheet.rows[:40] if column < len(row) and isinstance(row[column], str)]
        labels = {found[0].field for text in below if (found := match_header(text)) and found[0].score >= 0.9}
        if len(labels) >= _FORM_LABELS and len(labels) >= 0.5 * len(below):
            return True
    return False


def is_option_list(sheet: Sheet) -> bool:
    """Short words in columns of different lengths, no numbers: the choices of a drop-down."""
    cells = list(cells_of(sheet))
    if any(is_number(cell) and not _is_year(cell) for cell in cells):
        return False
    texts = [squeeze(show(cell)) for cell in cells]
    return bool(texts) and sum(map(len, texts)) / len(texts) <= 6.5 and max(map(len, texts)) <= 20


def _is_year(cell: Cell) -> bool:
    return isinstance(cell, int) and 1990 <= cell <= 2060
