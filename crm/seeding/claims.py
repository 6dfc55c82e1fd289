"""The columns that every counted line shares: who reported it when, who verified, returned or reversed it when and why."""

from __future__ import annotations

from datetime import date

from crm.choices import ClaimKind, ClaimState
from crm.models import Claim
from crm.seeding.cells import Cells, CellWrong
from crm.seeding.parts import Part, Ref


def claim(cells: Cells, kind: ClaimKind, project: int | Ref, happened_on: date) -> Part:
    """The claim of a line; its state says whether it counts. Raises CellWrong where persons or times cannot be right."""
    state = cells.needed_word(ClaimState, "核定状态")
    undone_by, undone_at = cells.one("人员", "退回或作废人"), cells.instant("退回或作废时间")
    returned, reversed_ = state is ClaimState.RETURNED, state is ClaimState.REVERSED
    values = {
        "project_id": project,
        "kind": kind,
        "state": state,
        "happened_on": happened_on,
        "note": cells.long("说明"),
        "reported_by_id": cells.needed_one("人员", "填报人"),
        "reported_at": cells.needed_instant("填报时间"),
        "verified_by_id": cells.one("人员", "核定人"),
        "verified_at": cells.instant("核定时间"),
        "returned_by_id": undone_by if returned else None,
        "returned_at": undone_at if returned else None,
        "reversed_by_id": undone_by if reversed_ else None,
        "reversed_at": undone_at if reversed_ else None,
        "reason": cells.long("退回或作废原因"),
    }
    part = Part(Claim, values)
    _check(part)
    return part


def _check(part: Part) -> None:
    values = part.values
    state = values["state"]
    if values["verified_by_id"] == values["reported_by_id"]:
        raise CellWrong("核定人", "核定人不能是填报人本人。")
    if state in (ClaimState.VERIFIED, ClaimState.REVERSED):
        for head, name in (("核定人", "verified_by_id"), ("核定时间", "verified_at")):
            Cells.given(head, values[name])
    if values["verified_at"] and values["verified_at"] < values["reported_at"]:
        raise CellWrong("核定时间", "核定时间早于填报时间。")
    if state is ClaimState.RETURNED and not values["returned_at"]:
        raise CellWrong("退回或作废时间", "“已退回”要有退回时间。")
    if state is ClaimState.REVERSED and not values["reversed_at"]:
        raise CellWrong("退回或作废时间", "“已作废”要有作废时间。")
