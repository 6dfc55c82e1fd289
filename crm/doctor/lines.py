"""What a check says: a line with its level, and what mends it; and what the checks look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine

from crm.config import Config
from crm.replica import Replica


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Line:
    """One thing that was looked at."""

    level: Level
    topic: str
    said: str
    mend: str = ""


def ok(topic: str, said: str) -> Line:
    """As it should be."""
    return Line(Level.OK, topic, said)


def warn(topic: str, said: str, mend: str) -> Line:
    """It works, and somebody should look."""
    return Line(Level.WARN, topic, said, mend)


def fail(topic: str, said: str, mend: str) -> Line:
    """It does not work, or soon will not."""
    return Line(Level.FAIL, topic, said, mend)


@dataclass(frozen=True)
class Office:
    """What is looked at, and when."""

    config: Config
    engine: Engine
    replica: Replica | None
    now: datetime
