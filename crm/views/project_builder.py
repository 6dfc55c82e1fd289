"""The builder of conditions: what its form sends, the address it means, and its lines as words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import request
from flask_babel import gettext as _

from crm import policy
from crm.choices import Word
from crm.policy import Act
from crm.queries.project_conditions import FIELDS, KINDS, WORDS, Field
from crm.rules import list_filters
from crm.rules.list_filters import MOST_CONDITIONS, MOST_GROUPS, OPS, SPANS, WITH_TWO, WITHOUT_VALUE, Asked, Kind, Op
from crm.views import lists, web
from crm.views.project_address import Choices

PARTS = ("g", "f", "o", "v")  # of a line of the form: group, field, operator, values


def fields() -> dict[str, Field]:
    """What this person may narrow by: secrecy only who may decide on it."""
    known = dict(FIELDS)
    if not policy.can(web.actor(), Act.SET_SECRET):
        del known["secret"]
    return known


def asked() -> list[Asked]:
    """The lines of this address."""
    kinds = {key: KINDS[key] for key in fields()}
    return list_filters.read_asked(request.args.getlist("c"), kinds)


def sent() -> list[Asked]:
    """The lines of the form, with the fields that were chosen anew and without the line that was dropped."""
    kinds, dropped = {key: KINDS[key] for key in fields()}, request.args.get("drop", "")
    lines = []
    for number in range(1, MOST_CONDITIONS + 1):
        group, field, op = (request.args.get(f"{part}{number}", "") for part in PARTS[:3])
        values = ",".join(request.args.getlist(f"v{number}"))
        if field and str(number) != dropped:
            lines.append(f"{group}:{field}:{op}:{values}")
    lines += [f"{group}:{request.args.get(f'new{group}', '')}::" for group in range(1, MOST_GROUPS + 1)]
    return list_filters.read_asked(lines, kinds)


def is_own(name: str) -> bool:
    """An argument of the form that does not belong into the address."""
    return name in ("builder", "drop") or (name.rstrip("0123456789") in (*PARTS, "new") and name[-1:].isdigit())


def meant() -> str:
    """The address that the form means: the rest of the list's state and its lines."""
    own = {name: None for name in request.args if is_own(name)}
    return lists.address(**own, c=[line.text for line in sent()])


# ------------------------------------------------------------------------------------------------------------ as shown


@dataclass(frozen=True)
class Line:
    """A line of the builder: what may be asked of its field, what is, and whether that is understood."""

    number: int
    asked: Asked
    field: Field
    choices: Sequence[tuple[str, str]]
    is_understood: bool

    @property
    def ops(self) -> Sequence[Op]:
        """What may be asked."""
        return OPS[self.field.kind]

    @property
    def op(self) -> Op:
        """What is asked; the first that may be, until something is."""
        return Op.known(self.asked.op) or self.ops[0]

    @property
    def inputs(self) -> int:
        """How many values it takes."""
        return 0 if self.op in WITHOUT_VALUE else 2 if self.op in WITH_TWO else 1

    @property
    def input_type(self) -> str:
        """What the value is typed into."""
        return "date" if self.field.kind is Kind.DAY and self.op not in SPANS else "text"

    @property
    def unit(self) -> str:
        """What stands after the value."""
        return Word("天") if self.op in SPANS or self.field.key in ("stay", "idle") else self.field.unit

    def value(self, place: int) -> str:
        """What was typed."""
        return self.asked.values[place] if place < len(self.asked.values) else ""

    @property
    def words(self) -> str:
        """总投资 不少于 5 亿元."""
        known = dict(self.choices)
        named = [known.get(value, value if not self.choices else _("未知")) for value in self.asked.values]
        said = {0: "", 2: _(" 至 ").join(named)}.get(self.inputs, _("、").join(named))
        return " ".join(
            part for part in (str(self.field.name), str(self.op.label), said, str(self.unit) if said else "") if part
        )


def lines(found: Sequence[Asked], offered: Choices) -> list[list[Line]]:
    """The builder's lines, group by group."""
    numbered = [
        Line(
            number,
            line,
            FIELDS[line.field],
            _choices(FIELDS[line.field], offered),
            list_filters.understood(line, KINDS[line.field], WORDS[line.field]) is not None,
        )
        for number, line in enumerate(found, 1)
    ]
    return [list(group) for _number, group in groupby(numbered, key=lambda line: line.asked.group)]


def _choices(field: Field, offered: Choices) -> Sequence[tuple[str, str]]:
    if field.offers:
        return [(str(key), name) for key, name in getattr(offered, field.offers)]
    return field.words


def chips(groups: Sequence[Sequence[Line]]) -> list[list[tuple[str, str]]]:
    """(words, address without it) of each condition in force, group by group."""
    every = [line for group in groups for line in group]
    found = []
    for group in groups:
        said = [
            (line.words, lists.address(c=[other.asked.text for other in every if other is not line]))
            for line in group
            if line.is_understood
        ]
        if said:
            found.append(said)
    return found


def menu() -> list[tuple[str, list[tuple[str, str]]]]:
    """The fields to choose from, part by part."""
    parts = groupby(fields().values(), key=lambda field: field.group)
    return [(Word(part), [(field.key, field.name) for field in members]) for part, members in parts]
