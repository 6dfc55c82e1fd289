"""The layout the briefing has until an office changes it: briefing/design.md §3 and §4, column by column."""

from __future__ import annotations

from dataclasses import replace

from reports.briefing.layout import COVER_MARGINS, NOTES_MARGINS, Audience, Column, Layout, SheetLayout
from reports.sheet import Align, Format, Paper

L, C, R = Align.LEFT, Align.CENTER, Align.RIGHT
BASE, MONEY, LAST_YEAR = "基本情况", "投资完成情况（亿元）", "上年同期"
START, LOOKS, PROBLEMS, DUTY = "开工情况", "形象进度", "问题与计划", "责任分工"


def _asked(
    key: str, head: tuple[str, ...], width: float, align: Align = C, format_: Format = Format.TEXT, cap: int = 60
) -> Column:
    """A column of the catalogue: there for an office that asks for it."""
    return Column(key, head, width, align, format_, visible=False, optional=True, cap=cap)


COVER = SheetLayout(
    key="cover",
    tab="封面综述",
    title="重点项目推进月度工作简报",
    unit="亿元",
    widths=(15.5, 10.2, 11.5, 11.5, 10.2, 11.2, 10.2),
    paper=Paper.A4_PORTRAIT,
    margins=COVER_MARGINS,
    zoom=100,
    body_size=15,
)

KEY_PROJECTS = SheetLayout(
    key="key_projects",
    tab="重点项目推进情况表",
    title="{zone}重点项目推进情况表（{month}）",
    unit="亿元、万美元、亩、㎡",
    columns=(
        Column("serial", ("序号",), 4, C, Format.COUNT, locked=True),
        Column("name", (BASE, "项目名称"), 13.4, strong=True, locked=True),
        _asked("code", (BASE, "项目编号"), 11),
        Column("builder", (BASE, "建设单位\n（投资方）"), 12.6),
        _asked("origin", (BASE, "来源地"), 7),
        _asked("capital", (BASE, "内/\n外资"), 5),
        Column("lists", (BASE, "项目\n级别"), 6.8, C),
        Column("industry", (BASE, "所属\n产业"), 6.8, C),
        _asked("industry_group", (BASE, "产业\n类别"), 8),
        Column("area", (BASE, "建设\n地点/\n片区"), 6.8, C),
        Column("site", (BASE, "用地(亩)\n/载体\n(㎡)"), 8, C),
        Column("content", (BASE, "主要建设内容及规模"), 22, cap=80),
        Column("total", (BASE, "总投资\n(亿元)"), 7.2, R, Format.YI),
        _asked("fixed", (BASE, "其中\n固投\n(亿元)"), 7.2, R, Format.YI),
        Column("foreign", (BASE, "其中\n外资\n(万美元)"), 7.6, R, Format.COUNT),
        Column("years", (BASE, "建设\n起止\n年限"), 6.2, C),
        Column("plan", (MONEY, "年度\n计划\n投资"), 7, R, Format.YI),
        Column("month", (MONEY, "本月\n完成\n投资"), 6.5, R, Format.YI),
        Column("done", (MONEY, "{span}\n累计\n完成"), 7, R, Format.YI),
        Column("rate", (MONEY, "年度\n完成率\n(%)"), 7.4, R, Format.RATE, number="{done}÷{plan}"),
        _asked("due_share", (MONEY, "序时\n进度\n(%)"), 6.5, R, Format.RATE),
        Column("deviation", (MONEY, "较序时\n进度\n(百分点)"), 7.6, R, Format.POINTS, number="{rate}−{due}"),
        Column("since_start", (MONEY, "开工\n以来\n累计"), 7, R, Format.YI),
        Column("last_year", (MONEY, LAST_YEAR, "累计"), 6.6, R, Format.YI),
        Column("change", (MONEY, LAST_YEAR, "同比\n(%)"), 8, R, Format.CHANGE, shares_number=True),
        Column("planned_start", (START, "计划\n开工\n时间"), 7.4, C, Format.MONTH),
        Column("started", (START, "实际\n开工\n时间"), 7.4, C, Format.MONTH),
        _asked("start_days", (START, "开工\n天数"), 6, C, Format.COUNT),
        _asked("finish", (START, "计划\n竣工\n时间"), 7.4, C, Format.MONTH),
        _asked("production", (START, "计划\n投产\n时间"), 7.4, C, Format.MONTH),
        Column("goal", (LOOKS, "年度目标\n形象进度"), 14),
        Column("progress", (LOOKS, "本月\n形象进度"), 15),
        Column("problem", (PROBLEMS, "存在问题"), 15.5),
        Column("request", (PROBLEMS, "需协调事项\n及建议"), 15.5),
        Column("next_plan", (PROBLEMS, "下月计划"), 14),
        Column("light", ("亮灯",), 4.4, C, locked=True),
        _asked("light_reasons", ("亮灯原因",), 14, L),
        Column("leader", (DUTY, "挂钩\n领导"), 7, C),
        Column("unit", (DUTY, "责任\n单位"), 9, C),
        Column("person", (DUTY, "责任人"), 7, C),
        Column("phone", (DUTY, "联系\n电话"), 13, C, Format.PHONE, audience=Audience.OFFICE, shares_number=True),
        Column("note", ("备注",), 12.5),
    ),
    head_heights=(22, 27, 30),
    ordinal_height=16,
    floor=50,
    head_size=10.5,
)

