"""编制说明: what is counted and how, the lights, what is missing or was adjusted, who compiled it."""

from __future__ import annotations

from collections.abc import Sequence

from crm.rules.figures import percent, printed, wan, yi
from crm.rules.lights import Thresholds, both
from reports.briefing import words
from reports.briefing.default_layout import DEFAULT
from reports.briefing.facts import Adjustment, Briefing, Converted, KeyProject, LeftOut, Line, RateUsed
from reports.briefing.layout import Audience, Layout, SheetLayout, prepared
from reports.briefing.sheets.frame import Frame, filled, page_of
from reports.sheet import Align, Canvas, Edge, Look, Sheet, Style

Item = tuple[str, str]
RATES_NAMED, RELOCATED_NAMED = 4, 5
CORRECTED = "“对往期调整”"  # an item of the third chapter
NAMED = 3  # adjustments told here; all of them have a sheet of their own
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"


def build(briefing: Briefing, layout: SheetLayout, audience: Audience, whole: Layout) -> Sheet:
    """Prose in a table, one page where it fits."""
    columns = prepared(layout, audience)
    frame = Frame(briefing, layout, columns, Canvas(tuple(column.width for column in columns)))
    frame.canvas.put(
        1, 1, filled(layout.title, briefing), Style(Look.TITLE, 22, Align.CENTER, edge=Edge.NONE), across=3
    )
    frame.canvas.height(1, 42)
    frame.canvas.put(2, 1, _subtitle(briefing), Style(Look.KAI, 12, Align.CENTER, edge=Edge.NONE), across=3)
    frame.canvas.height(2, 24)
    frame.row = 3
    frame.heads()
    for number, (title, items) in enumerate(chapters(briefing, whole), 1):
        frame.group(Look.GROUP, words.numeral(number), title, {})
        for serial, (item, text) in enumerate(items, 1):
            frame.body({"serial": serial, "item": item, "text": text})
    return frame.sheet(page_of(layout, repeat=(3, 3)))


def chapters(briefing: Briefing, whole: Layout = DEFAULT) -> list[tuple[str, list[Item]]]:
    """The four chapters with their items; sheets are called what they are called in the workbook."""
    corrected = whole.tab_of("adjustments")
    return [
        ("统计口径", _definitions(briefing)),
        ("亮灯规则", _lights(briefing)),
        ("数据质量与调整", _quality(briefing, corrected)),
        ("编制与保密", _compiling(briefing)),
    ]


def _subtitle(briefing: Briefing) -> str:
    state = "正式" if briefing.edition.number else "预览"
    return f"{words.edition(briefing)}{words.SPACE * 2}数据时点：{words.frozen_on(briefing)}{words.SPACE * 2}本期版本：{state}"


def _definitions(briefing: Briefing) -> list[Item]:
    n = briefing.month.number
    demo = "；演示数据，不作为任何统计依据" if briefing.is_demo else ""
    own = [row for row in briefing.key_projects if row.has_own_curve]
    names = words.listed((f"{row.name}{percent(row.due_share)}" for row in own), 3)
    curves = (f"，本期适用项目{len(own)}个（{names}）" if own else "，本期无适用项目") + _sums(briefing)
    return [
        ("统计范围", f"全区招商引资项目及列入省、市、区、经开区年度计划的重点项目{demo}。"),
        (
            "统计截止",
            f"业务日期截至{words.long_day(briefing.month.last)}，以{words.frozen_on(briefing)}的核定数为准；此后的更正列入下期{CORRECTED}。",
        ),
        ("签约项目", "已签订正式投资协议并经核定；框架协议、意向书另列，不计入个数和金额；补充协议只计增资额。"),
        ("剔重规则", "一个项目列入多个级别的，合计只计一次；分期建设的按期分列，母项目不重复计算。"),
        ("总投资", "项目计划总投资，含固定资产投资和铺底流动资金；以亿元为单位，保留2位小数。"),
        (
            "外资",
            f"合同外资以万美元列示，为总投资的其中项，不折算并入亿元；{_rates(briefing.rates)}{_foreign(briefing)}",
        ),
        ("序时进度", f"月末按n÷12计算，{n}月为{percent(briefing.due_share)}；备有分月计划的按分月计划{curves}。"),
        ("完成率", "年度累计完成÷年度计划；目标为空或为零的记“—”，可以超过100%。"),
        ("同比", "（本年－上年同期）÷上年同期；上年同期为零的记“—”，下降记“−”。上年同期有已签发数的取签发数。"),
    ]


