"""What a line of a seed file becomes: one row or several, of which later ones may point to earlier ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crm.columns import Base
from crm.seeding.cells import Cells


@dataclass(frozen=True, slots=True)
class Ref:
    """The id that an earlier part of the same line gets when it is written."""

    part: str


@dataclass(frozen=True, slots=True)
class Part:
    """One row: its model and values (all columns the line decides). `tag` tells rows of one table in a line apart.

    When an edited line is applied, the columns in `last` are set after all its other rows, and a `once` row stays as written.
    """

    model: type[Base]
    values: dict[str, Any]
    tag: str = ""
    last: frozenset[str] = frozenset()
    once: bool = False

    @property
    def name(self) -> str:
        """The table's name, with the tag if there is one: "claim", "activity_person:7"."""
        return f"{self.model.__tablename__}:{self.tag}" if self.tag else self.model.__tablename__


@dataclass(frozen=True, slots=True)
class SeedFile:
    """A file: the heads whose cells make a line's key, how a line becomes rows, and by what an existing row is known.

    `writes` is the kind of thing that lines of later files (and later lines of this one) may refer to.
    """

    name: str
    key: tuple[str, ...]
    build: Callable[[Cells], list[Part]]
    writes: str = ""
    natural: tuple[str, ...] = ()
    demo: bool = True
