"""One search over projects, companies, people, touchpoints and meetings; nobody finds what he may not see.

What a person opened lately and often comes first among equal hits. However much there is, a search asks a fixed number of
statements and looks at a fixed number of rows of each kind: the newest that hold the words, and the visited ones that do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, case, literal, select, union_all
from sqlalchemy.orm import Session

from crm.choices import Found
from crm.models import Activity, AgendaItem, Meeting, Project, SearchEntry, Visit
from crm.policy import Actor
from crm.queries.finding import MODELS, holding, visible
from crm.rules.search import closeness, entry_id, fold, warmth

LOOKED_AT = {
    Found.PROJECT: 60,
    Found.COMPANY: 60,
    Found.CONTACT: 30,
    Found.ACTIVITY: 20,
    Found.MEETING: 20,
    Found.AGENDA: 20,
}
MOST_VISITED = 40
VISITED_KINDS = (Found.PROJECT, Found.COMPANY, Found.ACTIVITY, Found.MEETING)  # those that have pages
GROUPS = (Found.PROJECT, Found.COMPANY, Found.CONTACT, Found.ACTIVITY, Found.MEETING)


@dataclass(frozen=True, slots=True)
class Hit:
    """A row found, and what is shown of it; `closeness` and `warmth` as in rules/search.py."""

    kind: Found
    page_id: int
    title: str
    hint: str
    text: str
    closeness: int
    warmth: int
    id: int

    @property
    def body(self) -> str:
        """What is searched beside the title."""
        return self.text.removeprefix(fold(self.title)).strip()

    @property
    def rank(self) -> tuple[int, int, int]:
        """The best first: how well its title answers, how often it was opened, how new it is."""
        return self.closeness, -self.warmth, -self.id


@dataclass(frozen=True, slots=True)
class Group:
    """The first few hits of a kind, the best first, and whether there are more."""

    kind: Found
    hits: Sequence[Hit]
    more: bool


def search(session: Session, actor: Actor, words: Sequence[str], now: datetime, most: int) -> list[Group]:
    """Rows in which every word stands, by kind, `most` of each; two statements whatever is found."""
    warm = _visited(session, actor, words, now)
    asked = [_newest(actor, kind, words) for kind in Found]
    asked += _these(actor, warm, words)
    hits = _hits(session, asked, words, warm)
    groups: dict[Found, list[Hit]] = defaultdict(list)
    for hit in hits:
        groups[Found.MEETING if hit.kind is Found.AGENDA else hit.kind].append(hit)
    return [_group(kind, groups[kind], most) for kind in GROUPS if groups[kind]]


def recent(session: Session, actor: Actor, now: datetime, most: int) -> list[Hit]:
    """What the person opened lately and often, as far as he still may see it; at most two statements."""
    warm = _visited(session, actor, (), now)
    asked = _these(actor, warm, ())
    hits = _hits(session, asked, (), warm) if asked else []
    return sorted(hits, key=lambda hit: (-hit.warmth, -hit.id))[:most]


def details(session: Session, groups: Iterable[Group]) -> dict[tuple[Found, int], Any]:
    """What the search page adds to its hits: stages of projects, what was really written of touchpoints; a statement a kind."""
    columns: dict[Found, Any] = {Found.PROJECT: Project.stage, Found.ACTIVITY: Activity.summary}
    found = {}
    for group in groups:
        if group.kind in columns:
            model: Any = MODELS[group.kind]
            rows = select(model.id, columns[group.kind]).where(model.id.in_([hit.page_id for hit in group.hits]))
            found.update({(group.kind, key): value for key, value in session.execute(rows)})
    return found


def _group(kind: Found, hits: Iterable[Hit], most: int) -> Group:
    best: dict[int, Hit] = {}
    for hit in sorted(hits, key=lambda hit: hit.rank):
        best.setdefault(hit.id if kind is Found.CONTACT else hit.page_id, hit)
    ranked = list(best.values())
    return Group(kind, ranked[:most], len(ranked) > most)


def _hits(session: Session, asked: Sequence[Select[Any]], words: Sequence[str], warm: Mapping[int, int]) -> list[Hit]:
    rows = session.execute(union_all(*(select(part.subquery()) for part in asked))).all()
    once = {row.id: row for row in rows}.values()
    return [
        Hit(
            kind=Found.parse(row.kind),
            page_id=row.page_id,
            title=row.title,
            hint=row.hint,
            text=row.text,
            closeness=closeness(row.title, words),
            warmth=warm.get(row.id, 0),
            id=row.id,
        )
        for row in once
    ]


def _entries(actor: Actor, kind: Found) -> Select[Any]:
    """Entries of a kind whose rows the actor may see."""
    model: Any = MODELS[kind]
    shown: tuple[Any, ...] = (
        SearchEntry.id,
        SearchEntry.kind,
        SearchEntry.page_id,
        SearchEntry.title,
        SearchEntry.hint,
        SearchEntry.text,
    )
    rows: Select[Any] = select(*shown).join(model, model.id == SearchEntry.row_id).where(SearchEntry.kind == kind.value)
    if kind is Found.AGENDA:
        rows = rows.join(Meeting, Meeting.id == AgendaItem.meeting_id).join(
            Project, Project.id == AgendaItem.project_id
        )
    return rows.where(visible(actor, kind))


def _newest(actor: Actor, kind: Found, words: Sequence[str]) -> Select[Any]:
    rows = _entries(actor, kind).where(holding(kind, words, actor))
    return rows.order_by(SearchEntry.id.desc()).limit(LOOKED_AT[kind])


def _these(actor: Actor, ids: Iterable[int], words: Sequence[str]) -> list[Select[Any]]:
    """Visited entries once more, with the policy: one part a kind that has some."""
    parts = []
    for kind in VISITED_KINDS:
        own = [id_ for id_ in ids if entry_id(kind, 0) < id_ < entry_id(kind, 0) + _NEXT_KIND]
        if own:
            parts.append(_entries(actor, kind).where(SearchEntry.id.in_(own)))
    return parts


_NEXT_KIND = entry_id(Found.COMPANY, 0) - entry_id(Found.PROJECT, 0)


def _entry_of_visit() -> ColumnElement[int]:
    kinds = {kind.value: literal(entry_id(kind, 0), BigInteger) for kind in VISITED_KINDS}
    return case(kinds, value=Visit.kind) + Visit.row_id


def _visited(session: Session, actor: Actor, words: Sequence[str], now: datetime) -> dict[int, int]:
    """Warmth by entry of the visited rows that hold the words, the warmest ones."""
    rows = (
        select(SearchEntry.id, Visit.times, Visit.last_at)
        .join(Visit, SearchEntry.id == _entry_of_visit())
        .where(Visit.user_id == actor.id)
    )
    for word in words:
        rows = rows.where(_says(word))
    found = ((id_, warmth(times, last_at, now)) for id_, times, last_at in session.execute(rows))
    return dict(sorted(found, key=lambda pair: -pair[1])[:MOST_VISITED])


def _says(word: str) -> ColumnElement[bool]:
    sound = SearchEntry.sounds.contains(f" {word}", autoescape=True)
    return SearchEntry.text.contains(word, autoescape=True) | sound