SIGNED = SheetLayout(
    key="signed",
    tab="签约项目一览表",
    title="签约项目一览表（{span_of_year}）",
    unit="亿元、万美元、万元",
    columns=(
        Column("serial", ("序号",), 5, C, Format.COUNT, locked=True),
        Column("name", ("项目名称",), 35, locked=True),
        _asked("code", ("项目编号",), 12),
        Column("investor", ("投资方",), 37),
        Column("origin", ("来源地", "省市/国别"), 10, C),
        Column("capital", ("来源地", "内/外资"), 7.5, C),
        Column("industry", ("产业",), 14, C),
        _asked("area", ("片区",), 10),
        _asked("content", ("主要建设内容",), 30, L, cap=80),
        Column("total", ("投资规模", "总投资\n（亿元）"), 9.5, R, Format.YI),
        Column("foreign", ("投资规模", "合同外资\n(万美元)"), 10, R, Format.COUNT),
        Column("fixed", ("投资规模", "其中固投\n（亿元）"), 10, R, Format.YI),
        Column("registered", ("投资规模", "注册资本\n（万元）"), 10.5, R, Format.COUNT),
        Column("contract", ("协议", "协议类型"), 10, C),
        Column("signed", ("协议", "签约日期"), 11.5, C, Format.DAY),
        Column("site", ("用地/载体",), 12, C),
        _asked("unit", ("责任单位",), 12),
        Column("officer", ("主办人",), 9, C),
        Column("node", ("进展", "节点"), 7, C),
        Column("started", ("进展", "开工时间"), 11.5, C, Format.DAY),
        _asked("planned_start", ("进展", "计划开工"), 11.5, C, Format.DAY),
        _asked("signed_days", ("签约\n天数",), 7, C, Format.COUNT),
        Column("note", ("备注",), 32),
    ),
    head_heights=(22, 34),
    group_height=23,
    floor=29.5,
)

NEGOTIATIONS = SheetLayout(
    key="negotiations",
    tab="在谈项目情况表",
    title="在谈项目情况表（{month}）",
    unit="亿元",
    columns=(
        Column("serial", ("序号",), 4.73, C, Format.COUNT, locked=True),
        Column("name", ("项目名称",), 23.56, strong=True, locked=True),
        _asked("code", ("项目编号",), 12),
        Column("investor", ("投资方",), 21.08),
        _asked("origin", ("来源地",), 9),
        _asked("capital", ("内/外资",), 7),
        _asked("industry", ("产业",), 12),
        _asked("total", ("总投资\n(亿元)",), 10.5, R, Format.YI),
        Column("fixed", ("固定资产\n投资(亿元)",), 10.5, R, Format.YI),
        Column("profile", ("投资方简介",), 35.96),
        Column("content", ("项目内容",), 33.48),
        Column("site", ("需用土地\n/载体",), 18.9, C),
        Column("contact", ("企业\n联系人",), 8.93, C),
        Column("phone", ("联系方式",), 13.65, C, Format.PHONE),
        Column("area", ("意向片区",), 10.5, C),
        Column("progress", ("进度备注",), 40.92),
        Column("category", ("产业\n类型",), 8.4, C),
        Column("outlook", ("研判结果",), 14.18, C),
        _asked("expected_sign", ("预计签约",), 11.5, C, Format.DAY),
        _asked("unit", ("责任单位",), 12),
        _asked("officer", ("主办人",), 9),
    ),
)

_WAITING_WIDTHS = (5, 33, 33, 13, 10, 12.5, 8.5, 12.5, 8.5, 12, 36, 46, 14, 9, 7)


def _waiting(
    since: str, days: str, due: str, step: tuple[str, Align, Format], state: str, measures: str
) -> tuple[Column, ...]:
    columns = (
        Column("serial", ("序号",), 0, C, Format.COUNT, locked=True),
        Column("name", ("项目名称",), 0, strong=True, locked=True),
        Column("investor", ("投资方",), 0),
        Column("industry", ("产业",), 0, C),
        Column("total", ("总投资\n（亿元）",), 0, R, Format.YI),
        Column("since", (since,), 0, C, Format.DAY),
        Column("days", (days,), 0, C, Format.COUNT),
        Column("due", (due,), 0, C, Format.DAY),
        Column("overdue", ("超约定\n（天）",), 0, C, Format.COUNT),
        Column("step", (step[0],), 0, step[1], step[2]),
        Column("state", (state,), 0),
        Column("measures", (measures,), 0),
        Column("unit", ("责任单位",), 0, C),
        Column("person", ("责任人",), 0, C),
        Column("light", ("预警",), 0, C, locked=True),
    )
    printed = [replace(column, width=width) for column, width in zip(columns, _WAITING_WIDTHS, strict=True)]
    asked = (
        _asked("code", ("项目编号",), 12),
        _asked("origin", ("来源地",), 9),
        _asked("capital", ("内/外资",), 7),
        _asked("area", ("片区",), 10),
    )
    return (*printed[:3], *asked, *printed[3:])


