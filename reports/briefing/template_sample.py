"""The sample of a template, made on demand from the list of placeholders: what an office begins with."""

from __future__ import annotations

from datetime import datetime

from reports import workbook
from reports.briefing.placeholders import FIGURE, SPANS, TABLE, TABLES, WITH_TOTAL, WORDS, Table, figures, written
from reports.sheet import Align, Canvas, Edge, Faces, Footer, Format, Look, Margins, Page, Paper, Sheet, Style

HEAD, BODY = Style(Look.HEAD, 11, Align.CENTER), Style(Look.BODY, 11)
SHOWN = {
    "重点项目": (
        "serial",
        "name",
        "builder",
        "total",
        "plan",
        "done",
        "rate",
        "progress",
        "problem",
        "light",
        "person",
    ),
    "签约项目": ("serial", "name", "investor", "origin", "industry", "total", "signed", "officer"),
}


def sample(moment: datetime) -> bytes:
    """The workbook: a cover, two tables, and everything that may be asked for."""
    sheets = [_cover(), *(_table(TABLES[name], keys) for name, keys in SHOWN.items()), _manual()]
    return workbook.render(sheets, workbook.Properties("简报模板样例", "", moment), Faces())


def mark(text: str) -> str:
    """A placeholder as it is written into a cell."""
    return f"{{{{{text}}}}}"


def _sheet(name: str, canvas: Canvas, paper: Paper) -> Sheet:
    footer = Footer(mark("填报单位"), mark("月份"))
    return Sheet(name, canvas, Page(paper, Margins(18, 18, 18, 18), 100), footer, len(canvas.widths))


def _cover() -> Sheet:
    canvas = Canvas((28, 17, 17, 17))
    bare = Style(Look.PROSE, 14, edge=Edge.NONE)
    title = Style(Look.RED_TITLE, 24, Align.CENTER, edge=Edge.NONE)
    canvas.put(1, 1, f"{mark('开发区')}重点项目月报", title, across=4)
    canvas.put(2, 1, mark("期号"), Style(Look.KAI, 12, Align.CENTER, edge=Edge.NONE), across=4)
    figure = f"{FIGURE}:signed_count:"
    text = (
        f"截至{mark('月份')}底，实施重点项目{mark('重点项目数')}个，总投资{mark('总投资')}亿元；"
        f"{mark('累计月份')}签约{mark(figure + '本年')}个，同比{mark(figure + '同比')}。"
    )
    canvas.put(3, 1, text, bare, across=4)
    for column, head in enumerate(("指标", "本月", "本年", "完成率"), 1):
        canvas.put(4, column, head, HEAD)
    for row, key in enumerate(("signed_count", "signed_total_yuan", "started_count"), 5):
        found = next(one for one in figures() if one.key == key)
        canvas.put(row, 1, f"{found.name}（{found.unit.label}）", BODY)
        for column, span in enumerate(("本月", "本年", "完成率"), 2):
            canvas.put(row, column, mark(f"{FIGURE}:{key}:{span}"), Style(Look.BODY, 11, Align.RIGHT))
    canvas.put(8, 1, f"{mark('填报单位')}　数据时点：{mark('数据时点')}", bare, across=4)
    for row, height in enumerate((48, 24, 66, 26, 24, 24, 24, 44), 1):
        canvas.height(row, height)
    return _sheet("封面", canvas, Paper.A4_PORTRAIT)


def _table(table: Table, keys: tuple[str, ...]) -> Sheet:
    known = {column.key: column for column in table.columns}
    columns = [known[key] for key in keys]
    canvas = Canvas(tuple(max(column.width * (1.8 if column.align is Align.LEFT else 1), 10) for column in columns))
    canvas.put(
        1,
        1,
        f"{table.name}（{mark('月份')}）",
        Style(Look.TITLE, 18, Align.CENTER, edge=Edge.NONE),
        across=len(columns),
    )
    option = f"|{WITH_TOTAL}" if table.sums else ""
    for index, column in enumerate(columns, 1):
        canvas.put(2, index, written(column), HEAD)
        canvas.put(
            3, index, mark(f"{TABLE}:{table.name}{option}") if index == 1 else None, Style(Look.BODY, 11, column.align)
        )
        canvas.put(4, index, written(column), BODY)
    for row, height in ((1, 40), (2, 40), (3, 24), (4, 24)):
        canvas.height(row, height)
    return _sheet(table.name, canvas, Paper.A3_LANDSCAPE)


def _manual() -> Sheet:
    """Every name without its braces, so that the sample can be uploaded as it is."""
    canvas = Canvas((26, 46, 60))
    lines: list[tuple[str, str, str]] = [("写法（放在两对大括号里）", "填上什么", "说明")]
    lines += [(name, word.meaning, "") for name, word in WORDS.items()]
    lines += [
        (
            f"{FIGURE}:{one.key}:本年",
            f"{one.name}（{one.unit.label}）",
            "期末数" if one.source.at_end else "、".join(SPANS),
        )
        for one in figures()
    ]
    lines += [
        (
            f"{TABLE}:{table.name}" + (f" 或 {TABLE}:{table.name}|{WITH_TOTAL}" if table.sums else ""),
            "逐行列出；锚点的下一行写各列的名称",
            "、".join(written(column) for column in table.columns),
        )
        for table in TABLES.values()
    ]
    for row, line in enumerate(lines, 1):
        for column, text in enumerate(line, 1):
            canvas.put(row, column, text, HEAD if row == 1 else Style(Look.BODY, 10, format=Format.TEXT))
        canvas.height(row, 26 if row == 1 or not line[2] or len(line[2]) < 60 else 80)
    return _sheet("占位符", canvas, Paper.A4_PORTRAIT)
