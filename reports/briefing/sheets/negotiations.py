"""在谈项目情况表: what is being negotiated at the cut-off, the largest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from crm.rules.figures import yi as printed_yi
from reports.briefing import words
from reports.briefing.facts import Briefing, Negotiation, Outlook
from reports.briefing.groups import large_negotiations, total
from reports.briefing.layout import Audience, Layout, SheetLayout, prepared
from reports.briefing.sheets.frame import Frame, Shown, Values
from reports.briefing.sheets.values import yi
from reports.sheet import Canvas, Look, Sheet

OUTLOOK_LOOKS = {
    Outlook.TO_SIGN: Look.STATE_BLUE,
    Outlook.PRIORITY: Look.STATE_GREEN,
    Outlook.FOLLOW: Look.BODY,
    Outlook.PENDING: Look.STATE_YELLOW,
    Outlook.PAUSED: Look.STATE_GREY,
}


def build(briefing: Briefing, layout: SheetLayout, audience: Audience, _whole: Layout) -> Sheet:
    """The sheet, with a line that counts above the head."""
    columns = prepared(layout, audience)
    frame = Frame(briefing, layout, columns, Canvas(tuple(column.width for column in columns)))
    frame.open(words.cut_off(briefing), f"单位：{layout.unit}")
    frame.line(summary(briefing.negotiations), Look.PROSE_HEAD, 12, 26)
    frame.heads()
    first = frame.row
    for serial, row in enumerate(briefing.negotiations, 1):
        frame.body(values(row, serial))
    if not briefing.negotiations:
        frame.empty("本月无在谈项目")
    last = frame.row - 1
    frame.close([_note(frame)])
    return frame.sheet(frame.page(repeat=(2, first - 1), freeze_row=first, filter_row=first - 1, last=last))


def _note(frame: Frame) -> str:
    """What the reader must know; of columns that are not listed nothing."""
    phone, outlook = frame.called("phone"), frame.called("outlook")
    told = (
        f"{phone}在传阅件中隐去中间四位，原件由主办人保管。" if phone else "",
        "基金类项目的金额为认缴规模，不计入固定资产投资目标。",
        "30天以上未更新进度的项目由系统提示" + (f"，{outlook}为“暂缓”的须注明复核时间。" if outlook else "。"),
    )
    return "注：" + "".join(f"{number}. {text}" for number, text in enumerate(filter(None, told), 1))


def values(row: Negotiation, serial: int) -> Values:
    """The cells of a project by column key."""
    return {
        "serial": serial,
        "name": row.name,
        "investor": row.investor,
        "fixed": yi(row.fixed_yuan),
        "profile": row.profile,
        "content": row.content,
        "site": row.site,
        "contact": row.contact,
        "phone": row.phone,
        "area": row.area,
        "progress": row.progress,
        "category": row.category,
        "outlook": Shown(row.outlook.label, OUTLOOK_LOOKS[row.outlook]),
        "code": row.code,
        "origin": row.origin,
        "capital": row.capital.label if row.capital else "",
        "industry": row.industry,
        "total": yi(row.total_yuan),
        "expected_sign": row.expected_sign_on,
        "unit": row.unit,
        "officer": row.officer,
    }


def summary(rows: Sequence[Negotiation]) -> str:
    """共上报在谈项目20个（新增6个），其中产业类11个……；固定资产投资5亿元以上7个，合计82.10亿元。"""
    if not rows:
        return "共上报在谈项目0个。"
    kinds = Counter(row.category for row in rows if row.category).most_common()
    new = sum(1 for row in rows if row.is_new)
    large = large_negotiations(rows)
    parts = [f"共上报在谈项目{len(rows)}个" + (f"（新增{new}个）" if new else "")]
    if kinds:
        parts.append("，其中" + "、".join(f"{kind}{count}个" for kind, count in kinds))
    if large:
        parts.append(f"；固定资产投资5亿元以上{len(large)}个，合计{printed_yi(total(r.fixed_yuan for r in large))}亿元")
    return "".join(parts) + "。"