def _sums(briefing: Briefing) -> str:
    return "；小计与合计按各项目应完成数之和计算，未到计划开工月份的同样计入" if briefing.sums_follow_plans else ""


def _rates(rates: Sequence[RateUsed]) -> str:
    if not rates:
        return "本期无需折算。"
    shown = "；".join(
        f"1{rate.currency.label}＝{_rate(rate)}元人民币（{'，'.join(part for part in (str(rate.rate_on), rate.source) if part)}）"
        for rate in rates
    )
    return f"原币与折算并存，折算汇率：{shown}。"


def _foreign(briefing: Briefing) -> str:
    """What the year's foreign money is worth, each amount at the rate of its own day; nothing where there is none."""
    if not briefing.converted:
        return ""
    told = "；".join(_worth(line) for line in briefing.converted)
    return f"{words.span(briefing.month)}{told}。折合数仅供参照，不计入各表。"


def _worth(line: Converted) -> str:
    amount = f"{line.label}{wan(line.amount)}万{line.currency.label}"
    if line.yuan is None:
        return f"{amount}，无登记汇率，不折合"
    used = "、".join(f"{_rate(rate)}（{rate.rate_on:%Y.%m.%d}）" for rate in line.rates[:RATES_NAMED])
    more = f"等{len(line.rates)}个汇率" if len(line.rates) > RATES_NAMED else ""
    rest = f"，另有{wan(line.unconverted)}万{line.currency.label}无登记汇率、未折合" if line.unconverted else ""
    return f"{amount}，按各笔当日汇率折合{yi(line.yuan)}亿元（1{line.currency.label}＝{used}{more}）{rest}"


def _rate(rate: RateUsed) -> str:
    # Two to four places: 7.10, 0.9128
    exact = printed(rate.yuan, 4)
    return exact.removesuffix("0").removesuffix("0")


def _lights(briefing: Briefing) -> list[Item]:
    marks = briefing.thresholds
    five = marks.serious_points is not None
    changed = [row for row in briefing.key_projects if words.set_by_hand(row)]
    return [
        (
            "五色亮灯" if five else "红、黄、绿、蓝",
            f"较序时（百分点）{'；'.join(f'{span}为{light}灯' for light, span in words.light_marks(marks))}。"
            + ("蓝为超前，绿为正常，黄为滞后，橙为严重滞后，红为停滞。" if five else "")
            + f"超计划开工{marks.start_overdue_days}天以上未开工，{_not_started(marks)}或有红色督办事项未办结的，为红灯。"
            + f"{_running(marks)}较序时按四舍五入后的一位小数判定；当月未报送的沿用上月累计数。",
        ),
        ("不亮灯", "未到计划开工月份或无年度计划投资的项目记“—”，不计入亮灯统计。"),
        (
            "人工调整",
            "只可调高警示等级；调低须由领导说明理由；只对当月有效，并同时列示系统结果与调整结果。"
            + (f"本期调整{len(changed)}个（{'；'.join(map(_by_hand, changed))}）。" if changed else "本期无人工调整。"),
        ),
    ]


def _not_started(marks: Thresholds) -> str:
    return f"或连续{marks.months_not_started}个月未按计划开工，" if marks.months_not_started else ""


def _running(marks: Thresholds) -> str:
    if not marks.months_behind:
        return ""
    graver = "黄转红" if marks.serious_points is None else "黄转橙、橙转红"
    return f"年度内连续{marks.months_behind}个月滞后的，加重一档（{graver}）。"


def _by_hand(row: KeyProject) -> str:
    assert row.system_light is not None  # of those set by hand
    said = (f"{row.name}：{both(row.system_light, row.light)}", row.light_note, row.light_by)
    return "，".join(part for part in said if part)


def _quality(briefing: Briefing, corrected: str) -> list[Item]:
    owed = [row.name for row in briefing.key_projects if not row.reported]
    month = briefing.month.number
    missing = (
        f"{words.listed(owed, 5)}{month}月进度未按时报送，当月列“未报”，累计沿用上月核定数；"
        f"补报后列入下期{corrected or CORRECTED}。"
        if owed
        else "本月重点项目均已报送。"
    )
    return [
        ("未报送", missing),
        ("已报未核", _unverified(briefing)),
        *((("未计入", _left_out(briefing)),) if briefing.left_out else ()),
        *((("市内平移", _relocated(briefing)),) if briefing.relocated else ()),
        ("对往期调整", _adjustments(briefing, corrected)),
        ("退库（流失）", _withdrawals(briefing)),
        ("符号", "空白＝无此项；“—”＝不适用或无法计算；“未报”“未报送”＝应报未报；0＝实际为零。"),
        ("四舍五入", "各表合计按未取舍数汇总后取舍，与分项之和可能略有差异。"),
    ]


