"""What the columns of the register are called, and how a kept value is printed: for history, refusals and differences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

from crm.choices import (
    ActionSource,
    ActionState,
    ActivityKind,
    ActivityResult,
    ActivityState,
    CapitalKind,
    Indicator,
    InvestmentForm,
    IssueClass,
    KeyList,
    Labelled,
    LandUse,
    ListingClass,
    MeetingKind,
    MemberRole,
    MinutesState,
    Origin,
    Priority,
    Rating,
    ReportState,
    Role,
    SourceChannel,
    Stage,
    Status,
    Word,
)
from crm.rules.days import local
from crm.rules.figures import wan, yi

TABLES: Mapping[str, str] = {
    "project": "项目",
    "company": "企业",
    "contact": "联系人",
    "project_member": "班子",
    "listing": "重点清单",
    "fai_entry": "入统",
    "activity": "洽谈记录",
    "meeting": "会议",
    "agenda_item": "议程",
    "action_item": "交办事项",
    "monthly_report": "月度填报",
    "plan_node": "年度计划节点",
    "target": "目标",
    "user": "账号",
    "setting": "口径",
    "attachment": "附件",
}

COLUMNS: Mapping[str, str] = {
    "name": "名称",
    "alias": "代号",
    "code": "编号",
    "company_id": "投资方",
    "parent_id": "上级",
    "unit_id": "责任单位",
    "capital_kind": "内外资",
    "industry_id": "产业",
    "area_id": "片区",
    "site": "地块或载体",
    "source_channel": "来源渠道",
    "source_note": "来源说明",
    "investment_form": "投资形态",
    "content": "建设内容",
    "stage": "阶段",
    "status": "状态",
    "review_on": "复核日期",
    "needs_experts": "需专家研判",
    "fed_back_on": "向引荐方反馈于",
    "total_yuan": "总投资",
    "fixed_yuan": "固定资产投资",
    "equipment_yuan": "设备投资",
    "foreign_usd": "外资",
    "output_yuan": "达产产值",
    "tax_yuan": "达产税收",
    "jobs_count": "就业",
    "energy_tce": "年综合能耗",
    "land_use": "用地情况",
    "land_mu": "用地面积",
    "plant_m2": "厂房面积",
    "competitors": "其他候选地",
    "judgement": "研判意见",
    "decision": "评审结论",
    "expected_sign_on": "预计签约",
    "planned_start_on": "计划开工",
    "planned_finish_on": "计划竣工",
    "planned_production_on": "计划投产",
    "confidence_percent": "把握程度",
    "is_secret": "涉密",
    "is_relocation": "市内平移",
    "duplicate_of_id": "重复于",
    "pooled_at": "进入公共池",
    "responsible_unit_id": "牵头单位",
    "credit_code": "信用代码",
    "origin": "来源地类别",
    "country": "国别",
    "province": "省份",
    "city": "城市",
    "registered_yuan": "注册资本",
    "short_name": "简称",
    "intro": "简介",
    "title": "职务或标题",
    "phone": "电话",
    "email": "邮箱",
    "note": "备注",
    "is_active": "在用",
    "role": "角色",
    "share_percent": "业绩比例",
    "from_on": "起",
    "to_on": "止",
    "key_list": "清单",
    "listing_class": "类别",
    "batch_label": "批次",
    "year": "年度",
    "kind": "类型",
    "state": "办理情况",
    "happened_at": "时间",
    "held_at": "时间",
    "ends_at": "结束时间",
    "room_id": "会议室",
    "online_url": "线上会议链接",
    "secretary_id": "记录",
    "is_draft": "草稿",
    "is_exception": "单独改过",
    "clash_reason": "冲突时仍安排的理由",
    "minutes_state": "纪要状态",
    "series_id": "重复安排",
    "series_on": "原定日期",
    "origin_uid": "来自邀请",
    "place": "地点",
    "our_side": "我方人员",
    "their_side": "对方人员",
    "their_count": "对方人数",
    "summary": "内容",
    "demands": "对方诉求",
    "commitments": "我方答复",
    "result": "结果",
    "next_step": "下一步",
    "next_on": "下次联系",
    "next_owner_id": "跟进人",
    "next_done_at": "跟进完成",
    "attendees": "参会人员",
    "minutes_number": "纪要编号",
    "copies_to": "抄送",
    "notes": "会前说明",
    "situation": "情况",
    "conclusion": "议定",
    "is_deferred": "移交下次",
    "length_minutes": "用时",
    "carried_from_id": "来自上次会议的议题",
    "chair_id": "主持",
    "problem": "问题",
    "task": "任务",
    "progress": "进展",
    "deadline_on": "期限",
    "planned_on": "计划日期",
    "forecast_on": "预计日期",
    "actual_on": "实际日期",
    "lead_unit_id": "牵头单位",
    "support_units": "配合单位",
    "person_id": "经办人",
    "done_on": "办结日期",
    "value": "值",
    "project_id": "项目",
    "user_id": "人员",
    "meeting_id": "来自会议",
    "issue_class": "问题类别",
    "assigned_on": "交办日期",
    "handed_on": "转到本单位",
    "priority": "缓急",
    "rating": "评价",
    "entered_by_id": "登记人",
    "month": "月份",
    "request": "需协调事项",
    "next_plan": "下月计划",
    "reported_by_id": "填报人",
    "reported_at": "填报时间",
    "verified_by_id": "核定人",
    "verified_at": "核定时间",
    "completed_yuan": "本月完成投资",
    "percent": "形象进度百分比",
    "checked_by_id": "审核人",
    "checked_at": "审核时间",
    "returned_by_id": "退回人",
    "returned_at": "退回时间",
    "indicator": "指标",
    "entered_on": "入统日期",
    "recorded_at": "登记时间",
    "recorded_by_id": "登记人",
    "withdrawn_at": "撤销时间",
    "withdrawn_by_id": "撤销人",
    "login": "登录名",
    "is_demo": "演示数据",
    "deleted_at": "删除于",
    "filename": "附件名",
    "lead": "主办",
    "leader": "挂钩领导",
    "agent": "代办员",
    "claim_id": "凭证所属事项",
}

_WORDS: Mapping[str, tuple[type[Labelled], ...]] = {
    "capital_kind": (CapitalKind,),
    "source_channel": (SourceChannel,),
    "investment_form": (InvestmentForm,),
    "land_use": (LandUse,),
    "status": (Status,),
    "origin": (Origin,),
    "role": (MemberRole, Role),
    "key_list": (KeyList,),
    "listing_class": (ListingClass,),
    "kind": (ActivityKind, MeetingKind),
    "state": (ActivityState, ActionState, ReportState),
    "result": (ActivityResult,),
    "issue_class": (IssueClass,),
    "priority": (Priority,),
    "source": (ActionSource,),
    "rating": (Rating,),
    "minutes_state": (MinutesState,),
    "indicator": (Indicator,),
}
_UNITS: Mapping[str, str] = {
    "jobs_count": " 人",
    "their_count": " 人",
    "energy_tce": " 吨标煤",
    "land_mu": " 亩",
    "plant_m2": " 平方米",
    "confidence_percent": "%",
    "share_percent": "%",
    "percent": "%",
}
EMPTY = Word("空")
PARTS = frozenset({"lead", "leader", "agent"})  # of people, which two editors may both fill in: keys of users


def label(column: str) -> str:
    """The Chinese name of a column; the column's own name where it has none."""
    return Word(COLUMNS.get(column, column))


