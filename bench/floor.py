"""The floor under a page: its own SQL sent by the driver, and the rows formatted by one small template. Nothing can be cheaper
without asking for less."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from jinja2 import Environment

from bench.measuring import ROUNDS, Effort, middle, visit_for
from bench.processes import Spent, spent
from crm import db

Statement = tuple[str, Any]
_TEMPLATE = Environment(autoescape=True).from_string(
    "{% for rows in tables %}<table>{% for row in rows %}<tr>{% for value in row %}<td>{{ value }}</td>{% endfor %}</tr>\n"
    "{% endfor %}</table>{% endfor %}"
)


def read(log: Path) -> list[Statement]:
    """The statements that the server wrote down for one operation."""
    found: list[Statement] = []
    with log.open("rb") as file, suppress(EOFError):
        while True:
            found += pickle.load(file)
    return found


def measure(url: str, statements: Sequence[Statement], postmaster: int, effort: Effort) -> Spent:
    """CPU of both sides for one go through the statements; what they write is rolled back."""
    with psycopg.connect(url, options=db.POSTGRESQL_OPTIONS) as connection:

        def once() -> bytes:
            tables = []
            for statement, parameters in statements:
                cursor = connection.execute(statement, parameters)
                if cursor.description:
                    tables.append(cursor.fetchall())
            connection.rollback()
            return _TEMPLATE.render(tables=tables).encode()

        visit_for(once, 0, 10)
        return middle([_round(once, postmaster, effort) for _ in range(ROUNDS)])


def _round(once: Callable[[], object], postmaster: int, effort: Effort) -> Spent:
    before = spent(postmaster) if postmaster else 0.0
    own = time.process_time()
    count = len(visit_for(once, effort.seconds / ROUNDS / 2, 2))
    own = time.process_time() - own  # before the other side is asked: asking costs too
    theirs = spent(postmaster) - before if postmaster else 0.0
    return Spent(own * 1000, theirs * 1000).of_each(count)