def _unverified(briefing: Briefing) -> str:
    pending = [entry for entry in briefing.unverified if entry.count]
    if not pending:
        return "截至数据时点无已报未核事项。"
    shown = "、".join(
        f"{entry.label}{entry.count}个" + (f"（{yi(entry.amount_yuan)}亿元）" if entry.amount_yuan is not None else "")
        for entry in pending
    )
    return f"另有已报未核：{shown}，均未计入各表。"


def _left_out(briefing: Briefing) -> str:
    """The ledger in one sentence a figure: why so many records, worth so much, are in none of the tables."""
    figures: dict[str, list[LeftOut]] = {}
    for line in briefing.left_out:
        figures.setdefault(line.label, []).append(line)
    told = "；".join(f"{label}——{'、'.join(_reason(line) for line in lines)}" for label, lines in figures.items())
    return f"{words.span(briefing.month)}报送而未计入各表的：{told}。逐条见系统“未计入台账”。"


def _reason(line: LeftOut) -> str:
    amount = ""
    if line.amount:
        amount = f"（{wan(line.amount)}万美元）" if line.is_usd else f"（{yi(line.amount)}亿元）"
    return f"{line.reason}{line.count}条{amount}"


def _relocated(briefing: Briefing) -> str:
    rows = briefing.relocated
    amount = sum(row.total_yuan or 0 for row in rows)
    named = "、".join(
        f"{row.name}（{words.short_day(row.signed_on)}"
        + (f"，{yi(row.total_yuan)}亿元）" if row.total_yuan is not None else "）")
        for row in rows[:RELOCATED_NAMED]
    )
    more = f"等{len(rows)}个" if len(rows) > RELOCATED_NAMED else ""
    return f"{words.span(briefing.month)}签约项目中属市内平移、不计入的{len(rows)}个，总投资{yi(amount)}亿元：{named}{more}。"


def _adjustments(briefing: Briefing, corrected: str) -> str:
    rows = briefing.adjustments
    if not rows:
        return "本期无对往期数据的调整。"
    said = [f"{_circled(n)}{_adjustment(row)}" for n, row in enumerate(rows[:NAMED], 1)]
    others = f"；其余{len(rows) - NAMED}项见“{corrected}”" if corrected else f"；另有{len(rows) - NAMED}项"
    more = others if len(rows) > NAMED else ""
    return "；".join(said) + f"{more}。往期简报不改动。"


def _adjustment(row: Adjustment) -> str:
    item = f"{row.month}{f'“{row.name}”' if row.name else ''}{row.item}"
    return f"{item}由{row.old}调整为{row.new}，差额{row.difference}，{row.reason}"


def _withdrawals(briefing: Briefing) -> str:
    count = briefing.figures(Line.WITHDRAWN).count.year or 0
    rows, span = briefing.withdrawals, words.span(briefing.month)
    if not rows:
        return f"本月无退库项目（{span}累计{count}个）。"
    named = "；".join(
        f"{row.name}"
        + (f"（{yi(row.total_yuan)}亿元）" if row.total_yuan is not None else "")
        + (f"，{row.reason}" if row.reason else "")
        for row in rows[:5]
    )
    more = f"等{len(rows)}个" if len(rows) > 5 else ""
    return f"{briefing.month.number}月退库{len(rows)}个：{named}{more}。原签约月份数据不变，在退库当月单列。"


def _compiling(briefing: Briefing) -> list[Item]:
    office = briefing.office
    people = (("填表人", office.compiler), ("审核人", office.reviewer), ("签发", office.head))
    named = "；".join(f"{label}：{name}" for label, name in people if name)
    return [
        ("填报、审核", f"{named}。" if named else "待填报、审核。"),
        ("传阅范围", "仅限分送单位内部使用；传阅件隐去联系电话；涉密项目按知悉范围处理，名称和明细不在传阅件列示。"),
        (
            "导出记录",
            f"每次导出记录导出人、时间和版本。{f'系统版本：{briefing.version}。' if briefing.version else ''}",
        ),
    ]


def _circled(number: int) -> str:
    return CIRCLED[number - 1] if number <= len(CIRCLED) else f"（{number}）"
