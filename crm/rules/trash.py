"""Deleting and restoring: which kinds of records can be deleted, and what stands against it (ADR 6)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from crm.choices import ClaimState, Labelled, Word


class Kind(Labelled):
    """A kind of record that goes to the trash by itself."""

    PROJECT = "project", "项目"
    COMPANY = "company", "企业"
    CONTACT = "contact", "联系人"
    ACTIVITY = "activity", "洽谈记录"
    MEETING = "meeting", "会议"
    FILE = "file", "附件"
    COMMENT = "comment", "评论"  # deleted where it stands, by its author (actions/comments.py)


# What was counted, or waits to be, is not made to vanish: it is given back, reversed or withdrawn in the open.
_STANDING: Mapping[ClaimState, str] = {
    ClaimState.VERIFIED: "项目有已核定的记录，删除会让已经上报的数字变化；请申请退库，或请综合统计先作废这些记录。",
    ClaimState.REPORTED: "项目有待核定的记录；请综合统计先核定或退回，再删除。",
}


def project_problem(states: Collection[ClaimState], in_dispute: bool, in_transfer: bool) -> str | None:
    """Why a project cannot be deleted, and what to do about it, or None; `states` are those of its claims."""
    for state, sentence in _STANDING.items():
        if state in states:
            return sentence
    if in_dispute:
        return "项目有未裁定的撞单，裁定后才能删除。"
    return "项目正在流转，请先撤回流转。" if in_transfer else None


def company_problem(has_projects: bool) -> str | None:
    """Why a company cannot be deleted, or None; only living projects stand against it."""
    return "企业名下还有项目；请先把项目改到别的企业，或把这家企业合并过去。" if has_projects else None


def file_problem(state: ClaimState | None) -> str | None:
    """Why a file cannot be deleted, or None; `state` is that of the claim it proves."""
    if state in (ClaimState.VERIFIED, ClaimState.REVERSED):
        return "这是已核定数据的凭证，只能补充，不能删除或更换。"
    return None


def meeting_problem(has_minutes: bool) -> str | None:
    """Why a meeting cannot be deleted, or None; minutes on their way can be taken back, issued ones cannot."""
    return "会议纪要已送确认或已印发，不能删除这次会议；还没有印发的，先撤回纪要。" if has_minutes else None


def restore_problem(gone: str, name_taken: bool) -> str | None:
    """Why a record cannot come back yet, or None; `gone` names the record it belongs to, where that is deleted too."""
    if gone:
        return Word("它所属的%(what)s也在回收站，请先恢复%(what)s。", what=gone)
    return "库里已重新登记了同名企业，请把要恢复的内容补到那一家。" if name_taken else None
