"""A list of projects as it was asked for, kept as JSON: a job asks it again later, in the name of who asked it first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import Select

from crm.choices import CapitalKind, KeyList, Labelled, SourceChannel, Stage, Status
from crm.models import Project
from crm.policy import Act, Actor
from crm.queries import project_columns
from crm.queries.keyset import Key
from crm.queries.project_filters import ProjectFilter, View, matching
from crm.rules.days import Month
from crm.rules.list_filters import Condition, Op

# How the values of a filter are read back; what is not named here is kept as it is.
_READ: Mapping[str, Callable[[Any], Any]] = {
    "view": View.parse,
    "stage": Stage.by_slug,
    "capital_kind": CapitalKind.parse,
    "source_channel": SourceChannel.parse,
    "key_list": KeyList.parse,
    "status": Status.parse,
    "signed_in": Month.parse,
}


@dataclass(frozen=True)
class Question:
    """What a list holds and its order; `ids` narrows it to some of its rows."""

    wanted: ProjectFilter
    sort: tuple[str, ...] = (project_columns.DEFAULT_SORT,)
    ids: tuple[int, ...] | None = None

    @property
    def order(self) -> list[Key]:
        """The keys it is sorted by."""
        return project_columns.order_of(self.sort)

    def rows(self, actor: Actor, today: date, act: Act) -> Select[int]:
        """The ids of everything it holds, as far as the actor may do the act."""
        found = matching(actor, self.wanted, today, act)
        return found if self.ids is None else found.where(Project.id.in_(self.ids))

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        given = {field.name: getattr(self.wanted, field.name) for field in fields(ProjectFilter)}
        wanted = {name: _plain(value) for name, value in given.items() if value not in (None, "", ())}
        return {"wanted": wanted, "sort": list(self.sort), "ids": None if self.ids is None else list(self.ids)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Question:
        """The inverse of `as_json`."""
        wanted = {name: _READ.get(name, lambda value: value)(value) for name, value in kept["wanted"].items()}
        if "groups" in wanted:
            wanted["groups"] = tuple(tuple(map(_condition, group)) for group in wanted["groups"])
        ids = kept["ids"]
        return cls(ProjectFilter(**wanted), tuple(kept["sort"]), None if ids is None else tuple(ids))


def _plain(value: Any) -> Any:
    if isinstance(value, Month):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Condition):
        return {**asdict(value), "op": value.op.value, "values": [_kept(item) for item in value.values]}
    if isinstance(value, Stage):
        return value.slug
    return value.value if isinstance(value, Labelled) else value


def _kept(value: Any) -> Any:
    """A value of a condition; a day says that it is one, since a text may look like one."""
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _condition(kept: Mapping[str, Any]) -> Condition:
    values: Sequence[Any] = kept["values"]
    read = tuple(date.fromisoformat(value["day"]) if isinstance(value, dict) else value for value in values)
    return Condition(kept["field"], Op.parse(kept["op"]), read)
