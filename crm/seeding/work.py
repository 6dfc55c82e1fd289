"""Files of the daily work: activities, rooms, meetings with their agenda, action items, comments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from crm.choices import (
    ActionSource,
    ActionState,
    ActivityKind,
    ActivityResult,
    ActivityState,
    IssueClass,
    MeetingKind,
    Priority,
    Rating,
)
from crm.choices import ActionStepKind as Step
from crm.models import (
    ActionItem,
    ActionStep,
    ActionSupport,
    Activity,
    ActivityPerson,
    ActivityProject,
    AgendaItem,
    Attendee,
    Comment,
    Meeting,
    Mention,
    Room,
)
from crm.rules.days import at
from crm.seeding.cells import Cells, CellWrong
from crm.seeding.parts import Part, Ref


def activity(cells: Cells) -> list[Part]:
    """activities.csv: a touchpoint, the projects it touches and our own people who took part."""
    values = {
        "kind": cells.needed_word(ActivityKind, "方式"),
        "state": cells.word(ActivityState, "状态") or ActivityState.DONE,
        "happened_at": cells.needed_instant("时间"),
        "title": cells.text("主题"),
        "place": cells.text("地点"),
        "city": cells.text("城市"),
        "company_id": cells.one("企业", "企业"),
        "our_side": cells.text("我方其他人员"),
        "their_side": cells.text("对方人员"),
        "their_count": cells.whole("对方人数"),
        "summary": cells.long("纪要"),
        "demands": cells.long("对方诉求"),
        "commitments": cells.long("我方答复"),
        "result": cells.word(ActivityResult, "结果"),
        **_next(cells),
        "entered_at": cells.needed_instant("登记时间"),
        "entered_by_id": cells.needed_one("人员", "登记人"),
        "unit_id": cells.one("单位", "招商组"),
    }
    projects = [
        Part(ActivityProject, {"activity_id": Ref("activity"), "project_id": project_id}, str(project_id))
        for project_id in cells.many("项目", "项目编号")
    ]
    people = [
        Part(ActivityPerson, {"activity_id": Ref("activity"), "user_id": user_id}, str(user_id))
        for user_id in cells.many("人员", "我方人员")
    ]
    return [Part(Activity, values), *projects, *people]


def _next(cells: Cells) -> dict[str, Any]:
    return {
        "next_step": cells.text("下一步"),
        "next_on": cells.day("下一步日期"),
        "next_owner_id": cells.one("人员", "下一步负责人"),
        "next_done_at": cells.instant("下一步完成时间"),
    }


def room(cells: Cells) -> list[Part]:
    """rooms.csv: a room that is booked."""
    values = {
        "name": cells.needed("名称"),
        "building": cells.text("楼宇"),
        "capacity": cells.needed_whole("可容纳"),
        "equipment": cells.text("设备"),
        "rank": cells.whole("排序") or 0,
    }
    return [Part(Room, values)]


def meeting(cells: Cells) -> list[Part]:
    """meetings.csv: a meeting and those of ours who were invited."""
    held_at, ends_at = cells.needed_instant("时间"), cells.needed_instant("结束时间")
    if ends_at <= held_at:
        raise CellWrong("结束时间", "要晚于“时间”。")
    values = {
        "kind": cells.needed_word(MeetingKind, "类型"),
        "state": cells.word(ActivityState, "状态") or ActivityState.DONE,
        "title": cells.needed("会议名称"),
        "held_at": held_at,
        "ends_at": ends_at,
        "place": cells.text("地点"),
        "room_id": cells.one("会议室", "会议室"),
        "chair_id": cells.one("人员", "主持人"),
        "secretary_id": cells.one("人员", "记录人"),
        "attendees": cells.long("参会人员"),
        "minutes_number": cells.text("纪要编号"),
        "summary": cells.long("会议摘要"),
        "entered_at": cells.needed_instant("登记时间"),
        "entered_by_id": cells.one("人员", "登记人"),
    }
    invited = [
        Part(Attendee, {"meeting_id": Ref("meeting"), "user_id": user_id}, str(user_id))
        for user_id in cells.many("人员", "我方参会")
    ]
    return [Part(Meeting, values), *invited]


def agenda_item(cells: Cells) -> list[Part]:
    """agenda.csv: a project on a meeting's agenda."""
    values = {
        "meeting_id": cells.needed_one("会议", "会议编号"),
        "project_id": cells.needed_one("项目", "项目编号"),
        "rank": cells.needed_whole("顺序"),
        "issue_class": cells.word(IssueClass, "问题类别") or IssueClass.OTHER,
        "situation": cells.long("情况"),
        "conclusion": cells.long("结论"),
    }
    return [Part(AgendaItem, values)]


