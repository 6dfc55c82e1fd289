"""What a reader was told a moment ago: counts beside names and the choices of filters, kept in this process for a minute.

They hint where to look and are asked by every page; figures, rows and rights are never kept. A reader's own write forgets
what he was told, in every process (the count of his writes travels in the session's cookie); what others write shows within
CRM_MEMORY_SECONDS (ADR 12). Values are plain data, never rows of a session.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any, TypeVar, cast

from flask import Response, current_app, g, request, session

from crm.clock import Clock

T = TypeVar("T")
MOST_KEPT = 5_000
_WROTE = "wrote"
NO_WRITES = frozenset({"search.visit"})  # a page noting that it was opened


class Memory:
    """Values by key, each with the second it is forgotten at; the oldest make room."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self._kept: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()

    def recall(self, key: Hashable, make: Callable[[], T], keeps: Callable[[T], bool] = lambda _value: True) -> T:
        """The value of a key, made anew when it is not known or too old; kept if it is one that `keeps` wants."""
        now = time.monotonic()
        until, value = self._kept.get(key, (0.0, None))
        if until <= now:
            value = make()
            if not keeps(value):
                return value
            self._kept[key] = (now + self.seconds, value)
            while len(self._kept) > MOST_KEPT:
                with suppress(KeyError):  # another thread was quicker
                    self._kept.popitem(last=False)
        return cast(T, value)


def remembered(name: Hashable, make: Callable[[], T], keeps: Callable[[T], bool] = lambda _value: True) -> T:
    """What `make` tells this reader today, as it was up to a minute ago; a request that writes is told the truth."""
    memory = cast(Memory, current_app.extensions["crm_memory"])
    if not memory.seconds or request.method not in ("GET", "HEAD"):
        return make()
    clock = cast(Clock, current_app.extensions["crm_clock"])
    return memory.recall((name, g.get("actor"), clock.today(), session.get(_WROTE, 0)), make, keeps)


def note_write(response: Response) -> Response:
    """After a request that wrote: its reader's next page is made of what is there now."""
    if "committed" in g and "actor" in g and request.endpoint not in NO_WRITES:
        session[_WROTE] = (session.get(_WROTE, 0) + 1) % 1_000_000
    return response
