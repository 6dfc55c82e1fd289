"""The timeline of a project's page: the part asked for, in the order its reader likes, with what is pinned and planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import request
from flask import session as cookies

from crm import policy
from crm.actions.projects import EDITABLE
from crm.models import Activity, Project, User
from crm.policy import Act
from crm.queries import timeline
from crm.queries.ahead import ahead, counts
from crm.queries.edits import Difference
from crm.queries.stage_log import Step
from crm.queries.timeline import Show, Span
from crm.rules import mentions
from crm.rules.days import FIRST_YEAR, LAST_YEAR
from crm.views import lists, web

OLDEST = "oldest"


def parts(project: Project, steps: Sequence[Step], there: Mapping[str, int]) -> dict[str, Any]:
    """Everything the template of the timeline needs; the address says which part of it. `there`: queries/presence.py."""
    session, actor = web.session(), web.actor()
    show, span = lists.word("show", Show) or Show.ALL, _span()
    entries, edge = timeline.timeline(session, actor, project.id, show, span, there, steps)
    is_first = span.edge is None
    pinned = timeline.pinned(session, actor, project.id) if is_first and show is Show.ALL and "pin" in there else []
    on_top = {entry.key for entry in pinned}
    return {
        "project": project,
        "steps": steps,
        "entries": [entry for entry in entries if entry.key not in on_top],
        "pinned": pinned,
        "pinnable": timeline.PINNABLE,
        "edge": edge,
        "is_first": is_first,
        "oldest_first": span.oldest_first,
        "show": show,
        "shows": Show,
        "ahead": ahead(session, actor, project.id, there),
        "counts": counts(session, actor, project.id, web.today(), there),
        "limits": web.limits().stay_days,
        "may": lambda act: policy.allows(actor, act, project),
        "may_settle": _may_settle(project),
        "pieces": mentions.pieces,
        "is_restorable": _is_restorable,
        "owners": _owners(project),
        "address": lists.address,
    }


def _span() -> Span:
    """From where, and in which order: what the address says, else what the person chose last."""
    if "order" in request.args:
        cookies["timeline_order"] = request.args["order"]
    return Span(_instant(request.args.get("edge", "")), cookies.get("timeline_order") == OLDEST)


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign in an address reads as a space
    except ValueError:
        return None
    return found if found.tzinfo and FIRST_YEAR <= found.year <= LAST_YEAR else None


def _may_settle(project: Project) -> Any:
    """Whether the reader may settle what a touchpoint planned or promised: its people, and who edits the project."""
    actor = web.actor()
    may_log, may_edit = (policy.allows(actor, act, project) for act in (Act.LOG_ACTIVITY, Act.EDIT_PROJECT))

    def may(activity: Activity) -> bool:
        mine = actor.id in (activity.entered_by_id, activity.next_owner_id)
        return may_log and (mine or may_edit)

    return may


def _is_restorable(difference: Difference) -> bool:
    """Whether the old value can be put back by the edit form's own rules."""
    change = difference.change
    emptied = change.old is None and change.column_name in ("name", "total_yuan")
    return (
        change.table_name == Project.__tablename__
        and change.column_name in EDITABLE
        and difference.is_open
        and not emptied
    )


def _owners(project: Project) -> list[User]:
    """Who can be asked to follow up from the page itself: the others who work on the project."""
    people = {member.user_id: member.user for member in project.members if member.to_on is None}
    return [user for key, user in people.items() if key != web.actor().id]
