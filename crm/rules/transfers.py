"""流转: what may be proposed, who may answer, and how the credit is split (domain.md §2.5, 5)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from crm.choices import Role, Status, TransferState, Word


@dataclass(frozen=True)
class TransferDraft:
    """What somebody proposes: to a team or a person of it, why, and 首谈's share of the credit (percent)."""

    to_unit_id: int | None
    to_user_id: int | None
    reason: str
    from_percent: int


@dataclass(frozen=True)
class Proposal:
    """What decides whether a transfer may be proposed."""

    unit_id: int
    lead_id: int | None
    status: Status = Status.ACTIVE
    is_duplicate: bool = False
    is_pooled: bool = False
    collisions: int = 0


def problem(draft: TransferDraft, about: Proposal) -> tuple[str, str] | None:
    """(field, sentence) of what stands in the way, or None."""
    checks = (
        (about.status is not Status.ACTIVE, "", Word("项目现在处于“%(status)s”，恢复推进后再流转。", status=about.status.label)),
        (about.is_duplicate, "", Word("项目已并入或重复于另一个项目，请流转那一个。")),
        (about.is_pooled, "", Word("项目在公共池，请接收方直接领取。")),
        (bool(about.collisions), "", Word("项目的撞单还没有裁定，裁定后再流转。")),
        (draft.to_unit_id is None, "to_unit", Word("请选择接收的组或人。")),
        (draft.to_user_id is not None and draft.to_user_id == about.lead_id, "to_user", Word("对方现在就是主办，请选别人。")),
        (draft.to_user_id is None and draft.to_unit_id == about.unit_id, "to_unit",
         Word("项目现在就在这个组；组内换主办请用“调整班子”，或选到人。")),
        (not draft.reason, "reason", Word("请写明流转原因，对方据此决定是否接收。")),
        (not 0 <= draft.from_percent <= 100, "from_percent", Word("业绩比例应在 0 到 100 之间。")),
    )  # fmt: skip
    return next(((field, sentence) for holds, field, sentence in checks if holds), None)


@dataclass(frozen=True)
class Receiver:
    """The side a transfer is offered to, and whether its project is secret."""

    unit_id: int
    user_id: int | None
    is_secret: bool = False


def may_answer(user_id: int, role: Role, unit_ids: Collection[int], to: Receiver) -> bool:
    """Who accepts or refuses: the person it is offered to, or the lead of the team.

    A secret project is opened to somebody new, so there the lead of the team or a leader decides and nobody else.
    """
    leads_it = role is Role.TEAM_LEAD and to.unit_id in unit_ids
    if to.is_secret:
        return leads_it or role is Role.LEADER
    return leads_it or user_id == to.user_id


def answer_problem(state: TransferState, due_on: date, today: date) -> str | None:
    """Why a transfer can no longer be answered; None while it can."""
    if state is not TransferState.PROPOSED:
        return Word("这次流转已经是“%(state)s”，不能再答复。", state=state.label)
    if due_on < today:
        return Word(
            "这次流转已过答复期限（%(month)d月%(day)d日），请发起方重新发起。", month=due_on.month, day=due_on.day
        )
    return None


def split(share_percent: int | None, from_percent: int) -> tuple[int, int]:
    """(what the old lead keeps, what the new one gets) of the old lead's share; nothing stated is all of it."""
    whole = 100 if share_percent is None else share_percent
    kept = (whole * from_percent + 50) // 100
    return kept, whole - kept
