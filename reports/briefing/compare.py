"""Two months side by side: what was added, what left, what changed; for the page and `crm compare`. Pure: no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from crm.choices import KeyList, Word
from crm.queries.totals import FIGURES, Unit
from crm.rules.figures import DASH, percent, printed, signed, wan, yi
from reports.briefing.facts import Briefing, KeyProject, Signed


class _Row(Protocol):
    """A row of a table that tells rows of two months together by `key`."""

    @property
    def key(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def project_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Field:
    """A column that is compared: its words, its value for programs, its text for people."""

    key: str
    label: str
    value: Callable[[Any], Any]
    text: Callable[[Any], str]
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A column of a row that differs."""

    field: Field
    old: Any
    new: Any
    old_text: str
    new_text: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A row that stands in both months, and what differs; `cells` are all columns as they are now."""

    name: str
    project_id: int | None
    changes: Mapping[str, Change]
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the briefing compared row by row."""

    key: str
    label: str
    fields: Sequence[Field]
    added: Sequence[Changed]
    left: Sequence[Changed]
    changed: Sequence[Changed]
    same: int


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure of the totals in both months; in whole units, and as printed."""

    key: str
    name: str
    unit: str
    old: int | None
    new: int | None
    old_text: str
    new_text: str
    difference: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two months."""

    old: Briefing
    new: Briefing
    figures: Sequence[FigureChange]
    tables: Sequence[Table]


def between(old: Briefing, new: Briefing) -> Comparison:
    """The second month against the first."""
    return Comparison(
        old,
        new,
        _figures(old, new),
        (
            _table("key_projects", Word("重点项目"), KEY_FIELDS, old.key_projects, new.key_projects),
            _table("signed", Word("签约项目"), SIGNED_FIELDS, _by_contract(old.signed), _by_contract(new.signed)),
            _table("negotiations", Word("在谈项目"), TALK_FIELDS, old.negotiations, new.negotiations),
        ),
    )


# ---------------------------------------------------------------------------------------------------------------- fields


def _plain(name: str) -> Callable[[Any], Any]:
    return lambda row: getattr(row, name)


def _field(key: str, label: str, text: Callable[[Any], str] | None = None) -> Field:
    return Field(key, Word(label), _plain(key), lambda row: (text or _said)(getattr(row, key)), text in (_yi, _wan))


def _said(value: Any) -> str:
    return "" if value is None else value.label if hasattr(value, "label") else str(value)


def _yi(value: int | None) -> str:
    return "" if value is None else yi(value)


def _wan(value: int | None) -> str:
    return "" if not value else wan(value)


def _lists(row: KeyProject) -> list[str]:
    return [one.value for one in KeyList if one in row.lists]


def _share(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 6)


KEY_FIELDS = (
    Field("lists", Word("清单"), _lists, lambda row: "、".join(one.label for one in KeyList if one in row.lists)),
    _field("total_yuan", "总投资（亿元）", _yi),
    _field("plan_yuan", "年度计划（亿元）", _yi),
    _field("done_yuan", "累计完成（亿元）", _yi),
    Field("completion", Word("完成率"), lambda row: _share(row.completion), lambda row: percent(row.completion), True),
    _field("light", "亮灯"),
    _field("started_on", "实际开工"),
    _field("problem", "存在问题"),
)
SIGNED_FIELDS = (
    _field("signed_on", "签约日期"),
    _field("total_yuan", "总投资（亿元）", _yi),
    _field("foreign_usd", "合同外资（万美元）", _wan),
    _field("contract", "协议类型"),
    _field("node", "进展"),
    _field("started_on", "实际开工"),
)
TALK_FIELDS = (
    _field("fixed_yuan", "固定资产投资（亿元）", _yi),
    _field("area", "意向片区"),
    _field("outlook", "研判结果"),
    _field("progress", "进度"),
)


# ---------------------------------------------------------------------------------------------------------------- tables


@dataclass(frozen=True, slots=True)
class _Contract:
    """A signed row under a key of its own: a project may stand there with supplements."""

    row: Signed
    key: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _by_contract(rows: Sequence[Signed]) -> Sequence[Any]:
    counts: dict[tuple[int, str], int] = {}
    found = []
    for row in rows:
        place = (row.key, row.contract)
        counts[place] = counts.get(place, 0) + 1
        found.append(_Contract(row, f"{row.key}:{row.contract}:{counts[place]}"))
    return found


def _table(key: str, label: str, fields: Sequence[Field], old: Sequence[Any], new: Sequence[Any]) -> Table:
    before, after = {row.key: row for row in old}, {row.key: row for row in new}
    both = [(before[row.key], row) for row in new if row.key in before]
    changed = [found for pair in both if (found := _changed(fields, *pair)).changes]
    return Table(
        key,
        label,
        fields,
        [_changed(fields, None, row) for row in new if row.key not in before],
        [_changed(fields, None, row) for row in old if row.key not in after],
        changed,
        len(both) - len(changed),
    )


def _changed(fields: Sequence[Field], old: _Row | None, new: _Row) -> Changed:
    differing = [field for field in fields if old is not None and field.value(old) != field.value(new)]
    return Changed(
        new.name,
        new.project_id,
        {
            field.key: Change(field, field.value(old), field.value(new), field.text(old), field.text(new))
            for field in differing
        },
        {field.key: field.text(new) for field in fields},
    )


def _figures(old: Briefing, new: Briefing) -> list[FigureChange]:
    before, after = ({total.key: total.year for total in briefing.totals} for briefing in (old, new))
    return [
        _figure(key, before.get(key), after.get(key))
        for key in FIGURES
        if (key in before or key in after) and before.get(key) != after.get(key)
    ]


def _figure(key: str, old: int | None, new: int | None) -> FigureChange:
    figure = FIGURES[key]
    text = {Unit.YUAN: yi, Unit.USD: wan}.get(figure.unit, printed)
    scale, places = {Unit.YUAN: (10**8, 2), Unit.USD: (10**4, 0)}.get(figure.unit, (1, 0))
    difference = DASH if old is None or new is None else signed(Fraction(new - old, scale), places)
    return FigureChange(key, figure.name, str(figure.unit.label), old, new, text(old), text(new), difference)


# -------------------------------------------------------------------------------------------------------------- programs


def document(found: Comparison) -> dict[str, Any]:
    """The comparison by stable keys, for `crm compare --json`."""
    return {
        "from": _side(found.old),
        "to": _side(found.new),
        "figures": {one.key: {"from": one.old, "to": one.new} for one in found.figures},
        **{table.key: _rows(table) for table in found.tables},
    }


def _side(briefing: Briefing) -> dict[str, Any]:
    return {
        "month": str(briefing.month),
        "number": briefing.edition.number,
        "issued_on": briefing.edition.issued_on.isoformat() if briefing.edition.issued_on else None,
    }


def _rows(table: Table) -> dict[str, Any]:
    return {
        "added": [row.name for row in table.added],
        "left": [row.name for row in table.left],
        "changed": [
            {
                "name": row.name,
                "fields": {
                    key: {"from": _json(change.old), "to": _json(change.new)} for key, change in row.changes.items()
                },
            }
            for row in table.changed
        ],
    }


def _json(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
