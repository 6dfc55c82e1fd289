"""The files of seed_data/ in the order in which they are loaded: what a line refers to stands in a file (or line) before it."""

from __future__ import annotations

from crm.seeding import lifecycle, months, ownership, papers, reference, register, work
from crm.seeding.parts import SeedFile

_TARGET = ("year", "indicator", "unit_id", "officer_id")
FILES: tuple[SeedFile, ...] = (
    SeedFile("units.csv", ("名称",), reference.unit, "单位", natural=("name",), demo=False),
    SeedFile("industries.csv", ("编码",), reference.industry, "产业", natural=("code",), demo=False),
    SeedFile("areas.csv", ("名称",), reference.area, "片区", natural=("name",), demo=False),
    SeedFile("exchange_rates.csv", ("币种", "日期"), reference.rate, natural=("currency", "rate_on"), demo=False),
    SeedFile("holidays.csv", ("日期",), reference.holiday, natural=("day",), demo=False),
    SeedFile("people.csv", ("登录名",), reference.person, "人员", natural=("login",)),
    SeedFile("targets.csv", ("年度", "指标", "单位"), reference.target, natural=_TARGET),
    SeedFile("officer_targets.csv", ("年度", "指标", "单位", "人员"), reference.officer_target, natural=_TARGET),
    SeedFile("companies.csv", ("企业编号",), register.company, "企业", natural=("credit_code",)),
    SeedFile("contacts.csv", ("联系人编号",), register.contact),
    SeedFile("projects.csv", ("项目编号",), register.project, "项目", natural=("code",)),
    SeedFile(
        "listings.csv", ("项目编号", "清单", "年度"), register.listing, natural=("project_id", "key_list", "year")
    ),
    SeedFile("stages.csv", ("记录编号",), lifecycle.move),
    SeedFile("contracts.csv", ("记录编号",), lifecycle.contract, "合同"),
    SeedFile("milestones.csv", ("记录编号",), lifecycle.milestone),
    SeedFile("fai.csv", ("记录编号",), register.fai_entry),
    SeedFile("money.csv", ("记录编号",), lifecycle.money),
    SeedFile("status_changes.csv", ("记录编号",), lifecycle.status_change),
    SeedFile("annual_plans.csv", ("记录编号",), months.annual_plan),
    SeedFile("plan_nodes.csv", ("记录编号",), months.plan_node),
    SeedFile("monthly_reports.csv", ("项目编号", "月份"), months.monthly_report, natural=("project_id", "month")),
    SeedFile("light_overrides.csv", ("记录编号",), months.light_override),
    SeedFile("light_letters.csv", ("记录编号",), months.light_letter, natural=("year", "serial")),
    SeedFile("activities.csv", ("记录编号",), work.activity),
    SeedFile("rooms.csv", ("名称",), work.room, "会议室", natural=("name",)),
    SeedFile("meetings.csv", ("会议编号",), work.meeting, "会议"),
    SeedFile("agenda.csv", ("会议编号", "顺序"), work.agenda_item),
    SeedFile("action_items.csv", ("记录编号",), work.action_item),
    SeedFile("comments.csv", ("记录编号",), work.comment),
    SeedFile("collisions.csv", ("撞单编号",), ownership.collision, natural=("first_id", "second_id")),
    SeedFile("pool.csv", ("记录编号",), ownership.pool_event),
    SeedFile("transfers.csv", ("记录编号",), ownership.transfer),
    SeedFile(papers.FILE, ("凭证编号",), papers.evidence, "附件"),
)
