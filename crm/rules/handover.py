"""Handing a leaver's work over: what there is to hand over, to whom it may go, and who gets which part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crm.choices import Labelled, MemberRole, Role


class Holding(Labelled):
    """A kind of work that somebody else can take over as it is."""

    LEAD = "lead", "主办的项目"
    SUPPORT = "support", "协办的项目"
    AGENT = "agent", "代办的项目"
    LEADER = "leader", "挂钩的项目"
    FOLLOW_UP = "follow_up", "未完成的跟进"
    PLANNED = "planned", "已安排的洽谈"
    ACTION = "action", "未办结的交办事项"
    TRANSFER = "transfer", "待接收的流转"
    VIEW = "view", "共享的视图"


# A part in a project; who reported first is a fact, and who merely knows of it hands nothing over.
PARTS: Mapping[Holding, MemberRole] = {
    Holding.LEAD: MemberRole.LEAD,
    Holding.SUPPORT: MemberRole.SUPPORT,
    Holding.AGENT: MemberRole.AGENT,
    Holding.LEADER: MemberRole.LEADER,
}
_OFFICERS = frozenset({Role.OFFICER, Role.TEAM_LEAD})


def successors(role: Role) -> frozenset[Role]:
    """The roles that can take over what somebody of this role does."""
    return _OFFICERS if role in _OFFICERS else frozenset({role})


@dataclass(frozen=True)
class Plan:
    """Who gets what (user ids): one receiver, others for some kinds, others again for single projects."""

    receiver_id: int
    by_kind: Mapping[Holding, int] = field(default_factory=dict)
    by_project: Mapping[int, int] = field(default_factory=dict)
    reason: str = ""
    closes_account: bool = False

    def receiver(self, kind: Holding, project_id: int | None = None) -> int:
        """Who gets this: the narrowest word counts."""
        named = self.by_project.get(project_id) if project_id is not None and kind in PARTS else None
        return named or self.by_kind.get(kind) or self.receiver_id

    @property
    def receivers(self) -> frozenset[int]:
        """Everybody who is to get something."""
        return frozenset({self.receiver_id, *self.by_kind.values(), *self.by_project.values()})
