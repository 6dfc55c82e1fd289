"""Where the time of an operation goes: its SQL, statement by statement, and its Python, function by function.

The application runs in this process, asked through Flask's test client, against the same database.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, event

from bench.dataset import Scale
from bench.operations import Operation
from bench.visiting import FORM, Answer, Visitor

VISITS, FUNCTIONS = 50, 35


class Inside(Visitor):
    """A visitor without a network."""

    def __init__(self, client: Any) -> None:
        super().__init__(0)
        self.client = client

    def _ask(self, method: str, address: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        kind = headers.get("Content-Type", FORM)
        sent = {name: value for name, value in headers.items() if name != "Content-Type"}
        response = self.client.open(
            address, method=method, data=body, content_type=kind if body else None, headers=sent
        )
        location = response.headers.get("Location", "")
        return Answer(response.status_code, address, response.get_data(), False, 0, location)


def profile(operation: Operation, environment: Mapping[str, str], scale: Scale) -> None:
    """Print the statements of one visit, then the functions of many."""
    os.environ.update(environment)
    from wsgi import app  # noqa: PLC0415 - reads the environment when it is imported

    statements: list[tuple[float, str, Any]] = []
    started: list[float] = []

    @event.listens_for(Engine, "before_cursor_execute")
    def _before(*_: Any) -> None:
        started.append(time.perf_counter())

    @event.listens_for(Engine, "after_cursor_execute")
    def _after(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append(((time.perf_counter() - started.pop()) * 1000, statement, parameters))

    visitor = Inside(app.test_client())
    visitor.sign_in(operation.reader)
    prepared = operation.prepare(visitor, scale)
    for _ in range(5):
        prepared.visit(visitor)
    statements.clear()
    prepared.visit(visitor)
    print(f"\n{operation.name} ({prepared.note}): {len(statements)} statements, ms as the application waits\n")
    for taken, statement, parameters in statements:
        print(f"— {taken:.2f} ms\n{statement}\n  {parameters}\n")
    visits = 3 if operation.is_long else VISITS
    profiler, before = cProfile.Profile(), time.process_time()
    for _ in range(visits):
        prepared.visit(visitor)
    plain = (time.process_time() - before) * 1000 / visits
    profiler.enable()
    for _ in range(visits):
        prepared.visit(visitor)
    profiler.disable()
    print(f"{plain:.2f} ms CPU of this process a visit, without the profiler; {visits} visits under it:")
    stats = pstats.Stats(profiler)
    for order in ("tottime", "cumulative"):
        stats.sort_stats(order).print_stats(FUNCTIONS)