def printed(column: str, kept: str | None, names: Mapping[int, str] | None = None) -> str:
    """A value as history keeps it (history.as_text), as a reader wants it; `names` translates keys of other tables."""
    if kept is None:
        return EMPTY
    if column == "tax_yuan":
        return f"{wan(int(kept))} 万元"
    if column.endswith("_yuan"):
        return f"{yi(int(kept))} 亿元"
    if column == "foreign_usd":
        return f"{wan(int(kept))} 万美元"
    if column.startswith("is_"):
        return Word("是") if kept in ("True", "1", "true") else Word("否")
    if column == "stage":
        return next((stage.label for stage in Stage if str(int(stage)) == kept), kept)
    if column.endswith("_id") or column in PARTS:
        return _named(int(kept), names) if kept.isdigit() and names is not None else kept
    if column.endswith("_at"):
        return f"{local(datetime.fromisoformat(kept)):%Y-%m-%d %H:%M}"
    return _word(column, kept) or _figure(kept) + _UNITS.get(column, "")


def _named(key: int, names: Mapping[int, str]) -> str:
    """The name of a key; a mapping that has a word for what it does not know, says that."""
    try:
        return names[key]
    except KeyError:
        return str(key)


def _word(column: str, kept: str) -> str | None:
    members = (member for vocabulary in _WORDS.get(column, ()) for member in vocabulary)
    return next((member.label for member in members if member.value == kept), None)


def _figure(kept: str) -> str:
    """A measure without needless zeros; anything else as it is."""
    try:
        number = Decimal(kept)
    except InvalidOperation:
        return kept
    return f"{number.normalize():f}" if "." in kept else kept
