"""The menu: what a person may open, asked of the policy, in the order of ui/design.md §2."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _l

from crm.choices import Role
from crm.policy import Act, Actor, can


@dataclass(frozen=True)
class Entry:
    """A place to go: the act that opens it, its endpoint, icon and name, the group it stands in, the letter behind g or n."""

    act: Act
    endpoint: str
    icon: str
    name: object
    group: object = ""
    args: tuple[tuple[str, str], ...] = ()
    key: str = ""
    short: object = ""  # what the bar at a phone's bottom calls it

    @property
    def url(self) -> str:
        """Its address; the same for everybody, so made once for each place the application is mounted at."""
        known = cast(dict[Any, str], current_app.extensions.setdefault("crm_menu_urls", {}))
        place = (self.endpoint, self.args, request.script_root)
        if place not in known:
            known[place] = url_for(self.endpoint, **cast(dict[str, Any], dict(self.args)))
        return known[place]

    @property
    def place(self) -> str:
        """The first part of its address."""
        return _first_part(self.url.removeprefix(request.script_root))


def _first_part(path: str) -> str:
    return path.split("/")[1].partition("?")[0]


WORK, MONTH, RESOURCES, DATA = _l("工作"), _l("月度"), _l("资源"), _l("数据")
TODAY = Entry(Act.SEE_PROJECT, "home.today", "sun", _l("今天"), key="t")
COCKPIT = Entry(Act.SEE_COCKPIT, "cockpit.show", "dashboard", _l("驾驶舱"), key="d")
PROJECTS = Entry(Act.SEE_PROJECT, "projects.index", "building-factory-2", _l("项目"), WORK, key="p")
MEETINGS = Entry(
    Act.SEE_MEETING, "meetings.calendar", "calendar-event", _l("会议与督办"), WORK, key="m", short=_l("会议")
)
SUPERVISION = Entry(
    Act.SEE_ACTION, "supervision.board", "clipboard-list", _l("督办看板"), WORK, key="k", short=_l("督办")
)
OURS = Entry(Act.WORK_ACTION, "supervision.mine", "clipboard-check", _l("本单位交办"), WORK, key="k", short=_l("交办"))
BRIEFING = Entry(Act.SEE_BRIEFING, "briefings.index", "report", _l("月度简报"), MONTH, key="b", short=_l("简报"))
QUEUE = Entry(Act.SEE_QUEUE, "claims.queue", "shield-check", _l("待核定"), key="q")
FIGURES = Entry(Act.SEE_FIGURES, "figures.index", "chart-bar", _l("统计报表"), MONTH, key="r", short=_l("报表"))
HANDOVER = Entry(Act.HAND_OVER, "handover.index", "user-share", _l("工作交接"), DATA, key="v")
USERS = Entry(Act.MANAGE_USERS, "users.index", "users", _l("用户与权限"), DATA, key="u", short=_l("用户"))
LOG = Entry(Act.SEE_LOG, "audit.index", "history", _l("操作日志"), DATA, key="l")
COLLISIONS = Entry(Act.ARBITRATE, "collisions.index", "gavel", _l("撞单裁定"), key="z")
QUICK = Entry(Act.LOG_ACTIVITY, "activities.new", "plus", _l("记一笔"), key="a")
ME = Entry(Act.SEE_PROJECT, "account.me", "user", _l("我的"), key="w")
ENTRIES = (
    TODAY,
    QUEUE,
    COCKPIT,
    COLLISIONS,
    PROJECTS,
    Entry(Act.SEE_PROJECT, "activities.index", "messages", _l("洽谈与接待"), WORK, key="a"),
    Entry(Act.PICK, "pool.index", "inbox", _l("公共池与流转"), WORK, key="o"),
    MEETINGS,
    SUPERVISION,
    OURS,
    Entry(Act.FILE_MONTH, "monthly.fill", "edit", _l("月度填报"), MONTH, key="f"),
    Entry(Act.VERIFY, "monthly.review", "checklist", _l("审核填报"), MONTH, key="f"),
    Entry(Act.SEE_PROJECT, "plans.index", "calendar-stats", _l("年度计划"), MONTH, key="n"),
    BRIEFING,
    Entry(Act.SEE_BRIEFING, "lights.board", "traffic-lights", _l("亮灯"), MONTH, key="y"),
    FIGURES,
    Entry(Act.SEE_COMPANY, "companies.index", "building", _l("企业与联系人"), RESOURCES, key="c"),
    Entry(Act.MERGE, "merges.index", "git-merge", _l("合并记录"), DATA, key="e"),
    Entry(Act.IMPORT, "imports.index", "file-import", _l("导入与导出"), DATA, key="i"),
    Entry(Act.SEE_JOBS, "jobs.index", "progress", _l("后台任务"), DATA, key="j"),
    Entry(Act.DELETE, "trash.index", "trash", _l("回收站"), DATA, key="x"),
    Entry(Act.MANAGE_SETTINGS, "settings.index", "settings", _l("口径与目标"), DATA, key="s"),
    HANDOVER,
    USERS,
    LOG,
)

MAKING = (
    QUICK,
    Entry(Act.REGISTER_PROJECT, "projects.new", "flag", _l("登记线索"), key="p"),
    Entry(Act.EDIT_COMPANY, "companies.new", "building-plus", _l("登记企业"), key="c"),
    Entry(Act.BOOK_MEETING, "meetings.plan", "calendar-plus", _l("安排会议"), key="m"),
    Entry(Act.HOLD_MEETING, "meetings.new", "calendar-check", _l("登记会议"), key="h"),
)


def _open_to(actor: Actor, entry: Entry) -> bool:
    if entry is TODAY and actor.role in (Role.LEADER, Role.AUDITOR):
        return False  # they look, they have no day's work here
    if entry in (SUPERVISION, OURS) and (entry is OURS) != (actor.role in (Role.LIAISON, Role.AGENT)):
        return False  # who only answers for his unit begins with what it has to do
    return can(actor, entry.act) and entry.endpoint in current_app.view_functions


def menu(actor: Actor) -> list[tuple[object, list[Entry]]]:
    """The rail: (group, entries), groups in order, the first without a name."""
    groups: dict[object, list[Entry]] = {}
    for entry in ENTRIES:
        if _open_to(actor, entry):
            groups.setdefault(str(entry.group), []).append(entry)
    return list(groups.items())


def here(actor: Actor, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries that the page asked for belongs to: it lies below their address or, below no entry's, is of their topic."""
    asked, part, args = request.endpoint or "", _first_part(request.path), request.args
    topic, lies_below = asked.partition(".")[0], part in _places(actor)

    def holds(entry: Entry) -> bool:
        if entry is QUICK:
            return asked == entry.endpoint
        is_it = part == entry.place if lies_below else topic == entry.endpoint.partition(".")[0]
        return is_it and all(args.get(name) == value for name, value in entry.args)

    return tuple(entry for entry in entries if holds(entry))


def _places(actor: Actor) -> frozenset[str]:
    """The first parts of the addresses of his menu; the same for all of a role."""
    known = cast(dict[Any, frozenset[str]], current_app.extensions.setdefault("crm_places", {}))
    key = (actor.role, request.script_root)
    if key not in known:
        known[key] = frozenset(entry.place for entry in going(actor))
    return known[key]


def making(actor: Actor) -> list[Entry]:
    """What the person may make from anywhere."""
    return [entry for entry in MAKING if _open_to(actor, entry)]


def going(actor: Actor) -> list[Entry]:
    """Every page of the menu, and one's own."""
    return [*(entry for _, entries in menu(actor) for entry in entries), ME]


def tabs(actor: Actor) -> list[Entry]:
    """The five places at the bottom of a phone, 记一笔 in the middle where the person may."""
    if actor.role is Role.LEADER:
        wanted = [COCKPIT, PROJECTS, BRIEFING, MEETINGS]
    elif can(actor, QUEUE.act):
        wanted = [TODAY, QUEUE, PROJECTS, BRIEFING]
    else:
        wanted = [TODAY, OURS, PROJECTS, MEETINGS, BRIEFING, FIGURES, USERS, HANDOVER, LOG]
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
