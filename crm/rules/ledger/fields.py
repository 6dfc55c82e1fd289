"""The fields a ledger's column can stand for."""

from __future__ import annotations

from crm.choices import Labelled


class Field(Labelled):
    """A field of the register as ledgers name it. The value goes into files, the label onto the screen."""

    SERIAL = "serial", "序号"
    CODE = "code", "项目编号"
    PROJECT_NAME = "project_name", "项目名称"
    SEGMENT = "segment", "分段"
    INVESTOR = "investor", "投资方"
    CREDIT_CODE = "credit_code", "统一社会信用代码"
    ORIGIN = "origin", "来源地"
    CAPITAL_KIND = "capital_kind", "内外资"
    COMPANY_CLASS = "company_class", "企业类别"
    INDUSTRY = "industry", "产业"
    CATEGORY = "category", "项目类别"
    PROJECT_TYPE = "project_type", "建设性质"
    LEVEL = "level", "重点级别"
    LOCATION = "location", "建设地点"
    LAND_MU = "land_mu", "用地（亩）"
    CONTENT = "content", "建设内容"
    TOTAL_INVESTMENT = "total_investment", "总投资"
    FIXED_ASSETS = "fixed_assets", "固定资产投资"
    FOREIGN_CAPITAL = "foreign_capital", "合同外资"
    REGISTERED_CAPITAL = "registered_capital", "注册资本"
    ANNUAL_INVESTMENT = "annual_investment", "年度计划投资"
    ANNUAL_COMPLETED = "annual_completed", "本年完成投资"
    COMPLETED = "completed", "累计完成投资"
    ARRIVED = "arrived", "到位资金"
    CURRENCY = "currency", "币种"
    STAGE = "stage", "项目阶段"
    CONTRACT_KIND = "contract_kind", "协议类型"
    FIRST_CONTACT_ON = "first_contact_on", "接洽日期"
    SIGNED_ON = "signed_on", "签约日期"
    REGISTERED_ON = "registered_on", "注册日期"
    YEAR_RANGE = "year_range", "建设起止年限"
    START_ON = "start_on", "开工时间"
    END_ON = "end_on", "竣工时间"
    PRODUCING_ON = "producing_on", "投产时间"
    ANNUAL_GOAL = "annual_goal", "年度目标"
    PROGRESS_TEXT = "progress_text", "进展情况"
    PROBLEMS = "problems", "存在问题"
    NEXT_PLAN = "next_plan", "下步计划"
    CHANNEL = "channel", "信息来源"
    RESPONSIBLE_UNIT = "responsible_unit", "责任单位"
    LEADER = "leader", "挂钩领导"
    OFFICER = "officer", "招商人"
    CONTACT_NAME = "contact_name", "联系人"
    CONTACT_PHONE = "contact_phone", "联系电话"
    NOTE = "note", "备注"


MONEY_FIELDS = frozenset(
    {
        Field.TOTAL_INVESTMENT,
        Field.FIXED_ASSETS,
        Field.FOREIGN_CAPITAL,
        Field.REGISTERED_CAPITAL,
        Field.ANNUAL_INVESTMENT,
        Field.ANNUAL_COMPLETED,
        Field.COMPLETED,
        Field.ARRIVED,
    }
)
DAY_FIELDS = frozenset(
    {
        Field.FIRST_CONTACT_ON,
        Field.SIGNED_ON,
        Field.REGISTERED_ON,
        Field.START_ON,
        Field.END_ON,
        Field.PRODUCING_ON,
    }
)
# Several columns may stand for one of these; their texts are joined.
JOINABLE_FIELDS = frozenset(
    {
        Field.LEVEL,
        Field.STAGE,
        Field.LOCATION,
        Field.CONTENT,
        Field.PROGRESS_TEXT,
        Field.PROBLEMS,
        Field.NEXT_PLAN,
        Field.NOTE,
    }
)
# Where the same text in many rows is usual, so that a merged or "同上" cell speaks for the rows below it.
SHARED_FIELDS = frozenset(Field) - MONEY_FIELDS - {Field.SERIAL, Field.CODE, Field.PROJECT_NAME, Field.SEGMENT}
