"""The timeline of a project: everything that happened, all kinds mixed or one alone, with what is pinned on top."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.choices import Labelled
from crm.errors import NotFound
from crm.models import Pin
from crm.policy import Actor
from crm.queries import plan_log, presence
from crm.queries.edits import Edit
from crm.queries.entries import EDITS, LOOSE_FILES, PAGE, SOURCES, Entry, Source, Span, entries_of
from crm.queries.stage_log import Step
from crm.rules.days import day_of

__all__ = ["NEWEST", "PAGE", "PINNABLE", "Entry", "Show", "Span", "find_entry", "pinned", "timeline", "words_of"]


NEWEST = Span()
PINNABLE = frozenset(SOURCES)


class Show(Labelled):
    """The parts of the timeline that can be shown alone."""

    ALL = "all", "全部"
    TALKS = "talks", "洽谈"
    MEETINGS = "meetings", "会议"
    ACTIONS = "actions", "交办"
    COMMENTS = "comments", "评论"
    STAGES = "stages", "阶段与核定"
    PLANS = "plans", "计划"
    FILES = "files", "附件"
    EDITS = "edits", "改动"


_KINDS: Mapping[str, Source] = {
    **SOURCES,
    "file": LOOSE_FILES,
    "edit": EDITS,
    "plan": plan_log.plans,
    "node": plan_log.nodes,
}
_STAGES = ("move", "status", "claim")
_PLANS = ("plan", "node")
_SHOWN: Mapping[Show, tuple[str, ...]] = {
    Show.ALL: ("activity", "meeting", "action", "comment", *_STAGES, *_PLANS, "file", "edit"),
    Show.TALKS: ("activity",),
    Show.MEETINGS: ("meeting",),
    Show.ACTIONS: ("action",),
    Show.COMMENTS: ("comment",),
    Show.STAGES: _STAGES,
    Show.PLANS: _PLANS,
    Show.FILES: ("file",),
    Show.EDITS: ("edit",),
}


def timeline(
    session: Session,
    actor: Actor,
    project_id: int,
    show: Show = Show.ALL,
    span: Span = NEWEST,
    there: Collection[str] = presence.EVERYTHING,
    steps: Iterable[Step] | None = None,
) -> tuple[list[Entry], datetime | None]:
    """(entries, the edge where the following ones begin or None). The number of statements does not depend on the rows.

    `there` is what the project has at all, `steps` its stage log, where the caller knows.
    """
    sources = {**_KINDS, "file": SOURCES["file"]} if show is Show.FILES else _KINDS  # alone, files are all the files
    if steps is not None:
        sources = {**sources, "move": _moves(steps)}
    kinds, span = [kind for kind in _SHOWN[show] if kind in there], replace(span, is_shared="shared" in there)
    found = [entry for kind in kinds for entry in sources[kind](session, actor, project_id, span)]
    found.sort(key=lambda entry: entry.at, reverse=not span.oldest_first)
    end = PAGE
    while PAGE <= end < len(found) and found[end].at == found[end - 1].at:
        end += 1  # one instant is not torn apart: the next page begins beyond it
    return _folded(found[:end]), (found[end - 1].at if end < len(found) else None)


def _moves(steps: Iterable[Step]) -> Source:
    """The free moves of a stage log that is known already."""

    def source(_session: Session, _actor: Actor, _project_id: int, span: Span) -> Iterator[Entry]:
        for step in steps:
            if step.move.claim_id is None and span.holds(step.move.recorded_at):
                yield Entry(step.move.recorded_at, "move", step.move, step.by)

    return source


def _folded(entries: list[Entry]) -> list[Entry]:
    """The edits of one person on one day with nothing in between as one."""
    folded: list[Entry] = []
    for entry in entries:
        last = folded[-1] if folded else None
        if last is not None and last.kind == entry.kind == "edit" and _belong(last.row, entry.row):
            folded[-1] = replace(last, row=last.row.with_more(entry.row))
        else:
            folded.append(entry)
    return folded


def _belong(one: Edit, other: Edit) -> bool:
    return one.by == other.by and day_of(one.at) == day_of(other.at)


def pinned(session: Session, actor: Actor, project_id: int) -> list[Entry]:
    """The pinned entries that the actor sees, the last pinned first."""
    pins = session.execute(
        select(Pin.kind, Pin.row_id).where(Pin.project_id == project_id).order_by(Pin.pinned_at.desc(), Pin.row_id)
    ).all()
    found = {entry.key: entry for entry in entries_of(session, actor, project_id, ((kind, key) for kind, key in pins))}
    return [found[kind, key] for kind, key in pins if (kind, key) in found]


def find_entry(session: Session, actor: Actor, project_id: int, kind: str, row_id: int) -> Entry | None:
    """The entry of a kind and key, if it is one of the project's that the actor sees."""
    return next(iter(entries_of(session, actor, project_id, [(kind, row_id)])), None)


def words_of(session: Session, actor: Actor, project_id: int, kind: str, row_id: int) -> str:
    """What can be quoted of an entry; raises NotFound for one the actor does not see."""
    entry = find_entry(session, actor, project_id, kind, row_id)
    if entry is None:
        raise NotFound
    return entry.words
