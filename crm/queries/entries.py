"""The entries of a project's timeline, kind by kind: each as far as its reader may know of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from crm import policy
from crm.choices import ActivityState, ClaimState
from crm.columns import UtcInstant
from crm.models import (
    ActionItem,
    Activity,
    AgendaItem,
    Attachment,
    Claim,
    Comment,
    Meeting,
    Mention,
    MoneyEntry,
    StageMove,
    StatusChange,
    User,
)
from crm.policy import Act, Actor
from crm.queries import activities, compiled
from crm.queries.action_items import notes_of
from crm.queries.edits import edits

PAGE = 40
_EDGE: Any = bindparam("edge", type_=UtcInstant())
_PROJECT: Any = bindparam("project_id", type_=Integer())


@dataclass(frozen=True)
class Entry:
    """One thing that happened: `kind` says how the template shows `row`; `yuan` is what a claim is about."""

    at: datetime
    kind: str  # activity, meeting, action, move, status, claim, plan, node, file, comment, edit
    row: Any
    by: str | None = None
    yuan: int | None = None

    @property
    def key(self) -> tuple[str, int]:
        """Its kind and the key of its row: what pins and quotes keep."""
        return self.kind, self.row.id

    @property
    def words(self) -> str:
        """Everything in it that can be quoted."""
        return "\n".join(part for part in _WORDS.get(self.kind, _nothing)(self.row) if part)


@dataclass(frozen=True)
class Span:
    """Which entries are asked for: a page from `edge` on, newest or oldest first; or those with the `ids`."""

    edge: datetime | None = None
    oldest_first: bool = False
    ids: Collection[int] | None = None
    is_shared: bool = True  # touchpoints may hang on more than their project (policy.hangs_on_more)

    def holds(self, at: datetime) -> bool:
        """Whether an instant lies beyond the edge."""
        return self.edge is None or (at > self.edge if self.oldest_first else at < self.edge)

    @property
    def shape(self) -> Span | None:
        """What decides the text of a statement about it (queries/compiled.py); None where its keys do."""
        return None if self.ids is not None else replace(self, edge=_EDGE if self.edge else None)

    @property
    def values(self) -> dict[str, Any]:
        """The value that its shape leaves open."""
        return {"edge": self.edge} if self.edge else {}

    def of(self, rows: Select[*tuple[Any, ...]], at: Any, key: Any) -> Select[*tuple[Any, ...]]:
        """The rows of the span, by the columns of their instant and their key; one more than a page."""
        rows = rows.order_by(None)
        if self.ids is not None:
            return rows.where(key.in_(self.ids))
        rows = rows.order_by(*(column.asc() if self.oldest_first else column.desc() for column in (at, key)))
        if self.edge is not None:
            rows = rows.where(at > self.edge if self.oldest_first else at < self.edge)
        return rows.limit(PAGE + 1)


Source = Callable[[Session, Actor, int, Span], Iterator[Entry]]


# ----------------------------------------------------------------------------------------------------------- work and money


def _rows(
    session: Session,
    make: Callable[..., Select[*tuple[Any, ...]]],
    shape: tuple[Any, ...],
    span: Span,
    actor: Actor,
    project_id: int,
) -> Any:
    """The rows of `make(*shape, span)`, which is made once a shape unless it is about certain keys."""
    values = {**compiled.values_of(actor), **span.values, "project_id": project_id}
    if span.shape is None:
        return session.execute(make(*shape, span), values)
    return compiled.entities(session, make, (*shape, span.shape), values)


@compiled.by_key
def _talks(actor: Actor, span: Span) -> Select[*tuple[Any, ...]]:
    rows = activities.on_timeline(actor, _PROJECT, span.is_shared).where(Activity.state == ActivityState.DONE)
    rows = rows.outerjoin(User, User.id == Activity.entered_by_id).add_columns(User.name)
    return span.of(rows, Activity.happened_at, Activity.id)


def _activities(session: Session, actor: Actor, project_id: int, span: Span) -> Iterator[Entry]:
    for activity, by in _rows(session, _talks, (compiled.reader(actor),), span, actor, project_id):
        yield Entry(activity.happened_at, "activity", activity, by)


# Under a name of its own: the policy's conditions on meetings speak of agenda items too.
Item = aliased(AgendaItem)


def agenda(actor: Actor, project_id: int) -> Select[AgendaItem]:
    """The project's items on the agendas of meetings that the actor may see."""
    return (
        select(Item)
        .join(Meeting, Meeting.id == Item.meeting_id)
        .where(Item.project_id == project_id, policy.rows(actor, Act.SEE_MEETING, Meeting))
        .options(contains_eager(Item.meeting))
    )


