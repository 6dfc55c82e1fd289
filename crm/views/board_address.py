"""The board as an address: which columns are open, which part of a column is shown, where a column goes on.

Beside the filters of the list (project_address.py): `lanes` names the open columns, `only` one part of a column's bar
(negotiation.late), `lane` and `after` the column that goes on and the card after which it does, `at` the column a phone
shows, `cards` whether they are compact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request, url_for

from crm.queries.board import After, Wanted
from crm.rules.board import BY_SLUG, LANES, OPEN_AT_FIRST, Arrangement, Lane, toggled
from crm.views import lists

NONE_OPEN = "none"
OWN = ("lanes", "only", "lane", "after", "at", "cards")


@dataclass(frozen=True)
class Shown:
    """What the address says of the board itself; whatever it does not understand changes nothing."""

    opened: tuple[Lane, ...]
    only: Mapping[Lane, Arrangement]
    lane: Lane | None
    after: After | None
    at: Lane | None
    compact: bool

    def wanted(self) -> list[Wanted]:
        """What to fetch: every open column, or the rest of the one that goes on."""
        return [self.of(lane) for lane in self.opened]

    def of(self, lane: Lane) -> Wanted:
        """What is asked of one column."""
        return Wanted(lane, self.only.get(lane), self.after if lane == self.lane else None)


def shown() -> Shown:
    """The board of this address; the column a phone asks for is open."""
    at = BY_SLUG.get(request.args.get("at", ""))
    lane = BY_SLUG.get(request.args.get("lane", ""))
    return Shown(
        opened=tuple(each for each in LANES if each in _opened() or each == at),
        only=_only(),
        lane=lane,
        after=_after(request.args.get("after", "")) if lane else None,
        at=at,
        compact=request.args.get("cards") == "compact",
    )


def _opened() -> tuple[Lane, ...]:
    text = request.args.get("lanes", "")
    if not text:
        return OPEN_AT_FIRST
    return tuple(lane for lane in LANES if lane.slug in text.split(","))


def _only() -> dict[Lane, Arrangement]:
    found = {}
    for text in request.args.getlist("only"):
        slug, _, state = text.partition(".")
        part = Arrangement.known(state)
        if slug in BY_SLUG and part is not None:
            found[BY_SLUG[slug]] = part
    return found


def _after(text: str) -> After | None:
    day, _, key = text.partition("_")
    try:
        since_on, number = date.fromisoformat(day), lists.key(key)
    except ValueError:
        return None
    return None if number is None else After(since_on, number)


# -------------------------------------------------------------------------------------------------- addresses from here


def fold(state: Shown, lane: Lane) -> str:
    """This board with the column open or folded."""
    opened = toggled(state.opened, lane)
    slugs = ",".join(each.slug for each in opened) or NONE_OPEN
    at = state.at.slug if state.at and state.at in opened else None
    return lists.address(lanes=None if opened == OPEN_AT_FIRST else slugs, at=at, **_FROM_THE_START)


def part(state: Shown, lane: Lane, of: Arrangement) -> str:
    """This board with only this part of the column, or with all of it again."""
    only = {each: found for each, found in state.only.items() if each != lane}
    if state.only.get(lane) is not of:
        only[lane] = of
    return lists.address(only=[f"{each.slug}.{found.value}" for each, found in only.items()] or None, **_FROM_THE_START)


def more(lane: Lane, after: After) -> str:
    """This board with the column going on after the card."""
    return lists.address(lane=lane.slug, after=f"{after.since_on.isoformat()}_{after.id}")


def plain(**changes: Any) -> str:
    """This board with some arguments changed, every column from its start."""
    return lists.address(**{**_FROM_THE_START, **changes})


def as_list() -> str:
    """The list of the same projects."""
    return url_for("projects.index", **_filters())


def without_filters() -> str:
    """The board of everything, looking as it does now."""
    kept: dict[str, Any] = {name: values for name, values in request.args.lists() if name in ("lanes", "cards")}
    return url_for("projects.board", **kept)


def _filters() -> dict[str, Any]:
    return {name: values for name, values in request.args.lists() if name not in OWN}


_FROM_THE_START = {"lane": None, "after": None}
