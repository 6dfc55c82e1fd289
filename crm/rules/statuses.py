"""Whether a project goes on: paused, lost, withdrawn, taken up again (domain.md §2.2, exits)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from crm.choices import LossReason, Status, Word

ALLOWED_STATUSES: Mapping[Status, tuple[Status, ...]] = {
    Status.ACTIVE: (Status.PAUSED, Status.LOST, Status.WITHDRAWN),
    Status.PAUSED: (Status.ACTIVE, Status.LOST, Status.WITHDRAWN),
    Status.LOST: (Status.ACTIVE, Status.WITHDRAWN),
    Status.WITHDRAWN: (),  # taken back only by reversing the verified claim
}


@dataclass(frozen=True, slots=True)
class StatusDraft:
    """What somebody says of a project's status, and since when."""

    to_status: Status
    changed_on: date
    reason_class: LossReason | None = None
    reason: str = ""
    lost_to: str = ""
    review_on: date | None = None


def status_problem(now: Status, draft: StatusDraft, today: date) -> tuple[str, str] | None:
    """(field, sentence) why the status may not be changed so, or None."""
    if draft.to_status not in ALLOWED_STATUSES[now]:
        return "to_status", Word("“%(now)s”的项目不能改为“%(to)s”。", now=now.label, to=draft.to_status.label)
    if draft.changed_on > today:
        return "changed_on", "变更日期不能晚于今天。"
    if draft.to_status is Status.PAUSED and draft.review_on is None:
        return "review_on", "暂缓要定复核日期，到期提醒再议。"
    if draft.to_status is Status.PAUSED and draft.review_on and draft.review_on <= today:
        return "review_on", "复核日期要在今天之后。"
    if draft.to_status is not Status.ACTIVE and draft.reason_class is None:
        return "reason_class", Word("请选择%(status)s原因。", status=draft.to_status.label)
    if draft.to_status is Status.LOST and draft.reason_class is LossReason.ELSEWHERE and not draft.lost_to:
        return "lost_to", "请写明落户到哪里。"
    if draft.to_status in (Status.LOST, Status.WITHDRAWN) and not draft.reason:
        return "reason", "请写明具体情况，供以后复盘。"
    return None
