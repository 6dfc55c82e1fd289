"""Conditions of a list: what may be asked of a kind of field, how a condition stands in an address, and how it is read back.

A condition is `group:field:operator:value`; conditions of one group all hold, and a row is found if one of the groups does.
Whatever is unknown or malformed is no condition. Amounts are typed in 亿元 (`YUAN`) or 万美元 (`USD`) and compared in whole
yuan and dollars; spans are whole days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from itertools import groupby

from crm.choices import Labelled
from crm.rules.days import FIRST_YEAR, LAST_YEAR

MOST_CONDITIONS = 24
MOST_GROUPS = 6
LONGEST_TEXT = 60
LONGEST_SPAN_DAYS = 36_500


class Kind(Enum):
    """What a field holds, and so what may be asked of it."""

    WORD = "word"  # one word of a closed vocabulary
    ROW = "row"  # the key of another row
    TEXT = "text"
    YUAN = "yuan"
    USD = "usd"
    NUMBER = "number"
    DAY = "day"
    FLAG = "flag"


class Op(Labelled):
    """What is asked."""

    IS = "is", "是"
    NOT = "not", "不是"
    HAS = "has", "包含"
    LACKS = "lacks", "不包含"
    LEAST = "ge", "不少于"
    MOST = "le", "不多于"
    BETWEEN = "between", "介于"
    SINCE = "since", "不早于"
    UNTIL = "until", "不晚于"
    DURING = "during", "在…之间"
    PAST = "past", "最近几天内"
    COMING = "coming", "今后几天内"
    YES = "yes", "为是"
    NO = "no", "为否"
    EMPTY = "empty", "未填"
    FILLED = "filled", "已填"


_PRESENCE = (Op.EMPTY, Op.FILLED)
_NUMBERS = (Op.LEAST, Op.MOST, Op.BETWEEN, *_PRESENCE)
OPS: Mapping[Kind, tuple[Op, ...]] = {
    Kind.WORD: (Op.IS, Op.NOT, *_PRESENCE),
    Kind.ROW: (Op.IS, Op.NOT, *_PRESENCE),
    Kind.TEXT: (Op.HAS, Op.LACKS, *_PRESENCE),
    Kind.YUAN: _NUMBERS,
    Kind.USD: _NUMBERS,
    Kind.NUMBER: _NUMBERS,
    Kind.DAY: (Op.SINCE, Op.UNTIL, Op.DURING, Op.PAST, Op.COMING, *_PRESENCE),
    Kind.FLAG: (Op.YES, Op.NO),
}
WITHOUT_VALUE = frozenset({Op.YES, Op.NO, *_PRESENCE})
WITH_TWO = frozenset({Op.BETWEEN, Op.DURING})
SPANS = frozenset({Op.PAST, Op.COMING})
_FACTOR = {Kind.YUAN: 10**8, Kind.USD: 10**4, Kind.NUMBER: 1}


@dataclass(frozen=True)
class Asked:
    """A line of the builder as it was typed; `op` and `values` may still be missing or wrong."""

    group: int
    field: str
    op: str = ""
    values: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As it stands in the address."""
        return f"{self.group}:{self.field}:{self.op}:{','.join(self.values)}"


Value = str | int | date


@dataclass(frozen=True)
class Condition:
    """A condition that is understood: values are words, keys, whole yuan or dollars, numbers or days."""

    field: str
    op: Op
    values: tuple[Value, ...] = ()


def read_asked(texts: Iterable[str], fields: Mapping[str, Kind]) -> list[Asked]:
    """The lines an address holds, in the order of their groups; what names no field is dropped."""
    lines = []
    for text in texts:
        group, _, rest = text.partition(":")
        name, _, rest = rest.partition(":")
        op, _, value = rest.partition(":")
        if name in fields and group in {str(n) for n in range(1, MOST_GROUPS + 1)}:
            lines.append(Asked(int(group), name, op, _split(fields[name], value)))
    return _numbered(lines[:MOST_CONDITIONS])


def _split(kind: Kind, value: str) -> tuple[str, ...]:
    """A text is one value, commas and all; anything else may be several."""
    parts = [value] if kind is Kind.TEXT else value.split(",")
    return tuple(part.strip()[:LONGEST_TEXT] for part in parts if part.strip())


def _numbered(lines: Sequence[Asked]) -> list[Asked]:
    """Groups counted from one without gaps."""
    ordered = sorted(lines, key=lambda line: line.group)
    numbers = {group: number for number, group in enumerate(dict.fromkeys(line.group for line in ordered), 1)}
    return [replace(line, group=numbers[line.group]) for line in ordered]


def understood(line: Asked, kind: Kind, words: Sequence[str] = ()) -> Condition | None:
    """The condition a line means, or None while it is incomplete or makes no sense; `words` is the field's vocabulary."""
    op = Op.known(line.op)
    if op is None or op not in OPS[kind]:
        return None
    if op in WITHOUT_VALUE:
        return Condition(line.field, op)
    read = [_value(text, kind, op, words) for text in line.values]
    values = tuple(value for value in read if value is not None)
    if not values or (op in WITH_TWO and len(values) != 2):
        return None
    if op in WITH_TWO:
        return Condition(line.field, op, tuple(sorted(values)))
    return Condition(line.field, op, values if op in (Op.IS, Op.NOT) else values[:1])


def _value(text: str, kind: Kind, op: Op, words: Sequence[str]) -> Value | None:
    match kind:
        case Kind.WORD:
            return text if text in words else None
        case Kind.ROW:
            return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
        case Kind.DAY:
            return _span(text) if op in SPANS else _day(text)
        case Kind.TEXT:
            return text if text.isprintable() else None
    return _amount(text, _FACTOR[kind])


def _span(text: str) -> int | None:
    days = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1
    return days if 0 <= days <= LONGEST_SPAN_DAYS else None


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def _amount(text: str, factor: int) -> int | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return int(amount * factor) if amount.is_finite() and abs(amount) < 10**8 else None


def groups(
    lines: Sequence[Asked], kinds: Mapping[str, Kind], words: Mapping[str, Sequence[str]]
) -> list[list[Condition]]:
    """The understood conditions, group by group; a group of which nothing is understood is none."""
    found = []
    for _group, members in groupby(lines, key=lambda line: line.group):
        conditions = [understood(line, kinds[line.field], words.get(line.field, ())) for line in members]
        known = [condition for condition in conditions if condition is not None]
        if known:
            found.append(known)
    return found
