"""The menu: what a person may open, asked of the policy, in the order of ui/design.md §2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _l

from crm.choices import Role
from crm.policy import Act, Actor, can


@dataclass(frozen=True)
class Entry:
    """A place to go: the act that opens it, its endpoint, icon and name, and the group it stands in."""

    act: Act
    endpoint: str
    icon: str
    name: object
    group: object = ""
    args: tuple[tuple[str, str], ...] = ()

    @property
    def url(self) -> str:
        """Its address."""
        return url_for(self.endpoint, **cast(dict[str, Any], dict(self.args)))

    @property
    def current(self) -> bool:
        """Whether the page asked for belongs to it."""
        asked = request.endpoint or ""
        here = asked == self.endpoint if self is QUICK else asked.split(".")[0] == self.endpoint.split(".")[0]
        return here and all(request.args.get(name) == value for name, value in self.args)


WORK, MONTH, RESOURCES, DATA = _l("工作"), _l("月度"), _l("资源"), _l("数据")
TODAY = Entry(Act.SEE_PROJECT, "home.today", "sun", _l("今天"))
COCKPIT = Entry(Act.SEE_COCKPIT, "cockpit.show", "dashboard", _l("驾驶舱"))
PROJECTS = Entry(Act.SEE_PROJECT, "projects.index", "building-factory-2", _l("项目"), WORK)
MEETINGS = Entry(Act.SEE_MEETING, "meetings.index", "calendar-event", _l("会议与督办"), WORK)
BRIEFING = Entry(Act.SEE_BRIEFING, "briefings.index", "report", _l("月度简报"), MONTH)
QUICK = Entry(Act.LOG_ACTIVITY, "activities.new", "plus", _l("记一笔"))
ME = Entry(Act.SEE_PROJECT, "account.me", "user", _l("我的"))
ENTRIES = (
    TODAY,
    Entry(Act.SEE_QUEUE, "claims.queue", "shield-check", _l("待核定")),
    COCKPIT,
    PROJECTS,
    Entry(Act.SEE_PROJECT, "activities.index", "messages", _l("洽谈与接待"), WORK),
    MEETINGS,
    BRIEFING,
    Entry(Act.SEE_FIGURES, "figures.index", "chart-bar", _l("统计报表"), MONTH),
    Entry(Act.SEE_COMPANY, "companies.index", "building", _l("企业与联系人"), RESOURCES),
    Entry(Act.IMPORT, "imports.index", "file-import", _l("导入与导出"), DATA),
    Entry(Act.MANAGE_SETTINGS, "settings.index", "settings", _l("口径与目标"), DATA),
    Entry(Act.MANAGE_USERS, "users.index", "users", _l("用户与权限"), DATA),
    Entry(Act.SEE_LOG, "audit.index", "history", _l("操作日志"), DATA),
)


def _open_to(actor: Actor, entry: Entry) -> bool:
    if entry is TODAY and actor.role in (Role.LEADER, Role.AUDITOR):
        return False  # they look, they have no day's work here
    return can(actor, entry.act) and entry.endpoint in current_app.view_functions


def menu(actor: Actor) -> list[tuple[object, list[Entry]]]:
    """The rail: (group, entries), groups in order, the first without a name."""
    groups: dict[object, list[Entry]] = {}
    for entry in ENTRIES:
        if _open_to(actor, entry):
            groups.setdefault(str(entry.group), []).append(entry)
    return list(groups.items())


def tabs(actor: Actor) -> list[Entry]:
    """The five places at the bottom of a phone, 记一笔 in the middle where the person may."""
    wanted = (
        [COCKPIT, PROJECTS, BRIEFING, MEETINGS] if actor.role is Role.LEADER else [TODAY, PROJECTS, MEETINGS, BRIEFING]
    )
    places = [entry for entry in wanted if _open_to(actor, entry)]
    if can(actor, QUICK.act) and _open_to(actor, QUICK):
        places = [*places[:2], QUICK, *places[2:3]]
    return [*places[:4], ME]


def home(actor: Actor) -> str:
    """Where a person lands (ui/design.md §2)."""
    if actor.role is Role.LEADER:
        return COCKPIT.url
    if actor.role is Role.ADMIN:
        return url_for("users.index")
    return PROJECTS.url if actor.role is Role.AUDITOR else TODAY.url
