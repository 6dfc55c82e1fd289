"""Two people editing one row: what only one of them changed is kept, what both changed is asked, column by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from crm.choices import Word, listed
from crm.columns import Base
from crm.errors import Clash
from crm.history import as_text, value_of
from crm.models import Change
from crm.queries.row_history import changes_since
from crm.rules.days import minute
from crm.rules.labels import label
from crm.rules.two_editors import Side, Values, side


@dataclass(frozen=True)
class Answers:
    """Whose value of disputed columns is to stand, and the key of the last change that its chooser had been shown."""

    told: int = 0
    sides: Mapping[str, Side] = field(default_factory=dict)


@dataclass(frozen=True)
class Dispute:
    """A column of a table that both changed, with its three values as history keeps them."""

    column: str
    values: Values
    table: str


class EditClash(Clash):
    """Somebody else changed the same columns after the form was opened; `told` is the last of those changes (`later`)."""

    def __init__(self, disputes: Sequence[Dispute], later: Sequence[Change]) -> None:
        self.disputes, self.later = tuple(disputes), tuple(later)
        last = max(later, key=lambda change: change.id, default=None)
        self.told, self.who = (last.id if last else 0), _who(last)
        what = listed(Word("“%(what)s”", what=label(dispute.column)) for dispute in disputes)
        super().__init__(
            Word(
                "%(who)s %(at)s 改过%(what)s，你也改了。你填的都还在：请逐项选择保留哪个值，再保存。",
                who=self.who, at=minute(last.at), what=what,
            )
            if last
            else Word("%(what)s刚由别人填过，你也填了。你填的都还在：请逐项选择保留哪个值，再保存。", what=what)
        )  # fmt: skip


def _who(last: Change | None) -> str:
    if last is None:
        return ""
    return last.by.name if last.by else Word("台账导入")


def together(clashes: Sequence[EditClash]) -> EditClash:
    """The clashes of several rows that one form changes, as one question."""
    return EditClash(
        [dispute for clash in clashes for dispute in clash.disputes],
        [change for clash in clashes for change in clash.later],
    )


def merge(session: Session, row: Base, values: Mapping[str, Any], seen: int, answers: Answers) -> dict[str, Any]:
    """Of the values of a form that had seen the row's history up to the change `seen`: those to be written.

    The row must be held (actions/locking.py). Raises EditClash with the columns that both changed and nobody has decided.
    """
    later = changes_since(session, row, seen)
    first = {change.column_name: change for change in reversed(later)}
    last = {change.column_name: change for change in later}
    merged: dict[str, Any] = {}
    disputes: list[Dispute] = []
    for name, mine in values.items():
        theirs = as_text(getattr(row, name))
        original = first[name].old if name in first else theirs
        choice = answers.sides.get(name) if name not in last or last[name].id <= answers.told else None
        texts = Values(original, theirs, as_text(mine))
        match side(texts, choice):
            case Side.MINE:
                merged[name] = mine
            case Side.ORIGINAL:
                merged[name] = value_of(type(row), name, original)
            case None:
                disputes.append(Dispute(name, texts, row.__tablename__))
    if disputes:
        columns = {dispute.column for dispute in disputes}
        raise EditClash(disputes, [change for change in later if change.column_name in columns])
    return merged