def _meetings(session: Session, actor: Actor, project_id: int, span: Span) -> Iterator[Entry]:
    rows = agenda(actor, project_id).where(Meeting.state == ActivityState.DONE)
    for item in session.scalars(span.of(rows, Meeting.held_at, Item.id)):
        yield Entry(item.meeting.held_at, "meeting", item)


@dataclass(frozen=True)
class Handed:
    """An action item with the last word said of it."""

    item: ActionItem
    said: str

    @property
    def id(self) -> int:
        """The item's key."""
        return self.item.id


def _actions(session: Session, actor: Actor, project_id: int, span: Span) -> Iterator[Entry]:
    rows = (
        select(ActionItem)
        .where(ActionItem.project_id == project_id, policy.rows(actor, Act.SEE_ACTION, ActionItem))
        .options(joinedload(ActionItem.lead_unit), joinedload(ActionItem.person))
    )
    found = session.scalars(span.of(rows, ActionItem.entered_at, ActionItem.id)).all()
    said = notes_of(session, [item.id for item in found]) if found else {}
    for item in found:
        yield Entry(item.entered_at, "action", Handed(item, said.get(item.id, "")))


def _log(kind: str, model: type[StageMove] | type[StatusChange]) -> Source:
    """Free moves or changes of status; those that are claimed show as their claims."""

    def source(session: Session, _: Actor, project_id: int, span: Span) -> Iterator[Entry]:
        rows: Select[*tuple[Any, ...]] = (
            select(model, User.name)
            .outerjoin(User, User.id == model.recorded_by_id)
            .where(model.project_id == project_id, model.claim_id.is_(None))
        )
        for row, by in session.execute(span.of(rows, model.recorded_at, model.id)):
            yield Entry(row.recorded_at, kind, row, by)

    return source


def _claims(session: Session, actor: Actor, project_id: int, span: Span) -> Iterator[Entry]:
    """One entry a claim, at the last thing that became of it; drafts are nobody's business yet."""
    for claim, when, by, yuan in _rows(session, _claimed, (), span, actor, project_id):
        yield Entry(when, "claim", claim, by, yuan)


@compiled.by_key
def _claimed(span: Span) -> Select[*tuple[Any, ...]]:
    at = func.coalesce(Claim.reversed_at, Claim.returned_at, Claim.verified_at, Claim.reported_at)
    by_id = func.coalesce(Claim.reversed_by_id, Claim.returned_by_id, Claim.verified_by_id, Claim.reported_by_id)
    rows: Select[*tuple[Any, ...]] = (
        select(Claim, at, User.name, MoneyEntry.amount_yuan)
        .outerjoin(User, User.id == by_id)
        .outerjoin(MoneyEntry, MoneyEntry.claim_id == Claim.id)
        .where(Claim.project_id == _PROJECT, Claim.state != ClaimState.DRAFT)
        .options(joinedload(Claim.reported_by).load_only(User.name))
    )
    return span.of(rows, at, Claim.id)


# -------------------------------------------------------------------------------------------- files, comments and changes


def _files(*conditions: ColumnElement[bool]) -> Source:
    def source(session: Session, _: Actor, project_id: int, span: Span) -> Iterator[Entry]:
        rows: Select[*tuple[Any, ...]] = (
            select(Attachment, User.name)
            .outerjoin(User, User.id == Attachment.uploaded_by_id)
            .where(Attachment.project_id == project_id, *conditions)
        )
        for file, by in session.execute(span.of(rows, Attachment.uploaded_at, Attachment.id)):
            yield Entry(file.uploaded_at, "file", file, by)

    return source


