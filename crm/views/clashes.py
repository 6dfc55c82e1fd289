"""The chooser of a clash: what the form says of it, and what its template shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from crm.actions.two_editors import Answers, Dispute, EditClash
from crm.queries.edits import names_of
from crm.rules.labels import label, printed
from crm.rules.two_editors import Side, Values
from crm.views import lists, web

PREFIX = "keep-"


@dataclass(frozen=True)
class Question:
    """A disputed column: the name of its radios, each side with its value in words, and the side chosen before."""

    name: str
    label: str
    sides: Sequence[tuple[Side, str]]
    chosen: Side | None


def answers() -> Answers:
    """Whose values the form asks to keep."""
    sides = {
        name.removeprefix(PREFIX): Side.known(text) for name, text in request.form.items() if name.startswith(PREFIX)
    }
    chosen = {column: side for column, side in sides.items() if side is not None}
    return Answers(lists.number("told", request.form) or 0, chosen)


def questions(clash: EditClash, of_blanks: bool = False) -> list[Question]:
    """The disputed columns, keys of other rows by their names as far as the reader may see them.

    A form that only fills in blanks (`of_blanks`) does not offer to leave them blank.
    """
    return [
        question
        for table in dict.fromkeys(dispute.table for dispute in clash.disputes)
        for question in _of_table(table, [each for each in clash.disputes if each.table == table], of_blanks)
    ]


def _of_table(table: str, disputes: Sequence[Dispute], of_blanks: bool) -> list[Question]:
    values = [(dispute.column, dispute.values) for dispute in disputes]
    kept = ((column, text) for column, texts in values for text in (texts.original, texts.theirs, texts.mine))
    names, chosen = names_of(web.session(), web.actor(), kept, table), answers().sides

    def sides(column: str, texts: Values) -> list[tuple[Side, str]]:
        every = ((Side.ORIGINAL, texts.original), (Side.THEIRS, texts.theirs), (Side.MINE, texts.mine))
        return [(side, printed(column, text, names.get(column))) for side, text in every[1 if of_blanks else 0 :]]

    return [
        Question(f"{PREFIX}{column}", label(column), sides(column, texts), chosen.get(column))
        for column, texts in values
    ]