def action_item(cells: Cells) -> list[Part]:
    """action_items.csv: what a meeting handed to a unit, who helps, and the steps that led to where it stands."""
    state, done_on = cells.needed_word(ActionState, "状态"), cells.day("办结日期")
    if (state is ActionState.DONE) != (done_on is not None):
        raise CellWrong("办结日期", "状态为“办结”的要填办结日期，其余的不填。")
    meeting_id, assigned_on = cells.one("会议", "会议编号"), cells.needed_day("交办日期")
    rating = cells.word(Rating, "评价")
    if rating is not None and state is not ActionState.DONE:
        raise CellWrong("评价", "办结的事项才有评价。")
    values = {
        "meeting_id": meeting_id,
        "project_id": cells.needed_one("项目", "项目编号"),
        "source": ActionSource.MEETING if meeting_id else ActionSource.OTHER,
        "priority": cells.word(Priority, "缓急") or Priority.NORMAL,
        "issue_class": cells.needed_word(IssueClass, "问题类别"),
        "problem": cells.long("问题"),
        "task": cells.long("交办内容"),
        "lead_unit_id": cells.needed_one("单位", "牵头单位"),
        "person_id": cells.one("人员", "责任人"),
        "assigned_on": assigned_on,
        "handed_on": assigned_on,
        "deadline_on": cells.needed_day("时限"),
        "state": state,
        "done_on": done_on,
        "rating": rating,
        "entered_at": cells.needed_instant("登记时间"),
    }
    helping = [
        Part(ActionSupport, {"item_id": Ref("action_item"), "unit_id": unit_id}, str(unit_id))
        for unit_id in cells.many("单位", "配合单位")
    ]
    item = Part(ActionItem, values, last=frozenset({"state", "done_on", "rating"}))
    return [item, *helping, *_steps(values, cells.long("进展"))]


def _steps(values: Mapping[str, Any], said: str) -> list[Part]:
    """The way to the state of a line, on the days it gives; what was said stands with the last step of the unit."""
    state, entered_at, done_on = values["state"], values["entered_at"], values["done_on"]
    signed_at = entered_at + timedelta(hours=16)
    finished_at = max(at(done_on, time(10)), signed_at) if done_on else signed_at + timedelta(days=1)
    way: list[tuple[Step, ActionState | None, ActionState, datetime]] = [
        (Step.ASSIGN, None, ActionState.ASSIGNED, entered_at)
    ]
    if state is not ActionState.ASSIGNED:
        way.append((Step.ACCEPT, ActionState.ASSIGNED, ActionState.DOING, signed_at))
    if state is ActionState.DOING and said:
        way.append((Step.REPORT, ActionState.DOING, ActionState.DOING, finished_at))
    if state in (ActionState.CHECKING, ActionState.RETURNED, ActionState.DONE):
        way.append((Step.FINISH, ActionState.DOING, ActionState.CHECKING, finished_at))
    if state is ActionState.RETURNED:
        way.append((Step.RETURN, ActionState.CHECKING, ActionState.RETURNED, finished_at + timedelta(days=1)))
    if state is ActionState.DONE:
        way.append((Step.VERIFY, ActionState.CHECKING, ActionState.DONE, finished_at + timedelta(hours=6)))
    telling = next((kind for kind, *_ in reversed(way) if kind in (Step.REPORT, Step.FINISH)), way[-1][0])
    return [
        Part(
            ActionStep,
            {
                "item_id": Ref("action_item"), "kind": kind, "from_state": before, "to_state": after, "at": when,
                "unit_id": values["lead_unit_id"] if kind is Step.ASSIGN else None,
                "note": said if kind is telling else "",
            },
            kind.value,
            once=True,
        )
        for kind, before, after, when in way
    ]  # fmt: skip


def comment(cells: Cells) -> list[Part]:
    """comments.csv: a remark on a project, and who is named in it (written @姓名 in the text, too)."""
    values = {
        "project_id": cells.needed_one("项目", "项目编号"),
        "author_id": cells.needed_one("人员", "作者"),
        "written_at": cells.needed_instant("时间"),
        "body": cells.needed("内容"),
    }
    mentions = [
        Part(Mention, {"comment_id": Ref("comment"), "user_id": user_id}, str(user_id))
        for user_id in cells.many("人员", "提到")
    ]
    return [Part(Comment, values), *mentions]