@dataclass(frozen=True)
class Remark:
    """A comment with its files; what it quotes shows only where the reader may see the entry quoted."""

    comment: Comment
    files: Sequence[Attachment]
    quote: str

    @property
    def id(self) -> int:
        """The comment's key."""
        return self.comment.id

    @property
    def names(self) -> Sequence[str]:
        """The names it may stand with, of the people it names."""
        users = [mention.user for mention in self.comment.mentions]
        return [name for user in users for name in (user.name, f"{user.name}（{user.unit.short_name}）")]


def _comments(session: Session, actor: Actor, project_id: int, span: Span) -> Iterator[Entry]:
    rows = (
        select(Comment)
        .where(Comment.project_id == project_id)
        .options(
            joinedload(Comment.author), selectinload(Comment.mentions).joinedload(Mention.user).joinedload(User.unit)
        )
    )
    comments = session.scalars(span.of(rows, Comment.written_at, Comment.id)).all()
    files = _files_of(session, comments)
    quoted = ((comment.quoted_kind, comment.quoted_id) for comment in comments if comment.quoted_id is not None)
    seen = {entry.key for entry in entries_of(session, actor, project_id, quoted)}
    for comment in comments:
        quote = comment.quote if (comment.quoted_kind, comment.quoted_id) in seen else ""
        yield Entry(comment.written_at, "comment", Remark(comment, files[comment.id], quote), comment.author.name)


def _files_of(session: Session, comments: Sequence[Comment]) -> Mapping[int, list[Attachment]]:
    found: defaultdict[int, list[Attachment]] = defaultdict(list)
    if comments:
        keys = [comment.id for comment in comments]
        rows = select(Attachment).where(Attachment.comment_id.in_(keys)).order_by(Attachment.id)
        for file in session.scalars(rows):
            found[file.comment_id or 0].append(file)
    return found


def _edits(session: Session, actor: Actor, project_id: int, span: Span) -> Iterator[Entry]:
    for edit in edits(session, actor, project_id, PAGE + 1, span.edge, span.oldest_first):
        yield Entry(edit.at, "edit", edit, edit.by)


# ------------------------------------------------------------------------------------------------------------ by their keys

# What can be pinned and quoted, by the kind that is kept.
SOURCES: Mapping[str, Source] = {
    "activity": _activities,
    "meeting": _meetings,
    "action": _actions,
    "move": _log("move", StageMove),
    "status": _log("status", StatusChange),
    "claim": _claims,
    "file": _files(),
    "comment": _comments,
}
EDITS: Source = _edits
# Files that stand for themselves; those that prove something or belong to a comment are found with it.
LOOSE_FILES: Source = _files(Attachment.claim_id.is_(None), Attachment.comment_id.is_(None))


def entries_of(session: Session, actor: Actor, project_id: int, keys: Iterable[tuple[str, int]]) -> list[Entry]:
    """The entries with these keys that the actor sees; a few statements for each kind among them, in no order."""
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for kind, row_id in keys:
        wanted[kind].add(row_id)
    return [
        entry
        for kind, ids in wanted.items()
        if kind in SOURCES
        for entry in SOURCES[kind](session, actor, project_id, Span(ids=ids))
    ]


def _nothing(_row: Any) -> Sequence[str]:
    return ()


_WORDS: Mapping[str, Callable[[Any], Sequence[str]]] = {
    "activity": lambda row: (row.title, row.summary),
    "meeting": lambda row: (row.meeting.title, row.conclusion, row.situation),
    "action": lambda row: (row.item.problem, row.item.task, row.said),
    "move": lambda row: (row.reason,),
    "status": lambda row: (row.reason, row.lost_to),
    "claim": lambda row: (row.note, row.reason),
    "comment": lambda row: (row.comment.body,),
}
