"""The state of the project list as its address holds it: filters, groups of conditions, order, columns and density.

The same arguments stand in the addresses of the list, of its export and bulk changes, and of a project opened from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Select
from werkzeug.datastructures import MultiDict

from crm.policy import Act
from crm.queries import project_columns
from crm.queries.keyset import Key
from crm.queries.project_columns import COLUMNS, Density, Shown
from crm.queries.project_conditions import KINDS, WORDS
from crm.queries.project_filters import ProjectFilter, View
from crm.queries.project_list import Asked
from crm.queries.project_question import Question
from crm.rules import list_filters
from crm.views import lists, project_address, project_builder, web

FILTERS = (
    "view", "q", "stage", "industry", "capital", "lead", "unit", "area", "source", "list", "status", "signed", "least", "c",
)  # fmt: skip
STATE = (*FILTERS, "sort", "cols", "density")
SORT_FIELDS = ("sort1", "sort2", "sort3")  # of the form; the address holds them as one
MOST_TICKED = 200
CHOSEN = ("v", *STATE)  # with the saved view it began from


@dataclass(frozen=True)
class State:
    """What the list of this address shows, and how."""

    wanted: ProjectFilter
    asked: Sequence[list_filters.Asked]
    sort: tuple[str, ...]
    columns: tuple[Shown, ...]
    density: Density

    @property
    def order(self) -> list[Key]:
        """The keys it is sorted and paged by."""
        return project_columns.order_of(self.sort)

    @property
    def list(self) -> Asked:
        """The list it means for its reader."""
        return Asked(web.actor(), self.wanted, web.today())

    @property
    def question(self) -> Question:
        """What is asked, without how it is shown."""
        return Question(self.wanted, self.sort)

    def rows(self, act: Act = Act.SEE_PROJECT) -> Select[int]:
        """The ids of everything it holds, as far as the reader may."""
        return self.question.rows(web.actor(), web.today(), act)


def read() -> State:
    """Of this address; whatever it does not understand narrows nothing."""
    asked = project_builder.asked()
    groups = list_filters.groups(asked, KINDS, WORDS)
    return State(
        replace(project_address.wanted(), groups=tuple(tuple(group) for group in groups)),
        asked,
        project_columns.read_sort(request.args.get("sort", "")),
        project_columns.read_columns(request.args.get("cols", "")),
        lists.word("density", Density) or Density.NORMAL,
    )


def ticked(texts: Sequence[str]) -> Question:
    """The ticked rows, in whatever view they stand; whatever is no key is nothing."""
    ids = tuple(key for text in texts[:MOST_TICKED] if (key := lists.key(text)))
    return Question(ProjectFilter(View.EVERY), ids=ids)


def arguments(names: Sequence[str] = CHOSEN) -> dict[str, Any]:
    """The arguments of this address that are the list's, for another address."""
    return {name: request.args.getlist(name) for name in names if any(request.args.getlist(name))}


def query(source: MultiDict[str, str] | None = None) -> str:
    """The state as one text, always the same for the same state: what a saved view keeps and is compared by."""
    args = request.args if source is None else source
    plain = {"view": View.ALL.value, "density": Density.NORMAL.value}
    pairs = [
        (name, value) for name in STATE for value in args.getlist(name) if value.strip() and value != plain.get(name)
    ]
    return urlencode(pairs)


def chosen_columns(form: Mapping[str, str]) -> str:
    """The columns of the chooser's form, in the order of their numbers, as the address holds them."""
    ticked = [key for key in COLUMNS if form.get(f"col-{key}")]
    places = {key: _number(form.get(f"at-{key}", "")) for key in ticked}
    ordered = sorted(ticked, key=lambda key: places[key])
    widths = {key: project_columns.Width.known(form.get(f"width-{key}", "")) for key in ticked}
    shown = [Shown(COLUMNS[key], widths[key] or project_columns.Width.AUTO) for key in ordered]
    return project_columns.written_columns(shown)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 999


def is_own(name: str) -> bool:
    """An argument of the chooser's form that does not belong into the address."""
    return name in ("chooser", *SORT_FIELDS) or name.partition("-")[0] in ("col", "at", "width")


def chosen() -> str:
    """The address that the chooser's form means."""
    own = {name: None for name in request.args if is_own(name)}
    sort = ",".join(filter(None, (request.args.get(name, "") for name in SORT_FIELDS)))
    return lists.address(**own, cols=chosen_columns(request.args), sort=sort)
