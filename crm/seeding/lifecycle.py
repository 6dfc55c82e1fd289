"""Files of the life-cycle: the stage log, contracts, milestones, money, changes of status."""

from __future__ import annotations

from datetime import date
from typing import Any

from crm.choices import (
    COUNTED_STAGES,
    ClaimKind,
    ContractKind,
    Currency,
    LossReason,
    MoneyKind,
    Stage,
    Status,
)
from crm.models import Contract, MoneyEntry, StageMove, StatusChange
from crm.rules.claims import CLAIM_FOR
from crm.rules.figures import half_up
from crm.seeding.cells import Cells, CellWrong
from crm.seeding.claims import claim
from crm.seeding.parts import Part, Ref

MILESTONES = COUNTED_STAGES - {Stage.SIGNED}
CLAIMED_MONEY = {MoneyKind.ARRIVED: ClaimKind.ARRIVAL, MoneyKind.COMPLETED: ClaimKind.COMPLETION}


def move(cells: Cells) -> list[Part]:
    """stages.csv: a move to a stage that nobody has to verify."""
    to_stage = cells.stage("阶段")
    if to_stage in COUNTED_STAGES:
        raise CellWrong("阶段", f"“{to_stage.label}”要经核定，请填在 contracts.csv 或 milestones.csv。")
    values = {
        "project_id": cells.needed_one("项目", "项目编号"),
        "from_stage": None,
        "to_stage": to_stage,
        "moved_on": cells.needed_day("日期"),
        "claim_id": None,
        "reason": cells.long("说明"),
        "recorded_at": cells.needed_instant("记录时间"),
        "recorded_by_id": cells.one("人员", "记录人"),
    }
    return [Part(StageMove, values)]


def _claimed_move(stage: Stage, reported: Part) -> Part:
    values = {
        "project_id": reported.values["project_id"],
        "from_stage": None,
        "to_stage": stage,
        "moved_on": reported.values["happened_on"],
        "claim_id": Ref("claim"),
        "reason": "",
        "recorded_at": reported.values["reported_at"],
        "recorded_by_id": reported.values["reported_by_id"],
    }
    return Part(StageMove, values)


def milestone(cells: Cells) -> list[Part]:
    """milestones.csv: 开工, 竣工 or 投产, reported by one person and verified by another."""
    stage = cells.stage("类型")
    if stage not in MILESTONES:
        raise CellWrong("类型", f"应填：{'、'.join(stage.label for stage in sorted(MILESTONES))}。")
    project_id = cells.needed_one("项目", "项目编号")
    reported = claim(cells, CLAIM_FOR[stage], project_id, cells.needed_day("日期"))
    return [reported, _claimed_move(stage, reported)]


def contract(cells: Cells) -> list[Part]:
    """contracts.csv: a contract; a formal one is the signing and moves the project, a supplement states its delta."""
    kind = cells.needed_word(ContractKind, "类型")
    signed_on = cells.needed_day("签订日期")
    formal = kind is ContractKind.FORMAL
    project_id = cells.needed_one("项目", "项目编号")
    reported = claim(cells, ClaimKind.SIGNING if formal else ClaimKind.CONTRACT, project_id, signed_on)
    money = _money(cells, MoneyKind.CONTRACT, reported, Ref("contract"))
    moved = [_claimed_move(Stage.SIGNED, reported)] if formal else []
    return [reported, _contract(cells, kind, reported), *money, *moved]


def _contract(cells: Cells, kind: ContractKind, reported: Part) -> Part:
    values = {
        "project_id": reported.values["project_id"],
        "kind": kind,
        "number": cells.text("合同编号"),
        "signed_on": reported.values["happened_on"],
        "parties": cells.text("签约各方"),
        "fixed_yuan": cells.yi("固定资产投资（亿元）"),
        "foreign_usd": cells.wan("合同外资（万美元）"),
        "promised_start_on": cells.day("约定开工"),
        "promised_finish_on": cells.day("约定竣工"),
        "promised_production_on": cells.day("约定投产"),
        "valid_until_on": cells.day("有效期至"),
        "note": cells.long("备注"),
        "converted_from_id": cells.one("合同", "由协议转来"),
        "claim_id": Ref("claim"),
        "entered_at": reported.values["reported_at"],
        "entered_by_id": reported.values["reported_by_id"],
    }
    return Part(Contract, values)


def money(cells: Cells) -> list[Part]:
    """money.csv: a planned total stated anew, an arrival, or completed investment."""
    kind = cells.needed_word(MoneyKind, "类别")
    project_id, happened_on = cells.needed_one("项目", "项目编号"), cells.needed_day("日期")
    if kind is MoneyKind.CONTRACT:
        raise CellWrong("类别", "合同金额请填在 contracts.csv。")
    if kind is MoneyKind.PLAN:
        return _money(cells, kind, _planned(cells, project_id, happened_on), None, needed=True)
    reported = claim(cells, CLAIMED_MONEY[kind], project_id, happened_on)
    return [reported, *_money(cells, kind, reported, None, needed=True)]


def _planned(cells: Cells, project_id: int, happened_on: date) -> Part:
    """A planned total carries no claim: only who stated it when."""
    values = {
        "project_id": project_id,
        "happened_on": happened_on,
        "note": cells.long("说明"),
        "reported_at": cells.needed_instant("填报时间"),
        "reported_by_id": cells.needed_one("人员", "填报人"),
    }
    return Part(MoneyEntry, values)


def _money(cells: Cells, kind: MoneyKind, stated: Part, contract: Ref | None, needed: bool = False) -> list[Part]:
    amount = cells.wan("金额（万）")
    if amount is None and not needed:
        return []
    values = {
        **amounts(cells, cells.given("金额（万）", amount), stated.values["happened_on"]),
        "project_id": stated.values["project_id"],
        "kind": kind,
        "happened_on": stated.values["happened_on"],
        "note": stated.values["note"],
        "contract_id": contract,
        "claim_id": None if kind is MoneyKind.PLAN else Ref("claim"),
        "entered_at": stated.values["reported_at"],
        "entered_by_id": stated.values["reported_by_id"],
    }
    return [Part(MoneyEntry, values)]


def amounts(cells: Cells, amount: int, on: date) -> dict[str, Any]:
    """The amount in its currency and in yuan at the rate of the day; half up to whole yuan."""
    currency = cells.word(Currency, "币种") or Currency.CNY
    rate, rate_on = cells.rate("汇率", currency, on)
    yuan = int(half_up(amount * rate, 0))
    return {"amount": amount, "currency": currency, "rate": rate, "rate_on": rate_on, "amount_yuan": yuan}


def status_change(cells: Cells) -> list[Part]:
    """status_changes.csv: paused, lost, taken up again; 退库 is reported and verified."""
    to_status = cells.needed_word(Status, "状态")
    project_id, changed_on = cells.needed_one("项目", "项目编号"), cells.needed_day("日期")
    claimed = [claim(cells, ClaimKind.STATUS, project_id, changed_on)] if to_status is Status.WITHDRAWN else []
    values = {
        "project_id": project_id,
        "from_status": cells.word(Status, "原状态") or Status.ACTIVE,
        "to_status": to_status,
        "changed_on": changed_on,
        "reason_class": cells.word(LossReason, "原因类别"),
        "reason": cells.long("说明"),
        "lost_to": cells.text("去向"),
        "review_on": cells.day("复核日期"),
        "claim_id": Ref("claim") if claimed else None,
        "recorded_at": cells.needed_instant("填报时间"),
        "recorded_by_id": cells.needed_one("人员", "填报人"),
    }
    return [*claimed, Part(StatusChange, values)]