WAITING = SheetLayout(
    key="waiting",
    tab="未开工未投产项目",
    title="已签约未开工、已开工未投产项目情况表（{month}）",
    unit="亿元、天",
    columns=_waiting(
        "签约日期", "距签约\n（天）", "约定开工\n日期", ("当前环节", C, Format.TEXT), "未开工原因", "推进措施及时限"
    ),
    twin=_waiting(
        "开工日期",
        "距开工\n（天）",
        "约定投产\n日期",
        ("完成投资\n（亿元）", R, Format.YI),
        "形象进度",
        "影响投产因素及措施",
    ),
    group_height=26,
    floor=33,
    head_size=11.5,
    body_size=11.5,
)

STATISTICS = SheetLayout(
    key="statistics",
    tab="统计汇总",
    title="招商引资与重点项目统计汇总（{span_of_year}）",
    unit="个、亿元、万美元",
    widths=(17.0,) + (7.6,) * 30,
    floor=28,
    figure_size=10.5,
)

ASSIGNMENTS = SheetLayout(
    key="assignments",
    tab="问题与交办清单",
    title="问题与交办清单（{month}）",
    unit="",
    columns=(
        Column("serial", ("序号",), 5, C, Format.COUNT, locked=True),
        Column("name", ("项目",), 34, strong=True, locked=True),
        Column("problem", ("问题",), 42),
        Column("kind", ("类别",), 8, C),
        Column("meeting", ("交办会议及日期",), 24, C),
        Column("lead", ("牵头单位",), 19, C),
        Column("support", ("配合单位",), 19, C),
        Column("due", ("时限",), 12.5, C, Format.DAY),
        Column("progress", ("进展",), 48),
        Column("state", ("状态",), 9.5, C, wrap=False),
        Column("overdue", ("超期\n天数",), 8, C, Format.COUNT),
        _asked("done", ("办结日期",), 12.5, C, Format.DAY),
        Column("note", ("备注",), 18),
    ),
    head_size=11.5,
    body_size=11.5,
)

OUTINGS = SheetLayout(
    key="outings",
    tab="招商活动与外出",
    title="招商活动与外出情况表（{month}）",
    unit="批次、人次、家、条",
    columns=(
        Column("serial", ("序号",), 5, C, Format.COUNT, locked=True),
        Column("days", ("日期",), 19, C),
        Column("place", ("城市/地点",), 15, C),
        Column("name", ("活动名称",), 36, strong=True, locked=True),
        Column("leader", ("带队领导",), 10, C),
        Column("people", ("参加\n人次",), 8, C, Format.COUNT),
        Column("companies", ("拜访/接待\n企业（家）",), 11, C, Format.COUNT),
        Column("content", ("主要内容",), 60),
        Column("leads", ("线索\n（条）",), 8, C, Format.COUNT),
        Column("negotiations", ("转在谈\n（个）",), 8, C, Format.COUNT),
        Column("signings", ("签约\n（个）",), 8, C, Format.COUNT),
        Column("follow_up", ("后续跟踪事项",), 48),
        Column("unit", ("责任单位",), 13, C),
    ),
    floor=31,
    head_size=11.5,
    body_size=11.5,
)

ADJUSTMENTS = SheetLayout(
    key="adjustments",
    tab="调整说明",
    title="往期数据调整说明（{month}）",
    unit="个、亿元、万美元",
    columns=(
        Column("serial", ("序号",), 5, C, Format.COUNT, locked=True),
        Column("kind", ("类别",), 11, C),
        Column("month", ("所属月份",), 14, C),
        Column("name", ("项目",), 36, strong=True, locked=True),
        Column("item", ("事项",), 18, C),
        Column("old", ("上期数",), 30),
        Column("new", ("现数",), 30),
        Column("difference", ("差额",), 26),
        Column("reason", ("调整原因",), 60, cap=200),
        Column("evidence", ("依据",), 42, cap=120),
    ),
    floor=31,
    head_size=11.5,
    body_size=11.5,
)

NOTES = SheetLayout(
    key="notes",
    tab="编制说明",
    title="编制说明",
    unit="",
    columns=(
        Column("serial", ("序号",), 6, C, Format.COUNT, locked=True),
        Column("item", ("项目",), 20, C, strong=True, locked=True),
        Column("text", ("说明",), 92, cap=400),
    ),
    paper=Paper.A4_PORTRAIT,
    margins=NOTES_MARGINS,
    zoom=100,
    head_heights=(26,),
    group_height=26.6,
    floor=24,
    head_size=12,
    body_size=12,
    figure_size=12,
)

DEFAULT = Layout(
    sheets=(COVER, KEY_PROJECTS, SIGNED, NEGOTIATIONS, WAITING, STATISTICS, ASSIGNMENTS, OUTINGS, ADJUSTMENTS, NOTES)
)
