"""Files of whose project it is: collisions with their ruling, the public pool, transfers."""

from __future__ import annotations

from typing import Any

from crm.choices import CollisionOutcome, CollisionState, PoolMove, TransferState
from crm.models import Collision, PoolEvent, Ruling, Transfer
from crm.rules.collisions import WHOLE
from crm.seeding.cells import Cells, CellWrong
from crm.seeding.parts import Part, Ref


def collision(cells: Cells) -> list[Part]:
    """collisions.csv: two registrations of one project, and the first ruling where there is one."""
    outcome = cells.word(CollisionOutcome, "裁定")
    values = {
        "first_id": cells.needed_one("项目", "先报项目编号"),
        "second_id": cells.needed_one("项目", "项目编号"),
        "state": CollisionState.OPEN if outcome is None else CollisionState.RULED,
        "percent": cells.needed_whole("相似度（%）"),
        "reasons": cells.text("相似之处"),
        "plea": cells.long("后报方陈述"),
        "reply": cells.long("先报方陈述"),
        "opened_at": cells.needed_instant("提出时间"),
        "opened_by_id": cells.one("人员", "提出人"),
    }
    ruling = _ruling(cells, outcome)
    return [Part(Collision, values), *([Part(Ruling, ruling)] if outcome else [])]


def _ruling(cells: Cells, outcome: CollisionOutcome | None) -> dict[str, Any]:
    """The ruling's columns; the later registration is a duplicate already, so 归先报方 changes nothing and undoes nothing."""
    reason, at, by_id = cells.long("裁定理由"), cells.instant("裁定时间"), cells.one("人员", "裁定人")
    if outcome not in (None, CollisionOutcome.FIRST):
        raise CellWrong("裁定", "演示数据只载入“归先报方”的裁定，其他结果请在系统里裁定。")
    if outcome and not reason:
        raise CellWrong("裁定理由", "不能为空。")
    return {
        "collision_id": Ref("collision"),
        "instance": 1,
        "outcome": outcome,
        "first_percent": WHOLE,
        "reason": reason,
        "decided_at": cells.given("裁定时间", at) if outcome else at,
        "decided_by_id": cells.given("裁定人", by_id) if outcome else by_id,
        "undo": None,
    }


def pool_event(cells: Cells) -> list[Part]:
    """pool.csv: a project fell or was given into the public pool; whether it lies there follows (rollups.py)."""
    values = {
        "project_id": cells.needed_one("项目", "项目编号"),
        "move": cells.needed_word(PoolMove, "去向"),
        "at": cells.needed_instant("时间"),
        "by_id": cells.one("人员", "经办人"),
        "holder_id": cells.one("人员", "此前主办"),
        "reason": cells.long("原因"),
    }
    return [Part(PoolEvent, values)]


def transfer(cells: Cells) -> list[Part]:
    """transfers.csv: an offer and its answer; an accepted one says who leads in projects.csv."""
    values = {
        "project_id": cells.needed_one("项目", "项目编号"),
        "from_unit_id": cells.needed_one("单位", "转出组"),
        "from_user_id": cells.one("人员", "转出人"),
        "to_unit_id": cells.needed_one("单位", "接收组"),
        "to_user_id": cells.one("人员", "接收人"),
        "state": cells.needed_word(TransferState, "状态"),
        "reason": cells.needed("原因"),
        "from_percent": cells.needed_whole("首谈比例（%）"),
        "proposed_at": cells.needed_instant("发起时间"),
        "proposed_by_id": cells.needed_one("人员", "发起人"),
        "due_on": cells.needed_day("答复期限"),
        "answered_at": cells.instant("答复时间"),
        "answered_by_id": cells.one("人员", "答复人"),
        "answer": cells.long("答复"),
    }
    return [Part(Transfer, values)]
